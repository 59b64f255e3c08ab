"""The one module that talks to scikit-learn, whose functions carry no types."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

Labels = NDArray[np.int64]
Vectors = NDArray[np.float32]


def dense_groups(points: Vectors, *, smallest: int, neighbours: int, leaves: bool = False) -> Labels:
    """HDBSCAN: groups of at least `smallest` points where density is high, -1 elsewhere.

    `neighbours` counts the point itself. `leaves` takes the finest groups of the tree instead of the most lasting.
    """
    if len(points) < max(smallest, neighbours, 2):
        return np.full(len(points), -1, dtype=np.int64)
    from sklearn.cluster import HDBSCAN  # type: ignore[import-untyped]  # no stubs exist

    method = HDBSCAN(
        min_cluster_size=smallest,
        min_samples=neighbours,
        cluster_selection_method="leaf" if leaves else "eom",
        copy=True,
    )
    return np.asarray(method.fit_predict(points.astype(np.float64)), dtype=np.int64)


def joined_groups(points: Vectors) -> Iterator[Labels]:
    """Average linkage by cosine, cut into 2, 3, 4 … groups up to half as many as points, in steps that grow."""
    from sklearn.cluster import AgglomerativeClustering

    most = len(points) // 2
    counts = sorted({*range(2, min(most, 20) + 1), *(int(20 * 1.15**step) for step in range(40))})
    for count in counts:
        if count <= most:
            method = AgglomerativeClustering(n_clusters=count, metric="cosine", linkage="average")
            yield np.asarray(method.fit_predict(points.astype(np.float64)), dtype=np.int64)
