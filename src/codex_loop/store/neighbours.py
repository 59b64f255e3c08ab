"""Sessions beside each other: what one alone cannot tell."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from codex_loop.store.engine import Database
from codex_loop.store.ledger import chunks, marks


class Neighbour(NamedTuple):
    """A session of a person, with what it took."""

    key: int
    agent: str
    native_id: str
    place: str
    """Its repository; its folder where none is known."""
    model: str | None
    started_ms: int
    ended_ms: int
    forked_from: str | None
    requests: int
    tokens: int | None
    """None: none were counted."""


def neighbours(database: Database) -> list[Neighbour]:
    """Sessions that people talked in, in the order they began. Of others there is nothing to compare."""
    rows = database.rows(
        "SELECT s.key, s.agent, s.native_id, coalesce(s.git_url, s.cwd), s.model, s.started_ms, s.ended_ms,"
        " s.forked_from, m.requests, u.tokens FROM sessions s"
        " JOIN (SELECT session_key, count(*) AS requests FROM messages WHERE role = 'user' AND author = 'human'"
        " GROUP BY session_key) m ON m.session_key = s.key"
        " LEFT JOIN (SELECT session_key, sum(input + cached + cache_write_5m + cache_write_1h + output) AS tokens"
        " FROM usage_events GROUP BY session_key) u ON u.session_key = s.key"
        " WHERE coalesce(s.lineage, 'main') NOT IN ('subagent', 'sidechain') AND s.parent_id IS NULL"
        " AND s.started_ms IS NOT NULL AND s.ended_ms IS NOT NULL AND coalesce(s.git_url, s.cwd) IS NOT NULL"
        " ORDER BY s.started_ms, s.key"
    )
    every = [Neighbour(*row) for row in rows]
    return [each if each.tokens is None else each._replace(tokens=int(each.tokens)) for each in every]


def edited(database: Database, keys: Sequence[int]) -> dict[int, frozenset[str]]:
    """The files that each of these sessions changed."""
    found: dict[int, set[str]] = defaultdict(set)
    for part in chunks(keys):
        sql = f"SELECT DISTINCT session_key, path FROM file_changes WHERE session_key IN ({marks(part)})"
        for session_key, path in database.rows(sql, part):
            found[session_key].add(path)
    return {session_key: frozenset(paths) for session_key, paths in found.items()}


def proven(database: Database, detector: str) -> dict[int, str]:
    """Sessions with a living signal of this detector, and its evidence."""
    rows = database.rows(
        "SELECT session_key, evidence FROM signals WHERE detector = ? AND gone_ms IS NULL AND session_key IS NOT NULL"
        " ORDER BY key DESC",
        (detector,),
    )
    return dict(rows)


def having(database: Database, detectors: Iterable[str]) -> list[int]:
    """Sessions that ever had a signal of one of these detectors."""
    names = sorted(detectors)
    sql = f"SELECT DISTINCT session_key FROM signals WHERE detector IN ({marks(names)}) AND session_key IS NOT NULL"
    return [session_key for (session_key,) in database.rows(sql, names)]


class FirstPrompt(NamedTuple):
    """Where a session's first request stands, and its beginning."""

    key: int
    source_id: int
    offset: int
    head: str


def first_prompt(database: Database, session_key: int) -> FirstPrompt | None:
    """The first thing a person said; None when nothing of it was kept."""
    row = database.one(
        "SELECT key, source_id, line_offset, head FROM messages WHERE session_key = ? AND role = 'user'"
        " AND author = 'human' ORDER BY coalesce(time_ms, 0), line_offset LIMIT 1",
        (session_key,),
    )
    return None if row is None else FirstPrompt(*row)
