"""When things happened: signals and sessions by their own clocks, and what changed around them."""

from __future__ import annotations

from typing import NamedTuple

from codex_loop.store.engine import Database

_PRESENT = "g.gone_ms IS NULL AND g.absorbed_by IS NULL"
_NAME = "coalesce(c.category, g.category)"
_CALLED = " FROM signals g LEFT JOIN signal_categories c ON c.signal_key = g.key"


class Seen(NamedTuple):
    """A signal, as a trend counts it."""

    kind: str
    category: str
    time_ms: int


class AtWork(NamedTuple):
    """A session, from its first to its last known moment."""

    first_ms: int
    last_ms: int
    looked_at: int
    """Whether detectors have seen it; one inside another's file was seen with that one."""


class FirstUse(NamedTuple):
    """When a version or a model of an agent was used for the first time."""

    kind: str
    """agent_version or model."""
    agent: str
    name: str
    time_ms: int


class Decided(NamedTuple):
    """What became of a category."""

    name: str
    time_ms: int
    event: str


def signals(database: Database, since_ms: int, kind: str | None, category: str | None) -> list[Seen]:
    """Those that happened since then; a category means what they are called now, or what their detector says."""
    tests, values = _asked(kind, category)
    rows = database.rows(
        f"SELECT g.kind, {_NAME}, g.time_ms{_CALLED} WHERE {_PRESENT} AND g.time_ms >= ?{tests} ORDER BY g.time_ms",
        (since_ms, *values),
    )
    return [Seen(*row) for row in rows]


def undated(database: Database, kind: str | None, category: str | None) -> int:
    """How many signals no clock tells the time of."""
    tests, values = _asked(kind, category)
    row = database.one(f"SELECT count(*){_CALLED} WHERE {_PRESENT} AND g.time_ms IS NULL{tests}", values)
    return int(row[0]) if row else 0


def categories(database: Database) -> list[str]:
    """Every word that signals are called by."""
    rows = database.rows(
        f"SELECT DISTINCT {_NAME}{_CALLED} WHERE {_PRESENT}"
        f" UNION SELECT DISTINCT g.category FROM signals g WHERE {_PRESENT} ORDER BY 1"
    )
    return [str(name) for (name,) in rows]


def sessions(database: Database, since_ms: int) -> list[AtWork]:
    """Those at work at some time since then."""
    rows = database.rows(
        "SELECT s.started_ms, coalesce(s.ended_ms, s.started_ms), CASE WHEN count(f.id) = 0 OR count(d.source_id) > 0"
        " THEN 1 ELSE 0 END FROM sessions s LEFT JOIN source_files f ON f.session_key = s.key AND f.state <> 'replaced'"
        " LEFT JOIN detections d ON d.source_id = f.id"
        " WHERE s.started_ms IS NOT NULL AND coalesce(s.ended_ms, s.started_ms) >= ?"
        " GROUP BY s.key, s.started_ms, s.ended_ms ORDER BY s.started_ms, s.key",
        (since_ms,),
    )
    return [AtWork(*row) for row in rows]


def first_session(database: Database) -> int | None:
    """When the earliest session began that the store knows."""
    row = database.one("SELECT min(started_ms) FROM sessions")
    return None if row is None or row[0] is None else int(row[0])


def first_uses(database: Database) -> list[FirstUse]:
    """The first time each agent was seen in each version, and with each model. The very first is no change."""
    found: list[FirstUse] = []
    for kind, column in (("agent_version", "agent_version"), ("model", "model")):
        rows = database.rows(
            f"SELECT agent, {column}, min(started_ms) FROM sessions WHERE {column} IS NOT NULL"
            f" AND started_ms IS NOT NULL GROUP BY agent, {column} ORDER BY agent, 3, {column}"
        )
        known: set[str] = set()
        for agent, name, time_ms in rows:
            if agent in known:
                found.append(FirstUse(kind, agent, name, int(time_ms)))
            known.add(agent)
    return sorted(found, key=lambda each: each.time_ms)


def decided(database: Database, since_ms: int) -> list[Decided]:
    """What was approved, changed or given up since then."""
    rows = database.rows(
        "SELECT name, time_ms, event FROM category_history WHERE time_ms >= ? ORDER BY time_ms, id", (since_ms,)
    )
    return [Decided(*row) for row in rows]


def _asked(kind: str | None, category: str | None) -> tuple[str, list[str]]:
    tests = [("g.kind = ?", kind), ("? IN (g.category, coalesce(c.category, ''))", category)]
    given = [(test, value) for test, value in tests if value is not None]
    return "".join(f" AND {test}" for test, _ in given), [value for _, value in given]
