"""How sessions go on and end: errors of the provider, plans, switches, work left lying, tasks done quickly."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import msgspec

from codex_loop.signals.checks import verified
from codex_loop.signals.context import read_again, wandered
from codex_loop.signals.detector import Detector, Finding, first_words
from codex_loop.signals.loops import DETECTORS as LOOPS
from codex_loop.signals.outcome import Outcome, outcome
from codex_loop.signals.prompts import REPEATING, corrections, is_praise
from codex_loop.signals.reverts import DETECTORS as TAKEN_BACK
from codex_loop.signals.reverts import back_and_forth
from codex_loop.signals.session import Answer, Call, Edit, Event, Prompt, Session

PLAN_CHANGES = 5
QUICK_TURNS = 3
FEW_TOOLS = 3
_TRUNCATED = re.compile(r"truncat|\bloaded only \d+ of \d+ bytes", re.IGNORECASE)
_TIMED_OUT = re.compile(r"time(?:d)?[ -]?out", re.IGNORECASE)
_UNRESOLVED = frozenset({Outcome.FAILED, Outcome.RED, Outcome.TIMEOUT, Outcome.ENVIRONMENT})
_WORKED = frozenset({Outcome.OK, Outcome.BENIGN})
_steps: msgspec.json.Decoder[dict[str, list[tuple[str, str]]]] = msgspec.json.Decoder(dict[str, list[tuple[str, str]]])
_DROPPED = "deleted"
"""The status of a step that is no longer part of the plan."""
_NOT_BEGUN = "pending"
_EFFORTS = ("minimal", "low", "medium", "high", "xhigh", "max")


def _problems(session: Session, *scopes: str) -> Iterator[Event]:
    return (step for step in session.of(Event) if step.kind == "problem" and step.scope in scopes)


def _said(step: Event, title: str) -> Finding:
    return Finding(
        anchor=str(step.key),
        evidence=(step,),
        title=title,
        body=first_words(": ".join(filter(None, (step.code, step.message)))),
    )


def _error(session: Session) -> Iterator[Finding]:
    return (_said(step, "the agent gave up with an error") for step in _problems(session, "error"))


def _stream_error(session: Session) -> Iterator[Finding]:
    return (_said(step, "the answer broke off") for step in _problems(session, "stream_error"))


def _retried(session: Session) -> Iterator[Finding]:
    steps = list(_problems(session, "retry"))
    if steps:
        yield Finding(
            anchor="",
            evidence=tuple(steps),
            title=f"the provider was asked again {len(steps)} times",
            body=first_words(steps[0].message or ""),
            severity=min(0.2 + 0.05 * len(steps), 0.8),
            measured={"retries": len(steps)},
        )


def _limit(session: Session) -> Iterator[Finding]:
    return (_said(step, "a usage limit was hit") for step in _problems(session, "limit"))


def _truncated(session: Session) -> Iterator[Finding]:
    for step in _problems(session, "warning"):
        if _TRUNCATED.search(step.message or ""):
            yield _said(step, "something was truncated")


def _plans(session: Session) -> list[tuple[Event, tuple[tuple[str, str], ...]]]:
    found = []
    for step in session.of(Event):
        if step.kind != "plan" or not step.detail:
            continue
        try:
            items = _steps.decode(step.detail).get("steps", [])
        except msgspec.DecodeError:
            continue
        found.append((step, tuple((status, name) for status, name in items if status != _DROPPED)))
    return found


def _rewritten(session: Session) -> list[Event]:
    """Each time the plan's items became others. Ticking them off is no change, and neither is writing them down.

    Who tells a plan one step at a time makes it longer until work begins, and replaces a step by two calls.
    """
    changes: list[Event] = []
    before: tuple[str, ...] = ()
    half = False
    for step, items in _plans(session):
        names = tuple(name for _, name in items)
        if names == before:
            continue
        longer = names[: len(before)] == before
        untouched = all(status == _NOT_BEGUN for status, _ in items)
        if before and not (longer and (untouched or half)):
            changes.append(step)
        before, half = names, set(names) < set(before)
    return changes


def _plan_churn(session: Session) -> Iterator[Finding]:
    changes = _rewritten(session)
    if len(changes) >= PLAN_CHANGES:
        yield Finding(
            anchor="",
            evidence=tuple(changes),
            title=f"the plan was rewritten {len(changes)} times",
            measured={"changes": len(changes), "threshold": PLAN_CHANGES},
        )


def _clean_plan(session: Session) -> Iterator[Finding]:
    plans = [(step, items) for step, items in _plans(session) if items]
    if not plans:
        return
    changes = len(_rewritten(session))
    last, items = plans[-1]
    if len(items) > 1 and changes <= 1 and all(status == "completed" for status, _ in items):
        yield Finding(
            anchor="",
            evidence=(plans[0][0], last),
            title=f"a plan of {len(items)} steps, all done",
            measured={"steps": len(items), "versions": changes + 1},
        )


def _switched(session: Session) -> Iterator[Finding]:
    for before, turn in zip(session.turns, session.turns[1:], strict=False):
        if before.model and turn.model and before.model != turn.model:
            step = next((each for each in session.steps if each.turn == turn.key), None)
            if step is not None:
                yield Finding(
                    anchor=turn.native_id or str(turn.key),
                    evidence=(step,),
                    title=f"the model was changed from {before.model} to {turn.model}",
                    body=first_words(step.text) if isinstance(step, Prompt) else "",
                )


def _raised(session: Session) -> Iterator[Finding]:
    for before, turn in zip(session.turns, session.turns[1:], strict=False):
        if _rank(turn.effort) > _rank(before.effort) >= 0:
            step = next((each for each in session.steps if each.turn == turn.key), None)
            if step is not None:
                yield Finding(
                    anchor=turn.native_id or str(turn.key),
                    evidence=(step,),
                    title=f"the effort was raised from {before.effort} to {turn.effort}",
                    body=first_words(step.text) if isinstance(step, Prompt) else "",
                )


def _rank(effort: str | None) -> int:
    return _EFFORTS.index(effort) if effort in _EFFORTS else -1


def _abandoned(session: Session) -> Iterator[Finding]:
    """The last thing that happened is a failure nobody answered, and somebody was there to answer it."""
    goals = session.goals
    if not goals or not session.settled or session.lineage not in (None, "main"):
        return
    last = goals[-1]
    calls = [call for call in last.calls if outcome(call) is not Outcome.RUNNING]
    answered = any(isinstance(step, Answer) for step in last.steps[-2:])
    if calls and outcome(calls[-1]) in _UNRESOLVED and not (answered and not last.edits):
        closing = [step for step in last.steps if isinstance(step, Call | Edit)][-1]
        if closing is calls[-1]:
            yield Finding(
                anchor="",
                evidence=(calls[-1],),
                title="left with something failing",
                body=first_words(
                    " | ".join(filter(None, (last.prompt.text[:100] if last.prompt else "", calls[-1].error)))
                ),
                confidence=0.7,
            )


def _friction_in(session: Session) -> bool:
    """Whether somebody took something back, corrected it or asked again, or the agent went in circles: not quick."""
    circles = (*(detector.find for detector in LOOPS), back_and_forth, read_again, wandered)
    finders = (*(detector.find for detector in TAKEN_BACK[:4]), corrections, *REPEATING, *circles)
    return any(True for find in finders for _ in find(session))


def _fast(session: Session) -> Iterator[Finding]:
    prompts = session.prompts
    calls = [call for call in session.calls if outcome(call) is not Outcome.RUNNING]
    if not session.settled or not 1 <= len(prompts) <= QUICK_TURNS or session.lineage not in (None, "main"):
        return
    if not calls or outcome(calls[-1]) not in _WORKED or not (session.edits or any(c.command for c in calls)):
        return
    if not _answered(session, calls[-1]) or _stopped(session) or _friction_in(session):
        return
    yield Finding(
        anchor="",
        evidence=(prompts[0], calls[-1]),
        title=f"done in {len(prompts)} turn{'s' if len(prompts) > 1 else ''}",
        body=first_words(prompts[0].text),
        severity=0.8 if session.edits else 0.5,
        measured={"turns": len(prompts), "threshold": QUICK_TURNS},
    )


def _answered(session: Session, last: Call) -> bool:
    """Whether the agent said something after its last call: a killed one did not."""
    behind = session.steps[session.steps.index(last) + 1 :]
    return any(isinstance(step, Answer) for step in behind)


def _stopped(session: Session) -> bool:
    return any(step.kind in ("interrupted", "reverted") or step.scope == "error" for step in session.of(Event))


def _one_shot(session: Session) -> Iterator[Finding]:
    goals = session.goals
    for at, goal in enumerate(goals):
        following = goals[at + 1].prompt if at + 1 < len(goals) else None
        thanked = following is not None and is_praise(following.text)
        if goal.prompt is not None and thanked and len(goal.calls) >= FEW_TOOLS and verified(goal.calls) and goal.edits:
            yield Finding(
                anchor=goal.prompt.native_id or str(goal.prompt.key),
                evidence=_evidence(goal.prompt, goal.calls, following),
                title="done at once, verified, and thanked for",
                body=first_words(goal.prompt.text),
                measured={"calls": len(goal.calls)},
            )


def _evidence(prompt: Prompt, calls: Sequence[Call], following: Prompt | None) -> tuple[Prompt | Call, ...]:
    return (prompt, calls[-1]) if following is None else (prompt, calls[-1], following)


_PLANS = frozenset({"plans"})
_STREAM = frozenset({"retries"})

DETECTORS = (
    Detector("error_event", 1, "friction", 0.8, 0.95, _error, "The agent itself gave up with an error."),
    Detector("stream_error", 1, "friction", 0.9, 0.95, _stream_error, "An answer broke off.", needs=_STREAM),
    Detector("api_retry", 1, "friction", 0.3, 0.95, _retried, "The provider had to be asked again.", needs=_STREAM),
    Detector("limit_hit", 1, "friction", 0.7, 0.95, _limit, "A usage limit stopped the work."),
    Detector("truncation_warning", 2, "friction", 0.3, 0.9, _truncated, "The agent warned of something truncated.",
             needs=frozenset({"warnings"})),
    Detector("plan_update_churn", 2, "friction", 0.6, 0.9, _plan_churn, "The plan's items changed five times or more.",
             needs=_PLANS),
    Detector("model_switch", 1, "friction", 0.3, 0.8, _switched, "Another model from one turn to the next."),
    Detector("effort_raise", 1, "friction", 0.3, 0.8, _raised, "More effort asked for from one turn to the next."),
    Detector("abandoned_tool_flow", 1, "friction", 0.8, 0.7, _abandoned, "Left with something failing."),
    Detector("fast_completion", 3, "delight", 0.8, 0.7, _fast, "Done in three turns or fewer."),
    Detector("clean_plan", 2, "delight", 0.7, 0.9, _clean_plan, "Every step of a plan was done, as planned.",
             needs=_PLANS),
    Detector("one_shot_success", 2, "delight", 0.9, 0.85, _one_shot, "Done at once, verified, and thanked for."),
)  # fmt: skip
