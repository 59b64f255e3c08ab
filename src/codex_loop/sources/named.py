"""Files that somebody points at: they may have any name, so their beginning says what they are."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

_HEAD_BYTES = 64 << 10


def candidates(place: Path) -> list[Path]:
    """The file itself, or every file of JSON lines in the folder."""
    with suppress(OSError):
        if place.is_file():
            return [place]
        return sorted(path for path in place.rglob("*.jsonl") if path.is_file())
    return []


def beginning(path: Path) -> bytes:
    """Enough of a file to recognise it by; nothing of one that cannot be read."""
    with suppress(OSError), path.open("rb") as stream:
        return stream.read(_HEAD_BYTES)
    return b""
