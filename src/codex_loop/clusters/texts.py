"""The texts of signals as vectors: each text embedded once, kept in the store, checked when it comes back."""

from __future__ import annotations

from collections.abc import Sequence
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
    dimension = embedding.model().dimension
    found: dict[int, Matrix] = {}
    broken, silent = set[int](), set[int]()
    for vector in store.fetch(database, name, list(texts)):
        row = _unpacked(vector, dimension)
        if row is None:
            broken.add(vector.text_key)
        elif not row.any():  # a text without a word, or a vector that was lost
            silent.add(vector.text_key)
        else:
            found[vector.text_key] = row
    missing = [number for number in texts if number not in found]
    for start in range(0, len(missing), _BATCH):
        part = missing[start : start + _BATCH]
        rows = dict(zip(part, embedding.embed([texts[number] for number in part]), strict=True))
        fresh = [number for number in part if number not in silent or rows[number].any()]
        store.replace(database, [_packed(number, name, rows[number]) for number in fresh])
        found.update(rows)
    mended = len(broken) + sum(bool(found[number].any()) for number in silent)
    matrix = np.stack([found[number] for number in keys]) if keys else np.zeros((0, dimension), dtype=np.float32)
    return Embedded(matrix, name, len(missing) - len(broken) - len(silent), mended)


def _packed(number: int, name: str, row: Matrix) -> store.Vector:
    return store.Vector(number, name, len(row), row.astype("<f2").tobytes())


def _unpacked(vector: store.Vector, dimension: int) -> Matrix | None:
    import numpy as np

    if vector.dimension != dimension or len(vector.data) != _HALF * dimension:
        return None
    row = np.frombuffer(vector.data, dtype="<f2").astype(np.float32)
    length = float(np.linalg.norm(row))
    if not np.isfinite(length) or not (length == 0 or abs(length - 1) < 0.05):  # half precision
        return None
    return row / length if length else row
