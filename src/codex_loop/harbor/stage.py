"""The sandbox, made ready for Harbor's own Python: its few files in a folder where nothing else of ours is seen."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from codex_loop.errors import MissingTool
from codex_loop.harbor import workshop
from codex_loop.harbor.place import cache_folder
from codex_loop.harbor.sandbox.room import NAMESPACES

FLAG = "codex_loop.harbor.sandbox.environment:BubblewrapEnvironment"
PROBE = (*NAMESPACES, "--unshare-net", "--ro-bind", "/", "/", "--proc", "/proc", "--dev", "/dev")
STATES = "CODEX_LOOP_SANDBOX_STATES"
_FILES = Path(__file__).parent / "sandbox"


def variables(environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """What Harbor's process must be told so that it finds the sandbox and the sandbox its Python."""
    found = workshop.find(environ)
    if found is None:
        raise MissingTool("the sandbox's Python with pytest", hint="run `codex-loop measure setup`")
    return {
        "PYTHONPATH": str(staged(environ)),
        "CODEX_LOOP_SANDBOX_WORKSHOP": str(found.folder),
        "CODEX_LOOP_SANDBOX_PYTHON": f"{found.python}:{found.seen_at}" if found.python else "",
    }


def staged(environ: Mapping[str, str] = os.environ) -> Path:
    """The folder for PYTHONPATH; whole when it is there, a new one for every change."""
    files = sorted(path for path in _FILES.iterdir() if path.suffix in (".py", ".sh"))
    inner = hashlib.sha256()
    for path in files:
        inner.update(f"{path.name}\0".encode() + path.read_bytes() + b"\0")
    folder = cache_folder(environ) / "sandbox" / inner.hexdigest()[:16]
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".") as scratch:
        package = Path(scratch, "tree", "codex_loop", "harbor", "sandbox")
        package.mkdir(parents=True)
        for above in (package.parent, package.parent.parent):
            (above / "__init__.py").touch()
        for path in files:
            shutil.copyfile(path, package / path.name)
        try:
            Path(scratch, "tree").rename(folder)
        except OSError:
            if not folder.is_dir():  # else somebody else was quicker, with the same files
                raise
    return folder


def clear(states: Path) -> None:
    """Remove what sandboxes left; nobody runs in them any more."""
    if not states.is_dir():
        return
    for folder, _, _ in os.walk(states):
        # A program may have left folders that nobody may write.
        Path(folder).chmod(0o700)
    shutil.rmtree(states, ignore_errors=True)
