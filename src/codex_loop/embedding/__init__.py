"""Text to vectors, offline by default.

In: redacted texts.  Out: unit vectors as a float32 array, with the model that made them.  Read `static.py` first: the
weights of a small static model, read from its wheel without asking any network.  `hashed.py` stands in where that
wheel does not exist; `models.py` keeps vectors of different models apart.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from codex_loop.embedding.models import Model, only_model

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LOCAL = "local"

__all__ = ["Model", "embed", "model", "only_model", "use"]


def embed(texts: Sequence[str]) -> NDArray[np.float32]:
    """One row a text, of unit length; a text without a single token (an empty one) has the zero row.

    A row depends on its text alone, not on the others. Only the first `static.TOKENS` tokens count.
    """
    from codex_loop.embedding.choice import embedder

    return embedder().embed(texts)


def use(name: str, environ: Mapping[str, str]) -> None:
    """Embed with the model of that name from now on: `local`, or a provider's. Nothing is sent before it is asked."""
    if name == LOCAL and "codex_loop.embedding.choice" not in sys.modules:
        return  # whoever never embeds need not load what does
    from codex_loop.embedding import choice

    choice.use(name, environ)


def model() -> Model:
    """The model that `embed` uses on this machine."""
    from codex_loop.embedding.choice import embedder

    return embedder().model
