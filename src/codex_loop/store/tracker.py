"""The tracker's records as the store holds them, and what a provider last said of its weekly window."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import msgspec

from codex_loop.store.engine import Database
from codex_loop.store.ledger import chunks, marks

# A week as providers count it; Codex has said 10079 minutes.
_WEEK_MINUTES = (9_979, 10_181)


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a tracker's file."""

    key: int
    place: str
    kind: str
    window_id: str
    provider: str | None
    phase: str | None
    scope: str | None
    time_ms: int
    errors: str
    """A JSON list of tags."""
    body: str
    """The record as it was written, secrets taken out."""
    deleted_ms: int | None


class WeekSeen(msgspec.Struct, frozen=True):
    """A provider's latest word on its weekly window."""

    used_percent: float | None
    resets_ms: int | None
    observed_ms: int | None
    via: str | None


def known(database: Database, keys: Collection[int]) -> dict[int, int | None]:
    """Which of these keys the store has, and when each was deleted."""
    found: dict[int, int | None] = {}
    for part in chunks(sorted(keys)):
        rows = database.rows(f"SELECT key, deleted_ms FROM tracker_records WHERE key IN ({marks(part)})", part)
        found.update((int(key), deleted) for key, deleted in rows)
    return found


def add(database: Database, kept: Sequence[Kept]) -> None:
    """Durable when it returns, whole or not at all. A record that is there already only learns of its deletion."""
    if not kept:
        return
    order = database.order("upsert tracker_records")
    with database.transaction():
        database.many("upsert tracker_records", [tuple(getattr(each, name) for name in order) for each in kept])


def records(database: Database, place: str | None = None) -> list[Kept]:
    """Every record that was not deleted, the earliest first; of one data folder, or of all."""
    names = ", ".join(Kept.__struct_fields__)
    where, bound = (" AND place = ?", [place]) if place is not None else ("", [])
    rows = database.rows(
        f"SELECT {names} FROM tracker_records WHERE deleted_ms IS NULL{where} ORDER BY time_ms, key", bound
    )
    return [Kept(**dict(zip(Kept.__struct_fields__, row, strict=True))) for row in rows]


def latest_week(database: Database, agent: str, until_ms: int) -> WeekSeen | None:
    """The latest sample of an agent's weekly window until this instant; its own limit goes before those of models."""
    row = database.one(
        "SELECT used_percent, resets_ms, time_ms, via FROM limit_samples"
        " WHERE agent = ? AND window_minutes BETWEEN ? AND ? AND time_ms <= ? AND used_percent IS NOT NULL"
        " ORDER BY CASE WHEN limit_id = ? THEN 0 ELSE 1 END, time_ms DESC, used_percent DESC LIMIT 1",
        (agent, *_WEEK_MINUTES, until_ms, agent),
    )
    return None if row is None else WeekSeen(*row)
