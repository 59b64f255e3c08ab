"""Clusters, who is in them, and what became of them from one run to the next."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec

from codex_loop.store.engine import Database, Row
from codex_loop.store.ledger import chunks, marks
from codex_loop.store.sessions import moment


class ClusterRow(msgspec.Struct, frozen=True, array_like=True):
    """A row of `clusters`, in its columns' order."""

    key: int
    kind: str
    name: str
    state: str
    model: str
    method: str
    centroid: bytes
    radius: float
    members: int
    sessions: int
    severity: float
    cohesion: float
    separation: float | None
    stability: float | None
    terms: str
    medoid_key: int | None
    born_ms: int
    seen_ms: int
    runs: int
    category: str | None


class Member(NamedTuple):
    """A signal's place in a cluster."""

    signal_key: int
    cluster_key: int
    similarity: float
    reassigned: int
    since_ms: int


class Lineage(NamedTuple):
    """What a run did to a cluster."""

    run_ms: int
    event: str
    cluster_key: int
    origins: str
    overlap: float | None


class Candidate(NamedTuple):
    """A signal that may be clustered: who, where, and the text that is compared."""

    key: int
    session_key: int | None
    category: str
    severity: float
    time_ms: int | None
    detected_ms: int
    """Or since when it is back, or says something else."""
    body: str


class Cluster(msgspec.Struct, frozen=True, kw_only=True):
    """A cluster as people and programs read it."""

    id: str
    type: str
    name: str
    state: str
    members: int
    sessions: int
    severity: float
    cohesion: float
    stability: float | None
    terms: tuple[str, ...]
    example: str | None
    category: str | None
    born_at: str | None
    seen_at: str | None


SHOWN_SESSIONS = 2
"""What happened in one session alone is that session's, no problem yet: such a cluster is kept, and not shown."""


class Past(msgspec.Struct, frozen=True, kw_only=True):
    """What a run did to a cluster."""

    at: str | None
    event: str
    """born, kept, shifted, split, merged, dormant, dead"""
    origins: tuple[str, ...]
    """The clusters it came from."""
    overlap: float | None
    """How much of it is the same as before."""


_NAMES = ", ".join(ClusterRow.__struct_fields__)


def cluster_id(number: int) -> str:
    return f"cluster_{number:016x}"


def candidates(database: Database, kind: str) -> list[Candidate]:
    """Present signals of this kind with a text, in the order of their keys; what another signal tells is left out."""
    rows = database.rows(
        "SELECT g.key, g.session_key, g.category, g.severity, g.time_ms, coalesce(h.since_ms, g.detected_ms), g.body"
        " FROM signals g LEFT JOIN (SELECT signal_key, max(time_ms) AS since_ms FROM signal_history"
        " WHERE event IN ('back', 'changed') GROUP BY signal_key) h ON h.signal_key = g.key"
        " WHERE g.kind = ? AND g.gone_ms IS NULL AND g.absorbed_by IS NULL AND g.body <> '' ORDER BY g.key",
        (kind,),
    )
    return [Candidate(*row) for row in rows]


def all_of(database: Database, kind: str) -> list[ClusterRow]:
    """Every cluster of this kind that is not dead."""
    rows = database.rows(
        f"SELECT {_NAMES} FROM clusters WHERE kind = ? AND state <> 'dead' ORDER BY members DESC, key", (kind,)
    )
    return [ClusterRow(*row) for row in rows]


def members(database: Database, kind: str) -> list[Member]:
    """Everybody who is in a cluster of this kind."""
    rows = database.rows(
        "SELECT m.signal_key, m.cluster_key, m.similarity, m.reassigned, m.since_ms FROM cluster_members m"
        " JOIN clusters c ON c.key = m.cluster_key WHERE c.kind = ? ORDER BY m.signal_key",
        (kind,),
    )
    return [Member(*row) for row in rows]


def enlarge(
    database: Database,
    rows: Sequence[ClusterRow],
    who: Sequence[Member],
    gone: Sequence[int],
    lineage: Sequence[Lineage],
) -> None:
    """Members that joined or left between two runs, and clusters as they are now."""
    with database.transaction():
        for part in chunks(gone):
            database.execute(f"DELETE FROM cluster_members WHERE signal_key IN ({marks(part)})", part)
        database.many("put clusters", [msgspec.structs.astuple(row) for row in rows])
        database.many("put cluster_members", sorted(who))
        database.many("insert cluster_lineage", lineage)


