"""An operator at a terminal: runs the tracker in an empty folder, with a store of nobody else."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from codex_loop.cli import tracker
from codex_loop.usage.tracker.journal import Logbook, logbook

FIXTURES = Path(__file__).parents[1] / "fixtures"
Json = dict[str, Any]


class Operator:
    """Types command lines; remembers what the last one said."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.code = 0
        self.out = ""
        self.err = ""
        self._capsys, self._monkeypatch = capsys, monkeypatch

    @property
    def book(self) -> Logbook:
        return logbook(None, None, os.environ)

    @property
    def store(self) -> str:
        """Where the store is, once there is one."""
        return os.environ["CODEX_LOOP_DB"]

    def agent(self, name: str) -> None:
        self._monkeypatch.setenv("AGENT_ID", name)

    def run(self, line: str, text: str | None = None) -> None:
        """Run `tracker …`, with this text pasted."""
        program, *words = line.split()
        assert program == "tracker"
        data = b"" if text is None else text.encode()
        self._monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
        self._capsys.readouterr()
        self.code = tracker.run(words)
        self.out, self.err = self._capsys.readouterr()

    def run_process(self, line: str, **streams: Any) -> None:
        """The same as a process of its own, fed through a real pipe or file."""
        done = subprocess.run(
            [sys.executable, "-m", "codex_loop.cli.tracker", *line.split()[1:]],
            capture_output=True,
            encoding="utf-8",
            check=False,
            cwd=self.folder,
            **streams,
        )
        self.code, self.out, self.err = done.returncode, done.stdout, done.stderr

    def did(self, line: str, text: str | None = None) -> None:
        """Run a command that has to work."""
        self.run(line, text)
        assert self.code == 0, self.err

    def lines(self, kind: str) -> list[Json]:
        """What a file of the logbook holds, line by line."""
        path = self.folder / "data" / "week0" / "live" / f"{kind}.jsonl"
        return [msgspec.json.decode(line) for line in path.read_bytes().splitlines()] if path.exists() else []


def fixture_text(name: str) -> str:
    return (FIXTURES / name).read_text(encoding="utf-8")


def pytest_bdd_apply_tag(tag: str, function: object) -> bool:
    """Tags of the features are words of the plan, no markers of pytest: those are declared one by one."""
    return True


@pytest.fixture
def operator(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Operator:
    for variable in ("TRACKER_DATA_DIR", "TRACKER_ALIAS_STATE_DIR", "AGENT_ID", "CODEX_LOOP_CONFIG"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("CODEX_LOOP_DB", str(tmp_path / "codex-loop.db"))
    monkeypatch.setenv("COLUMNS", "80")
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    return Operator(work, capsys, monkeypatch)
