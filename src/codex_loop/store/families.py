"""Forks that carry a copy of their parent's history: who is related, and how much they share."""

from __future__ import annotations

from typing import NamedTuple

from codex_loop.store import writer
from codex_loop.store.engine import Database

_NEVER = (1 << 62) - 1


class Member(NamedTuple):
    """A session of a family of forks, and the file its history is in."""

    session_key: int
    native_id: str
    forked_from: str | None
    started_ms: int | None
    inherited_until: int | None
    source_id: int
    lineage: str | None


def members(database: Database, agent: str, source: str) -> list[Member]:
    """Every session that was forked by copying, and every session that such a fork came from."""
    rows = database.rows(
        "SELECT s.key, s.native_id, s.forked_from, s.started_ms, s.inherited_until, f.id, s.lineage"
        " FROM sessions s JOIN source_files f ON f.session_key = s.key AND f.source = ? AND f.state <> 'replaced'"
        " WHERE s.agent = ? AND ((s.forked_from IS NOT NULL AND s.forked_at IS NULL) OR s.native_id IN"
        " (SELECT forked_from FROM sessions WHERE agent = ? AND forked_at IS NULL))"
        " ORDER BY coalesce(s.started_ms, ?), s.native_id, f.id",
        (source, agent, agent, _NEVER),
    )
    return [Member(*row) for row in rows]


def inherit(database: Database, fork: Member, first: int, until: int) -> bool:
    """The lines of a fork from byte `first` to `until` belong to another session: its rows of them go, its archive
    stays. True if that changed anything."""
    with database.transaction():
        forgotten = writer.forget(database, fork.source_id, lambda offset: first <= offset < until)
        database.execute("UPDATE sessions SET inherited_until = ? WHERE key = ?", (until, fork.session_key))
    return bool(forgotten) or until != fork.inherited_until


def close(database: Database, forks: list[int]) -> None:
    """These forks were looked at: those that inherit nothing need no second look."""
    if forks:
        with database.transaction():
            for key in forks:
                database.execute(
                    "UPDATE sessions SET inherited_until = 0 WHERE key = ? AND inherited_until IS NULL", (key,)
                )
