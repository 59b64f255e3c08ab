"""Signals: put, found again, gone; never forgotten."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec

from codex_loop.store import ids
from codex_loop.store.engine import Database, Row
from codex_loop.store.ledger import chunks, marks
from codex_loop.store.sessions import moment


class SignalRow(msgspec.Struct, frozen=True, array_like=True):
    """A row of `signals`, in its columns' order."""

    key: int
    subject: str
    session_key: int | None
    turn_key: int | None
    call_key: int | None
    kind: str
    category: str
    detector: str
    version: int
    severity: float
    confidence: float
    basis: str
    time_ms: int | None
    detected_ms: int
    gone_ms: int | None
    title: str
    body: str
    evidence: str
    parameters: str
    absorbed_by: str | None
    cost_ms: int | None
    cost_tokens: int | None


class Kept(NamedTuple):
    """What became of the signals of some sessions."""

    new: int = 0
    same: int = 0
    changed: int = 0
    gone: int = 0
    back: int = 0


_NAMES = ", ".join(SignalRow.__struct_fields__)


def of_sessions(database: Database, keys: Sequence[int]) -> dict[int, SignalRow]:
    """Every signal these sessions ever had, by key."""
    found: dict[int, SignalRow] = {}
    for part in chunks(keys):
        sql = f"SELECT {_NAMES} FROM signals WHERE session_key IN ({marks(part)})"
        found.update((row[0], SignalRow(*row)) for row in database.rows(sql, part))
    return found


def put(database: Database, sessions: Sequence[int], found: Iterable[SignalRow], now_ms: int) -> Kept:
    """Make what was found the whole truth about these sessions. Idempotent: the same again changes nothing."""
    before = of_sessions(database, sessions)
    rows: list[SignalRow] = []
    events: list[tuple[int, int, int, str, float, float]] = []
    counts = dict.fromkeys(Kept._fields, 0)
    seen = set()
    for signal in found:
        seen.add(signal.key)
        old = before.get(signal.key)
        event = _event(old, signal)
        counts[event] += 1
        if event == "same":
            continue
        # The first look dates a signal: later ones only correct it.
        rows.append(signal if old is None else msgspec.structs.replace(signal, detected_ms=old.detected_ms))
        events.append((signal.key, signal.version, now_ms, event, signal.severity, signal.confidence))
    for old in before.values():
        if old.key not in seen and old.gone_ms is None:
            counts["gone"] += 1
            rows.append(msgspec.structs.replace(old, gone_ms=now_ms))
            events.append((old.key, old.version, now_ms, "gone", old.severity, old.confidence))
    database.many("put signals", [msgspec.structs.astuple(row) for row in rows])
    database.many("insert signal_history", events)
    return Kept(**counts)


def _event(old: SignalRow | None, new: SignalRow) -> str:
    if old is None:
        return "new"
    if old.gone_ms is not None:
        return "back"
    same = msgspec.structs.replace(new, detected_ms=old.detected_ms) == old
    return "same" if same else "changed"


class Signal(msgspec.Struct, frozen=True, kw_only=True):
    """A signal as people and programs read it."""

    id: str
    subject: str
    session_id: str | None
    agent: str | None
    turn_id: str | None
    turn: int | None
    """Its number in `codex-loop show`."""
    type: str
    """friction or delight"""
    category: str
    """What its detector calls it."""
    category_now: str
    """What an approved category calls it; the detector's word where none claims it."""
    cluster_id: str | None
    severity: float
    confidence: float
    detector: str
    version: int
    basis: str
    at: str | None
    detected_at: str | None
    gone_at: str | None
    title: str
    text: str
    absorbed_by: str | None
    cost_ms: int | None
    """From its first evidence until the agent went on; null: no clocks."""
    cost_tokens: int | None
    """Spent in that time; null: none were counted."""
    evidence: msgspec.Raw
    parameters: msgspec.Raw


class Wanted(NamedTuple):
    """Which signals are asked for."""

    kind: str | None = None
    category: str | None = None
    session_key: int | None = None
    cluster_key: int | None = None
    since_ms: int | None = None
    with_absorbed: bool = False
    with_gone: bool = False
    id: str | None = None
    """Or the beginning of one."""
    limit: int | None = None


_NONE = (1, 0)
"""A span that no key lies in."""
_SIGNAL = """
SELECT g.key, g.subject, s.agent, s.native_id, t.native_id, g.turn_key, g.session_key, g.kind, g.category, g.severity,
 g.confidence, g.detector, g.version, g.basis, g.time_ms, g.detected_ms, g.gone_ms, g.title, g.body, g.absorbed_by,
 g.cost_ms, g.cost_tokens, g.evidence, g.parameters, coalesce(c.category, g.category), m.cluster_key
 FROM signals g LEFT JOIN sessions s ON s.key = g.session_key LEFT JOIN turns t ON t.key = g.turn_key
 LEFT JOIN signal_categories c ON c.signal_key = g.key LEFT JOIN cluster_members m ON m.signal_key = g.key
"""


def listed(database: Database, wanted: Wanted) -> list[Signal]:
    """The latest first."""
    where, values = _where(wanted)
    last = "" if wanted.limit is None else f" LIMIT {wanted.limit}"
    rows = database.rows(f"{_SIGNAL}{where} ORDER BY coalesce(g.time_ms, 0) DESC, g.key{last}", values)
    numbers = turn_numbers(database, sorted({row[6] for row in rows if row[5] is not None}))
    return [_signal(row, numbers) for row in rows]


