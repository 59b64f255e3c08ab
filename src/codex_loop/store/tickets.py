"""Tickets, and what the store knows of the cluster a ticket is about."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from codex_loop.store import ids
from codex_loop.store.clusters import ClusterRow
from codex_loop.store.engine import Database
from codex_loop.store.ledger import chunks, marks


class TicketRow(msgspec.Struct, frozen=True, array_like=True):
    """A row of `tickets`, in its columns' order."""

    key: int
    cluster_key: int
    title: str
    priority: str
    state: str
    digest: str
    path: str | None
    link: str | None
    body: str
    created_ms: int
    updated_ms: int


class Moment(NamedTuple):
    """A signal of a cluster: when, where, with what, and what it cost."""

    key: int
    session_key: int | None
    time_ms: int | None
    severity: float
    category: str
    """What is known of it now: the approved category, else the detector's word."""
    detector: str
    cost_ms: int | None
    cost_tokens: int | None
    agent: str | None
    native_id: str | None
    agent_version: str | None
    model: str | None
    project: str | None
    """Where it happened: the address of the repository, else the folder."""


class Spent(NamedTuple):
    """One answer of a provider, as a price list asks for it."""

    session_key: int
    time_ms: int
    input: int
    cached: int
    write_5m: int
    write_1h: int
    output: int
    searches: int
    model: str | None
    tier: str | None


class Where(NamedTuple):
    """The tree a session worked on."""

    agent: str
    agent_version: str | None
    model: str | None
    project: str | None
    commit: str | None


_NAMES = ", ".join(TicketRow.__struct_fields__)
_CLUSTER = ", ".join(ClusterRow.__struct_fields__)
_PRESENT = "g.gone_ms IS NULL AND g.absorbed_by IS NULL"


def put(database: Database, row: TicketRow) -> None:
    with database.transaction():
        database.many("put tickets", [msgspec.structs.astuple(row)])


def of_cluster(database: Database, cluster_key: int) -> TicketRow | None:
    row = database.one(f"SELECT {_NAMES} FROM tickets WHERE cluster_key = ?", (cluster_key,))
    return None if row is None else TicketRow(*row)


def every(database: Database) -> list[TicketRow]:
    """The most urgent first, then the latest."""
    rows = database.rows(f"SELECT {_NAMES} FROM tickets ORDER BY priority, updated_ms DESC, key")
    return [TicketRow(*row) for row in rows]


def clusters_named(database: Database, text: str) -> list[ClusterRow]:
    """Clusters whose id begins like this, dead ones too; none for what is no id at all."""
    span = ids.span(text, "cluster_")
    if span is None:
        return []
    rows = database.rows(f"SELECT {_CLUSTER} FROM clusters WHERE key >= ? AND key <= ? ORDER BY key", span)
    return [ClusterRow(*row) for row in rows]


def living(database: Database) -> list[ClusterRow]:
    """Clusters of friction that somebody is in, those in most sessions first."""
    rows = database.rows(
        f"SELECT {_CLUSTER} FROM clusters WHERE state = 'active' AND kind = 'friction'"
        " ORDER BY sessions DESC, members DESC, key"
    )
    return [ClusterRow(*row) for row in rows]


def moments(database: Database, cluster_keys: Sequence[int]) -> dict[int, list[Moment]]:
    """The present signals of these clusters, in the order they happened; those without a time come first."""
    found: dict[int, list[Moment]] = {number: [] for number in cluster_keys}
    for part in chunks(cluster_keys):
        rows = database.rows(
            "SELECT m.cluster_key, g.key, g.session_key, g.time_ms, g.severity, coalesce(c.category, g.category),"
            " g.detector, g.cost_ms, g.cost_tokens, s.agent, s.native_id, s.agent_version, s.model,"
            " coalesce(s.git_url, s.cwd) FROM cluster_members m JOIN signals g ON g.key = m.signal_key"
            " LEFT JOIN sessions s ON s.key = g.session_key"
            f" LEFT JOIN signal_categories c ON c.signal_key = g.key WHERE {_PRESENT}"
            f" AND m.cluster_key IN ({marks(part)}) ORDER BY coalesce(g.time_ms, 0), g.key",
            part,
        )
        for number, *facts in rows:
            found[number].append(Moment(*facts))
    return found


def spent(database: Database, sessions: Sequence[int]) -> list[Spent]:
    """What these sessions used, answer by answer, in order of time; answers without a time are left out."""
    found: list[Spent] = []
    for part in chunks(sessions):
        rows = database.rows(
            "SELECT session_key, time_ms, input, cached, cache_write_5m, cache_write_1h, output,"
            " coalesce(web_searches, 0), model, tier FROM usage_events WHERE time_ms IS NOT NULL"
            f" AND session_key IN ({marks(part)}) ORDER BY session_key, time_ms, key",
            part,
        )
        found += [Spent(*row) for row in rows]
    return found


def where(database: Database, agent: str, native_id: str) -> Where | None:
    row = database.one(
        "SELECT agent, agent_version, model, coalesce(git_url, cwd), git_commit FROM sessions"
        " WHERE agent = ? AND native_id = ?",
        (agent, native_id),
    )
    return None if row is None else Where(*row)


def active(database: Database, first_ms: int, last_ms: int) -> int:
    """How many sessions were at work at some time from the one instant to the other."""
    row = database.one(
        "SELECT count(*) FROM sessions WHERE started_ms <= ? AND coalesce(ended_ms, started_ms) >= ?",
        (last_ms, first_ms),
    )
    return int(row[0]) if row else 0


def began_after(database: Database, instant_ms: int) -> bool:
    """Whether any session began after this instant."""
    return database.one("SELECT 1 FROM sessions WHERE started_ms > ? LIMIT 1", (instant_ms,)) is not None
