"""Clusters as problems: who is in them, where, and what they cost."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from codex_loop.store.clusters import SHOWN_SESSIONS
from codex_loop.store.engine import Database
from codex_loop.store.ledger import chunks, marks


class MemberFacts(NamedTuple):
    """A member of a cluster, and where it happened."""

    key: int
    session_key: int | None
    detector: str
    category: str
    severity: float
    time_ms: int | None
    body: str
    project: str | None
    similarity: float
    reassigned: int


def members(database: Database, keys: Sequence[int]) -> dict[int, list[MemberFacts]]:
    """The present members of these clusters, in the order of their keys."""
    found: dict[int, list[MemberFacts]] = defaultdict(list)
    for part in chunks(keys):
        rows = database.rows(
            "SELECT m.cluster_key, g.key, g.session_key, g.detector, g.category, g.severity, g.time_ms, g.body,"
            " coalesce(s.git_url, s.cwd), m.similarity, m.reassigned FROM cluster_members m"
            " JOIN signals g ON g.key = m.signal_key LEFT JOIN sessions s ON s.key = g.session_key"
            f" WHERE g.gone_ms IS NULL AND m.cluster_key IN ({marks(part)}) ORDER BY g.key",
            part,
        )
        for cluster_key, *facts in rows:
            found[cluster_key].append(MemberFacts(*facts))
    return found


class Problem(NamedTuple):
    """What keeps happening: a cluster of several sessions, or a category whose signals are in none of these."""

    kind: str
    cluster_key: int | None
    name: str
    signals: int
    sessions: int
    severity: float
    cost_ms: int | None
    cost_tokens: int | None


class Excerpt(NamedTuple):
    """A signal that shows a problem, and where to look."""

    signal_key: int
    agent: str | None
    native_id: str | None
    turn_key: int | None
    session_key: int | None
    time_ms: int | None
    title: str
    body: str


class Seen(NamedTuple):
    """How often a category was seen in two periods."""

    kind: str
    category: str
    signals: int
    """Since the first instant that was asked for."""
    first_ms: int | None
    """When it was seen for the first time ever; None: no clock told."""
    now: int
    """Of these, in the last period."""
    before: int
    """And in the one before it."""
    sessions: int
    severity: float


_PRESENT = "g.gone_ms IS NULL AND g.absorbed_by IS NULL"


def processed(database: Database) -> tuple[int, int]:
    """(all sessions, those that detectors have looked at). One without a file of its own was seen with its parent's."""
    row = database.one(
        "SELECT (SELECT count(*) FROM sessions), (SELECT count(DISTINCT f.session_key) FROM source_files f"
        " JOIN sessions s ON s.key = f.session_key LEFT JOIN detections d ON d.source_id = f.id"
        " WHERE d.source_id IS NULL AND f.state <> 'replaced'), (SELECT count(*) FROM detections)"
    )
    total, waiting, looked = (int(value) for value in row or (0, 0, 0))
    return total, total - waiting if looked else 0


def totals(database: Database, since_ms: int | None = None) -> dict[str, int]:
    """How many signals of each kind."""
    rows = database.rows(
        f"SELECT g.kind, count(*) FROM signals g WHERE {_PRESENT} AND coalesce(g.time_ms, 0) >= ? GROUP BY g.kind",
        (since_ms or 0,),
    )
    return {kind: int(count) for kind, count in rows}


