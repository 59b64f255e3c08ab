"""What keeps happening: signals grouped by what their evidence says, with an identity that lasts.

In: vectors.  Out: labels, and from one run to the next the same cluster under the same id.  Read `grouping.py` first:
it finds groups without knowing how many there are, and never collapses into one.  `extension.py` gives a day's new
vectors their groups, `identity.py` keeps ids over a new grouping, `naming.py` says what a group is about,
`asked.py` lets a model say it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["extend", "group"]


def group(vectors: NDArray[np.float32]) -> NDArray[np.int64]:
    """As `grouping.group`, loaded when it is first asked for."""
    from codex_loop.clusters import grouping

    return grouping.group(vectors)


def extend(vectors: NDArray[np.float32], labels: NDArray[np.int64], new: NDArray[np.float32]) -> NDArray[np.int64]:
    """As `extension.extend`, loaded when it is first asked for."""
    from codex_loop.clusters import extension

    return extension.extend(vectors, labels, new)
