"""Vectors to groups without knowing how many there are."""

from __future__ import annotations

import numpy as np

from codex_loop.clusters.density import Labels, Vectors, dense_groups
from codex_loop.clusters.neighbours import reduced
from codex_loop.clusters.reassign import reassigned


def group(vectors: Vectors) -> Labels:
    """A label for each row, -1 for what belongs to no group."""
    labels = dense_groups(reduced(np.asarray(vectors, dtype=np.float32), 32), smallest=5, neighbours=3)
    return reassigned(vectors, labels)
