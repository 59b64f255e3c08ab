"""What a model that costs money said before: one line for each text, by the digest of everything that decided it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

import msgspec

from codex_loop.semantics.turn import Scores


class _Line(msgspec.Struct):
    key: str
    scores: Scores


class Cache:
    """A file that only grows. It holds digests and numbers, no texts."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known: dict[str, Scores] | None = None

    def get(self, key: str) -> Scores | None:
        """What was said; None: not asked yet."""
        return self._read().get(key)

    def put(self, said: Iterable[tuple[str, Scores]]) -> None:
        """Keep it, before anything else can fail."""
        known = self._read()
        lines = []
        for key, scores in said:
            known[key] = scores
            lines.append(msgspec.json.encode(_Line(key, scores)) + b"\n")
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("ab") as file:
            # The line before may be torn: begin on a new one.
            file.write((b"\n" if file.tell() else b"") + b"".join(lines))

    def _read(self) -> dict[str, Scores]:
        if self._known is None:
            self._known = dict(self._lines())
        return self._known

    def _lines(self) -> Iterable[tuple[str, Scores]]:
        try:
            data = self._path.read_bytes()
        except FileNotFoundError:
            return
        for line in data.splitlines():
            try:
                told = msgspec.json.decode(line, type=_Line)
            except msgspec.DecodeError:
                continue  # torn by a crash: it is asked again
            yield told.key, told.scores


def digest(*parts: str) -> str:
    """The same for the same parts only."""
    return hashlib.sha256("\0".join(f"{len(part)}:{part}" for part in parts).encode("utf-8", "replace")).hexdigest()
