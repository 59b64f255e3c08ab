"""Recordings of real agents, ingested and looked at; what a person read in each stands in golden.txt."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from benchmarks.scenarios.board import claims
from codex_loop.signals.detect import detect
from codex_loop.sources import registry
from tests.capture.ground import NOW_MS, Ground

GOLDEN = Path(__file__).parent.parent / "golden"
HOMES = {"sessions": "codex", "projects": "claude"}
LATER_MS = NOW_MS + 86_400_000


def expectations() -> Iterator[tuple[str, str]]:
    """Recording and signals; of `recording:folder`, what that folder alone tells."""
    for line in (Path(__file__).parent / "golden.txt").read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            recording, signals = line.partition("#")[0].split(None, 1)
            yield recording, "" if signals.strip() == "-" else signals.strip()


def place(ground: Ground, recording: str) -> None:
    """The agents' homes as they left them, or the files of one folder, named by a person."""
    name, _, folder = recording.partition(":")
    extra = []
    for file in (GOLDEN / name).rglob("*.json*"):
        within = file.relative_to(GOLDEN / name)
        if folder and within.parts[0] == folder:
            extra.append(ground.put(f"named/{within.as_posix()}", file.read_bytes()))
        elif not folder and within.parts[0] in HOMES:
            ground.put(f"{HOMES[within.parts[0]]}/{within.as_posix()}", file.read_bytes())
    if folder:
        ground.sources = registry.all_sources()
        ground.homes = ground.homes._replace(extra=tuple(path for path in extra if path.suffix == ".jsonl"))


def found(ground: Ground, now_ms: int = LATER_MS) -> Counter[tuple[str, str]]:
    """How often each signal is found in each session."""
    ground.ingest()
    detect(ground.database, now_ms)
    told = claims(ground.database)
    return Counter((native_id, claim.category) for native_id, claimed in told.items() for claim in claimed)


def spelled(signals: Counter[tuple[str, str]]) -> str:
    """As golden.txt has it: all sessions together."""
    counts = Counter[str]()
    for (_, name), count in signals.items():
        counts[name] += count
    return " ".join(f"{name}*{count}" if count > 1 else name for name, count in sorted(counts.items()))


def sessions_of(recording: str) -> set[str]:
    """Native ids of the sessions whose files lie in a recording."""
    files = (file for folder in HOMES for file in (GOLDEN / recording / folder).rglob("*.jsonl"))
    return {file.stem[-36:] for file in files}
