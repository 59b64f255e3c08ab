"""What a person would not have: calls declined, work interrupted, waiting for permission.

Only a person's decision is friction between two: what a rule, a hook or a missing permission stopped is
`policy_block`, and counted apart.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise

from codex_loop.clock import MINUTE_MS, SECOND_MS
from codex_loop.signals.command import parse
from codex_loop.signals.detector import Basis, Detector, Finding, first_words
from codex_loop.signals.failures import EDITORS
from codex_loop.signals.outcome import Outcome, outcome
from codex_loop.signals.session import Answer, Approval, Call, Event, Prompt, Session, Step

REPEATED = 3
SAME_HEAD = 2
REDIRECT_MS = 10 * MINUTE_MS
BY_MISTAKE_MS = 2 * SECOND_MS
WAIT_MS = 5 * MINUTE_MS
RAPID_MS = 5 * SECOND_MS
_PERSON = ("user", "unknown", None)
"""Who decided, as far as it is told: a decision nobody is named for is taken for a person's, with less confidence."""
_LIVE = frozenset({"op", "bridge", "control_response", "permission_denials"})


def denied(session: Session) -> list[Step]:
    """What a person declined: a decision of theirs where one was recorded, else a call that says so."""
    decided = {step.call_id: step for step in session.of(Approval) if step.decision in ("denied", "aborted")}
    found: list[Step] = [step for step in decided.values() if step.who in _PERSON]
    found += [
        call
        for call in session.calls
        if outcome(call) is Outcome.DECLINED and call.call_id not in decided and not _by_rule(call)
    ]
    return found


def _by_rule(call: Call) -> bool:
    text = (call.output or "").lower()
    return any(words in text for words in ("requires approval", "haven't granted", "has been denied", "policy"))


def _basis(step: Step) -> Basis:
    if isinstance(step, Approval) and step.who == "user":
        return "live" if step.basis in _LIVE else "otel" if step.basis == "otel" else "field"
    return "text"


def _denial(session: Session, *, edits: bool) -> Iterator[Finding]:
    calls = {call.call_id: call for call in session.calls}
    for step in denied(session):
        call = step if isinstance(step, Call) else calls.get(getattr(step, "call_id", None) or "")
        if _is_edit(call) is not edits:
            continue
        basis = _basis(step)
        evidence = (step,) if call is None or call is step else (step, call)
        yield Finding(
            anchor=getattr(step, "call_id", None) or str(step.key),
            evidence=evidence,
            title=f"{_what(step, call)} was declined",
            body=f"declined: {_what(step, call)}",
            basis=basis,
            confidence=0.95 if basis != "text" else 0.6,
        )


def _is_edit(call: Call | None) -> bool:
    return call is not None and call.name in EDITORS


def _what(step: Step, call: Call | None) -> str:
    if _is_edit(call):
        return "an edit"
    command = (call.command if call is not None else None) or getattr(step, "command", None)
    return parse(command).head or (call.name if call is not None else None) or "a call"


def _exec(session: Session) -> Iterator[Finding]:
    return _denial(session, edits=False)


def _patch(session: Session) -> Iterator[Finding]:
    return _denial(session, edits=True)


def _repeated(session: Session) -> Iterator[Finding]:
    steps = denied(session)
    heads: dict[tuple[int | None, str], int] = defaultdict(int)
    calls = {call.call_id: call for call in session.calls}
    for step in steps:
        call = step if isinstance(step, Call) else calls.get(getattr(step, "call_id", None) or "")
        heads[(step.turn, _what(step, call))] += 1
    most = max(heads.values(), default=0)
    if len(steps) >= REPEATED or most >= SAME_HEAD:
        sure = all(_basis(step) != "text" for step in steps)
        yield Finding(
            anchor="",
            evidence=tuple(steps),
            title=f"{len(steps)} times declined",
            body="declined: " + ", ".join(sorted({name for _, name in heads})),
            basis=_basis(steps[0]),
            confidence=0.95 if sure else 0.7,
            measured={"denials": len(steps), "threshold": REPEATED, "same_command_in_a_turn": most},
        )


