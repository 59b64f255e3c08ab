"""What agents themselves say a session used: kept to be compared with the ledger, never added to it."""

from __future__ import annotations

import msgspec

from codex_loop.store.engine import Database


class OwnTotal(msgspec.Struct, frozen=True):
    """The last word of an agent's program about one session."""

    agent: str
    native_id: str
    stated_ms: int | None
    cost_usd: float | None
    totals: str | None
    """By model, as JSON in the agent's own words."""
    cwd: str | None = None


def own_totals(database: Database) -> list[OwnTotal]:
    """Every session of which the agent's program stated a total."""
    rows = database.rows(
        "SELECT s.agent, s.native_id, t.time_ms, t.cost_usd, t.totals, s.cwd FROM agent_totals t"
        " JOIN sessions s ON s.key = t.key ORDER BY t.time_ms, s.native_id"
    )
    return [OwnTotal(*row) for row in rows]


def interrupted(database: Database) -> set[int]:
    """Keys of the threads in which somebody is known to have interrupted a request."""
    return {key for (key,) in database.rows("SELECT DISTINCT session_key FROM events WHERE kind = 'interrupted'")}
