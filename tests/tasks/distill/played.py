"""Sessions over a real repository, written as the agents write them, recorded in a fresh store."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from random import Random

from benchmarks.scenarios.claude import ClaudePen
from benchmarks.scenarios.codex import CodexPen
from benchmarks.scenarios.pen import Change, Pen
from codex_loop.capture import orders
from codex_loop.capture.ingest import ingest
from codex_loop.settings import load
from codex_loop.signals.detect import detect
from codex_loop.sources import registry
from codex_loop.sources.base import Homes
from codex_loop.store import places
from codex_loop.store.engine import Database, open_for_writing
from codex_loop.store.places import Place

START_MS = 1_795_000_000_000  # 2026-11-18T11:06:40Z
DAY_S = 86_400
BEFORE_S = START_MS // 1000 - DAY_S

WRONG = "def delay(attempt):\n    return 2 + attempt\n\n\ndef cap(seconds):\n    return min(60, seconds)\n"
RIGHT = WRONG.replace("2 + attempt", "2**attempt")
TESTS = (
    "from backoff import cap, delay\n\n\ndef test_cap():\n    assert cap(99) == 60\n\n\n"
    "def test_delay():\n    assert delay(3) == 8\n"
)
FILES = {"backoff.py": WRONG, "tests/test_backoff.py": TESTS, "README.md": "Waits.\n"}
RED = (
    "FF" + "\n=== short test summary info ===\nFAILED tests/test_backoff.py::test_delay - assert 5 == 8\n"
    "1 failed, 1 passed in 0.03s\n"
)
GREEN = "..\n2 passed in 0.02s\n"


def git(folder: Path, *words: str, at_s: int = BEFORE_S) -> str:
    who = {f"GIT_{role}_{name}": value for role in ("AUTHOR", "COMMITTER")
           for name, value in (("NAME", "Dev"), ("EMAIL", "dev@example.com"), ("DATE", f"{at_s} +0000"))}  # fmt: skip
    alone = {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull}
    done = subprocess.run(
        ["git", *words], cwd=folder, env={**os.environ, **who, **alone}, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def repository(folder: Path, files: Mapping[str, str | bytes] = FILES, *, at_s: int = BEFORE_S) -> str:
    """A clone with one commit, dated before every session; the commit's hash."""
    folder.mkdir(parents=True)
    git(folder, "init", "-q", "-b", "main")
    return commit(folder, files, "Start", at_s=at_s)


def commit(folder: Path, files: Mapping[str, str | bytes], message: str, *, at_s: int = BEFORE_S) -> str:
    for path, text in files.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(text if isinstance(text, bytes) else text.encode())
    git(folder, "add", "-A", at_s=at_s)
    git(folder, "commit", "-q", "-m", message, at_s=at_s)
    old(folder)
    return git(folder, "rev-parse", "HEAD")


def old(folder: Path) -> None:
    """Files as they lay long before the session: nothing of them was written during it."""
    for path in folder.rglob("*"):
        if ".git" not in path.parts and path.is_file() and not path.is_symlink():
            os.utime(path, (BEFORE_S, BEFORE_S))


def pen(agent: str, cwd: Path | str, *, seed: int = 1) -> Pen:
    kind, version = (CodexPen, "0.169.0") if agent == "codex" else (ClaudePen, "2.1.329")
    return kind(version, Random(seed), START_MS, str(cwd))


def mending(writer: Pen, prompt: str = "delay() has to double with every attempt, please fix it.") -> Pen:
    """Red, an edit, green: the most common story there is."""
    writer.prompt(prompt)
    writer.run("python -m pytest -q", 1, RED)
    writer.edit(Change("backoff.py", WRONG, RIGHT))
    writer.run("python -m pytest -q", 0, GREEN)
    writer.say("It doubles now.", final=True)
    return writer


def record(place: str, folder: Path, pens: Sequence[Pen], commits: Sequence[str | None] = ()) -> Database:
    """The store after ingest and detection; `commits` are what Codex writes down about its clone."""
    for at, writer in enumerate(pens):
        content = writer.content
        told = commits[at] if at < len(commits) else None
        if told is not None:
            content = content.replace(b'"git":{', b'"git":{"commit_hash":"%s",' % told.encode())
        file = folder / writer.agent / writer.path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    settings = load({"db": place, "data_dir": folder / "data"}, environ={})
    homes = Homes(codex=(folder / "codex",), claude=(folder / "claude",))
    database = open_for_writing(place)
    now_ms = START_MS + DAY_S * 1000
    ingest(database, registry.all_sources(), orders.order(database, settings, homes, now_ms, asked=False))
    detect(database, now_ms)
    return database


def session(database: Database, writer: Pen) -> Place:
    return places.find(database, writer.session)