def _where(wanted: Wanted) -> tuple[str, list[object]]:
    tests: list[tuple[str, object]] = [
        ("g.kind = ?", wanted.kind),
        ("? IN (g.category, coalesce(c.category, ''))", wanted.category),
        ("g.session_key = ?", wanted.session_key),
        ("m.cluster_key = ?", wanted.cluster_key),
        ("g.time_ms >= ?", wanted.since_ms),
    ]
    given = [(test, value) for test, value in tests if value is not None]
    words = [test for test, _ in given]
    if wanted.id is not None:
        words.append("g.key >= ? AND g.key <= ?")
        given += [("", end) for end in ids.span(wanted.id, "sig_") or _NONE]
    if not wanted.with_absorbed and wanted.id is None:
        words.append("g.absorbed_by IS NULL")
    if not wanted.with_gone and wanted.id is None:
        words.append("g.gone_ms IS NULL")
    return (" WHERE " + " AND ".join(words) if words else ""), [value for _, value in given]


def turn_numbers(database: Database, sessions: Sequence[int]) -> dict[int, int]:
    """The number `codex-loop show` gives each turn of these sessions, by its key."""
    found: dict[int, int] = {}
    for part in chunks(sessions):
        rows = database.rows(
            f"SELECT session_key, key FROM turns WHERE session_key IN ({marks(part)})"
            " ORDER BY session_key, source_id, line_offset",
            part,
        )
        last, number = None, 0
        for session_key, turn_key in rows:
            number = number + 1 if session_key == last else 1
            last = session_key
            found[turn_key] = number
    return found


def _signal(row: Row, numbers: dict[int, int]) -> Signal:
    (number, subject, agent, native_id, turn_id, turn_key, _, kind, category, severity, confidence, detector, version,
     basis, time_ms, detected_ms, gone_ms, title, body, absorbed_by, cost_ms, cost_tokens, evidence,
     parameters, category_now, cluster_key) = row  # fmt: skip
    return Signal(
        id=f"sig_{number:0{ids.DIGITS}x}",
        subject=subject,
        session_id=None if native_id is None else f"{agent}:{native_id}",
        agent=agent,
        turn_id=turn_id,
        turn=numbers.get(turn_key),
        type=kind,
        category=category,
        category_now=category_now,
        cluster_id=None if cluster_key is None else f"cluster_{cluster_key:0{ids.DIGITS}x}",
        severity=severity,
        confidence=confidence,
        detector=detector,
        version=version,
        basis=basis,
        at=moment(time_ms),
        detected_at=moment(detected_ms),
        gone_at=moment(gone_ms),
        title=title,
        text=body,
        absorbed_by=absorbed_by,
        cost_ms=cost_ms,
        cost_tokens=cost_tokens,
        evidence=msgspec.Raw(evidence.encode()),
        parameters=msgspec.Raw(parameters.encode()),
    )


class Count(msgspec.Struct, frozen=True):
    """How often a category was seen, and in how many sessions."""

    type: str
    category: str
    signals: int
    sessions: int
    severity: float
    """The mean."""


def counts(database: Database, since_ms: int | None = None) -> list[Count]:
    """By category, friction first, the most frequent first; absorbed and gone signals do not count."""
    where, values = _where(Wanted(since_ms=since_ms))
    name = "coalesce(c.category, g.category)"
    rows = database.rows(
        f"SELECT g.kind, {name}, count(*), count(DISTINCT g.session_key), avg(g.severity) FROM signals g"
        f" LEFT JOIN signal_categories c ON c.signal_key = g.key{where}"
        f" GROUP BY g.kind, {name} ORDER BY g.kind DESC, 3 DESC, {name}",
        values,
    )
    return [
        Count(kind, category, count, sessions, round(float(mean), 2)) for kind, category, count, sessions, mean in rows
    ]


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """A record that made a signal fire, and the line it was read from."""

    record: str
    at: str | None
    call_id: str | None
    told: str | None
    """What was said, run, changed or decided."""
    result: str | None
    """What came of it."""
    file: str | None
    offset: int
    """Where its line begins."""


class _Pointer(msgspec.Struct):
    record: str
    key: int
    source: int
    offset: int
    call_id: str | None = None


_TELLING = {
    "prompt": ("messages", "time_ms, NULL, head, author"),
    "answer": ("messages", "time_ms, NULL, head, phase"),
    "call": ("tool_calls", "started_ms, exit_code, coalesce(command, name), coalesce(error, output, status)"),
    "edit": ("file_changes", "time_ms, NULL, path, change"),
    "approval": ("approvals", "coalesce(requested_ms, decided_ms), NULL, coalesce(command, reason), decision"),
    "compacted": ("compactions", "time_ms, pre_tokens, summary, trigger"),
    "event": ("events", "time_ms, NULL, coalesce(message, code, detail), kind"),
}
_pointers: msgspec.json.Decoder[list[_Pointer]] = msgspec.json.Decoder(list[_Pointer])


def proof(database: Database, signal: Signal) -> list[Proof]:
    """The records behind a signal, in order; one that was forgotten since is told by its place alone."""
    found = []
    for pointer in _pointers.decode(bytes(signal.evidence)):
        table, columns = _TELLING[pointer.record]
        row = database.one(f"SELECT {columns} FROM {table} WHERE key = ?", (pointer.key,))
        time_ms, code, told, result = row or (None, None, None, None)
        file = database.one("SELECT path FROM source_files WHERE id = ?", (pointer.source,))
        found.append(
            Proof(
                record=pointer.record,
                at=moment(time_ms),
                call_id=pointer.call_id,
                told=told,
                result=result if code is None or pointer.record != "call" else f"exit {code}: {result}",
                file=None if file is None else file[0],
                offset=pointer.offset,
            )
        )
    return found
