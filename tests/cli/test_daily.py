"""`codex-loop daily`: one at a time, what each stage did where it is asked for, and exit code 4 when one did less."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from importlib.resources import as_file, files
from pathlib import Path

import msgspec
import pytest

from codex_loop.cli.app import run
from codex_loop.cli.width import width_of
from codex_loop.settings import load
from codex_loop.usage.lock import locked
from tests.cli.conftest import Json
from tests.test_pipeline import NAMES

Daily = Callable[..., tuple[str, str]]


@pytest.fixture
def daily(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Daily:
    """Runs it on three sample sessions: what it printed, and what it said beside."""
    monkeypatch.setenv("CODEX_LOOP_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("CODEX_LOOP_CONFIG", str(tmp_path / "none.toml"))
    monkeypatch.setenv("COLUMNS", "80")
    home = tmp_path / "codex"
    with as_file(files("codex_loop") / "samples" / "codex") as samples:
        for path in sorted(samples.rglob("*.jsonl"))[:3]:
            (home / "sessions").mkdir(parents=True, exist_ok=True)
            shutil.copy(path, home / "sessions")

    def say(*words: str, code: int = 0) -> tuple[str, str]:
        homes = ("--codex-home", str(home), "--claude-home", str(tmp_path))
        assert run(["daily", *homes, "--db", str(tmp_path / "loop.db"), *words]) == code
        told = capsys.readouterr()
        return told.out, told.err

    return say


def test_it_prints_the_report_and_no_more(daily: Daily) -> None:
    out, err = daily()
    assert "Sessions: 3 total" in out
    assert max(map(width_of, out.splitlines())) <= 80
    assert err == ""


def test_verbose_says_what_each_stage_did_and_how_long_it_took(daily: Daily) -> None:
    _, err = daily("--verbose")
    lines = err.splitlines()
    assert [line[:19].strip() for line in lines] == NAMES
    assert all(line[19:].split()[1] == "s" for line in lines)
    assert lines[0].endswith(" s  3 files")
    assert "_" not in "".join(lines)


def test_the_json_tells_every_stage(daily: Daily) -> None:
    report: Json = msgspec.json.decode(daily("--json")[0])
    assert report["schema"] == "codex-loop/daily/1"
    assert [stage["name"] for stage in report["stages"]] == NAMES


def test_a_failing_stage_is_told_with_exit_code_4_and_the_report_is_there(
    daily: Daily, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("oh")

    monkeypatch.setattr("codex_loop.pipeline.propose", broken)
    out, _ = daily(code=4)
    assert out.startswith("propose failed: a bug: ZeroDivisionError: oh\n")
    assert "Sessions: 3 total" in out
    assert "propose" in daily("--verbose", code=4)[1]


def test_only_one_runs_at_a_time(daily: Daily) -> None:
    load().data_dir.mkdir()
    with locked(load().data_dir / "daily.lock"):
        out, err = daily(code=4)
    assert out == ""
    assert "another daily run is at work (held by process" in err
    daily()


def test_a_home_that_is_not_there_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["daily", "--codex-home", str(tmp_path / "nowhere"), "--db", str(tmp_path / "loop.db")]) == 2
    assert "does not exist; name the folder" in capsys.readouterr().err
    assert not (tmp_path / "loop.db").exists()


def test_a_day_without_any_session_says_where_it_looked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CODEX_LOOP_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("CODEX_LOOP_CONFIG", str(tmp_path / "none.toml"))
    (tmp_path / "codex").mkdir()
    (tmp_path / "claude").mkdir()
    homes = ("--codex-home", str(tmp_path / "codex"), "--claude-home", str(tmp_path / "claude"))
    assert run(["daily", *homes, "--db", str(tmp_path / "loop.db")]) == 0
    out = capsys.readouterr().out
    assert "No sessions found in" in out
    assert str(tmp_path / "codex") in out
    assert "--codex-home" in out.splitlines()[-1]
