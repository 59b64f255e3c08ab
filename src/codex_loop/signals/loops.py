"""The same again and again: calls repeated, errors repeated, arguments drifting, going round in circles.

A loop is looked for between two human prompts: what a person asks for twice is no loop of the agent's. Waiting for
something is none either.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import groupby

from codex_loop.signals.command import parse
from codex_loop.signals.detector import Detector, Finding
from codex_loop.signals.failures import EDITORS, READERS, tried
from codex_loop.signals.outcome import Outcome, is_polling, outcome
from codex_loop.signals.session import Call, Goal, Session

RETRIES = 3
SAME_ERROR = 3
ERROR_SPAN = 8
STORM = 5
STORM_SPAN = 12
CYCLES = 3
LONGEST_CYCLE = 5
DRIFT_FAILURES = 2
FAILURES = frozenset({Outcome.FAILED, Outcome.TIMEOUT, Outcome.ENVIRONMENT, Outcome.RED})


@lru_cache(maxsize=256)
def working_calls(goal: Goal) -> Sequence[Call]:
    """The calls of a goal without those that only wait, and without a failed call's innocent neighbours."""
    return [call for call in goal.calls if outcome(call) is not Outcome.CASCADE and not is_polling(call)]


def _retry(session: Session) -> Iterator[Finding]:
    for goal in session.goals:
        for run in _runs(working_calls(goal)):
            failed = sum(outcome(call) in FAILURES for call in run)
            # The same question with another answer each time is watching, not repeating.
            changing = len({call.output_key for call in run}) == len(run) and not failed
            if len(run) >= RETRIES and not changing:
                yield Finding(
                    anchor=run[0].call_id,
                    evidence=tuple(run),
                    title=f"the same call {len(run)} times in a row" + (", failing" if failed else ""),
                    body=tried(next((call for call in run if call.error), run[0])),
                    severity=min(0.5 + 0.05 * len(run) + (0.15 if failed == len(run) else 0), 0.95),
                    measured={"calls": len(run), "failed": failed, "threshold": RETRIES},
                )


def _runs(calls: Sequence[Call]) -> Iterator[list[Call]]:
    for key, run in groupby(calls, key=identity):
        if key[1] is not None:
            yield list(run)


def identity(call: Call) -> tuple[str | None, int | str | None, str | None]:
    """Equal for calls that ask for the same. Of an edit or a read the key may know the file alone."""
    if call.name in EDITORS and outcome(call) is Outcome.OK:
        return call.name, call.call_id, None  # what was changed cannot be changed once more
    return call.name, call.arguments_key, call.arguments if call.name in EDITORS or call.name in READERS else None


def _error_loop(session: Session) -> Iterator[Finding]:
    for goal in session.goals:
        calls = working_calls(goal)
        for group in _same_errors(calls):
            if len({identity(call) for call in group}) > 1:
                yield Finding(
                    anchor=group[0].call_id,
                    evidence=tuple(group),
                    title=f"the same error {len(group)} times",
                    body=tried(group[0]),
                    severity=min(0.5 + 0.06 * len(group), 0.95),
                    measured={"calls": len(group), "threshold": SAME_ERROR, "span": ERROR_SPAN},
                )


def _same_errors(calls: Sequence[Call]) -> Iterator[list[Call]]:
    """Failures with one signature, each within a few calls of the one before, at least three of them."""
    chains: dict[str, list[int]] = {}
    for at, call in enumerate(calls):
        if call.error is None or outcome(call) not in FAILURES:
            continue
        chain = chains.get(call.error, [])
        if chain and at - chain[-1] >= ERROR_SPAN:
            if _dense(chain):
                yield [calls[each] for each in chain]
            chain = []
        chains[call.error] = [*chain, at]
    for chain in chains.values():
        if _dense(chain):
            yield [calls[each] for each in chain]


def _dense(chain: Sequence[int]) -> bool:
    return any(last - first < ERROR_SPAN for first, last in zip(chain, chain[SAME_ERROR - 1 :], strict=False))


