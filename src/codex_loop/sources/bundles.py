"""Bundles that somebody points at: the agents' own files inside them are read as if they lay in a home."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path, PurePosixPath

import msgspec

DESCRIPTION = "bundle.json"
MADE = "synthesised"
"""Said of a spine that was made from the files beside it: it tells nothing of its own."""


class _File(msgspec.Struct):
    path: str
    source: str


class _Ours(msgspec.Struct):
    spine: str | None = None
    files: list[_File] = []


class _Description(msgspec.Struct):
    codex_loop: _Ours | None = None


def files_in(place: Path, source: str, named: Callable[[str], bool]) -> Iterator[Path]:
    """The files of one format in the bundle at this place: as its description says, else as they are named."""
    if not (place / DESCRIPTION).is_file():
        return
    ours = _described(place)
    if ours is None:
        yield from sorted(path for path in (place / "rollout").rglob("*") if named(path.name) and path.is_file())
        return
    for file in ours.files:
        relative = PurePosixPath(file.path)
        inside = not relative.is_absolute() and ".." not in relative.parts and "\\" not in file.path
        path = place.joinpath(*relative.parts)
        if file.source == source and inside and path.is_file():
            yield path


def spine_was_made(spine: Path) -> bool:
    """True for the spine of a bundle whose description says that it was made from the rollout beside it."""
    ours = _described(spine.parent)
    return ours is not None and ours.spine == MADE


def _described(place: Path) -> _Ours | None:
    with suppress(OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return msgspec.json.decode((place / DESCRIPTION).read_bytes(), type=_Description).codex_loop
    return None
