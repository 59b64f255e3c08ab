"""Look at what changed, let every detector speak, keep what is new and what is gone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import msgspec

from codex_loop.model.keys import key
from codex_loop.model.text import clean
from codex_loop.signals import across, semantic
from codex_loop.signals.catalogue import DETECTORS
from codex_loop.signals.detector import Detector, Finding, signal_key
from codex_loop.signals.reading import BATCH, sessions
from codex_loop.signals.semantic import Words
from codex_loop.signals.session import Call, Session, Step
from codex_loop.store import evidence
from codex_loop.store import signals as store
from codex_loop.store.engine import Database
from codex_loop.store.signals import Kept, SignalRow

if TYPE_CHECKING:
    from codex_loop.semantics.tally import Estimate

Progress = Callable[[int, int], None]
"""(files done, files in all)"""


class Detected(msgspec.Struct, kw_only=True):
    """What one run found."""

    files: int = 0
    sessions: int = 0
    new: int = 0
    same: int = 0
    changed: int = 0
    gone: int = 0
    back: int = 0


def detect(
    database: Database,
    now_ms: int,
    *,
    detectors: Sequence[Detector] = DETECTORS,
    words: Words | None = None,
    progress: Progress | None = None,
) -> Detected:
    """Run the detectors over every session that changed. Idempotent; unchanged sessions are not opened.

    Without `words`, or where they could not be judged, what a model found before stays as it was.
    """
    rules, judge = rules_key(detectors), _judge(words)
    detectors = (*detectors, *(words.detectors if words else ()))
    waiting = evidence.changed(database, rules, judge, now_ms)
    report = Detected(files=len(waiting))
    for start in range(0, len(waiting), BATCH):
        files = waiting[start : start + BATCH]
        seen = list(sessions(database, sorted({file.session_key for file in files}), now_ms))
        found: list[SignalRow] = []
        unheard: list[int] = []
        for session in seen:
            found += look(session, detectors, now_ms)
            if words is None or not words.judge(session):
                unheard.append(session.key)
        found += _as_before(database, unheard)
        found += _told_by_others(database, [session.key for session in seen])
        with database.transaction():
            kept = store.put(database, [session.key for session in seen], found, now_ms)
            # Files of sessions that could not be judged count as judged by nobody: the next run asks again.
            evidence.looked_at(database, files, rules, 0 if judge and unheard else judge, now_ms)
        _add(report, kept, len(seen))
        if progress is not None:
            progress(start + len(files), len(waiting))
    if waiting:
        _add(report, across.look_across(database, now_ms), 0)
    return report


def _judge(words: Words | None) -> int | None:
    """Who judges words in this run, as it is remembered; None: nobody, and what was judged stands."""
    return None if words is None else rules_key(words.detectors)


def _told_by_others(database: Database, sessions: Sequence[int]) -> list[SignalRow]:
    """What these sessions show only beside others: judged when all have been looked at."""
    return [row for row in across.living(database, sessions) if row.detector in across.IDS]


def estimates(database: Database, now_ms: int, words: Words) -> Iterator[Estimate]:
    """What a run with these words would come to, session by session. Sends and changes nothing."""
    waiting = evidence.changed(database, rules_key(DETECTORS), _judge(words), now_ms)
    for start in range(0, len(waiting), BATCH):
        keys = sorted({file.session_key for file in waiting[start : start + BATCH]})
        yield from (words.estimate(session) for session in sessions(database, keys, now_ms))


def _as_before(database: Database, sessions: Sequence[int]) -> list[SignalRow]:
    """What a model found in these sessions, as it stands."""
    before = store.of_sessions(database, sessions).values()
    return [row for row in before if row.detector in semantic.IDS and row.gone_ms is None]


def rules_key(detectors: Iterable[Detector]) -> int:
    """Changes when any detector does."""
    return key("detectors", *sorted(f"{each.id} {each.version}" for each in detectors))


def look(session: Session, detectors: Sequence[Detector], now_ms: int) -> list[SignalRow]:
    """Every signal of one session, each once, with those that another tells better marked."""
    found: dict[int, tuple[Detector, Finding, SignalRow]] = {}
    for detector in detectors:
        for finding in detector.find(session):
            row = _row(session, detector, finding, now_ms)
            found.setdefault(row.key, (detector, finding, row))
    return _absorbed(list(found.values()))


def _row(session: Session, detector: Detector, finding: Finding, now_ms: int) -> SignalRow:
    first = finding.evidence[0] if finding.evidence else None
    call = next((step for step in finding.evidence if isinstance(step, Call)), None)
    began_ms, ended_ms = _span(session, finding.evidence)
    return SignalRow(
        key=signal_key(f"{session.agent}:{session.native_id}", detector.id, finding.anchor),
        subject="session",
        session_key=session.key,
        turn_key=None if first is None else first.turn,
        call_key=None if call is None else call.key,
        kind=detector.kind,
        category=detector.category or detector.id,
        detector=detector.id,
        version=detector.version,
        severity=round(_share(detector.severity if finding.severity is None else finding.severity), 3),
        confidence=round(_share(detector.confidence if finding.confidence is None else finding.confidence), 3),
        basis=finding.basis,
        time_ms=_time(session, finding.evidence),
        detected_ms=now_ms,
        gone_ms=None,
        title=clean(finding.title),
        body=clean(finding.body),
        evidence=msgspec.json.encode([_pointer(step) for step in finding.evidence]).decode(),
        parameters=msgspec.json.encode(finding.measured, order="sorted").decode(),
        absorbed_by=None,
        cost_ms=None if began_ms is None or ended_ms is None else ended_ms - began_ms,
        cost_tokens=session.spent.between(began_ms, ended_ms),
    )


def _span(session: Session, steps: Sequence[Step]) -> tuple[int | None, int | None]:
    """From the first evidence until the agent went on after the last; clocks that run backwards give nothing."""
    times = [step.time_ms for step in steps if step.time_ms is not None]
    if not times:
        return None, None
    last = steps[-1]
    ends = [*times, *(step.ended_ms for step in steps if isinstance(step, Call) and step.ended_ms is not None)]
    after = next((step for step in _behind(session, last) if step.time_ms is not None), None)
    if after is not None and after.time_ms is not None and after.turn == last.turn:
        ends.append(after.time_ms)
    return min(times), max(ends)


def _behind(session: Session, step: Step) -> Sequence[Step]:
    at = next((place for place, each in enumerate(session.steps) if each is step), len(session.steps))
    return session.steps[at + 1 : at + 4]


def _share(value: float) -> float:
    return min(max(value, 0.0), 1.0)


def _time(session: Session, steps: Sequence[Step]) -> int | None:
    """Of the first evidence that has one; the session's end where its lines carry none."""
    return next((step.time_ms for step in steps if step.time_ms is not None), session.ended_ms)


def _pointer(step: Step) -> dict[str, int | str]:
    pointer: dict[str, int | str] = {
        "record": type(step).__name__.lower(),
        "key": step.key,
        "source": step.place.source_id,
        "offset": step.place.offset,
    }
    call_id = getattr(step, "call_id", None)
    return pointer | {"call_id": call_id} if call_id else pointer


def _absorbed(found: list[tuple[Detector, Finding, SignalRow]]) -> list[SignalRow]:
    """A loop tells its failures: those on the same calls are kept, but named as told already."""
    tellers = [
        (detector, {step.key for step in finding.evidence}) for detector, finding, _ in found if detector.absorbs
    ]
    rows = []
    for detector, finding, row in found:
        own = {step.key for step in finding.evidence}
        teller = next(
            (other.id for other, keys in tellers if detector.id in other.absorbs and own and own <= keys), None
        )
        rows.append(row if teller is None else msgspec.structs.replace(row, absorbed_by=teller))
    return rows


def _add(report: Detected, kept: Kept, looked_at: int) -> None:
    report.sessions += looked_at
    for name, count in kept._asdict().items():
        setattr(report, name, getattr(report, name) + count)
