"""Where Codex keeps its rollouts, found by place and name in a few milliseconds."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

FOLDERS = ("sessions", "archived_sessions")


def rollouts(home: Path) -> Iterator[tuple[Path, str]]:
    """Each rollout below a Codex home, and how it is to be read. Links are followed; a folder is never walked twice."""
    walked: set[tuple[int, int]] = set()
    for folder in FOLDERS:
        yield from _walk(str(home / folder), walked)


def unit_of(name: str) -> str | None:
    """How a file of this name is read; None if it is no rollout."""
    if not name.startswith("rollout-"):
        return None
    if name.endswith(".jsonl"):
        return "lines"
    if name.endswith(".jsonl.zst"):
        return "zstd"
    return "document" if name.endswith(".json") else None


def _walk(top: str, walked: set[tuple[int, int]]) -> Iterator[tuple[Path, str]]:
    """Real folders before linked ones, so that a file with two paths is known by its own."""
    folders, linked = [top], list[str]()
    while folders or linked:
        folder = folders.pop() if folders else linked.pop()
        if _again(folder, walked):
            continue
        try:
            entries = list(os.scandir(folder))
        except OSError:  # unreadable or gone: its neighbours still count
            continue
        for entry in entries:
            unit = unit_of(entry.name)
            try:
                if unit is not None and entry.is_file():
                    yield Path(entry.path), unit
                elif entry.is_dir():
                    (linked if entry.is_symlink() else folders).append(entry.path)
            except OSError:
                continue


def _again(folder: str, walked: set[tuple[int, int]]) -> bool:
    try:
        found = Path(folder).stat()
    except OSError:
        return True
    place = (found.st_dev, found.st_ino)
    if place in walked:
        return True
    walked.add(place)
    return False
