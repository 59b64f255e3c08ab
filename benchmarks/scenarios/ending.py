"""How turns and sessions end, plans, models, limits."""

from __future__ import annotations

from benchmarks.scenarios.claude import ClaudePen
from benchmarks.scenarios.codex import CodexPen
from benchmarks.scenarios.pen import Pen
from benchmarks.scenarios.planted import Act, Plant, Planted, act
from benchmarks.scenarios.words import FAILURES
from benchmarks.scenarios.work import Desk, answer, ask, edit, look

_STEPS = (
    "read the module",
    "write the view",
    "add the route",
    "adapt the page",
    "move the helper",
    "describe it",
    "tidy up",
)


def fast_completion(pen: Pen, desk: Desk) -> Act:
    """One to three requests, each done at once."""
    for _ in range(desk.rng.randint(1, 3)):
        about = ask(pen, desk)
        look(pen, desk, about)
        edit(pen, desk, about)
        answer(pen, desk)
    return Act((Planted("fast_completion"),))


def abandoned_tool_flow(pen: Pen, desk: Desk) -> Act:
    """The last thing that happens is a failure, and nobody ever comes back."""
    about = ask(pen, desk)
    look(pen, desk, about)
    edit(pen, desk, about)
    failure = desk.rng.choice(FAILURES)
    pen.run(about.fill(failure.command), failure.code, about.fill(failure.output))
    if desk.rng.random() < 0.6:
        pen.say(f"This fails for a reason that I do not understand: the {about.noun} is not known.", final=True)
    return Act((Planted("abandoned_tool_flow"),), frozenset({"exec_failure"}))


def plan_update_churn(pen: Pen, desk: Desk) -> Act:
    """The plan becomes another one again and again."""
    about = ask(pen, desk)
    anchors = []
    for number in range(desk.rng.randint(6, 8)):
        steps = desk.rng.sample(_STEPS, 3)
        anchors.append(pen.plan([(f"{step} ({number})", "pending") for step in steps]))
        look(pen, desk, about)
    edit(pen, desk, about)
    answer(pen, desk)
    return act("plan_update_churn", frozenset().union(*anchors))


def clean_plan(pen: Pen, desk: Desk) -> Act:
    """Every step is ticked, one after the other, and none changes."""
    about = ask(pen, desk)
    steps = desk.rng.sample(_STEPS, desk.rng.randint(2, 4))
    anchors = []
    for done in range(len(steps) + 1):
        states = ["completed" if at < done else "in_progress" if at == done else "pending" for at in range(len(steps))]
        anchors.append(pen.plan(list(zip(steps, states, strict=True))))
        if done < len(steps):
            edit(pen, desk, about)
    answer(pen, desk)
    return act("clean_plan", frozenset().union(*anchors))


def model_switch(pen: Pen, desk: Desk) -> Act:
    """Another model from one turn to the next."""
    about = ask(pen, desk)
    edit(pen, desk, about)
    answer(pen, desk)
    pen.set_model("gpt-5.2" if pen.agent == "codex" else "claude-opus-4-6")
    anchor = pen.prompt(f"And now the same for the {about.noun} in the other folder")
    edit(pen, desk, about)
    answer(pen, desk)
    return Act((Planted("model_switch"),)) if anchor else Act(())


def effort_raise(pen: Pen, desk: Desk) -> Act:
    assert isinstance(pen, CodexPen)
    about = ask(pen, desk)
    edit(pen, desk, about)
    answer(pen, desk)
    pen.set_effort(desk.rng.choice(("high", "xhigh")))
    pen.prompt(f"And now the same for the {about.noun} in the other folder")
    edit(pen, desk, about)
    answer(pen, desk)
    return Act((Planted("effort_raise"),))


def error_event(pen: Pen, desk: Desk) -> Act:
    about = ask(pen, desk)
    look(pen, desk, about)
    return act("error_event", pen.api_error())


def limit_hit(pen: Pen, desk: Desk) -> Act:
    about = ask(pen, desk)
    look(pen, desk, about)
    return act("limit_hit", pen.limit())


def api_retry(pen: Pen, desk: Desk) -> Act:
    """The provider has to be asked again, once or more."""
    about = ask(pen, desk)
    assert isinstance(pen, ClaudePen)
    anchors = [pen.retried() for _ in range(desk.rng.randint(1, 3))]
    edit(pen, desk, about)
    answer(pen, desk)
    return act("api_retry", frozenset().union(*anchors))


PLANTS = (
    Plant("api_retry", api_retry, place="alone", needs=frozenset({"retries"})),
    Plant("fast_completion", fast_completion, place="whole"),
    Plant("abandoned_tool_flow", abandoned_tool_flow, place="last", noisy=True),
    Plant("plan_update_churn", plan_update_churn, place="alone"),
    Plant("clean_plan", clean_plan, place="alone"),
    Plant("model_switch", model_switch, place="alone"),
    Plant("effort_raise", effort_raise, place="alone", needs=frozenset({"effort"})),
    Plant("error_event", error_event, needs=frozenset({"api errors"})),
    Plant("limit_hit", limit_hit, needs=frozenset({"api errors"})),
)
