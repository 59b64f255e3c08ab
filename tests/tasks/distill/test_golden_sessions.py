"""Sessions that real agents of eight versions left: the files before, and the change, are had again from each."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest

from codex_loop.capture import orders
from codex_loop.capture.ingest import ingest
from codex_loop.clock import now_ms
from codex_loop.settings import load
from codex_loop.sources import registry
from codex_loop.sources.base import Homes
from codex_loop.store import places
from codex_loop.store.engine import Database, open_for_writing
from codex_loop.tasks.bundle.recording import from_store
from codex_loop.tasks.distill.distill import Request, Span, distill_span
from codex_loop.tasks.distill.reading import of_recording
from tests.contract.workplace import PROJECT_FILES, Workplace

GOLDEN = Path(__file__).parents[2] / "golden"
TOOLS = sorted(path.parent.name for path in GOLDEN.glob("*/tools"))
EVERY = sorted(f"{path.parent.name}/{path.name}" for path in GOLDEN.glob("*/*") if path.is_dir())


@pytest.mark.parametrize("version", TOOLS)
def test_the_files_before_and_the_change_are_those_of_the_recording(version: str, tmp_path: Path) -> None:
    project = Workplace(tmp_path / "machine").project
    with open_for_writing(str(tmp_path / "loop.db")) as database:
        every = [from_store(database, place) for place in recorded(database, GOLDEN / version / "tools", tmp_path)]
        (recording,) = (each for each in every if of_recording(each).story.changes)
        draft = distill_span(recording, Span(), Request(repositories=(project,)), tmp_path / "task")
    assert draft.path is not None, draft.reason
    with tarfile.open(fileobj=io.BytesIO((tmp_path / "task" / "environment" / "repo.tar").read_bytes())) as tar:
        files = {each.name: tar.extractfile(each).read().decode() for each in tar}  # type: ignore[union-attr]
    assert files == PROJECT_FILES
    fix = (tmp_path / "task" / "solution" / "fix.patch").read_text()
    assert "-    return a - b\n+    return a + b\n" in fix
    assert "+sum fixed" in fix


@pytest.mark.parametrize("recording", EVERY)
def test_every_recording_is_told_as_a_story(recording: str, tmp_path: Path) -> None:
    with open_for_writing(str(tmp_path / "loop.db")) as database:
        for place in recorded(database, GOLDEN / recording, tmp_path):
            told = of_recording(from_store(database, place)).story
            seqs = [prompt.seq for prompt in told.prompts]
            assert seqs == sorted(seqs)
            assert all(run.seq <= run.ended <= told.last_seq for run in told.runs)
            assert len({run.call_id for run in told.runs}) == len(told.runs)


def recorded(database: Database, home: Path, folder: Path) -> list[places.Place]:
    """Every session of a home, after ingest."""
    settings = load({"db": str(folder / "loop.db"), "data_dir": folder / "data"}, environ={})
    homes = Homes(codex=(home,), claude=(home,))
    ingest(database, registry.all_sources(), orders.order(database, settings, homes, now_ms(), asked=False))
    rows = database.rows("SELECT key, agent, native_id FROM sessions ORDER BY native_id")
    return [places.Place(*row) for row in rows]