def _rephrased(session: Session) -> Iterator[Finding]:
    """The denial was the last thing the agent tried, and soon the person said it otherwise."""
    steps = {getattr(step, "call_id", None) or str(step.key): step for step in denied(session)}
    for goal, following in pairwise(session.goals):
        last = goal.calls[-1] if goal.calls else None
        step = None if last is None else steps.get(last.call_id)
        prompt = following.prompt
        if step is not None and last is not None and prompt is not None and _gap(last, prompt) <= REDIRECT_MS:
            yield Finding(
                anchor=last.call_id,
                evidence=(step, prompt),
                title=f"{_what(step, last)} was declined and asked for otherwise",
                body=f"{first_words(prompt.text)} | declined: {_what(step, last)}",
                basis=_basis(step),
                confidence=0.9 if _basis(step) != "text" else 0.6,
                measured={"seconds": _gap(last, prompt) // SECOND_MS},
            )


def _blocked(session: Session) -> Iterator[Finding]:
    by_rule = [step for step in session.of(Approval) if step.decision == "denied" and step.who in ("config", "hook")]
    told = {step.call_id for step in by_rule}
    calls = [
        call
        for call in session.calls
        if outcome(call) is Outcome.DECLINED and call.call_id not in told and _by_rule(call)
    ]
    for step in (*by_rule, *calls):
        yield Finding(
            anchor=getattr(step, "call_id", None) or str(step.key),
            evidence=(step,),
            title="stopped by a rule, a hook or a missing permission",
            body=f"not permitted: {_what(step, step if isinstance(step, Call) else None)}",
            basis=_basis(step),
        )


def _interrupted(session: Session) -> Iterator[Finding]:
    for at, step in enumerate(session.steps):
        if not isinstance(step, Event) or step.kind != "interrupted" or _by_mistake(session, step):
            continue
        follows = next((each for each in session.steps[at + 1 :] if _is_human(each)), None)
        redirect = follows is not None and _gap(step, follows) <= REDIRECT_MS
        evidence = (step, follows) if redirect and follows is not None else (step,)
        yield Finding(
            anchor=str(step.key),
            evidence=evidence,
            title="stopped and told something else" if redirect else "stopped by the user",
            body=first_words(follows.text) if redirect and isinstance(follows, Prompt) else "",
            severity=0.6 if redirect else 0.4,
            measured={} if follows is None else {"seconds_to_next_prompt": _gap(step, follows) // SECOND_MS},
        )


def _is_human(step: Step) -> bool:
    return isinstance(step, Prompt) and step.author == "human"


def _gap(first: Step, then: Step) -> int:
    """Milliseconds between two steps; far apart when a clock is missing or runs backwards."""
    if first.time_ms is None or then.time_ms is None or then.time_ms < first.time_ms:
        return REDIRECT_MS + 1
    return then.time_ms - first.time_ms


def _by_mistake(session: Session, step: Event) -> bool:
    """Stopped within two seconds, and before the agent had said or done anything."""
    turn = next((turn for turn in session.turns if turn.key == step.turn), None)
    if turn is None or turn.started_ms is None or step.time_ms is None:
        return False
    seen = any(each.turn == step.turn and isinstance(each, Answer | Call) for each in session.steps)
    return not seen and 0 <= step.time_ms - turn.started_ms < BY_MISTAKE_MS


def _waits(session: Session) -> list[tuple[Approval, int]]:
    return [
        (step, step.decided_ms - step.time_ms)
        for step in session.of(Approval)
        if step.time_ms is not None and step.decided_ms is not None and step.decided_ms > step.time_ms
    ]


def _wait(session: Session) -> Iterator[Finding]:
    waits = _waits(session)
    total = sum(wait for _, wait in waits)
    if total > WAIT_MS:
        yield Finding(
            anchor="",
            evidence=tuple(step for step, _ in waits),
            title=f"{total // MINUTE_MS} minutes waiting for permission",
            body="waiting for permission: " + ", ".join(sorted({_what(step, None) for step, _ in waits})),
            basis="live",
            severity=min(0.3 + total / (60 * MINUTE_MS), 0.9),
            measured={"waits": len(waits), "total_ms": total, "longest_ms": max(wait for _, wait in waits)},
        )


def _rapid(session: Session) -> Iterator[Finding]:
    waits = [(step, wait) for step, wait in _waits(session) if step.who == "user" and _is_granted(step)]
    lengths = sorted(wait for _, wait in waits)
    if len(lengths) >= REPEATED and lengths[len(lengths) // 2] < RAPID_MS:
        yield Finding(
            anchor="",
            evidence=tuple(step for step, _ in waits),
            title=f"{len(waits)} requests approved at once",
            basis="live",
            measured={"approvals": len(waits), "median_ms": lengths[len(lengths) // 2]},
        )


def _zero(session: Session) -> Iterator[Finding]:
    decided = [step for step in session.of(Approval) if step.decision is not None and step.who in _PERSON]
    if decided and not denied(session) and all(_is_granted(step) for step in decided):
        yield Finding(
            anchor="",
            evidence=tuple(decided),
            title=f"all {len(decided)} requests approved" if len(decided) > 1 else "the request was approved",
            basis=_basis(decided[0]),
            measured={"approvals": len(decided)},
        )


def _is_granted(step: Approval) -> bool:
    return step.decision in ("approved", "approved_for_session")


_SEEN = frozenset({"approvals"})

DETECTORS = (
    Detector("denial_exec", 1, "friction", 0.5, 0.9, _exec, "A person declined a command.", needs=_SEEN),
    Detector("denial_patch", 1, "friction", 0.5, 0.9, _patch, "A person declined an edit.", needs=_SEEN),
    Detector("repeated_denial", 1, "friction", 0.9, 0.95, _repeated,
             "Three denials in a session, or two of one command in a turn.", needs=_SEEN),
    Detector("denial_then_rephrase", 1, "friction", 0.6, 0.9, _rephrased,
             "A person said no, and soon after what they want instead.", needs=_SEEN),
    Detector("policy_block", 1, "friction", 0.3, 0.8, _blocked, "A rule, a hook or a missing permission said no.",
             needs=_SEEN),
    Detector("interrupted_turn", 1, "friction", 0.5, 0.9, _interrupted, "A person stopped the agent at work.",
             needs=frozenset({"interruptions"})),
    Detector("permission_wait", 1, "friction", 0.4, 0.9, _wait, "More than five minutes waiting for permission.",
             needs=_SEEN),
    Detector("rapid_approvals", 1, "delight", 0.6, 0.8, _rapid, "Three approvals or more, most within five seconds.",
             needs=_SEEN),
    Detector("zero_denial", 1, "delight", 0.7, 0.9, _zero, "Permission was asked for, and always given.", needs=_SEEN),
)  # fmt: skip
