"""What metrics ask of the store beyond what reports do."""

from __future__ import annotations

from typing import NamedTuple

from codex_loop.store.engine import Database


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
