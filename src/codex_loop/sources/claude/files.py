"""Where Claude Code keeps its transcripts: below `projects`, one folder for each project, subagents deeper."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from codex_loop.sources.folders import Folders, Place, is_file, is_folder

_MAX_DEPTH = 8


def transcripts(home: Path) -> Iterator[Place]:
    """Every transcript of a home, through symbolic links; then the folders that could not be looked into."""
    folders = Folders()
    for project in folders.entries(str(home / "projects")):
        if is_folder(project):
            yield from _of_project(folders, project.path)
    yield from folders.closed()


def _of_project(folders: Folders, project: str) -> Iterator[Place]:
    for entry in folders.entries(project):
        if entry.name.endswith(".jsonl"):
            if is_file(entry):
                yield Place(Path(entry.path))
        elif is_folder(entry):
            yield from _subagents(folders, os.path.join(entry.path, "subagents"), 0)  # noqa: PTH118  # one per session


def _subagents(folders: Folders, folder: str, depth: int) -> Iterator[Place]:
    if depth > _MAX_DEPTH:
        return
    for entry in folders.entries(folder):
        if entry.name.startswith("agent-") and entry.name.endswith(".jsonl"):
            if is_file(entry):
                yield Place(Path(entry.path))
        elif is_folder(entry):
            yield from _subagents(folders, entry.path, depth + 1)
