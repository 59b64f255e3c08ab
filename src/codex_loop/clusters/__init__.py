"""What keeps happening: signals grouped by what their evidence says, with an identity that lasts.

In: vectors.  Out: labels, and from one run to the next the same cluster under the same id.  Read `grouping.py` first:
it finds groups without knowing how many there are, and never collapses into one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["group"]


def group(vectors: NDArray[np.float32]) -> NDArray[np.int64]:
    """As `grouping.group`, loaded when it is first asked for."""
    from codex_loop.clusters import grouping

    return grouping.group(vectors)
