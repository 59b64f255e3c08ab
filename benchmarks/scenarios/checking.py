"""Tests that turn red, and green again."""

from __future__ import annotations

from benchmarks.scenarios.pen import Pen
from benchmarks.scenarios.planted import Act, Plant, Planted, act
from benchmarks.scenarios.words import CHECKS
from benchmarks.scenarios.work import Desk, answer, ask, edit, look

_NEXT = ("resilient_recovery",)


def test_red_after_edit(pen: Pen, desk: Desk) -> Act:
    """An edit, then the first check fails; green follows after some more edits, or it does not."""
    about = ask(pen, desk)
    command, passed, failed, code = desk.rng.choice(CHECKS)
    green = desk.rng.random() < 0.7
    if desk.rng.random() < 0.4:
        pen.run(about.fill(command), 0, about.fill(passed))
    edit(pen, desk, about)
    anchor = pen.run(about.fill(command), code, about.fill(failed), 3)
    if green:
        edit(pen, desk, about)
        pen.run(about.fill(command), 0, about.fill(passed), 3)
    else:
        pen.say("One test still fails; I stop here.", final=True)
        return act("test_red_after_edit", anchor)
    answer(pen, desk)
    return act("test_red_after_edit", anchor, allows=_NEXT)


def false_done(pen: Pen, desk: Desk) -> Act:
    """The last check is red, and the agent says that all is well."""
    about = ask(pen, desk)
    command, _, failed, code = desk.rng.choice(CHECKS)
    edit(pen, desk, about)
    pen.run(about.fill(command), code, about.fill(failed), 3)
    claim = desk.rng.choice(
        (
            "All tests pass now.",
            "Done. All tests are passing.",
            "Everything works and the tests pass.",
            "The fix is in and all tests are green.",
        )
    )
    anchor = pen.say(claim, final=True)
    return act("false_done", anchor, allows=("test_red_after_edit",))


def first_attempt_success(pen: Pen, desk: Desk) -> Act:
    """At least three calls, nothing fails, a check passes."""
    about = ask(pen, desk)
    command, passed, _, _ = desk.rng.choice(CHECKS)
    look(pen, desk, about)
    edit(pen, desk, about)
    edit(pen, desk, about)
    pen.run(about.fill(command), 0, about.fill(passed), 3)
    answer(pen, desk)
    return Act((Planted("first_attempt_success"),), frozenset({"fast_completion"}))


def resilient_recovery(pen: Pen, desk: Desk) -> Act:
    """A command fails, something is mended, the same command succeeds, and nobody had to help."""
    about = ask(pen, desk)
    look(pen, desk, about)
    command = f"python scripts/{about.module}_load.py"
    first = pen.run(
        command, 1, f"Traceback (most recent call last):\n  File \"x.py\", line 3\nKeyError: '{about.noun}'\n"
    )
    edit(pen, desk, about)
    second = pen.run(command, 0, "loaded 12 rows\n")
    answer(pen, desk)
    return act("resilient_recovery", first | second, allows=("exec_failure",))


PLANTS = (
    Plant("test_red_after_edit", test_red_after_edit, noisy=True),
    Plant("false_done", false_done, noisy=True),
    Plant("first_attempt_success", first_attempt_success, place="alone"),
    Plant("resilient_recovery", resilient_recovery, noisy=True),
)