def seen(database: Database, since_ms: int | None, middle_ms: int, before_ms: int) -> list[Seen]:
    """By category: all since the first instant, with what fell into the last and into the period before it.

    One that was seen before and not in the last period is told too: it went away.
    """
    name, inside, start = "coalesce(c.category, g.category)", "coalesce(g.time_ms, 0) >= ?", since_ms or 0
    rows = database.rows(
        f"SELECT g.kind, {name}, sum(CASE WHEN {inside} THEN 1 ELSE 0 END), min(g.time_ms),"
        " sum(CASE WHEN g.time_ms >= ? THEN 1 ELSE 0 END),"
        " sum(CASE WHEN g.time_ms >= ? AND g.time_ms < ? THEN 1 ELSE 0 END),"
        f" count(DISTINCT CASE WHEN {inside} THEN g.session_key END),"
        f" coalesce(avg(CASE WHEN {inside} THEN g.severity END), avg(g.severity))"
        " FROM signals g LEFT JOIN signal_categories c ON c.signal_key = g.key"
        f" WHERE {_PRESENT} GROUP BY g.kind, {name} ORDER BY 1 DESC, 3 DESC, 2",
        (start, middle_ms, before_ms, middle_ms, start, start),
    )
    return [
        Seen(row[0], row[1], int(row[2]), _whole(row[3]), int(row[4]), int(row[5]), int(row[6]),
             round(float(row[7]), 2))
        for row in rows
        if row[2] or row[5]
    ]  # fmt: skip


_SHOWN = f"LEFT JOIN clusters k ON k.key = m.cluster_key AND k.sessions >= {SHOWN_SESSIONS}"


def worst(database: Database, kind: str, since_ms: int | None, limit: int) -> list[Problem]:
    """What cost most: clusters where there are some, categories for what is in none. Time first, then tokens."""
    name = "coalesce(k.category, k.name, c.category, g.category)"
    rows = database.rows(
        f"SELECT g.kind, k.key, {name}, count(*), count(DISTINCT g.session_key), avg(g.severity),"
        f" sum(g.cost_ms), sum(g.cost_tokens) FROM signals g"
        f" LEFT JOIN cluster_members m ON m.signal_key = g.key {_SHOWN}"
        " LEFT JOIN signal_categories c ON c.signal_key = g.key"
        f" WHERE {_PRESENT} AND g.kind = ? AND coalesce(g.time_ms, 0) >= ? GROUP BY g.kind, k.key, {name}"
        " ORDER BY coalesce(sum(g.cost_ms), 0) DESC, coalesce(sum(g.cost_tokens), 0) DESC, 4 DESC, 3"
        f" LIMIT {limit}",
        (kind, since_ms or 0),
    )
    return [
        Problem(row[0], row[1], row[2], int(row[3]), int(row[4]), round(float(row[5]), 2), *map(_whole, row[6:]))
        for row in rows
    ]


def excerpts(database: Database, problem: Problem, since_ms: int | None, limit: int) -> list[Excerpt]:
    """The signals that show it best: the worst first, no text and no session twice while there are others."""
    inside = "m.cluster_key = ?" if problem.cluster_key is not None else "k.key IS NULL"
    named = "" if problem.cluster_key is not None else " AND coalesce(c.category, g.category) = ?"
    value = problem.name if problem.cluster_key is None else problem.cluster_key
    rows = database.rows(
        "SELECT g.key, s.agent, s.native_id, g.turn_key, g.session_key, g.time_ms, g.title, g.body FROM signals g"
        f" LEFT JOIN cluster_members m ON m.signal_key = g.key {_SHOWN}"
        " LEFT JOIN signal_categories c ON c.signal_key = g.key LEFT JOIN sessions s ON s.key = g.session_key"
        f" WHERE {_PRESENT} AND {inside}{named} AND g.kind = ? AND coalesce(g.time_ms, 0) >= ?"
        " ORDER BY g.severity DESC, coalesce(g.cost_ms, 0) DESC, g.key LIMIT 200",
        (value, problem.kind, since_ms or 0),
    )
    return _varied([Excerpt(*row) for row in rows], limit)


def _varied(found: list[Excerpt], limit: int) -> list[Excerpt]:
    chosen: list[Excerpt] = []
    for fresh in (True, False):
        for each in found:
            known = {one.body for one in chosen} | {str(one.session_key) for one in chosen}
            new = each.body not in known and str(each.session_key) not in known
            if each not in chosen and (new or not fresh) and len(chosen) < limit:
                chosen.append(each)
    return chosen


def _whole(value: object) -> int | None:
    """PostgreSQL adds bigints up to a numeric, which its driver returns as Decimal."""
    return None if value is None else int(str(value).partition(".")[0])
