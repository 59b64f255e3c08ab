"""`codex-loop trace atif` and `trace validate`, as a person and a script meet them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from codex_loop.cli.app import run
from codex_loop.sources.base import Homes
from tests.tasks.atif.recordings import Rollout, filled


@pytest.fixture
def db(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A store with one session; the data folder is the test's own."""
    monkeypatch.setenv("CODEX_LOOP_DATA_DIR", str(tmp_path / "data"))
    rollout = Rollout(tmp_path / "codex").context("gpt-5.2").prompt("fix it")
    rollout.call("c1", "shell", '{"command": ["bash", "-lc", "make"]}')
    rollout.output("c1", "Exit code: 2\nWall time: 1 seconds\nOutput:\nno")
    rollout.tokens(1000, 100, 20, 1020).answer("Done.").item("ghost_snapshot", ghost_commit={"id": "1"}).write()
    with filled(tmp_path / "store", Homes(codex=(tmp_path / "codex",))):
        pass
    return str(tmp_path / "store" / "store.db")


def test_a_session_becomes_a_trajectory_that_is_valid(
    db: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert run(["trace", "atif", "--session", Rollout.THREAD[:20], "--output", str(out), "--db", db]) == 0
    said = capsys.readouterr().out
    assert "3 steps, 1 tool call" in said
    assert "20 out" in said
    assert "a snapshot of the work tree" in said
    assert max(map(len, said.splitlines())) <= 100
    assert sorted(path.name for path in out.iterdir()) == ["loss.json", "trajectory.json"]
    assert run(["trace", "validate", str(out)]) == 0
    assert "ok: ATIF-v1.7, 3 steps, 1 tool call" in capsys.readouterr().out


def test_json_carries_the_same_report(db: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["trace", "atif", "--session", Rollout.THREAD, "--output", str(tmp_path / "out"), "--db", db, "--json"]
    assert run([*words, "--schema", "1.4", "--split-compaction"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["schema"] == "codex-loop/trace-atif/1"
    assert report["schema_version"] == "ATIF-v1.4"
    assert (report["prompt_tokens"], report["completion_tokens"]) == (1000, 20)
    (loss,) = report["losses"]
    assert loss["input"] == loss["mapped"] + loss["folded"] + loss["dropped"]
    assert run(["trace", "validate", str(tmp_path / "out"), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert [document["schema_version"] for document in report["documents"]] == ["ATIF-v1.4"]


def test_a_bundle_becomes_the_same_trajectory(db: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one, two, bundle = (str(tmp_path / name) for name in ("one", "two", "bundle"))
    assert run(["trace", "bundle", "--session-id", Rollout.THREAD, "--output", bundle, "--db", db]) == 0
    assert run(["trace", "atif", "--bundle", bundle, "--output", one]) == 0
    assert run(["trace", "atif", "--session", Rollout.THREAD, "--output", two, "--db", db]) == 0
    capsys.readouterr()
    assert _document(one) == _document(two)


def _document(folder: str) -> Any:
    return json.loads((Path(folder) / "trajectory.json").read_bytes())


def test_a_finding_is_told_and_ends_with_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "trajectory.json"
    path.write_text('{"schema_version": "ATIF-v1.9"}', encoding="utf-8")
    assert run(["trace", "validate", str(path)]) == 1
    said = capsys.readouterr().out
    assert "wrong: ATIF-v1.9" in said
    assert "error schema-version: schema_version: 'ATIF-v1.9' is no version of ATIF we know" in said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "name either --session ID or --bundle DIR"),
        (["--session", "x", "--bundle", "y"], "name either --session ID or --bundle DIR"),
        (["--session", "nobody"], "no session begins with nobody"),
        (["--bundle", "nowhere"], "nowhere is no folder; name a bundle"),
    ],
)
def test_wrong_usage_says_what_to_do(
    words: list[str], said: str, db: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["trace", "atif", *words, "--output", str(tmp_path / "out"), "--db", db]) == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_an_output_that_is_not_empty_is_refused(db: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    assert run(["trace", "atif", "--session", Rollout.THREAD, "--output", str(tmp_path), "--db", db]) == 2
    assert "is not empty; name a folder that does not exist yet" in capsys.readouterr().err
