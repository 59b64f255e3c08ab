"""The Python of the sandbox: pip and a pinned pytest, in an environment that is shown to every task, read-only."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import msgspec

from codex_loop.harbor.installing import Interpreter, install_pins, make_environment
from codex_loop.harbor.place import MARKER, cache_folder
from codex_loop.harbor.sandbox import PYTEST
from codex_loop.harbor.sandbox.room import LOCAL, PYTHON, WORKSHOP

PINS = Path(__file__).parent / "workshop.txt"
EDITION = 1
"""Raised when what is made here changes, so that an older one is made anew."""


class Workshop(NamedTuple):
    """The installed one."""

    folder: Path
    version: str
    """Of Python."""
    python: str
    """The folder of the interpreter on this machine; empty when it is one of /usr, which is seen anyway."""
    seen_at: str
    """Where the sandbox sees it."""


class _Marker(msgspec.Struct, frozen=True):
    version: str
    python: str
    seen_at: str


def find(environ: Mapping[str, str] = os.environ) -> Workshop | None:
    """None: `measure setup` has not made it."""
    folder = home(environ)
    try:
        marker = msgspec.json.decode((folder / MARKER).read_bytes(), type=_Marker)
    except (OSError, msgspec.DecodeError):
        return None
    if marker.python and not Path(marker.python).is_dir():
        return None
    return Workshop(folder, marker.version, marker.python, marker.seen_at)


def home(environ: Mapping[str, str] = os.environ) -> Path:
    """Its folder; another pytest or another edition is another folder."""
    return cache_folder(environ) / f"workshop-{PYTEST}-{EDITION}"


def install(interpreter: Interpreter, environ: Mapping[str, str] = os.environ) -> Workshop:
    """Make it; whole when it returns. Raise Degraded when that fails."""
    folder = home(environ)
    if folder.is_dir():
        shutil.rmtree(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    make_environment(interpreter, folder, environ)
    install_pins(folder, PINS, environ, what=f"pytest {PYTEST} for the sandbox")
    prefix = interpreter.prefix
    in_usr = prefix.is_relative_to("/usr")
    seen_at = str(prefix) if in_usr or not _can_move(interpreter) else PYTHON
    _move(folder, interpreter, seen_at)
    python = "" if in_usr else str(prefix)
    marker = {"version": interpreter.version, "python": python, "seen_at": seen_at}
    (folder / MARKER).write_text(f"{json.dumps(marker)}\n", encoding="utf-8")
    return Workshop(folder, interpreter.version, python, seen_at)


def _can_move(interpreter: Interpreter) -> bool:
    """An interpreter with a shared library finds it by the path it was built for."""
    return not list((interpreter.prefix / "lib").glob("libpython3.*.so*"))


def _move(folder: Path, interpreter: Interpreter, seen_at: str) -> None:
    """Let the environment think that it lies where the sandbox sees it."""
    program = f"{seen_at}/bin/{interpreter.program.name}"
    minor = ".".join(interpreter.version.split(".")[:2])
    for name in ("python", "python3", f"python{minor}"):
        link = folder / "bin" / name
        link.unlink(missing_ok=True)
        link.symlink_to(program)
    (folder / "pyvenv.cfg").write_text(
        f"home = {seen_at}/bin\ninclude-system-site-packages = false\nversion = {interpreter.version}\n",
        encoding="utf-8",
    )
    shebang = f"#!{WORKSHOP}/bin/python3\n".encode()
    for script in (folder / "bin").iterdir():
        if script.is_symlink() or not script.is_file():
            continue
        first, _, rest = script.read_bytes().partition(b"\n")
        if first.startswith(b"#!") and b"python" in first:
            script.write_bytes(shebang + rest)
    packages = folder / "lib" / f"python{minor}" / "site-packages"
    # What a task's pip adds goes to a folder of the sandbox's own, which this makes visible.
    (packages / "codex_loop_local.pth").write_text(f"{LOCAL}/lib/python{minor}/site-packages\n", encoding="utf-8")
