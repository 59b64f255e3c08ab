"""Calls that stand in several conversations of one family: a side conversation may repeat what it was told."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from codex_loop.store.engine import Database
from codex_loop.store.ledger import marks

_BY_CALL = ("tool_calls", "approvals", "file_changes")
_BY_LINE = ("messages", "events")


class Side(NamedTuple):
    """A side conversation, and the session it belongs to."""

    session_key: int
    native_id: str
    root_id: str
    started_ms: int | None


class Repeated(NamedTuple):
    """A call in one of several sessions that tell of it."""

    session_key: int
    call_id: str
    is_named: bool
    """False where only its result is told."""
    source_id: int
    line_offset: int


def sides(database: Database, agent: str) -> list[Side]:
    """Every side conversation of an agent."""
    rows = database.rows(
        "SELECT key, native_id, root_id, started_ms FROM sessions"
        " WHERE agent = ? AND lineage IN ('subagent', 'sidechain') AND root_id IS NOT NULL",
        (agent,),
    )
    return [Side(*row) for row in rows]


def told_by(database: Database, files: Iterable[int]) -> frozenset[int]:
    """The sessions that these files are about."""
    wanted = frozenset(files)
    rows = database.rows("SELECT id, session_key FROM source_files WHERE session_key IS NOT NULL")
    return frozenset(session_key for source_id, session_key in rows if source_id in wanted)


def repeated(database: Database, family: Sequence[int]) -> list[Repeated]:
    """The calls that more than one of these sessions tells of."""
    rows = database.rows(
        "SELECT session_key, call_id, name, source_id, line_offset FROM tool_calls"
        f" WHERE session_key IN ({marks(family)}) AND call_id IN (SELECT call_id FROM tool_calls"
        f" WHERE session_key IN ({marks(family)}) GROUP BY call_id HAVING count(*) > 1)",
        (*family, *family),
    )
    return [Repeated(key, call, name is not None, source_id, offset) for key, call, name, source_id, offset in rows]


def forget(database: Database, copies: Iterable[Repeated]) -> None:
    """Drop what these tellings say of their calls; the archive keeps the lines."""
    with database.transaction():
        for copy in copies:
            for table in _BY_CALL:
                _forget(database, table, "call_id = ?", (copy.session_key, copy.call_id))
            for table in _BY_LINE:
                place = (copy.session_key, copy.source_id, copy.line_offset)
                _forget(database, table, "source_id = ? AND line_offset = ?", place)


def _forget(database: Database, table: str, condition: str, values: Sequence[object]) -> None:
    keys = database.rows(f"SELECT key FROM {table} WHERE session_key = ? AND {condition}", values)
    database.many(f"forget {table}", keys)
