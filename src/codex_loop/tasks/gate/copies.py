"""Copies of tasks to try things with, which cost no room where the disk can link files."""

from __future__ import annotations

import contextlib
import os
import shutil
from pathlib import Path


def copy(task: Path, target: Path) -> None:
    """The task at `target`, whole or not at all; one that is there already is left. Nobody may write into its files."""
    if target.exists():
        return
    fresh = target.with_name(f".{target.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    shutil.copytree(task, fresh, copy_function=_link, symlinks=True)
    fresh.rename(target)


def rewrite(place: Path, data: bytes) -> None:
    """Give a copy another content; the file it was linked to keeps its own."""
    fresh = place.with_name(f".{place.name}.new")
    fresh.write_bytes(data)
    fresh.replace(place)


def _link(source: str, target: str) -> None:
    with contextlib.suppress(OSError):
        os.link(source, target)
        return
    shutil.copy2(source, target)
