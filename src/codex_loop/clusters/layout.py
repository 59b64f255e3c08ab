"""A map of the points in few dimensions, where neighbours lie together and everything else apart.

Density says little in 256 dimensions, where all distances are alike, and much on such a map. It is drawn as UMAP
draws it (McInnes, Healy, Melville 2018): a graph of near neighbours whose edges pull, while all other points push.
The steps are taken for all points at once, so that plain array arithmetic is fast enough and the same input gives
the same map.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from codex_loop.clusters.density import Vectors
from codex_loop.clusters.neighbours import Neighbours, reduced

DIMENSIONS = 5
_EPOCHS = 200
# 1 / (1 + A d^(2B)) is the curve that lets linked points touch: UMAP's own at a least distance of 0.
_A, _B = 1.93, 0.79
_PUSHES = 6  # random points that push each point in an epoch …
_RATE = 5.0  # … which stand for so many a unit of pull
_STRONGEST = 4.0
_SPREAD = 10.0
_SMOOTHINGS = 30
# Parts of one group that lie apart move as a whole, which single steps hold back: a step keeps half of the one before.
# More joins groups that only have words in common, none leaves one group in pieces.
_MOMENTUM = np.float32(0.5)
_SEED = 20


class Graph(NamedTuple):
    """Undirected edges, each told from both ends, sorted by row; every row has at least one."""

    rows: NDArray[np.int64]
    columns: NDArray[np.int64]
    weights: Vectors
    starts: NDArray[np.int64]
    """Where the edges of each row begin."""


def drawn(vectors: Vectors, neighbours: Neighbours) -> Vectors:
    """The map: one point in `DIMENSIONS` dimensions for each row. Deterministic."""
    graph = linked(neighbours)
    return _settled(graph, _first_guess(graph, vectors))


def linked(neighbours: Neighbours) -> Graph:
    """Edges between near neighbours, weighted by how near they are for the point that sees them."""
    size, count = neighbours.rows.shape
    seen = _nearness(1.0 - neighbours.similarity.astype(np.float64)).ravel()
    rows = np.repeat(np.arange(size, dtype=np.int64), count)
    columns = neighbours.rows.ravel().astype(np.int64)
    keys = np.concatenate((rows * size + columns, columns * size + rows))
    found, place = np.unique(keys, return_inverse=True)
    both = np.concatenate((seen, seen))
    # An edge is there when either end sees it: p + q - pq, which is 1 - (1 - p)(1 - q).
    missing = np.zeros(len(found))
    np.add.at(missing, place, np.log1p(-np.minimum(both, 1 - 1e-9)))
    rows, columns = np.divmod(found, size)
    starts = np.searchsorted(rows, np.arange(size))
    return Graph(rows, columns, (-np.expm1(missing)).astype(np.float32), starts)


def _nearness(distances: NDArray[np.float64]) -> NDArray[np.float64]:
    """Each point's own scale: its nearest neighbour weighs 1, all together log2 of their number."""
    beyond = np.maximum(distances - distances[:, :1], 0)
    target = np.log2(max(distances.shape[1], 2))
    usual = float(distances.mean()) or 1.0
    low, high = np.zeros(len(distances)), np.full(len(distances), np.inf)
    scale = np.full(len(distances), usual)
    for _ in range(40):
        too_wide = np.exp(-beyond / scale[:, None]).sum(axis=1) > target
        high, low = np.where(too_wide, scale, high), np.where(too_wide, low, scale)
        scale = np.where(np.isinf(high), scale * 2, (low + high) / 2)
    # Points with many equal neighbours would get a scale of nothing, points far from all an endless one.
    near: NDArray[np.float64] = np.exp(-beyond / np.clip(scale, 1e-3 * usual, 1e3 * usual)[:, None])
    return near


def _first_guess(graph: Graph, vectors: Vectors) -> Vectors:
    """The principal components, smoothed along the edges: near enough to the graph's own slow waves."""
    points = reduced(vectors, 16).astype(np.float64)
    degree = np.add.reduceat(graph.weights, graph.starts).astype(np.float64)[:, None]
    for step in range(_SMOOTHINGS):
        points = np.add.reduceat(graph.weights[:, None] * points[graph.columns], graph.starts, axis=0) / degree
        if step % 5 == 4:  # otherwise all components turn into the slowest wave
            points = np.linalg.qr(points - points.mean(axis=0))[0]
    points = reduced((points - points.mean(axis=0)).astype(np.float32), DIMENSIONS).astype(np.float64)
    furthest = float(np.abs(points).max()) or 1.0
    # Points that smoothing laid on one spot could never be pushed apart.
    jitter = np.random.default_rng(_SEED).normal(scale=1e-2, size=points.shape)
    return (points * (_SPREAD / furthest) + jitter).astype(np.float32)


def _settled(graph: Graph, points: Vectors) -> Vectors:
    draw = np.random.default_rng(_SEED)
    weights = graph.weights / graph.weights.max()
    burden = (_RATE / _PUSHES * np.add.reduceat(weights, graph.starts))[:, None]
    moved = np.zeros_like(points)
    for epoch in range(_EPOCHS):
        step = np.float32(1 - epoch / _EPOCHS)
        pull, stiffness = _pull(graph, weights, points)
        # A stiff point already sits between its neighbours: a whole step would throw it past them.
        moved = _MOMENTUM * moved + step * (pull + burden * _push(points, draw)) / (1 + step * stiffness)
        points = points + moved
    return points


def _pull(graph: Graph, weights: Vectors, points: Vectors) -> tuple[Vectors, Vectors]:
    apart = points[graph.columns] - points[graph.rows]
    square = np.einsum("ij,ij->i", apart, apart) + np.float32(1e-6)
    power = square ** np.float32(_B - 1)
    force = np.float32(4 * _A * _B) * power / (1 + np.float32(_A) * power * square) * weights
    pull = np.add.reduceat(force[:, None] * apart, graph.starts, axis=0)
    return pull, np.add.reduceat(force, graph.starts)[:, None]


def _push(points: Vectors, draw: np.random.Generator) -> Vectors:
    size = len(points)
    circle = draw.permutation(size)
    push = np.zeros_like(points)
    for shift in draw.integers(1, size, _PUSHES):
        other = np.empty(size, dtype=np.int64)
        other[circle] = np.roll(circle, int(shift))
        apart = points - points[other]
        square = np.einsum("ij,ij->i", apart, apart)
        force = np.float32(2 * _B) / ((np.float32(0.001) + square) * (1 + np.float32(_A) * square ** np.float32(_B)))
        push += np.clip(force[:, None] * apart, -_STRONGEST, _STRONGEST)
    return push
