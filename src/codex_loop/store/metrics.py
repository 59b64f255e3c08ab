"""What metrics ask of the store beyond what reports do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from codex_loop.store.engine import Database
from codex_loop.store.ledger import marks


class BadLines(NamedTuple):
    """Lines of an agent's files that a lane could not decode, ever."""

    agent: str
    lane: str
    lines: int


def bad_lines(database: Database) -> list[BadLines]:
    """For every agent and lane of which anything was read, also where nothing was bad."""
    rows = database.rows(
        "SELECT f.agent, c.lane, sum(c.rejected) FROM cursors c JOIN source_files f ON f.id = c.source_id"
        " GROUP BY f.agent, c.lane ORDER BY f.agent, c.lane"
    )
    return [BadLines(agent, lane, int(lines)) for agent, lane, lines in rows]


def ledger_mark(database: Database, without: Sequence[str]) -> str:
    """Changes whenever sums of tokens may, whatever was read of the sources that hold none."""
    cursors = database.one(
        "SELECT count(*), sum(c.position), sum(c.seen_size), max(c.updated_ms), sum(c.decoder)"
        " FROM cursors c JOIN source_files f ON f.id = c.source_id"
        f" WHERE f.source NOT IN ({marks(without)})",
        without,
    )
    sessions = database.one("SELECT count(*), count(lineage), sum(length(lineage)), max(facts_ms) FROM sessions")
    return f"{cursors} {sessions}"
