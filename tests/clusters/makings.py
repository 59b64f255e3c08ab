"""Vectors with groups that are known."""

import numpy as np

from codex_loop.clusters.density import Labels, Vectors


def blobs(groups: int, each: int, *, spread: float = 0.15, seed: int = 1, width: int = 64) -> tuple[Vectors, Labels]:
    """`groups` directions with `each` unit vectors around every one, shuffled."""
    draw = np.random.default_rng(seed)
    truth = draw.permutation(np.repeat(np.arange(groups), each))
    points = draw.normal(size=(groups, width))[truth] + spread * draw.normal(size=(len(truth), width))
    vectors = points / np.linalg.norm(points, axis=1, keepdims=True)
    return vectors.astype(np.float32), truth


def same_groups(labels: Labels, others: Labels) -> bool:
    """Whether two labellings cut the points into the same groups; noise is a group of its own here."""
    pairs = set(zip(labels.tolist(), others.tolist(), strict=True))
    return len(pairs) == len(set(labels.tolist())) == len(set(others.tolist()))
