"""A day's new vectors: into the groups that are there, and the rest looked through for groups that are new."""

from __future__ import annotations

import numpy as np

from codex_loop.clusters.density import Labels, Vectors
from codex_loop.clusters.grouping import checked, group
from codex_loop.clusters.neighbours import surroundings
from codex_loop.clusters.reassign import TOLERANCE, centroids, placed, radii

_NEAR = 20


def extend(vectors: Vectors, labels: Labels, new: Vectors) -> Labels:
    """The labels of `vectors` and then of `new`.

    A group that is there keeps its label and its members. New vectors join the nearest group that they fit as noise
    may. Those that fit nowhere, with the noise of before, may form groups; each such group has a new vector in it
    and a label above all labels there were.
    """
    known, told = checked(vectors), np.asarray(labels, dtype=np.int64)
    fresh = checked(new) if len(new) else np.zeros((0, known.shape[1]), dtype=np.float32)
    arrived = np.full(len(fresh), -1, dtype=np.int64)
    names, dense = np.unique(told[told >= 0], return_inverse=True)
    if len(names):
        members = known[told >= 0]
        centres = centroids(members, dense)
        telling = fresh.any(axis=1)
        at = placed(fresh[telling], centres, radii(members, dense, centres) - TOLERANCE)
        arrived[telling] = np.where(at < 0, -1, names[at])
    result = np.concatenate((told, arrived))
    everything = np.concatenate((known, fresh)) if len(known) else fresh
    return _with_births(everything, result, first_new=len(known))


def _with_births(vectors: Vectors, labels: Labels, *, first_new: int) -> Labels:
    newcomers = first_new + np.flatnonzero(labels[first_new:] < 0)
    if not len(newcomers):
        return labels
    noise = np.flatnonzero(labels[:first_new] < 0)
    # A group that is born now has a newcomer in it: noise that lies near none of them was looked through before.
    loose = np.concatenate((noise[surroundings(vectors[newcomers], vectors[noise], _NEAR)], newcomers))
    found = group(vectors[loose])
    alive = np.unique(found[(loose >= first_new) & (found >= 0)])
    number = np.full(int(found.max(initial=-1)) + 2, -1, dtype=np.int64)
    number[alive] = int(labels.max(initial=-1)) + 1 + np.arange(len(alive))
    result = labels.copy()
    result[loose] = number[found]
    return result
