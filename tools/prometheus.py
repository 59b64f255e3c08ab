"""Real Prometheus programs for the tests: found on the PATH, or taken out of Debian's package into the tools folder."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tools.catalog import MissingToolError, cache_folder

PROGRAMS = ("promtool", "prometheus")
PACKAGE = "prometheus"
HINT = "run `make tools` (on Debian or Ubuntu) or install Prometheus"


def find(name: str) -> str:
    """How to start one of the programs; MissingToolError says which command provides it."""
    own = _folder() / name
    found = str(own) if own.is_file() else shutil.which(name)
    if found is None:
        raise MissingToolError(f"{name} is not installed; {HINT}")
    return found


def ensure() -> str:
    """Both programs are there when it returns. The package is unpacked, not installed: no service starts."""
    if all((_folder() / name).is_file() or shutil.which(name) for name in PROGRAMS):
        return f"Prometheus: already there ({Path(find('promtool')).parent})"
    if sys.platform != "linux" or shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
        raise MissingToolError("Prometheus is not installed; install it with your package manager")
    cache_folder().mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache_folder(), prefix=".prometheus-") as scratch:
        package = _downloaded(Path(scratch))
        _run(["dpkg-deb", "-x", str(package), "tree"], Path(scratch))
        binaries = Path(scratch) / "tree" / "usr" / "bin"
        for name in PROGRAMS:
            _run([str(binaries / name), "--version"], Path(scratch))
        if _folder().is_dir():
            shutil.rmtree(_folder())
        binaries.rename(_folder())
    return f"Prometheus: installed ({_folder()})"


def _folder() -> Path:
    return cache_folder() / PACKAGE


def _downloaded(folder: Path) -> Path:
    """The distribution's package, checked by apt. Lists that are old or absent are fetched where we may."""
    try:
        _run(["apt-get", "download", "-qq", PACKAGE], folder)
    except MissingToolError:
        if os.geteuid() != 0:
            raise
        _run(["apt-get", "update", "-qq"], folder)
        _run(["apt-get", "download", "-qq", PACKAGE], folder)
    return next(folder.glob("*.deb"))


def _run(command: Sequence[str], folder: Path) -> None:
    done = subprocess.run(
        command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=600
    )
    if done.returncode != 0:
        said = (done.stderr.strip() or "no reason given").splitlines()[-1]
        raise MissingToolError(f"{Path(command[0]).name} {command[1]} failed: {said}; {HINT}")
