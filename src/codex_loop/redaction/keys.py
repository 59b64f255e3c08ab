"""The install key: what makes the digits of a tag unguessable. It never leaves the machine."""

from __future__ import annotations

import os
import secrets
import sys
import tempfile
from pathlib import Path

from codex_loop.errors import Degraded

KEY_BYTES = 32


def load_key(path: Path) -> bytes:
    """The key at `path`, created on first use, readable by its owner only.

    Processes that create it at the same time all get the same key. Permissions that are too wide are
    narrowed; when that is refused, or the file is not a key, Degraded says so.
    """
    try:
        return _read(path)
    except FileNotFoundError:
        _create(path)
        return _read(path)


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        _narrow(path, file.fileno())
        key = file.read(KEY_BYTES + 1)
    if len(key) != KEY_BYTES:
        raise Degraded(f"{path} is not a redaction key ({KEY_BYTES} bytes expected); move it away to get a new one")
    return key


def _narrow(path: Path, descriptor: int) -> None:
    if sys.platform == "win32" or not os.fstat(descriptor).st_mode & 0o077:
        return
    try:
        os.fchmod(descriptor, 0o600)
    except OSError as error:
        raise Degraded(f"others can read the redaction key {path}; run: chmod 600 {path}") from error


def _create(path: Path) -> None:
    """Written whole under another name first and then linked: nobody ever reads half a key."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".key-")  # O_EXCL and 0600 by its contract
    draft = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(secrets.token_bytes(KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
        _publish(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def _publish(draft: Path, path: Path) -> None:
    """Give the draft its name unless another process was first."""
    try:
        os.link(draft, path)
    except FileExistsError:
        return
    except OSError:  # a file system without hard links
        _copy(draft, path)


def _copy(draft: Path, path: Path) -> None:
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(handle, "wb") as file:
        file.write(draft.read_bytes())
