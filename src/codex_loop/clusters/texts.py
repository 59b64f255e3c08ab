"""The texts of signals as vectors: each text embedded once, kept in the store, checked when it comes back."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from codex_loop import embedding
from codex_loop.model.keys import key
from codex_loop.store import vectors as store
from codex_loop.store.engine import Database

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Matrix = NDArray[np.float32]

RECIPE = 1
"""Raise it when the text that is embedded is made differently: older vectors are then left alone."""
LONGEST = 600
_BATCH = 4096
_PROMPT, _NOTICED = 240, 70
"""Characters of a session's first prompt, and of each of the five texts beside it: they fit into `LONGEST`."""
_HALF = 2
"""Bytes of a stored component."""


class Embedded(NamedTuple):
    """Vectors in the order of the texts that were asked for."""

    matrix: Matrix
    model: str
    made: int
    """How many had no vector yet."""
    mended: int
    """How many stored ones were broken and were made again."""


def normalised(body: str) -> str:
    """What is embedded: one line, without the case that logs use at random."""
    return " ".join(body.split())[:LONGEST].lower()


def summary(prompt: str | None, evidence: Sequence[str]) -> str:
    """What stands for a session as a whole: how it began, and what was noticed in it, each cut to leave room."""
    said = [prompt[:_PROMPT]] if prompt else []
    return "\n".join([*said, *(text[:_NOTICED] for text in evidence)])


def text_key(body: str) -> int:
    """The identity of a text; equal texts share one vector."""
    return key("text", RECIPE, normalised(body))


def model_id() -> str:
    """What vectors of this machine are stored under."""
    return f"{embedding.model().id}#{RECIPE}"


def embedded(database: Database, bodies: Sequence[str]) -> Embedded:
    """A unit vector a body. What is missing is made and stored; what is broken is made again."""
    import numpy as np

    name = model_id()
    keys = [text_key(body) for body in bodies]
    texts = dict(zip(keys, map(normalised, bodies), strict=True))
    known = _Known(list(texts), embedding.model().dimension)
    stored = store.fetch(database, name, known.numbers)
    while part := list(islice(stored, _BATCH)):
        known.take(part)
    silent, broken = known.states == _SILENT, known.states == _BROKEN
    missing = np.flatnonzero(known.states != _FOUND)
    for start in range(0, len(missing), _BATCH):
        places = missing[start : start + _BATCH]
        rows = np.asarray(embedding.embed([texts[known.numbers[at]] for at in places]), dtype=np.float32)
        known.matrix[places] = rows
        fresh = ~silent[places] | rows.any(axis=1)
        made = [_packed(known.numbers[at], name, row) for at, row in zip(places[fresh], rows[fresh], strict=True)]
        store.replace(database, made)
    mended = int(broken.sum() + known.matrix[silent].any(axis=1).sum())
    return Embedded(known.of(keys), name, int(len(missing) - broken.sum() - silent.sum()), mended)


_MISSING, _FOUND, _SILENT, _BROKEN = range(4)
"""What there is of a text's vector; a silent one has no direction: a text without a word, or a vector that was lost."""


class _Known:
    """The vectors of some texts, many at a time: of hundreds of thousands, each by itself takes half as long again."""

    def __init__(self, numbers: list[int], dimension: int) -> None:
        import numpy as np

        self.numbers = numbers
        self.matrix = np.zeros((len(numbers), dimension), dtype=np.float32)
        self.states = np.full(len(numbers), _MISSING, dtype=np.int8)
        self._places = {number: place for place, number in enumerate(numbers)}

    def take(self, vectors: Sequence[store.Vector]) -> None:
        """Unpack stored vectors, each to its place."""
        import numpy as np

        dimension = self.matrix.shape[1]
        self.states[[self._places[vector.text_key] for vector in vectors]] = _BROKEN
        whole = [each for each in vectors if each.dimension == dimension and len(each.data) == _HALF * dimension]
        places = np.array([self._places[vector.text_key] for vector in whole], dtype=np.int64)
        rows = np.frombuffer(b"".join(vector.data for vector in whole), dtype="<f2").astype(np.float32)
        rows = rows.reshape(-1, dimension)
        lengths = np.linalg.norm(rows, axis=1)
        self.states[places[lengths == 0]] = _SILENT
        good = np.abs(lengths - 1) < 0.05  # half precision; false of what is no number
        self.states[places[good]] = _FOUND
        self.matrix[places[good]] = rows[good] / lengths[good, None]

    def of(self, keys: Sequence[int]) -> Matrix:
        """A row a key: copies have the same."""
        return self.matrix if len(keys) == len(self.numbers) else self.matrix[[self._places[each] for each in keys]]


def _packed(number: int, name: str, row: Matrix) -> store.Vector:
    return store.Vector(number, name, len(row), row.astype("<f2").tobytes())
