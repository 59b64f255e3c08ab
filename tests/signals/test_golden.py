"""What real agents left behind has the signals a person reads in it, and no others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

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


def found(ground: Ground) -> Counter[str]:
    ground.ingest()
    detect(ground.database, LATER_MS)
    return Counter(claim.category for claimed in claims(ground.database).values() for claim in claimed)


def test_every_recording_has_its_line() -> None:
    recordings = {place.relative_to(GOLDEN).as_posix() for place in GOLDEN.glob("*/*") if place.is_dir()}
    assert recordings == {recording for recording, _ in expectations() if ":" not in recording}


@pytest.mark.parametrize(("recording", "expected"), list(expectations()))
def test_a_recording_has_the_signals_read_by_eye(recording: str, expected: str, tmp_path: Path) -> None:
    ground = Ground(str(tmp_path / "store.db"), tmp_path / "home", tmp_path / "redaction.key")
    try:
        place(ground, recording)
        signals = found(ground)
    finally:
        ground.close()
    assert " ".join(f"{name}*{count}" if count > 1 else name for name, count in sorted(signals.items())) == expected
