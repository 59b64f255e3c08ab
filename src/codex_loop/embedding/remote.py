"""Vectors of a provider's model, for who asks for them: redacted texts go out, vectors come back.

Nothing is sent unless a setting names the model: a key in the environment alone changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from codex_loop.embedding.models import Model
from codex_loop.embedding.static import clean, unit
from codex_loop.errors import Degraded, MissingPrerequisite
from codex_loop.remote.post import ask, shown

DIMENSIONS = {"text-embedding-3-small": 1536}
"""The models that may be asked for."""
BATCH = 128
_NOTHING = "-"
"""What stands for a text of no words: providers refuse an empty one."""


class _Row(msgspec.Struct):
    index: int
    embedding: list[float]


class _Answer(msgspec.Struct):
    data: list[_Row]


class Remote:
    """An embedder at the other end of a network."""

    def __init__(self, name: str, key: str, base_url: str) -> None:
        self.model = Model(name, DIMENSIONS[name], "openai")
        self._key, self._place = key, f"{base_url.rstrip('/')}/embeddings"

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One row a text, of unit length; a text of no words has the zero row. Raises Degraded, never half of them."""
        found = np.zeros((len(texts), self.model.dimension), dtype=np.float32)
        telling = [place for place, text in enumerate(texts) if text.strip()]
        for start in range(0, len(telling), BATCH):
            places = telling[start : start + BATCH]
            found[places] = self._asked([clean(texts[place]) or _NOTHING for place in places])
        return unit(found)

    def _asked(self, texts: list[str]) -> NDArray[np.float32]:
        body = msgspec.json.encode({"model": self.model.name, "input": texts})
        try:
            answer = msgspec.json.decode(self._sent(body), type=_Answer)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise Degraded(f"{shown(self._place)} answered with something else than vectors: {error}") from error
        rows = sorted(answer.data, key=lambda row: row.index)
        if len(rows) != len(texts) or any(len(row.embedding) != self.model.dimension for row in rows):
            raise Degraded(
                f"{shown(self._place)} gave {len(rows)} vectors for {len(texts)} texts, or vectors of another length"
            )
        return np.asarray([row.embedding for row in rows], dtype=np.float32)

    def _sent(self, body: bytes) -> bytes:
        answer = ask(self._place, self._key, body)
        if answer.data is None:
            raise Degraded(
                f"{shown(self._place)} gave no vectors ({answer.reason}); nothing was grouped anew; run it again, "
                "or set embedding_model = local"
            )
        return answer.data


def remote(name: str, environ: Mapping[str, str]) -> Remote:
    """The embedder of that model; MissingPrerequisite without a key for it."""
    key = environ.get("OPENAI_API_KEY", "")
    if not key:
        raise MissingPrerequisite(
            f"embedding_model is {name}, and OPENAI_API_KEY is not set; set it, or embedding_model = local"
        )
    return Remote(name, key, environ.get("OPENAI_BASE_URL") or "https://api.openai.com/v1")
