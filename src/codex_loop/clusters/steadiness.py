"""The groups there were stay, with the news among them, until new ones are clearly better.

Two groupings of nearly the same vectors differ by chance in where they cut. People know clusters by their names, so
chance must not rename them; what has really changed makes the new grouping better by more than chance does.
"""

from __future__ import annotations

import numpy as np

from codex_loop.clusters.density import Labels, Vectors
from codex_loop.clusters.grouping import Grouping, numbered
from codex_loop.clusters.reassign import TOLERANCE, centroids, placed, radii
from codex_loop.clusters.validity import collapsed, validity

BETTER = 0.02
"""A new grouping must score so much more; two of the same vectors with a tenth more differ by about half of it."""


def steadied(vectors: Vectors, before: Labels, found: Grouping) -> Grouping:
    """`found`, or the groups of before (-1: in none, or new) enlarged, if those are as good."""
    if before.max(initial=-1) < 0:
        return found
    labels = numbered(_with_births(_with_newcomers(vectors, numbered(before)), found))
    kept = validity(vectors, labels)
    if collapsed(kept, len(labels)) or kept.score < found.validity.score - BETTER:
        return found
    return Grouping(labels, "kept", found.smallest, kept)


def _with_newcomers(vectors: Vectors, labels: Labels) -> Labels:
    """Who is in no group joins the nearest that it fits."""
    inside, loose = np.flatnonzero(labels >= 0), np.flatnonzero((labels < 0) & vectors.any(axis=1))
    centres = centroids(vectors[inside], labels[inside])
    result = labels.copy()
    if len(loose):
        least = radii(vectors[inside], labels[inside], centres) - TOLERANCE
        result[loose] = placed(vectors[loose], centres, least)
    return result


def _with_births(labels: Labels, found: Grouping) -> Labels:
    """A new group most of whose members are in no old one is born."""
    result, last = labels.copy(), int(labels.max())
    for group in range(int(found.labels.max(initial=-1)) + 1):
        members = np.flatnonzero(found.labels == group)
        loose = members[labels[members] < 0]
        if len(loose) >= found.smallest and 2 * len(loose) >= len(members):
            last += 1
            result[loose] = last
    return result
