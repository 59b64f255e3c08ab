"""Signals: put, found again, gone; never forgotten."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec

from codex_loop.store.engine import Database
from codex_loop.store.ledger import chunks, marks


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
    database.many("put signal", [msgspec.structs.astuple(row) for row in rows])
    database.many("insert signal_history", events)
    return Kept(**counts)


def _event(old: SignalRow | None, new: SignalRow) -> str:
    if old is None:
        return "new"
    if old.gone_ms is not None:
        return "back"
    same = msgspec.structs.replace(new, detected_ms=old.detected_ms) == old
    return "same" if same else "changed"
