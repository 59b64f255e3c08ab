"""Files that somebody points at: they may have any name, so their beginning says what they are."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

_HEAD_BYTES = 64 << 10


def candidates(place: Path) -> list[Path]:
    """The file itself, or every file of JSON lines in the folder; one that cannot be looked at hides no other."""
    if _is_file(place):
        return [place]
    names = (Path(folder, name) for folder, _, files in os.walk(place) for name in files)
    return sorted(path for path in names if path.match("*.jsonl") and _is_file(path))


def beginning(path: Path) -> bytes:
    """Enough of a file to recognise it by; nothing of one that cannot be read."""
    with suppress(OSError), path.open("rb") as stream:
        return stream.read(_HEAD_BYTES)
    return b""


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:
        return False
