"""Which embedder this machine has: the static model where its wheel is installed, else hashed text."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from codex_loop.embedding.hashed import Hashed
from codex_loop.embedding.models import Model
from codex_loop.embedding.static import Static, installed


class Embedder(Protocol):
    @property
    def model(self) -> Model: ...

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]: ...


@cache
def embedder() -> Embedder:
    """Loaded at the first use, once a process."""
    files = installed()
    return Hashed() if files is None else Static(files)
