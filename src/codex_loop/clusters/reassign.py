"""Points that belong to no group, given to the nearest one when they are no stranger than its own outskirts."""

from __future__ import annotations

import numpy as np

from codex_loop.clusters.density import Labels, Vectors
from codex_loop.embedding.static import unit

OUTSKIRTS = 0.10
"""The share of a group's own members that lie further out than its radius."""
TOLERANCE = 0.10
"""How much less similar than the radius a point without a group may be."""
_ROUNDING = 1e-4  # members of a group of equal vectors differ by no more


def centroids(vectors: Vectors, labels: Labels) -> Vectors:
    """The unit mean of each group 0, 1, 2 …; noise is left out."""
    clustered = labels >= 0
    count = int(labels.max(initial=-1)) + 1
    sums = np.zeros((count, vectors.shape[1]), dtype=np.float64)
    np.add.at(sums, labels[clustered], vectors[clustered])
    return unit(sums.astype(np.float32))


def radii(vectors: Vectors, labels: Labels, centres: Vectors) -> Vectors:
    """For each group the similarity to its centroid that all but its outskirts reach."""
    own = np.einsum("ij,ij->i", vectors, centres[np.maximum(labels, 0)])
    found = [np.quantile(own[labels == label], OUTSKIRTS) for label in range(len(centres))]
    return np.asarray(found, dtype=np.float32)


def without_strangers(vectors: Vectors, labels: Labels) -> Labels:
    """The labels without members that lie far outside their group: beyond three times its own middle half's width."""
    centres = centroids(vectors, labels)
    if not len(centres):
        return labels.copy()
    own = np.einsum("ij,ij->i", vectors, centres[np.maximum(labels, 0)])
    quarters = np.asarray([np.quantile(own[labels == label], (0.25, 0.75)) for label in range(len(centres))])
    fence = quarters[:, 0] - 3 * (quarters[:, 1] - quarters[:, 0])
    return fitting(vectors, labels, centres, fence.astype(np.float32) - _ROUNDING)


def without_vague(vectors: Vectors, labels: Labels) -> Labels:
    """The labels without groups whose members are no more alike than any two vectors are."""
    usual = _likeness(vectors)
    count = int(labels.max(initial=-1)) + 1
    vague = [label for label in range(count) if _likeness(vectors[labels == label]) <= usual]
    everything = np.unique(labels[labels >= 0]).tolist() == [0]  # one group of all is as alike as all
    return labels.copy() if everything else np.where(np.isin(labels, vague), -1, labels)


def _likeness(vectors: Vectors) -> float:
    """The mean similarity of two different vectors."""
    count = len(vectors)
    total = float(np.square(vectors.sum(axis=0, dtype=np.float64)).sum())
    return (total - count) / (count * (count - 1)) if count > 1 else 0.0


def reassigned(vectors: Vectors, labels: Labels) -> Labels:
    """The labels with noise given to the nearest group that it fits; the rest of the noise stays -1.

    Centroids and radii are those of the labels as given: reassigned points never pull a group towards themselves.
    """
    noise = np.flatnonzero(labels < 0)
    centres = centroids(vectors, labels)
    if not len(centres) or not len(noise):
        return labels.copy()
    result = labels.copy()
    result[noise] = placed(vectors[noise], centres, radii(vectors, labels, centres) - TOLERANCE)
    return result


def placed(vectors: Vectors, centres: Vectors, least: Vectors) -> Labels:
    """For each vector the group of its nearest centroid, -1 when it is less similar to it than that group's `least`."""
    result = np.full(len(vectors), -1, dtype=np.int64)
    for start in range(0, len(vectors), 4096):
        similarity = vectors[start : start + 4096] @ centres.T
        best = similarity.argmax(axis=1)
        fits = similarity[np.arange(len(best)), best] >= least[best]
        result[start : start + 4096] = np.where(fits, best, -1)
    return result


def fitting(vectors: Vectors, labels: Labels, centres: Vectors, least: Vectors) -> Labels:
    """The labels without those whose vector is less similar to its group's centroid than that group's `least`."""
    at = np.maximum(labels, 0)
    own = np.einsum("ij,ij->i", vectors, centres[at])
    return np.where((labels >= 0) & (own >= least[at]), labels, -1)
