"""How good a grouping is, judged by the vectors alone, and whether it may be used at all."""

from __future__ import annotations

import msgspec
import numpy as np

from codex_loop.clusters.density import Labels, Vectors
from codex_loop.clusters.reassign import centroids

FEWEST_GROUPS = 3
LARGEST_SHARE = 0.50
MOST_NOISE = 0.60
_JUDGED_FROM = 50  # few points may well be two groups, or one


class Validity(msgspec.Struct, frozen=True):
    """What the vectors say of a grouping; `silhouette` is None with fewer than two groups."""

    groups: int
    coverage: float
    """Share of points that are in a group."""
    largest: float
    """Share of points in the largest group."""
    silhouette: float | None
    """Mean over grouped points, by centroids: 1 own group only, 0 between two, below 0 nearer to another."""

    @property
    def score(self) -> float:
        """Leaving difficult points out must not pay: silhouette × coverage."""
        return -1.0 if self.silhouette is None else self.silhouette * self.coverage


def validity(vectors: Vectors, labels: Labels) -> Validity:
    """Judge labels 0, 1, 2 … (-1 noise) of unit vectors."""
    grouped = np.flatnonzero(labels >= 0)
    sizes = np.bincount(labels[grouped])
    total = max(1, len(labels))
    return Validity(
        groups=int((sizes > 0).sum()),
        coverage=len(grouped) / total,
        largest=int(sizes.max(initial=0)) / total,
        silhouette=_silhouette(vectors[grouped], labels[grouped]) if len(sizes) > 1 else None,
    )


def collapsed(found: Validity, points: int) -> bool:
    """Whether a method lost the structure: next to no groups, one that swallowed the rest, or mostly noise."""
    if points < _JUDGED_FROM:
        return found.groups == 0
    return found.groups < FEWEST_GROUPS or found.largest > LARGEST_SHARE or 1 - found.coverage > MOST_NOISE


def _silhouette(vectors: Vectors, labels: Labels) -> float:
    centres = centroids(vectors, labels)
    total = 0.0
    for start in range(0, len(vectors), 4096):
        distance = 1.0 - vectors[start : start + 4096] @ centres.T
        own_label = labels[start : start + 4096]
        rows = np.arange(len(own_label))
        own = distance[rows, own_label].copy()
        distance[rows, own_label] = np.inf
        other = distance.min(axis=1)
        total += float(((other - own) / np.maximum(np.maximum(other, own), 1e-9)).sum())
    return total / len(vectors)
