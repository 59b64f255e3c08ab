"""Where Codex keeps its rollouts, found by place and name in a few milliseconds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from codex_loop.sources.folders import Folders, Place, is_file, is_folder

FOLDERS = ("sessions", "archived_sessions")


def rollouts(home: Path) -> Iterator[Place]:
    """Each rollout below a Codex home and how it is to be read; then the folders that could not be looked into.

    Links are followed; a folder is never walked twice.
    """
    listed = Folders()
    for folder in FOLDERS:
        yield from _walk(listed, str(home / folder))
    yield from listed.closed()


def unit_of(name: str) -> str | None:
    """How a file of this name is read; None if it is no rollout."""
    if not name.startswith("rollout-"):
        return None
    if name.endswith(".jsonl"):
        return "lines"
    if name.endswith(".jsonl.zst"):
        return "zstd"
    return "document" if name.endswith(".json") else None


def _walk(listed: Folders, top: str) -> Iterator[Place]:
    """Real folders before linked ones, so that a file with two paths is known by its own."""
    folders, linked = [top], list[str]()
    while folders or linked:
        for entry in listed.entries(folders.pop() if folders else linked.pop()):
            unit = unit_of(entry.name)
            if unit is not None and is_file(entry):
                yield Place(Path(entry.path), unit)
            elif is_folder(entry):
                (linked if entry.is_symlink() else folders).append(entry.path)
