"""Every day, month and session of a generated home is exact, forks, copies, replays and resets included."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import pytest

from benchmarks import usage
from benchmarks.corpus.plan import write_corpus
from benchmarks.homes import Home
from benchmarks.measure import Cost
from benchmarks.product import ACCOUNTING, store


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_reports_are_exact_against_the_truth_of_a_disputed_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    home = Home(tmp_path / "home")
    truth = write_corpus(home.folder, 10, seed).as_json()
    (home.folder / "truth.json").write_text(json.dumps(truth), encoding="utf-8")
    with store() as filled:
        filled.ingest(home, ACCOUNTING).measured()
        lines = list(usage.lines_off("small", filled, home))
    assert {line.what: line.value for line in lines} == dict.fromkeys((line.what for line in lines), 0.0)
    assert len(lines) == 3


def test_commands_one_after_the_other_are_added_up() -> None:
    def cost(seconds: float) -> Cost:
        return Cost(seconds, seconds, None, None, 0, "")

    ours = [[cost(1.0), cost(0.5)], [cost(2.0), cost(1.0)]]
    wall, cpu = usage.against("next", ours, [cost(3.0), cost(3.0)], 0.6)
    assert (wall.value, wall.verdict, cpu.verdict) == (0.75, "MISS", "-")
    assert "1.500 + 0.750 s" in wall.note
