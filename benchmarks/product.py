"""codex-loop as a user starts it: the console script of this environment, in a home of its own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.homes import Home, scratch
from benchmarks.measure import Command, plain_environment

ACCOUNTING = ("--accounting-only",)
FULL = ("--full",)
EVERYTHING = ("--lookback-hours", "8760")


def program() -> str:
    """The script beside this interpreter, unless CODEX_LOOP_BENCH_PROGRAM names another build."""
    if chosen := os.environ.get("CODEX_LOOP_BENCH_PROGRAM"):
        return chosen
    name = "codex-loop.exe" if sys.platform == "win32" else "codex-loop"
    beside = Path(sys.executable).parent / name
    return str(beside) if beside.exists() else name


class Store:
    """A database file that can be made to be new, and the environment that keeps us out of the user's own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / "store" / "bench.db"
        self.environment = {
            **plain_environment(),
            "HOME": str(folder / "home"),
            "XDG_DATA_HOME": str(folder / "data"),
            "XDG_CONFIG_HOME": str(folder / "config"),
            "TZ": "UTC",
            "NO_COLOR": "1",
        }
        self.empty()

    def empty(self) -> None:
        """A machine that has never seen codex-loop, except for caches that outlive a store."""
        shutil.rmtree(self.path.parent, ignore_errors=True)
        for folder in (self.path.parent, self.folder / "home"):
            folder.mkdir(parents=True, exist_ok=True)

    @property
    def bytes(self) -> int:
        return sum(path.stat().st_size for path in self.path.parent.rglob("*") if path.is_file())

    def command(self, *words: str, anew: bool = False) -> Command:
        return Command((program(), *words), self.environment, self.empty if anew else None)

    def ingest(self, home: Home, lane: Sequence[str], *, anew: bool = False) -> Command:
        homes = ("--codex-home", str(home.codex), "--claude-home", str(home.claude))
        return self.command("ingest", *homes, "--db", str(self.path), *EVERYTHING, *lane, "--json", anew=anew)

    def answer(self, *words: str) -> object:
        """What a `--json` command prints."""
        done = subprocess.run(
            [program(), *words, "--db", str(self.path), "--json"],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=True,
        )
        return json.loads(done.stdout)


@contextmanager
def store() -> Iterator[Store]:
    with TemporaryDirectory(dir=scratch(), prefix="store-", ignore_cleanup_errors=True) as folder:
        yield Store(Path(folder))
