"""`codex-loop trace bundle`, as a person and a script meet it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from codex_loop.cli.app import run
from codex_loop.sources.base import Homes
from tests.tasks.atif.recordings import Rollout, filled


@pytest.fixture
def db(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("CODEX_LOOP_DATA_DIR", str(tmp_path / "data"))
    Rollout(tmp_path / "codex", git={"branch": "main"}).prompt("fix it").answer("Done.").write()
    with filled(tmp_path / "store", Homes(codex=(tmp_path / "codex",))):
        pass
    return str(tmp_path / "store" / "store.db")


def test_a_session_becomes_a_bundle_that_is_valid(db: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    assert run(["trace", "bundle", "--session-id", Rollout.THREAD[:20], "--output", str(out), "--db", db]) == 0
    said = capsys.readouterr().out
    assert "made from the recording" in said
    assert "3 lines of 1 file" in said
    assert "none: the session changed no file by its editing tools" in said
    assert sorted(path.name for path in out.iterdir()) == ["artifacts", "bundle.json", "rollout", "spine"]
    assert run(["trace", "validate", str(out)]) == 0
    assert "0 errors, 0 warnings" in capsys.readouterr().out


def test_json_carries_the_same_report(db: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["trace", "bundle", "--session-id", Rollout.THREAD, "--output", str(tmp_path / "out"), "--db", db, "--json"]
    assert run(words) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["schema"] == "codex-loop/trace-bundle/1"
    assert (report["session"], report["spine"], report["lines"]) == (f"codex:{Rollout.THREAD}", "synthesised", 3)
    assert report["artifacts"] == ["artifacts/git_info.json"]


def test_the_bundle_outlives_the_agents_own_file(db: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for path in (tmp_path / "codex").rglob("*.jsonl"):
        path.unlink()
    out = str(tmp_path / "out")
    assert run(["trace", "bundle", "--session-id", Rollout.THREAD, "--output", out, "--db", db]) == 0
    assert "3 lines of 1 file" in capsys.readouterr().out


def test_an_unknown_session_is_wrong_usage(db: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["trace", "bundle", "--session-id", "nobody", "--output", str(tmp_path / "out"), "--db", db]) == 2
    assert "no session begins with nobody" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_session_with_nothing_but_tokens_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CODEX_LOOP_DATA_DIR", str(tmp_path / "data"))
    Rollout(tmp_path / "codex").prompt("go").tokens(10, 0, 1, 11).write()
    store = str(tmp_path / "store.db")
    assert run(["ingest", "--codex-home", str(tmp_path / "codex"), "--accounting-only", "--db", store]) == 0
    assert (
        run(["trace", "bundle", "--session-id", Rollout.THREAD, "--output", str(tmp_path / "out"), "--db", store]) == 2
    )
    assert "ingest --full" in capsys.readouterr().err
