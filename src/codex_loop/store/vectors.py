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
