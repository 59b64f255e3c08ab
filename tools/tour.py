"""`python -m tools.tour` (or `make run`): a first look at this machine's sessions, or at the bundled samples.

Runs the same commands a person would type, and shows each before it runs.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.resources import as_file, files
from pathlib import Path

from codex_loop.cli.app import COMMANDS
from codex_loop.settings import Settings, load

LOOK = ("sessions --limit 10", "usage daily", "usage limits", "doctor")
WORKED = {0, 1, 4}
"""Exit codes after which the tour goes on: fine, a finding, degraded."""


def main() -> int:
    settings = load()
    if has_sessions(settings):
        return tour([], ["--db", settings.db])
    with as_file(files("codex_loop") / "samples") as samples:
        print("No agent has left a session on this machine yet, so these are the sample")
        print("sessions of codex-loop, in a store of their own.\n")
        homes = ["--codex-home", str(samples / "codex"), "--claude-home", str(samples / "claude")]
        return tour(homes, ["--db", str(settings.data_dir / "samples.db")])


def tour(homes: list[str], store: list[str]) -> int:
    """The whole loop, then every look this version has; the first exit code that is no answer ends it."""
    for words in (["daily", *homes, "--verbose"], *(line.split() for line in LOOK)):
        if not {words[0], " ".join(words[:2])} & set(COMMANDS):
            continue
        command = ["codex-loop", *words, *store]
        print(f"$ {' '.join(command)}", flush=True)
        code = subprocess.run([sys.executable, "-m", "codex_loop", *command[1:]], check=False).returncode
        print(flush=True)
        if code not in WORKED:
            return code
    print(f"What next? Type {as_typed('codex-loop')}.")
    print("It says where things stand; codex-loop --help lists every command.")
    return 0


def as_typed(command: str) -> str:
    """What to type for a command of this environment, which need not be on the PATH."""
    beside = Path(sys.executable).with_name(command)
    here = Path.cwd()
    if shutil.which(command) is not None or not beside.exists() or not beside.is_relative_to(here):
        return command
    return f"source {beside.with_name('activate').relative_to(here)}, then {command}"


def has_sessions(settings: Settings) -> bool:
    """Whether any file in the agents' folders looks like a session."""
    return any(True for home in (*settings.codex_homes, *settings.claude_homes) for _ in session_files(home))


def session_files(home: Path) -> Iterator[Path]:
    for name in ("sessions", "archived_sessions", "projects", "trace_spine"):
        for folder, _, entries in os.walk(home / name):
            yield from (Path(folder, entry) for entry in entries if entry.endswith((".json", ".jsonl", ".jsonl.zst")))


if __name__ == "__main__":
    raise SystemExit(main())
