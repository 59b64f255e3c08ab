"""The whole loop as the guide runs it: the demo on the bundled samples, from sessions to a measured change."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
import pytest

from codex_loop.cli.app import run
from codex_loop.errors import MissingTool
from codex_loop.harbor.place import find
from codex_loop.settings import load
from codex_loop.store import evals
from codex_loop.store.engine import open_for_reading

pytestmark = [pytest.mark.contract, pytest.mark.slow]


def test_the_whole_loop_closes_on_the_samples(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "demo_output"
    code = run(["demo", "--use-fixtures", "--skip-openai", "--output", str(folder), "--json"])
    stages = {each["name"]: each for each in msgspec.json.decode(capsys.readouterr().out)["stages"]}
    assert code == 0, stages
    assert " sessions: " in stages["read, detect, group"]["told"]
    assert (folder / "ticket.md").stat().st_size > 1000
    assert (folder / "trends.svg").exists()
    if not has_harbor():
        assert stages["measure"]["state"] == "recorded"
        return
    tasks = sorted(path.parent.name for path in (folder / "dataset").glob("*/task.toml"))
    assert len(tasks) >= 6
    with open_for_reading(str(folder / "loop.db")) as database:
        before, after = (evals.find(database, name) for name in ("before", "after"))
    assert (before.reward, before.invalid, after.reward, after.invalid) == (1.0, 0, 0.0, 0)
    assert after.verdict == "regression"
    assert stages["measure, after"]["exit_code"] == 1
    assert "Dataset `dataset_" in (folder / "ticket.md").read_text(encoding="utf-8")
    assert (folder / "evaluation.svg").exists()


def has_harbor() -> bool:
    try:
        find(load(), os.environ)
    except MissingTool:
        if os.environ.get("CI") == "true":
            raise
        return False
    return True
