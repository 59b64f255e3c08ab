"""Folders of tasks as Harbor sees them: which they are, and the digest that tells one content from another."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from codex_loop.errors import UsageError
from codex_loop.harbor.ignores import USUAL, Ignores

CONFIG = "task.toml"
_SINGLE = (CONFIG, "instruction.md", "README.md", "trajectory.json")
_WHOLE = ("environment", "tests", "solution", "steps")
_FILTERED = (("tests",), ("solution",), ("steps", "*", "tests"), ("steps", "*", "solution"))
_HARBORIGNORE = ".harborignore"
_CHUNK = 1 << 20


class TaskFolder(NamedTuple):
    """One task on the disk."""

    path: Path
    name: str
    """Its `org/name` of task.toml; the name of the folder where task.toml does not say one."""
    digest: str


def task_folders(path: Path) -> list[TaskFolder]:
    """The path itself if it is a task, else the tasks directly below it, by name. Raise UsageError for a wrong path."""
    if not path.is_dir():
        raise UsageError(f"{path} is not a folder; name a task folder, or one that holds task folders")
    return [TaskFolder(folder, name(folder), digest(folder)) for folder in task_paths(path)]


def task_paths(path: Path) -> list[Path]:
    """The same without reading the tasks."""
    if (path / CONFIG).is_file():
        return [path]
    return sorted(each for each in path.iterdir() if (each / CONFIG).is_file())


def name(folder: Path) -> str:
    """What the task calls itself; its folder's name when task.toml cannot be read, which lint will say."""
    try:
        written = tomllib.loads((folder / CONFIG).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return folder.resolve().name
    table = written.get("task")
    said = table.get("name") if isinstance(table, dict) else None
    return said if isinstance(said, str) else folder.resolve().name


def digest(folder: Path) -> str:
    """The digest that Harbor writes into lock.json and dataset.toml for this content."""
    root = folder.resolve()
    outer = hashlib.sha256()
    for relative in digested(root):
        outer.update(f"{relative}\0{_of_file(root / relative)}\n".encode())
    return f"sha256:{outer.hexdigest()}"


def digested(folder: Path) -> list[str]:
    """The files that make up the digest, in its order."""
    root = folder.resolve()
    found = [each for each in _SINGLE if (root / each).exists()]
    filtered = _Filtered(root)
    for each in _WHOLE:
        if (root / each).is_dir():
            found += filtered.files(root / each)
    ignores = Ignores.of(root / ".gitignore") or Ignores(USUAL)
    return sorted(each for each in found if not ignores.ignored(each))


def _of_file(path: Path) -> str:
    inner = hashlib.sha256()
    with path.open("rb") as opened:
        while chunk := opened.read(_CHUNK):
            inner.update(chunk)
    return inner.hexdigest()


class _Filtered:
    """What `.harborignore` files leave of tests and solutions; they hold for their own folder and all below it."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._known: dict[str, Ignores | None] = {}

    def files(self, folder: Path) -> Iterator[str]:
        for path in sorted(folder.iterdir()):
            relative = path.relative_to(self._root).as_posix()
            if self._excluded(path, relative):
                continue
            if path.is_dir() and not path.is_symlink():
                yield from self.files(path)
            elif path.is_file():
                yield relative

    def _excluded(self, path: Path, relative: str) -> bool:
        if self._matches(path, relative):
            return True
        if not path.is_symlink():
            return False
        target = path.resolve()
        inside = target.is_relative_to(self._root) and target != self._root
        return inside and self._matches(target, target.relative_to(self._root).as_posix())

    def _matches(self, path: Path, relative: str) -> bool:
        parts = relative.split("/")
        if parts[-1] == _HARBORIGNORE:
            return True
        first = _scope(parts)
        if first is None:
            return False
        for end in range(first, len(parts) + 1):
            is_folder = end < len(parts) or path.is_dir()
            excluded = False
            for start in range(first, end):
                ignores = self._of("/".join(parts[:start]))
                verdict = ignores.verdict("/".join(parts[start:end]), folder=is_folder) if ignores else None
                excluded = excluded if verdict is None else verdict
            if excluded:
                return True
        return False

    def _of(self, folder: str) -> Ignores | None:
        if folder not in self._known:
            self._known[folder] = Ignores.of(self._root / folder / _HARBORIGNORE)
        return self._known[folder]


def _scope(parts: list[str]) -> int | None:
    """How many parts lead to the folder in which `.harborignore` begins to hold; None: it does not hold here."""
    for pattern in _FILTERED:
        pairs = zip(pattern, parts, strict=False)
        if len(parts) >= len(pattern) and all(wanted in ("*", part) for wanted, part in pairs):
            return len(pattern)
    return None
