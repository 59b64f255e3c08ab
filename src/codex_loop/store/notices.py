"""Notices about limits: stored before they are sent, so that each is sent once at most."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from codex_loop.store.engine import Database


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """Something about one cycle of one window that a person wants to hear once."""

    key: int
    """The same for the same news, whoever finds it."""
    agent: str
    account: str | None
    limit_id: str
    window_key: str
    cycle_ms: int
    """The end of the cycle this is about, as first told."""
    threshold: str
    """Percent (`80`), or `runs-out`."""
    time_ms: int
    channels: tuple[str, ...]
    message: str


def since(database: Database, since_ms: int) -> list[Notice]:
    """The notices of this time, oldest first."""
    rows = database.rows(
        "SELECT key, agent, account, limit_id, window_key, cycle_ms, threshold, time_ms, channels, message"
        " FROM notices WHERE time_ms >= ? ORDER BY time_ms, key",
        (since_ms,),
    )
    return [
        Notice(
            key=row[0], agent=row[1], account=row[2], limit_id=row[3], window_key=row[4], cycle_ms=row[5],
            threshold=row[6], time_ms=row[7], channels=tuple(msgspec.json.decode(row[8], type=list[str])),
            message=row[9],
        )
        for row in rows
    ]  # fmt: skip


def claim(database: Database, notices: Sequence[Notice]) -> list[Notice]:
    """Store them, all or none; those that nobody had stored before, which are the caller's to send."""
    with database.transaction():
        return [each for each in notices if database.many("upsert notices", [_row(database, each)]) == 1]


def _row(database: Database, notice: Notice) -> tuple[object, ...]:
    values = msgspec.structs.asdict(notice) | {"channels": msgspec.json.encode(notice.channels).decode()}
    return tuple(values[name] for name in database.columns["notices"])
