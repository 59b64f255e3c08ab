"""Real ChromaDB for the tests: 370 MB, so in an environment of its own in the tools folder, pinned by hashes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tools.catalog import MARKER, MissingToolError, cache_folder

VERSION = "1.5.9"
PINS = Path(__file__).parents[1] / "requirements" / "chroma.txt"
HINT = "run `make tools`"


def packages() -> Path:
    """The folder to import it from, with this interpreter; MissingToolError says which command makes it."""
    if not (_folder() / MARKER).is_file():
        raise MissingToolError(f"ChromaDB {VERSION} is not installed; {HINT}")
    return _packages_of(_folder())


def server() -> list[str]:
    """How to start the program that serves a folder."""
    packages()
    return [str(_folder() / ("Scripts/chroma.exe" if os.name == "nt" else "bin/chroma"))]


def ensure() -> str:
    """Installed when it returns; whole or not at all."""
    if (_folder() / MARKER).is_file():
        return f"ChromaDB {VERSION}: already there"
    cache_folder().mkdir(parents=True, exist_ok=True)
    if _folder().is_dir():
        shutil.rmtree(_folder())
    # An environment knows its own path: it is made in place, and counts from the marker on.
    with tempfile.TemporaryDirectory() as scratch:
        _run([sys.executable, "-m", "venv", str(_folder())], Path(scratch))
        python = _folder() / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
        _run([*pip, "--require-hashes", "-r", str(PINS)], Path(scratch))
        _run([str(python), "-c", f"import chromadb; assert chromadb.__version__ == '{VERSION}'"], Path(scratch))
    (_folder() / MARKER).write_text(f'{{"package": "chromadb", "version": "{VERSION}"}}\n', encoding="utf-8")
    return f"ChromaDB {VERSION}: installed"


def _folder() -> Path:
    """One for each version of Python: what is compiled for one does not load in another."""
    return cache_folder() / f"chromadb-{VERSION}-py{sys.version_info.major}{sys.version_info.minor}"


def _packages_of(environment: Path) -> Path:
    found = environment.glob("Lib/site-packages" if os.name == "nt" else "lib/python3*/site-packages")
    return next(found)


def _run(command: Sequence[str], folder: Path) -> None:
    done = subprocess.run(
        command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=1800
    )
    if done.returncode != 0:
        said = (done.stderr.strip() or "no reason given").splitlines()[-1]
        raise MissingToolError(f"ChromaDB {VERSION} could not be installed: {said}")
