"""What stands between two runs: what forbids to compare them, what they differ in, and what a reader has to know."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import msgspec

from codex_loop.measure.measured import MOST_INVALID, Key, Measured, causes, invalid_share
from codex_loop.measure.pairing import Pair, Pairing
from codex_loop.measure.words import percent, several, task_count
from codex_loop.model.text import counted

_ANOTHER = {
    "env_kind": "another environment",
    "env_import_path": "another environment",
    "environment_kwargs": "other options of the environment",
    "timeout_multipliers": "other timeouts",
}
"""What differs in one of these is another examination; and so is another minor version of Harbor."""
_TOLERATED = ("harbor_version", "host")
"""Told as warnings of their own."""
_WORDS = {
    "agent_version": "agent version",
    "agent_kwargs": "options of the agent",
    "agent_variables": "variables of the agent",
    "reasoning_effort": "reasoning effort",
    "base_url": "base URL",
}


def hindrances(baseline: Measured, candidate: Measured) -> Iterator[str]:
    """Why no comparison of these two means anything."""
    for side, measured in (("the baseline", baseline), ("this run", candidate)):
        invalid = invalid_share(measured)
        if invalid is None:
            yield f"{side} has no trial"
        elif invalid > MOST_INVALID:
            why = several([f"{cause} ×{times}" for cause, times in causes(measured).items()])
            yield f"{percent(invalid)} of the trials of {side} are invalid ({why})"
    yield from other_conditions(baseline, candidate)


def other_conditions(baseline: Measured, candidate: Measured) -> Iterator[str]:
    """What makes the one another examination than the other."""
    if baseline.key is None or candidate.key is None:
        return
    for field, words in _ANOTHER.items():
        before, after = _said(baseline.key, field), _said(candidate.key, field)
        if before != after:
            yield f"{words}: {after} now, {before} in the baseline"
    old, new = baseline.key.harbor_version, candidate.key.harbor_version
    if old is not None and new is not None and _minor(old) != _minor(new):
        yield f"another Harbor: {new} now, {old} in the baseline"


def varied(baseline: Key | None, candidate: Key | None) -> list[tuple[str, str, str]]:
    """In which conditions they differ that may differ: what the comparison is about."""
    if baseline is None or candidate is None:
        return []
    fields = [field for field in Key.__struct_fields__ if field not in (*_ANOTHER, *_TOLERATED)]
    told = [(_WORDS.get(field, field), _said(baseline, field), _said(candidate, field)) for field in fields]
    return [each for each in told if each[1] != each[2]]


def warnings(baseline: Measured, candidate: Measured, pairing: Pairing) -> Iterator[str]:
    """What a reader has to know before believing the verdict."""
    if baseline.run_id is not None and baseline.run_id == candidate.run_id:
        yield "both sides are the same run"
    yield from _conditions(baseline, candidate)
    if pairing.joined == "name":
        yield "a side knows no digests, so tasks are joined by name: whether they are the same nobody can say"
    if pairing.changed:
        yield f"{task_count(len(pairing.changed))} changed since, left out: {several(pairing.changed)}"
    if pairing.missing:
        yield f"{task_count(len(pairing.missing))} of the baseline not in this run: {several(pairing.missing)}"
    if pairing.extra:
        yield f"{task_count(len(pairing.extra))} not in the baseline, left out: {several(pairing.extra)}"
    if pairing.ungraded:
        names = [each.task.name for each in pairing.ungraded]
        yield f"{task_count(len(names))} without a valid attempt on one side, left out: {several(names)}"
    for side, measured in (("the baseline", baseline), ("this run", candidate)):
        yield from _troubles(side, measured)
    looping = _timed_out_now(pairing, baseline, candidate)
    if looping:
        yield f"the verifier ran out of time only in this run, perhaps by the agent's code: {several(looping)}"
    clusters = Counter(each.cluster for each in pairing.pairs)
    if len(clusters) < len(pairing.pairs):
        yield f"{task_count(len(pairing.pairs))} come from {counted(len(clusters), 'session')} and count as so many"
    mixed = [each.task.name for each in pairing.pairs if each.before.is_mixed]
    if mixed:
        yield f"{task_count(len(mixed))} solved only sometimes in the baseline: {several(mixed)}"


def _conditions(baseline: Measured, candidate: Measured) -> Iterator[str]:
    for side, measured in (("the baseline", baseline), ("this run", candidate)):
        if measured.key is None:
            yield f"{side} does not say under which conditions it was made"
    if baseline.key is None or candidate.key is None:
        return
    several_differ = varied(baseline.key, candidate.key)
    if len(several_differ) > 1:
        names = ", ".join(field for field, _, _ in several_differ)
        yield f"they differ in {len(several_differ)} things at once ({names}): which one did it is not told"
    hosts = baseline.key.host, candidate.key.host
    tools = sorted(name for name in {*hosts[0], *hosts[1]} if hosts[0].get(name) != hosts[1].get(name))
    if tools:
        yield f"the hosts differ ({several(tools)}), and tasks use the tools of the host there"


def _troubles(side: str, measured: Measured) -> Iterator[str]:
    found = causes(measured)
    if found:
        total = sum(found.values())
        told = several([f"{cause} ×{times}" for cause, times in found.items()])
        yield f"{counted(total, 'invalid trial')} in {side}, not counted: {told}"
    if measured.skipped:
        count = task_count(len(measured.skipped))
        yield f"Harbor passed over {count} in {side} without a word: {several(measured.skipped)}"
    if measured.unfinished:
        yield f"{counted(measured.unfinished, 'trial')} of {side} did not come to an end"


def _timed_out_now(pairing: Pairing, baseline: Measured, candidate: Measured) -> list[str]:
    def timed_out(measured: Measured) -> set[str]:
        return {trial.task for trial in measured.trials if trial.exception_type == "VerifierTimeoutError"}

    before, now = timed_out(baseline), timed_out(candidate)
    couples: tuple[Pair, ...] = (*pairing.pairs, *pairing.ungraded)
    return [
        each.after.task.name for each in couples if each.after.task.name in now and each.before.task.name not in before
    ]


def _said(key: Key, field: str) -> str:
    value = getattr(key, field)
    if field == "timeout_multipliers":
        value = {name: times for name, times in key.timeout_multipliers.items() if times not in (None, 1.0)}
    if value is None or value in ((), {}):
        return "none"
    return value if isinstance(value, str) else msgspec.json.encode(value, order="sorted").decode()


def _minor(version: str) -> tuple[str, ...]:
    return tuple(version.split(".")[:2])
