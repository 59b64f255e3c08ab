"""Vectors of texts, by the text's key and the model that made them; half precision, which costs nothing in quality."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from codex_loop.store.engine import Database
from codex_loop.store.ledger import chunks, marks


class Vector(NamedTuple):
    """A stored vector: `data` are its components as little-endian float16."""

    text_key: int
    model: str
    dimension: int
    data: bytes


class Told(NamedTuple):
    """A present signal with a text, and where it belongs."""

    key: int
    kind: str
    category: str
    session: str | None
    cluster_key: int | None
    body: str


class Session(NamedTuple):
    """What a session is about: how it began, and what was noticed in it."""

    id: str
    prompt: str | None
    evidence: tuple[str, ...]


class Centroid(NamedTuple):
    """The middle of a living cluster."""

    key: int
    kind: str
    name: str
    members: int
    seen_ms: int
    centroid: bytes


EVIDENCE = 5
"""So many texts of a session's signals say what happened in it."""


def replace(database: Database, vectors: Iterable[Vector]) -> None:
    """Keep them, instead of what may be there."""
    with database.transaction():
        database.many("put vectors", sorted(vectors))


def fetch(database: Database, model: str, keys: Sequence[int]) -> Iterator[Vector]:
    """The vectors of these texts, in no order; texts without one are left out."""
    for part in chunks(keys):
        sql = f"SELECT text_key, model, dimension, data FROM vectors WHERE model = ? AND text_key IN ({marks(part)})"
        for row in database.rows(sql, (model, *part)):
            yield Vector(row[0], row[1], row[2], bytes(row[3]))


def models(database: Database) -> list[str]:
    """Every model that made a vector here."""
    return [row[0] for row in database.rows("SELECT DISTINCT model FROM vectors ORDER BY model")]


def signals(database: Database) -> list[Told]:
    """In the order of their keys."""
    rows = database.rows(
        "SELECT g.key, g.kind, coalesce(c.category, g.category), s.agent, s.native_id, m.cluster_key, g.body"
        " FROM signals g LEFT JOIN sessions s ON s.key = g.session_key"
        " LEFT JOIN signal_categories c ON c.signal_key = g.key LEFT JOIN cluster_members m ON m.signal_key = g.key"
        " WHERE g.gone_ms IS NULL AND g.body <> '' ORDER BY g.key"
    )
    return [
        Told(key, kind, category, None if native is None else f"{agent}:{native}", cluster_key, body)
        for key, kind, category, agent, native, cluster_key, body in rows
    ]


def sessions(database: Database) -> list[Session]:
    """Those with a person's prompt or a signal, in the order of their ids: the worst signals' texts, each once."""
    prompts: dict[str, str] = {
        f"{agent}:{native}": head
        for agent, native, head in database.rows(
            "SELECT s.agent, s.native_id, p.head FROM sessions s JOIN (SELECT session_key, head, row_number() OVER"
            " (PARTITION BY session_key ORDER BY source_id, line_offset) AS place FROM messages"
            " WHERE role = 'user' AND author = 'human') p ON p.session_key = s.key WHERE p.place = 1"
        )
    }
    evidence: dict[str, dict[str, None]] = {}
    for agent, native, body in database.rows(
        "SELECT s.agent, s.native_id, g.body FROM signals g JOIN sessions s ON s.key = g.session_key"
        " WHERE g.gone_ms IS NULL AND g.body <> '' ORDER BY g.severity DESC, g.key"
    ):
        evidence.setdefault(f"{agent}:{native}", {})[body] = None
    return [
        Session(name, prompts.get(name), tuple(evidence.get(name, ()))[:EVIDENCE])
        for name in sorted(prompts.keys() | evidence.keys())
    ]


def centroids(database: Database, model: str) -> list[Centroid]:
    """Of the living clusters whose centre lies in this model's space."""
    rows = database.rows(
        "SELECT key, kind, name, members, seen_ms, centroid FROM clusters WHERE state = 'active' AND model = ?"
        " ORDER BY key",
        (model,),
    )
    return [Centroid(*row) for row in rows]
