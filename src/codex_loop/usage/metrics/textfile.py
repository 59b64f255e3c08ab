"""`codexloop.prom` for the textfile collector of the node exporter."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

from codex_loop.usage.metrics.exposition import text
from codex_loop.usage.metrics.family import Family

NAME = "codexloop.prom"


def write(folder: Path, families: Sequence[Family]) -> Path:
    """Whole or not at all: the collector reads every `*.prom` of the folder, whenever it likes, as another user."""
    handle, name = tempfile.mkstemp(dir=folder, prefix=".codexloop-", suffix=".new")
    draft = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(text(families))
        draft.chmod(0o644)
        draft.replace(folder / NAME)
    finally:
        draft.unlink(missing_ok=True)
    return folder / NAME
