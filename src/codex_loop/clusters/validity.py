"""How good a grouping is, judged by the vectors alone, and whether it may be used at all."""

from __future__ import annotations

import msgspec
import numpy as np

from codex_loop.clusters.density import Labels, Vectors
from codex_loop.embedding.static import unit

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
    sums = np.zeros((int(labels.max()) + 1, vectors.shape[1]), dtype=np.float64)
    np.add.at(sums, labels, vectors)
    centres = unit(sums.astype(np.float32))
    total = 0.0
    for start in range(0, len(vectors), 4096):
        block, own_label = vectors[start : start + 4096], labels[start : start + 4096]
        distance = 1.0 - block @ centres.T
        distance[np.arange(len(own_label)), own_label] = np.inf
        other = distance.min(axis=1)
        # A point draws the centroid of a small group to itself: it is compared with the other members alone.
        rest = sums[own_label] - block
        length = np.linalg.norm(rest, axis=1)
        own = 1.0 - np.einsum("ij,ij->i", rest, block) / np.maximum(length, 1e-9)
        total += float(((other - own) / np.maximum(np.maximum(other, own), 1e-9))[length > 1e-9].sum())
    return total / len(vectors)
