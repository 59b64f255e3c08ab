"""Tasks as they come from the gate, without running anything."""

from __future__ import annotations

from pathlib import Path

from codex_loop.harbor import folders
from codex_loop.tasks.gate.check import State, passed
from codex_loop.tasks.gate.gate import Gated
from tests.tasks.gate import ground


def gated(place: Path, state: State = "validated", *, limit: int = 60) -> Gated:
    """A task at that place, made when it is not there, in that state."""
    if not place.exists():
        ground.task(place, limit=limit)
    reason = None if state == "validated" else f"it is {state}"
    return Gated(str(place), folders.name(place), folders.digest(place), state, reason, (passed("files", "there"),))
