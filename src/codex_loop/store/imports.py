"""Reports of other tools that were taken in, and what our ledger holds to compare them with.

The ledger's rows are added up by quarter of an hour, session and file, and kept apart by what other tools are known to
count otherwise.
"""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from codex_loop.clock import MINUTE_MS
from codex_loop.store.engine import Database

# Every zone in use is a multiple of this away from UTC, so a quarter of an hour never spans two local days.
_QUARTER_MS = 15 * MINUTE_MS


class Import(msgspec.Struct, frozen=True, kw_only=True):
    """A report as it is kept; `key` is that of its content, so that the same report is kept once."""

    key: int
    imported_ms: int
    tool: str
    dialect: str
    report: str
    agent: str
    first_period: str | None
    last_period: str | None
    flags: tuple[str, ...]
    body: str
    """JSON: the report in our own words."""


class Spend(NamedTuple):
    """Tokens of one session, told by one file, within a quarter of an hour (None: at an unknown time)."""

    time_ms: int | None
    session_key: int
    source_id: int
    recorded: bool
    """Told by a usage record of Codex, which not everybody reads."""
    unnamed: bool
    """No request id: who counts by it counts these by line."""
    input: int
    cached: int
    cache_write: int
    output: int


class Teller(NamedTuple):
    """A session, and what may make others count it otherwise."""

    agent: str
    native_id: str
    orphan: bool
    """It goes on from a session that the store does not have: whoever compares it with its parent cannot."""
    branch: bool
    """It is a fork or a subagent."""
    aside: bool
    """It is a side conversation written into another session's file."""
    version: str | None


class Twins(NamedTuple):
    """Answers in several sessions at the same millisecond and with the same numbers: all but one of them."""

    time_ms: int
    agent: str
    tokens: int


class File(NamedTuple):
    """A file that is still there, and the session it tells of."""

    id: int
    session_key: int | None
    path: str


def keep(database: Database, imports: list[Import]) -> list[bool]:
    """Store these reports, all or none; which of them are new. The same report again changes nothing."""
    with database.transaction():
        return [database.many("upsert usage_imports", [_row(each)]) == 1 for each in imports]


def spends(database: Database) -> list[Spend]:
    """The whole ledger."""
    rows = database.rows(
        f"SELECT u.time_ms / {_QUARTER_MS}, u.session_key, u.source_id, u.via = 'usage_record', u.request_id IS NULL,"
        " sum(u.input), sum(u.cached), sum(u.cache_write_5m + u.cache_write_1h), sum(u.output)"
        " FROM usage_events u"
        f" GROUP BY u.time_ms / {_QUARTER_MS}, u.session_key, u.source_id, u.via = 'usage_record', u.request_id IS NULL"
    )
    return [
        Spend(
            None if quarter is None else int(quarter) * _QUARTER_MS,
            session,
            source,
            bool(recorded),
            bool(unnamed),
            # PostgreSQL adds bigints up to a numeric.
            int(read),
            int(cached),
            int(written),
            int(output),
        )
        for quarter, session, source, recorded, unnamed, read, cached, written, output in rows
    ]


def twins(database: Database) -> list[Twins]:
    """What somebody who tells answers apart by time and numbers alone would count too little."""
    rows = database.rows(
        "SELECT u.time_ms, s.agent, count(*) - 1,"
        " u.input + u.cached + u.cache_write_5m + u.cache_write_1h + u.output FROM usage_events u"
        " JOIN sessions s ON s.key = u.session_key WHERE u.time_ms IS NOT NULL"
        " GROUP BY u.time_ms, s.agent, u.model, u.input, u.cached, u.cache_write_5m, u.cache_write_1h, u.output"
        " HAVING count(DISTINCT u.session_key) > 1"
    )
    return [Twins(time_ms, agent, int(others) * int(tokens)) for time_ms, agent, others, tokens in rows]


def tellers(database: Database) -> dict[int, Teller]:
    """Every session by its key."""
    rows = database.rows(
        "SELECT s.key, s.agent, s.native_id, s.forked_from IS NOT NULL AND p.key IS NULL,"
        " s.forked_from IS NOT NULL OR s.lineage = 'subagent',"
        " coalesce(s.lineage, '') = 'sidechain', s.agent_version FROM sessions s"
        " LEFT JOIN sessions p ON p.agent = s.agent AND p.native_id = s.forked_from"
    )
    return {
        key: Teller(agent, native_id, bool(orphan), bool(branch), bool(aside), version)
        for key, agent, native_id, orphan, branch, aside, version in rows
    }


def files(database: Database) -> list[File]:
    """The files that were there at the last look."""
    return [
        File(*row) for row in database.rows("SELECT id, session_key, path FROM source_files WHERE state = 'active'")
    ]


def _row(of: Import) -> tuple[object, ...]:
    flags = msgspec.json.encode(of.flags).decode()
    periods = (of.first_period, of.last_period)
    return (of.key, of.imported_ms, of.tool, of.dialect, of.report, of.agent, *periods, flags, of.body)