def _drift(session: Session) -> Iterator[Finding]:
    for goal in session.goals:
        for _, group in groupby(working_calls(goal), key=_drifting_as):
            run = list(group)
            failed = sum(outcome(call) in FAILURES for call in run)
            different = len({identity(call) for call in run})
            if len(run) >= RETRIES and different > 1 and failed >= DRIFT_FAILURES and not _has_retry(run):
                yield Finding(
                    anchor=run[0].call_id,
                    evidence=tuple(run),
                    title=f"{_drifting_as(run[0])[1] or 'one tool'} tried {different} ways, {failed} of them failing",
                    body=tried(next(call for call in run if outcome(call) in FAILURES)),
                    severity=min(0.4 + 0.06 * failed, 0.9),
                    measured={"calls": len(run), "different": different, "failed": failed},
                )


def _drifting_as(call: Call) -> tuple[str | None, str]:
    return call.name, parse(call.command).head


def _has_retry(run: Sequence[Call]) -> bool:
    return any(len(same) >= RETRIES for same in _runs(run))


def _oscillation(session: Session) -> Iterator[Finding]:
    for goal in session.goals:
        calls = working_calls(goal)
        told = [(identity(call), call.output_key) for call in calls]
        start = 0
        while start < len(calls):
            period, stop = _longest_cycle(told, start)
            if period:
                run = calls[start:stop]
                yield Finding(
                    anchor=run[0].call_id,
                    evidence=tuple(run),
                    title=f"a round of {period} calls, {len(run) // period} times without anything new",
                    body=tried(next((call for call in run if call.error), run[0])),
                    measured={"period": period, "cycles": len(run) // period, "threshold": CYCLES},
                )
            start = stop if period else start + 1


def _longest_cycle(told: Sequence[object], start: int) -> tuple[int, int]:
    """(period, end) of the repetition that begins here; (0, start) for none. Nothing new may come out of it."""
    for period in range(2, LONGEST_CYCLE + 1):
        stop = start + period
        if start + period * CYCLES > len(told):
            break
        while stop < len(told) and told[stop] == told[stop - period]:
            stop += 1
        alone = len(set(told[start : start + period])) < 2  # one call alone is a retry
        if stop - start >= period * CYCLES and not alone:
            return period, start + (stop - start) // period * period
    return 0, start


def _storm(session: Session) -> Iterator[Finding]:
    for goal in session.goals:
        calls = working_calls(goal)
        failing = [at for at, call in enumerate(calls) if outcome(call) in (FAILURES - {Outcome.RED})]
        for group in _storms(failing):
            run = tuple(calls[at] for at in group)
            yield Finding(
                anchor=run[0].call_id,
                evidence=run,
                title=f"{len(run)} failures in {group[-1] - group[0] + 1} calls",
                body=tried(run[-1]),
                severity=min(0.6 + 0.03 * len(run), 0.95),
                measured={"failures": len(run), "threshold": STORM, "span": STORM_SPAN},
            )


def _storms(failing: Sequence[int]) -> Iterator[list[int]]:
    """Longest stretches of which every five failures in a row lie within twelve calls."""
    group: list[int] = []
    dense = [last - first < STORM_SPAN for first, last in zip(failing, failing[STORM - 1 :], strict=False)]
    for at, close in enumerate(dense):
        if close:
            group = [*group, failing[at + STORM - 1]] if group else list(failing[at : at + STORM])
        elif group:
            yield group
            group = []
    if group:
        yield group


_INSIDE = frozenset({"exec_failure", "patch_failure", "env_missing", "timeout", "test_red"})

DETECTORS = (
    Detector("retry_loop", 1, "friction", 0.7, 0.95, _retry, "The same call, three times or more in a row.",
             absorbs=_INSIDE),
    Detector("error_loop", 1, "friction", 0.7, 0.9, _error_loop, "Different calls run into the same error.",
             absorbs=_INSIDE),
    Detector("parameter_drift", 1, "friction", 0.5, 0.85, _drift, "One tool with ever other arguments, failing.",
             absorbs=_INSIDE),
    Detector("oscillation", 1, "friction", 0.6, 0.9, _oscillation, "A round of calls, repeated with nothing new."),
    Detector("tool_error_storm", 1, "friction", 0.7, 0.9, _storm, "Five failures or more within twelve calls.",
             absorbs=_INSIDE),
)  # fmt: skip
