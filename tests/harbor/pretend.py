"""Programs that stand where Harbor would, for what the real one does not do at will."""

from __future__ import annotations

import sys
from pathlib import Path


def pretend(folder: Path, body: str, *, name: str = "harbor") -> Path:
    """A program of that name; `body` is Python."""
    program = folder / "bin" / name
    program.parent.mkdir(parents=True, exist_ok=True)
    program.write_text(f"#!{sys.executable}\nimport sys, time, os\n{body}\n", encoding="utf-8")
    program.chmod(0o755)
    return program


def versioned(folder: Path, version: str, *, name: str = "harbor") -> Path:
    """One that only says its version."""
    return pretend(folder, f"print({version!r})", name=name)
