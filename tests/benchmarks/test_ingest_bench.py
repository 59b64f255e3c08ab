"""The harness tells a product that misses its budgets, or cannot be measured, from one that holds them."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

import pytest

from benchmarks import ingest
from benchmarks.homes import Home, append_lines, many_files

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the stand-in is a script with an interpreter line")

BUSY = "import time\nwhile time.process_time() < 0.3: pass\n"


@pytest.fixture
def standin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program in the product's place; a test writes what it does."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    program = tmp_path / "stand-in"
    program.write_text(f"#!{sys.executable}\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("CODEX_LOOP_BENCH_PROGRAM", str(program))
    return program


def measured(capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, str]]:
    """Exit code and verdicts of the start-up group."""
    code = ingest.main(["--only", "startup", "--rounds", "1", "--json"])
    lines = json.loads(capsys.readouterr().out)["lines"]
    return code, {line["what"]: line["verdict"] for line in lines}


def test_a_quick_program_holds_its_budgets(standin: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, verdicts = measured(capsys)
    assert verdicts["--help CPU / import cyclopts"] == "ok"
    assert verdicts["status CPU"] == "ok"
    assert code == 0


def test_a_slow_program_misses_them(standin: Path, capsys: pytest.CaptureFixture[str]) -> None:
    standin.write_text(f"#!{sys.executable}\n{BUSY}", encoding="utf-8")
    code, verdicts = measured(capsys)
    assert verdicts["status CPU"] == "MISS"
    assert code == 1


def test_a_broken_program_is_not_measured(standin: Path, capsys: pytest.CaptureFixture[str]) -> None:
    standin.write_text(f"#!{sys.executable}\nraise SystemExit(3)\n", encoding="utf-8")
    code, verdicts = measured(capsys)
    assert set(verdicts.values()) == {"not measured"}
    assert code == 4


def test_a_home_of_many_files_can_be_appended_to_without_spoiling_the_kept_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr("benchmarks.homes.MANY_FILES", {"codex": 40, "claude": 30})
    monkeypatch.setattr("benchmarks.homes.MANY_FILES_MB", 1)
    home = many_files()
    assert sum(1 for _ in home.folder.rglob("*.jsonl")) == 70
    before = lines_in(home)
    append_lines(home, 500, batch=0)
    assert lines_in(home) == before + 500
    assert lines_in(many_files()) == before


def lines_in(home: Home) -> int:
    return sum(path.read_bytes().count(b"\n") for path in home.folder.rglob("*.jsonl"))
