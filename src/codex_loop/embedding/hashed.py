"""Hashed text: words and pieces of words, each in a slot its checksum names. No model, no files, any platform.

Groups of texts that share words come out; texts that say the same in other words stay apart. It stands in where the
static model has no wheel, under its own name, so that its vectors are never mixed with that model's.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from codex_loop.embedding.models import Model
from codex_loop.embedding.static import clean, unit

_WORDS = re.compile(r"\w+|[^\w\s]")
_CHARACTERS = 2048
_DIMENSION = 512
_PIECES = (3, 4)
_PIECE_WEIGHT = 0.3  # a word has several pieces: together they weigh about as much as the word


class Hashed:
    """As `Static`, from nothing."""

    model = Model(name="hashed-words", dimension=_DIMENSION, revision="1")

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """As `embedding.embed`."""
        vectors = np.zeros((len(texts), _DIMENSION), dtype=np.float32)
        for row, text in enumerate(texts):
            counts = Counter(_features(text))
            for (feature, weight), count in counts.items():
                # One bit of the checksum is the sign: features that share a slot cancel instead of adding up.
                checksum = crc32(feature)
                sign = 1.0 if checksum & 1 else -1.0
                vectors[row, (checksum >> 1) % _DIMENSION] += sign * weight * (1.0 + np.log(count))
        return unit(vectors)


def _features(text: str) -> Iterator[tuple[bytes, float]]:
    for word in _WORDS.findall(clean(text, _CHARACTERS).casefold()):
        yield word.encode(), 1.0
        padded = f"<{word[:64]}>"
        for size in _PIECES:
            for start in range(len(padded) - size + 1):
                yield padded[start : start + size].encode(), _PIECE_WEIGHT