def replace(
    database: Database, kind: str, rows: Sequence[ClusterRow], who: Sequence[Member], lineage: Iterable[Lineage]
) -> None:
    """Make a run's outcome the present state of this kind; what was dead stays, as history."""
    with database.transaction():
        database.execute(
            "DELETE FROM cluster_members WHERE cluster_key IN (SELECT key FROM clusters WHERE kind = ?)", (kind,)
        )
        database.many("put clusters", [msgspec.structs.astuple(row) for row in rows])
        database.many("put cluster_members", sorted(who))
        database.many("insert cluster_lineage", list(lineage))


_SHOWN = (
    "SELECT c.key, c.kind, c.name, c.state, c.members, c.sessions, c.severity, c.cohesion, c.stability, c.terms,"
    " g.body, c.category, c.born_ms, c.seen_ms FROM clusters c LEFT JOIN signals g ON g.key = c.medoid_key"
)


def shown(database: Database, kind: str | None = None, least_sessions: int = SHOWN_SESSIONS) -> list[Cluster]:
    """Living clusters, those in most sessions first; smaller ones than asked for stay hidden."""
    where = " AND c.kind = ?" if kind else ""
    rows = database.rows(
        f"{_SHOWN} WHERE c.state = 'active' AND c.sessions >= ?{where}"
        " ORDER BY c.kind DESC, c.sessions DESC, c.members DESC, c.key",
        (least_sessions, *([kind] if kind else [])),
    )
    return [_cluster(row) for row in rows]


def one(database: Database, number: int) -> Cluster | None:
    """A cluster, whatever its state."""
    row = database.one(f"{_SHOWN} WHERE c.key = ?", (number,))
    return None if row is None else _cluster(row)


def past(database: Database, number: int) -> list[Past]:
    """What became of a cluster from run to run, the latest first; that it was kept is told once for many runs."""
    rows = database.rows(
        "SELECT run_ms, event, origins, overlap FROM cluster_lineage WHERE cluster_key = ? ORDER BY id DESC", (number,)
    )
    found: list[Past] = []
    for run_ms, event, origins, overlap in rows:
        if event == "kept" and found and found[-1].event == "kept":
            continue
        came_from = tuple(msgspec.json.decode(origins, type=list[str]))
        found.append(Past(at=moment(run_ms), event=event, origins=came_from, overlap=overlap))
    return found


def successor(database: Database, name: str) -> str | None:
    """The id of the living cluster that took this one's members over, also by way of others, if one did."""
    passed = {name}
    while True:
        rows = database.rows(
            "SELECT c.key, c.state FROM cluster_lineage l JOIN clusters c ON c.key = l.cluster_key"
            " WHERE l.origins LIKE ? ORDER BY l.id DESC",
            (f'%"{name}"%',),
        )
        further = [(cluster_id(number), state) for number, state in rows if cluster_id(number) not in passed]
        living = next((each for each, state in further if state == "active"), None)
        if living is not None or not further:
            return living
        name = further[0][0]
        passed.add(name)


def _cluster(row: Row) -> Cluster:
    (key, kind, name, state, count, sessions, severity, cohesion, stability, terms, example, category, born_ms,
     seen_ms) = row  # fmt: skip
    return Cluster(
        id=cluster_id(key),
        type=kind,
        name=name,
        state=state,
        members=count,
        sessions=sessions,
        severity=round(severity, 3),
        cohesion=round(cohesion, 3),
        stability=None if stability is None else round(stability, 3),
        terms=tuple(msgspec.json.decode(terms, type=list[str])),
        example=example,
        category=category,
        born_at=moment(born_ms),
        seen_at=moment(seen_ms),
    )


def rename(database: Database, number: int, name: str) -> None:
    """What a cluster is called from now on."""
    with database.transaction():
        database.execute("UPDATE clusters SET name = ? WHERE key = ?", (name, number))


def link(database: Database, number: int, category: str) -> None:
    """An approved category explains this cluster."""
    with database.transaction():
        database.execute("UPDATE clusters SET category = ? WHERE key = ?", (category, number))


def unlink(database: Database, category: str) -> None:
    """No such category explains any cluster any more."""
    with database.transaction():
        database.execute("UPDATE clusters SET category = NULL WHERE category = ?", (category,))


def runs(database: Database, number: int) -> int:
    """On how many days this cluster was seen."""
    row = database.one("SELECT runs FROM clusters WHERE key = ?", (number,))
    return 0 if row is None else int(row[0])
