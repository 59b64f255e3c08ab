"""A stored run is compared like the one that just ended, and what names no run is refused."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from codex_loop.clock import SystemClock
from codex_loop.errors import UsageError
from codex_loop.measure import baseline, run, stored
from codex_loop.measure.asked import Request
from codex_loop.measure.compare import compare
from codex_loop.store import evals
from codex_loop.store.engine import Database, open_for_writing
from codex_loop.tasks.dataset import read
from tests.measure.rehearsal import lab, mined, rehearse


@pytest.fixture
def database(place: str) -> Iterator[Database]:
    with open_for_writing(place) as opened:
        yield opened


def measured(database: Database, tmp_path: Path, **script: object) -> evals.EvalRunRow:
    played = rehearse(tmp_path / "harbor", **script)  # type: ignore[arg-type]
    dataset = read(mined(tmp_path / "mined"))
    asked = Request(model="gpt-5.2", attempts=2, name=f"run-{len(evals.runs(database))}")
    return run.measure(database, dataset, asked, lab(tmp_path, played, os.environ), SystemClock(), unchecked=True)


def test_a_baseline_file_says_what_the_store_says(database: Database, tmp_path: Path) -> None:
    row = measured(database, tmp_path, solved={"retry-0": [0.0, 1.0], "retry-1": [1.0, "ApiError"]})
    told = stored.load(database, row)
    baseline.write(tmp_path / "baseline.json", told)
    assert baseline.read(tmp_path / "baseline.json") == told
    by_file, key = stored.find(database, str(tmp_path / "baseline.json"))
    assert key is None
    by_name, key = stored.find(database, row.name)
    assert key == row.key
    assert compare(by_file, told) == compare(by_name, told)


def test_what_is_neither_a_file_nor_a_run_is_refused(database: Database, tmp_path: Path) -> None:
    for text, words in (
        ("absent.json", "is not there"),
        (str(tmp_path), "is a folder"),
        ("nothing", "no evaluation run is called nothing"),
    ):
        with pytest.raises(UsageError, match=words):
            stored.find(database, text)
    with pytest.raises(UsageError, match="is not there"):
        stored.find(None, "nothing")


def test_a_run_that_never_ended_is_no_baseline(database: Database, tmp_path: Path) -> None:
    row = measured(database, tmp_path)
    evals.put(database, msgspec.structs.replace(row, state="running"))
    with pytest.raises(UsageError, match="has not ended; `codex-loop measure --resume run-0`"):
        stored.find(database, row.name)
