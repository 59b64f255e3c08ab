"""The trees a benchmark works on: made once, kept in a scratch folder, found again by what made them."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from benchmarks.corpus.truth import Json

SEED = 7
MANY_FILES = {"codex": 3000, "claude": 1000}
MANY_FILES_MB = 80


class Home(NamedTuple):
    """One tree with both agents' folders below it."""

    folder: Path

    @property
    def codex(self) -> Path:
        return self.folder / "codex"

    @property
    def claude(self) -> Path:
        return self.folder / "claude"

    @property
    def bytes(self) -> int:
        return sum(path.stat().st_size for path in self.folder.rglob("*.jsonl"))


def scratch() -> Path:
    folder = Path(tempfile.gettempdir()) / "codex-loop-bench"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def corpus(mb: int) -> Home:
    """The undisputed tree of that size; made anew only when the generator changed."""
    return _made(f"corpus-{mb}-{_generator_digest()}", ["--mb", str(mb), "--seed", str(SEED), "--undisputed"])


def disputed(mb: int) -> Home:
    """The tree with everything that makes counters go wrong."""
    return _made(f"disputed-{mb}-{_generator_digest()}", ["--mb", str(mb), "--seed", str(SEED)])


def many_files() -> Home:
    """A home of 4,000 small files, fresh for each benchmark, because it gets appended to."""
    options = ["--mb", str(MANY_FILES_MB), "--seed", str(SEED)]
    for agent, files in MANY_FILES.items():
        options += [f"--{agent}-files", str(files)]
    return _fresh("many", options)


def busy(mb: int, sessions: int) -> Home:
    """A home of so many sessions of both agents, fresh for each benchmark, because files are moved in it."""
    return _fresh(f"busy-{mb}-{sessions}", _of_sessions(mb, sessions))


def sessions(mb: int, count: int) -> Home:
    """The same, to be read only."""
    return _made(f"busy-{mb}-{count}-{_generator_digest()}", _of_sessions(mb, count))


def _of_sessions(mb: int, count: int) -> list[str]:
    codex = count * 3 // 5
    size = ["--mb", str(mb), "--seed", str(SEED), "--undisputed"]
    return [*size, "--codex-files", str(codex), "--claude-files", str(count - codex)]


def _fresh(name: str, options: list[str]) -> Home:
    kept = _made(f"{name}-{_generator_digest()}", options)
    fresh = scratch() / f"{name}-in-use"
    shutil.rmtree(fresh, ignore_errors=True)
    shutil.copytree(kept.folder, fresh)
    return Home(fresh)


def append_lines(home: Home, lines: int, *, batch: int) -> None:
    """As if sessions went on: new answers at the end of a few files of either agent, under fresh ids."""
    transcripts, rollouts = sorted(home.claude.rglob("*.jsonl"))[:10], sorted(home.codex.rglob("*.jsonl"))[:10]
    for number in range(batch * lines, (batch + 1) * lines):
        place = number // 2 % 10
        if number % 2:
            _append(transcripts[place], _transcript_line(transcripts[place], number))
        else:
            _append(rollouts[place], _rollout_line(number))


def _append(path: Path, line: dict[str, Json]) -> None:
    with path.open("ab") as target:
        target.write(json.dumps(line, separators=(",", ":")).encode() + b"\n")


def _rollout_line(number: int) -> dict[str, Json]:
    said: dict[str, Json] = {"type": "agent_message", "message": f"Appended answer {number} about the ledger."}
    return {"timestamp": "2026-11-20T12:00:00.000Z", "type": "event_msg", "payload": said}


def _transcript_line(path: Path, number: int) -> dict[str, Json]:
    usage: dict[str, Json] = {"input_tokens": 3, "output_tokens": 57, "cache_read_input_tokens": 12000}
    said: Json = [{"type": "text", "text": f"Appended answer {number} about the ledger."}]
    return {
        "parentUuid": None,
        "isSidechain": False,
        "type": "assistant",
        "message": {
            "id": f"msg_appended_{number}",
            "type": "message",
            "role": "assistant",
            "model": "claude-sonnet-4-5-20250929",
            "content": said,
            "stop_reason": "end_turn",
            "usage": {**usage, "cache_creation_input_tokens": 100},
        },
        "requestId": f"req_appended_{number}",
        "uuid": f"00000000-0000-4000-8000-{number:012d}",
        "timestamp": "2026-11-20T12:00:00.000Z",
        "sessionId": path.stem,
        "cwd": "/home/dev/ledger",
        "version": "2.1.197",
    }


def _made(name: str, options: list[str]) -> Home:
    """In a process of its own: the generator's memory must not be the harness's when it starts a command."""
    folder = scratch() / name
    if not (folder / "truth.json").exists():
        # Trees of an older generator are of no use any more, and gigabytes.
        for stale in scratch().glob(f"{name.rpartition('-')[0]}-*"):
            shutil.rmtree(stale, ignore_errors=True)
        print(f"making {folder} …", file=sys.stderr)
        words = [sys.executable, "-m", "benchmarks.corpus", "--out", str(folder), *options]
        subprocess.run(words, cwd=Path(__file__).parents[1], stdout=subprocess.DEVNULL, check=True)
    return Home(folder)


def _generator_digest() -> str:
    whole = hashlib.sha256()
    for path in sorted((Path(__file__).parent / "corpus").glob("*.py")):
        whole.update(path.read_bytes())
    return whole.hexdigest()[:8]
