"""Sessions that real agents of eight versions left: the files before, and the change, are had again from each."""

from __future__ import annotations

from pathlib import Path

import pytest

from codex_loop.store.engine import open_for_writing
from codex_loop.tasks.bundle.recording import from_store
from codex_loop.tasks.distill.distill import Request, Span, distill_span
from codex_loop.tasks.distill.reading import of_recording
from tests.contract.workplace import Workplace

GOLDEN = Path(__file__).parents[2] / "golden"
TOOLS = sorted(path.parent.name for path in GOLDEN.glob("*/tools"))
EVERY = sorted(f"{path.parent.name}/{path.name}" for path in GOLDEN.glob("*/*") if path.is_dir())


@pytest.mark.parametrize("version", TOOLS)
def test_the_files_before_and_the_change_are_those_of_the_recording(version: str, tmp_path: Path) -> None:
    project = Workplace(tmp_path / "machine").project
    with open_for_writing(str(tmp_path / "loop.db")) as database:
        every = [from_store(database, place) for place in _recorded(database, GOLDEN / version / "tools", tmp_path)]
        (recording,) = (each for each in every if of_recording(each).story.changes)
        draft = distill_span(recording, Span(), Request(repositories=(project,)), tmp_path / "task")
