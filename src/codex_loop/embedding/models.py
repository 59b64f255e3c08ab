"""Which model made a vector: vectors of two models lie in two spaces and must never be compared."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from codex_loop.errors import MixedModels


class Model(msgspec.Struct, frozen=True):
    """Two vectors are comparable exactly when their models are equal."""

    name: str
    dimension: int
    revision: str
    """Digest of its weights, or the version of its recipe."""

    @property
    def id(self) -> str:
        """What is stored next to a vector."""
        return f"{self.name}/{self.dimension}@{self.revision}"


def only_model(ids: Iterable[str]) -> str | None:
    """The one model id of these vectors, None when there are none. MixedModels when there are several."""
    found = set(ids)
    if len(found) > 1:
        raise MixedModels(found)
    return next(iter(found), None)
