"""A sandbox that was built once is copied for the next trial of the same job, when building took long.

The copies lie beside the sandboxes and go with them: every job builds from scratch. Whoever starts several jobs may
name a folder in which copies stay for the next, and clears it away.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

BUILDS = "CODEX_LOOP_SANDBOX_BUILDS"
"""Where copies outlive their job."""
WORTH_S = 0.2
"""A quicker build is not worth the copy."""


def key_of(context: Path, variables: Mapping[str, str]) -> str:
    """The same for the same files and variables."""
    inner = hashlib.sha256(repr(sorted(variables.items())).encode())
    for path in sorted(context.rglob("*")):
        name = path.relative_to(context).as_posix()
        if path.is_symlink():
            inner.update(f"{name}\0link\0{path.readlink()}\0".encode())
        elif path.is_file():
            with path.open("rb") as opened:
                content = hashlib.file_digest(opened, "sha256").hexdigest()
            inner.update(f"{name}\0{path.stat().st_mode:o}\0{content}\0".encode())
        else:
            inner.update(f"{name}\0folder\0".encode())
    return inner.hexdigest()


async def take(states: Path, key: str, root: Path) -> bool:
    """Whether that sandbox was built before; then `root` is a copy of it."""
    kept = _place(states, key)
    if not kept.is_dir():
        return False
    await _copy(kept, root)
    return True


async def keep(states: Path, key: str, root: Path) -> None:
    """Keep a copy for the next; who comes second keeps none."""
    kept = _place(states, key)
    if kept.is_dir():
        return
    kept.parent.mkdir(parents=True, exist_ok=True)
    copy = Path(tempfile.mkdtemp(prefix=f"{os.getpid()}-", dir=kept.parent))
    await _copy(root, copy)
    await asyncio.to_thread(_settle, copy, kept)


def _settle(copy: Path, kept: Path) -> None:
    try:
        copy.rename(kept)
    except OSError:
        shutil.rmtree(copy, ignore_errors=True)


def _place(states: Path, key: str) -> Path:
    return Path(os.environ.get(BUILDS) or states) / f"built-{key[:32]}"


async def _copy(source: Path, target: Path) -> None:
    """Links stay links: what a build made of its paths is not followed."""
    command = ["cp", "-a", "--reflink=auto", f"{source}/.", str(target)]
    process = await asyncio.create_subprocess_exec(*command, stdin=asyncio.subprocess.DEVNULL)
    if await process.wait() != 0:
        raise RuntimeError(f"a built sandbox could not be copied to {target}; is its disk full?")
