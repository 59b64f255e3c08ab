"""Small repositories kept as text: read, and made into real clones whose commits have the same hash on every machine.

A file holds commits, oldest first (`== 2026-01-05T10:00:00Z message ==`), and in each the files that changed with it
(`-- path --` and the lines below). A text without the first kind of line is one commit.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

from codex_loop.errors import MissingTool, UsageError

FIRST, BEGUN = "Start", "2026-01-05T10:00:00Z"
_COMMIT = re.compile(r"^== (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ) (.+) ==\n", re.MULTILINE)
_FILE = re.compile(r"^-- (\S+) --\n", re.MULTILINE)
_WHO = {"NAME": "Dev", "EMAIL": "dev@example.com"}


class Commit(NamedTuple):
    """A message, the files that are new or different with it, and when it was made."""

    message: str
    files: Mapping[str, str]
    at: str = BEGUN


class Clone(NamedTuple):
    """A repository that lies there now, at its newest commit."""

    name: str
    path: Path
    commits: tuple[str, ...]
    """Hashes, oldest first."""


def read(text: str) -> tuple[Commit, ...]:
    """The commits of a text."""
    first, *rest = _COMMIT.split(text)
    if first.strip():
        return (Commit(FIRST, dict(_files(first))),)
    told = zip(rest[::3], rest[1::3], rest[2::3], strict=True)
    return tuple(Commit(message, dict(_files(body)), at) for at, message, body in told)


def write(commits: Sequence[Commit]) -> str:
    """The text that `read` makes these commits of."""
    return "".join(
        f"== {commit.at} {commit.message} ==\n"
        + "".join(f"-- {path} --\n{text}" for path, text in commit.files.items())
        for commit in commits
    )


def build(commits: Sequence[Commit], folder: Path, *, remote: str | None = None) -> tuple[str, ...]:
    """Make a repository of them in an empty or new folder; the hashes, oldest first, are the same everywhere."""
    if folder.exists() and any(folder.iterdir()):
        raise UsageError(f"{folder} is not empty; a repository needs a folder of its own")
    folder.mkdir(parents=True, exist_ok=True)
    _git(folder, "init", "-q", "-b", "main")
    if remote is not None:
        _git(folder, "remote", "add", "origin", remote)
    return add(commits, folder)


def add(commits: Sequence[Commit], folder: Path) -> tuple[str, ...]:
    """Put commits on top of what the repository holds; their hashes."""
    return tuple(_commit(folder, commit) for commit in commits)


def bundled() -> Mapping[str, tuple[Commit, ...]]:
    """The repositories that the sample sessions worked in, by name."""
    found = (each for each in (files("codex_loop") / "samples" / "repositories").iterdir() if each.name[-4:] == ".txt")
    return {each.name[:-4]: read(each.read_text(encoding="utf-8")) for each in sorted(found, key=lambda e: e.name)}


def materialise(folder: Path) -> tuple[Clone, ...]:
    """Every bundled repository as a clone below `folder`; one that lies there already is left as it is."""
    return tuple(_materialised(name, commits, folder / name) for name, commits in bundled().items())


def _materialised(name: str, commits: Sequence[Commit], place: Path) -> Clone:
    if not (place / ".git").is_dir():
        return Clone(name, place, build(commits, place))
    told = _git(place, "rev-list", "--reverse", "--first-parent", "HEAD")
    return Clone(name, place, tuple(told.split()))


def _told(commit: Commit) -> str:
    changed = "".join(f"-- {path} --\n{text}" for path, text in commit.files.items())
    return f"== {commit.at} {commit.message} ==\n{changed}"


def _files(body: str) -> Iterator[tuple[str, str]]:
    _, *rest = _FILE.split(body)
    return zip(rest[::2], rest[1::2], strict=True)


def _commit(folder: Path, commit: Commit) -> str:
    for path, text in commit.files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8", newline="\n")
    _git(folder, "add", "--all")
    _git(folder, "commit", "-q", "--allow-empty", "-m", commit.message, at=commit.at)
    return _git(folder, "rev-parse", "HEAD").strip()


def _git(folder: Path, *words: str, at: str = BEGUN) -> str:
    """Nothing of this machine's own settings has a say: they would change hashes, sign commits or run hooks."""
    program = shutil.which("git")
    if program is None:
        raise MissingTool("git", hint="install it with the package manager of this machine")
    named = {f"GIT_{role}_{key}": value for role in ("AUTHOR", "COMMITTER") for key, value in _WHO.items()}
    dated = {"GIT_AUTHOR_DATE": at, "GIT_COMMITTER_DATE": at}
    alone = {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull, "GIT_TEMPLATE_DIR": ""}
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    command = [program, "-c", "core.autocrlf=false", "-c", "core.hooksPath=" + os.devnull, *words]
    done = subprocess.run(
        command, cwd=folder, env={**kept, **named, **dated, **alone}, check=True, capture_output=True, text=True
    )
    return done.stdout
