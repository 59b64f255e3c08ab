"""Vectors to groups without knowing how many there are.

Equal vectors are taken once; of very many a sample is grouped and the rest follows. The methods are tried in a fixed
order until one keeps the structure: density on a map of the neighbour graph, density on principal components, joining
the nearest. Comparing them by a score would favour whoever leaves most points out.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from codex_loop.clusters.density import Labels, Vectors, dense_groups, joined_groups
from codex_loop.clusters.layout import drawn
from codex_loop.clusters.neighbours import nearest, nearest_of, reduced
from codex_loop.clusters.reassign import (
    TOLERANCE,
    centroids,
    fitting,
    radii,
    reassigned,
    without_strangers,
    without_vague,
)
from codex_loop.clusters.validity import Validity, collapsed, validity
from codex_loop.embedding.static import unit
from codex_loop.errors import Degraded

FEWEST = 5
"""Fewer vectors than this are not grouped."""
SAMPLE = 20_000
"""More distinct vectors than this are represented by so many of them."""
_FEW = 100  # a map of so few points has no density to speak of
_NEIGHBOURS = 15
_CORE = 10
_COMPONENTS = 32
_UNITED = 0.5  # mean similarity of two members
_STRUCTURE = 0.40  # a crowd's own fringe of three, taken for a group, gives all a silhouette of 1 / (3 + 1)
_JOINED_AT_MOST = 2_000  # joining takes the square of it


class Grouping(msgspec.Struct, frozen=True):
    """Labels and how they came about."""

    labels: Labels
    """One a row, numbered by size: 0 is the largest group, -1 is noise."""
    method: str
    """map, components, joining; `none` when there was too little, or nothing alike."""
    smallest: int
    """A group has at least so many distinct vectors, or one vector `FEWEST` times."""
    validity: Validity


def group(vectors: Vectors) -> Labels:
    """A label for each row, -1 for what belongs to no group. Does not depend on the order of the rows.

    Degraded when a number is not finite. Zero rows, which say nothing, are noise.
    """
    return grouped(vectors).labels


def grouped(vectors: Vectors) -> Grouping:
    """As `group`, with the method that was used and how good its groups are."""
    given = checked(vectors)
    labels = np.full(len(given), -1, dtype=np.int64)
    telling = np.flatnonzero(given.any(axis=1))
    method, smallest = "none", smallest_group(len(telling))
    if len(telling) >= FEWEST:
        distinct = _distinct(given[telling])
        smallest = smallest_group(len(distinct.vectors))
        method, found = _best(distinct.vectors, smallest)
        found = _with_repeated(found, distinct.counts)
        labels[telling] = found[distinct.place]
    labels = numbered(labels)
    return Grouping(labels, method, smallest, validity(given, labels))


def smallest_group(points: int) -> int:
    """How many make a group: 3 of few, more of many, as chance lumps grow with the root of the number of points."""
    return 3 if points < _FEW else max(FEWEST, round(points**0.5 / 4))


def numbered(labels: Labels) -> Labels:
    """The same groups numbered by size, the larger first; of equal ones the first that appears."""
    names, first, counts = np.unique(labels[labels >= 0], return_index=True, return_counts=True)
    order = np.lexsort((first, -counts))
    number = np.full(int(labels.max(initial=-1)) + 2, -1, dtype=np.int64)
    number[names[order]] = np.arange(len(names))
    return number[labels]


class _Distinct(NamedTuple):
    vectors: Vectors
    """In an order that depends on their values alone."""
    place: NDArray[np.int64]
    counts: NDArray[np.int64]


def _distinct(vectors: Vectors) -> _Distinct:
    found, place, counts = np.unique(vectors, axis=0, return_inverse=True, return_counts=True)
    return _Distinct(found, place.ravel(), counts)


def checked(vectors: Vectors) -> Vectors:
    """The vectors at unit length, zero rows as they are. Degraded when they are none."""
    given = np.asarray(vectors, dtype=np.float32)
    if given.ndim != 2:
        raise Degraded(f"vectors of shape {given.shape} cannot be grouped; give one row for each text")
    bad = np.flatnonzero(~np.isfinite(given).all(axis=1))
    if len(bad):
        raise Degraded(f"vector {bad[0]} of {len(given)} holds a number that is not finite; embed its text again")
    return unit(given)


def _with_repeated(labels: Labels, counts: NDArray[np.int64]) -> Labels:
    # One text said often enough is a group, however lonely its vector.
    result = labels.copy()
    lonely = np.flatnonzero((labels < 0) & (counts >= FEWEST))
    result[lonely] = int(labels.max(initial=-1)) + 1 + np.arange(len(lonely))
    return result


def _best(vectors: Vectors, smallest: int) -> tuple[str, Labels]:
    """The first method that does not collapse; if all do, the one that lumps least together."""
    if len(vectors) > SAMPLE:
        return _sampled(vectors)
    tried: list[tuple[float, str, Labels]] = []
    for name, method in _methods(len(vectors)):
        labels = _tidied(vectors, method(vectors, smallest))
        found = validity(vectors, labels)
        if not collapsed(found, len(vectors)):
            return name, labels
        if found.groups and (found.silhouette is None or found.silhouette > 0):
            tried.append((found.largest, name, labels))
    if not tried:
        return "none", np.full(len(vectors), -1, dtype=np.int64)
    _, name, labels = min(tried, key=lambda each: each[0])
    return name, labels


def _tidied(vectors: Vectors, labels: Labels) -> Labels:
    """Groups that are alike in themselves, without strangers, and with the noise that fits them."""
    return reassigned(vectors, without_strangers(vectors, numbered(without_vague(vectors, labels))))


def _methods(points: int) -> list[tuple[str, Callable[[Vectors, int], Labels]]]:
    methods: list[tuple[str, Callable[[Vectors, int], Labels]]] = []
    if points >= _FEW:
        methods += [("map", _on_map), ("components", _on_components)]
    if points <= _JOINED_AT_MOST:
        methods.append(("joining", _by_joining))
    return methods


def _on_map(vectors: Vectors, smallest: int) -> Labels:
    return dense_groups(drawn(vectors, nearest(vectors, _NEIGHBOURS)), smallest=smallest, neighbours=_CORE)


def _on_components(vectors: Vectors, smallest: int) -> Labels:
    return dense_groups(reduced(vectors, _COMPONENTS), smallest=smallest, neighbours=min(FEWEST, smallest))


def _by_joining(vectors: Vectors, smallest: int) -> Labels:
    """Average linkage, cut where the silhouette is best; what is left in groups too small is noise.

    Without a cut that shows structure all is one group if it is alike, and noise if not.
    """
    united = float(np.linalg.norm(vectors.mean(axis=0))) ** 2 >= _UNITED
    best, best_score = np.full(len(vectors), 0 if united else -1, dtype=np.int64), _STRUCTURE if united else 0.0
    for cut in joined_groups(vectors):
        labels = numbered(_without_small(cut, smallest))
        score = validity(vectors, labels).score
        if score > best_score:
            best, best_score = labels, score
    return best


def _without_small(labels: Labels, smallest: int) -> Labels:
    return np.where(np.bincount(labels)[labels] >= smallest, labels, -1)


def _scattered(vectors: Vectors) -> NDArray[np.uint64]:
    """A number for each vector that depends on its values alone and looks drawn by lot."""
    places = np.arange(1, vectors.shape[1] + 1, dtype=np.uint64)
    weights = places * np.uint64(0x9E3779B97F4A7C15) | np.uint64(1)
    mixed = np.empty(len(vectors), dtype=np.uint64)
    for start in range(0, len(vectors), 8192):
        bits = np.ascontiguousarray(vectors[start : start + 8192]).view(np.uint32).astype(np.uint64)
        mixed[start : start + 8192] = (bits * weights).sum(axis=1, dtype=np.uint64)
    return (mixed ^ (mixed >> np.uint64(29))) * np.uint64(0xBF58476D1CE4E5B9)


def _sampled(vectors: Vectors) -> tuple[str, Labels]:
    # Chosen by what they are, not by where they stand: newcomers then replace few of the sample, and most ids last.
    chosen = np.sort(np.argsort(_scattered(vectors), kind="stable")[:SAMPLE])
    method, found = _best(vectors[chosen], smallest_group(SAMPLE))
    labels = found[nearest_of(vectors, vectors[chosen])]
    labels[chosen] = found
    if found.max(initial=-1) < 0:
        return method, labels
    centres = centroids(vectors[chosen], found)
    least = radii(vectors[chosen], found, centres) - TOLERANCE
    labels = fitting(vectors, labels, centres, least)
    return method, reassigned(vectors, labels)
