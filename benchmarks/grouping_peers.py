"""What others make of the same vectors: UMAP with HDBSCAN, and EVoC, in an environment that has them.

Run by another interpreter than ours (`python -m benchmarks.clusters --peers PYTHON`): neither is a dependency of this
project. In: a file of vectors. Out, on stdout: one JSON object, the labels by method; -1 is in no group.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Labels = NDArray[np.int64]
SMALLEST = (10, 25)
"""How small a group of HDBSCAN may be: nobody knows beforehand, so both ends of what is usual."""


def asked(python: Path, vectors: NDArray[np.float32]) -> dict[str, Labels]:
    """The labels that each of them gives, computed by that interpreter."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder, "vectors.npy")
        np.save(place, vectors)
        done = subprocess.run([python, __file__, place], capture_output=True, text=True, check=True)
    found: dict[str, list[int]] = json.loads(done.stdout)
    return {name: np.asarray(labels, dtype=np.int64) for name, labels in found.items()}


def _main(place: str) -> None:
    # In that other environment, so that nobody here knows their types.
    import evoc  # type: ignore[import-not-found]
    import umap  # type: ignore[import-not-found]
    from sklearn.cluster import HDBSCAN  # type: ignore[import-untyped]

    vectors = np.load(place).astype(np.float32)
    near = umap.UMAP(n_neighbors=15, n_components=5, min_dist=0.0, metric="cosine", random_state=0).fit_transform(
        vectors
    )
    found = {f"UMAP, HDBSCAN of {least}": HDBSCAN(min_cluster_size=least).fit_predict(near) for least in SMALLEST}
    found["EVoC"] = evoc.EVoC().fit_predict(vectors)
    json.dump({name: np.asarray(labels).tolist() for name, labels in found.items()}, sys.stdout)


if __name__ == "__main__":
    _main(sys.argv[1])
