"""What makes a job run on a host: files to write, commands to start and to stop it."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple


class UnitFile(NamedTuple):
    """A file that an installation needs."""

    path: Path
    content: str
    mode: int = 0o644
    a_persons: bool = False
    """Belongs to the person who may have changed it: added to, never replaced, never removed."""


class Installation(NamedTuple):
    """A job on a host."""

    files: tuple[UnitFile, ...]
    start: tuple[tuple[str, ...], ...]
    stop: tuple[tuple[str, ...], ...]
    ask: tuple[str, ...]
    """Says whether it is running."""
    hints: tuple[str, ...] = ()
    folder: Path | None = None
    """Has to be there before it is started."""
    owner: str | None = None
    """Whom that folder is made for; None: whoever installs."""
