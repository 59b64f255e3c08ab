"""The static model: a text is the mean of its tokens' rows in one table.

The table and its tokenizer are two files inside the wordllama wheel. They are read here, because the package's own
loader looks elsewhere and then asks the network.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from codex_loop.embedding.models import Model

NAME = "wordllama-l2-supercat"
TOKENS = 128
"""A mean over more tokens says less and less of any one of them."""
_CHARACTERS = 16 * TOKENS  # no text reaches its 128th token later than this unless its words are enormous
_BATCH = 2048
_WHEEL = "wordllama"
_WEIGHTS = "wordllama/weights/l2_supercat_256.safetensors"
_TOKENIZER = "wordllama/tokenizers/l2_supercat_tokenizer_config.json"
_TENSOR = "embedding.weight"


class Files(NamedTuple):
    """Where the model lies on this machine."""

    weights: Path
    tokenizer: Path


def installed() -> Files | None:
    """The model's files; None where its wheel is not installed (it exists for common platforms only)."""
    try:
        wheel = metadata.distribution(_WHEEL)
    except metadata.PackageNotFoundError:
        return None
    files = Files(Path(str(wheel.locate_file(_WEIGHTS))), Path(str(wheel.locate_file(_TOKENIZER))))
    return files if all(file.is_file() for file in files) else None


class Static:
    """Thread-safe: nothing changes after loading."""

    def __init__(self, files: Files) -> None:
        from safetensors.numpy import load
        from tokenizers import Tokenizer

        weights, tokenizer = files.weights.read_bytes(), files.tokenizer.read_bytes()
        self._table: NDArray[np.float32] = load(weights)[_TENSOR].astype(np.float32)
        self._tokenizer = Tokenizer.from_str(tokenizer.decode())
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(TOKENS)
        digest = hashlib.sha256(weights + tokenizer).hexdigest()
        self.model = Model(name=NAME, dimension=int(self._table.shape[1]), revision=digest[:12])

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """As `embedding.embed`."""
        vectors = np.zeros((len(texts), self.model.dimension), dtype=np.float32)
        for start in range(0, len(texts), _BATCH):
            batch = [clean(text) for text in texts[start : start + _BATCH]]
            vectors[start : start + len(batch)] = self._batch(batch)
        return vectors

    def _batch(self, texts: list[str]) -> NDArray[np.float32]:
        # A beginning-of-text token would pull every vector towards its own row.
        tokens = [found.ids for found in self._tokenizer.encode_batch_fast(texts, add_special_tokens=False)]
        means = np.zeros((len(texts), self.model.dimension), dtype=np.float32)
        filled = [row for row, ids in enumerate(tokens) if ids]
        if filled:
            lengths = [len(tokens[row]) for row in filled]
            starts = np.concatenate(([0], np.cumsum(lengths)[:-1]))
            rows = self._table[np.concatenate([tokens[row] for row in filled])]
            # The length is divided out by normalising: the sum does.
            means[filled] = np.add.reduceat(rows, starts, axis=0)
        return unit(means)


def unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Every row divided by its length; zero rows stay."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    units: NDArray[np.float32] = np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)
    return units


def clean(text: str, characters: int = _CHARACTERS) -> str:
    """The beginning of a text, without what no tokenizer takes: lone surrogates, NUL, spaces around it."""
    return text[:characters].replace("\0", " ").strip().encode("utf-8", "replace").decode()
