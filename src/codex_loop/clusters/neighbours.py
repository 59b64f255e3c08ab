"""Who lies next to whom: exact nearest neighbours by cosine, block by block so that memory stays small."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from codex_loop.clusters.density import Vectors

_BLOCK_CELLS = 1 << 24  # 64 MB of similarities at a time


class Neighbours(NamedTuple):
    """For each row its nearest other rows, nearest first."""

    rows: NDArray[np.int32]
    similarity: Vectors


def nearest(vectors: Vectors, count: int) -> Neighbours:
    """The `count` nearest other rows of each row, fewer when there are fewer; rows are expected of unit length."""
    size = len(vectors)
    count = max(0, min(count, size - 1))
    rows = np.zeros((size, count), dtype=np.int32)
    similarity = np.zeros((size, count), dtype=np.float32)
    step = max(1, _BLOCK_CELLS // max(1, size))
    for start in range(0, size if count else 0, step):
        block = vectors[start : start + step] @ vectors.T
        own = np.arange(len(block))
        block[own, start + own] = -np.inf
        some = np.argpartition(block, -count, axis=1)[:, -count:]
        near = np.take_along_axis(block, some, axis=1)
        order = np.argsort(-near, axis=1, kind="stable")
        rows[start : start + step] = np.take_along_axis(some, order, axis=1)
        similarity[start : start + step] = np.take_along_axis(near, order, axis=1)
    return Neighbours(rows, similarity)


def nearest_of(vectors: Vectors, others: Vectors) -> NDArray[np.int64]:
    """For each vector the row of its nearest among the others."""
    found = np.zeros(len(vectors), dtype=np.int64)
    step = max(1, _BLOCK_CELLS // max(1, len(others)))
    for start in range(0, len(vectors), step):
        found[start : start + step] = (vectors[start : start + step] @ others.T).argmax(axis=1)
    return found


def surroundings(vectors: Vectors, others: Vectors, count: int) -> NDArray[np.int64]:
    """The rows of the others that are among the `count` nearest of any vector, ascending."""
    if len(others) <= count:
        return np.arange(len(others))
    found = np.zeros(len(others), dtype=np.bool_)
    step = max(1, _BLOCK_CELLS // len(others))
    for start in range(0, len(vectors), step):
        similarity = vectors[start : start + step] @ others.T
        found[np.argpartition(similarity, -count, axis=1)[:, -count:]] = True
    return np.flatnonzero(found)


def reduced(vectors: Vectors, dimensions: int) -> Vectors:
    """The principal components: the same points in fewer dimensions, centred, with as much spread kept as possible."""
    centred = vectors - vectors.mean(axis=0, dtype=np.float64).astype(np.float32)
    _, axes = np.linalg.eigh((centred.T @ centred).astype(np.float64))
    kept = axes[:, ::-1][:, :dimensions]
    # An axis has no direction of its own; without a fixed sign two machines would mirror each other's points.
    signs = np.sign(kept[np.argmax(np.abs(kept), axis=0), np.arange(kept.shape[1])])
    points: Vectors = centred @ (kept * signs).astype(np.float32)
    return points
