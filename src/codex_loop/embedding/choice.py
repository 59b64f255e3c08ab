"""Which embedder is used: a provider's where a setting names it, else the static model, else hashed text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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


LOCAL = "local"
_chosen: list[Embedder] = []


def use(name: str, environ: Mapping[str, str]) -> None:
    """From now on, this process embeds with the model of that name."""
    _chosen.clear()
    if name != LOCAL:
        from codex_loop.embedding.remote import remote

        _chosen.append(remote(name, environ))


def embedder() -> Embedder:
    """The one that was chosen, else what this machine has."""
    return _chosen[0] if _chosen else _local()


@cache
def _local() -> Embedder:
    """Loaded at the first use, once a process."""
    files = installed()
    return Hashed() if files is None else Static(files)
