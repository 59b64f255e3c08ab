"""What real agents left behind has the signals a person reads in it, and no others."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from codex_loop.clock import DAY_MS
from codex_loop.signals import across
from codex_loop.signals.catalogue import DETECTORS
from tests.capture.ground import Ground
from tests.signals.golden import GOLDEN, LATER_MS, expectations, found, place, sessions_of, spelled

UNSEEN = {
    "undo": "no agent of today writes it",
    "permission_wait": "when permission was asked for stands in no agent's own file",
    "rapid_approvals": "when permission was asked for stands in no agent's own file",
}
"""Signals that no recording can show, and why; docs/signals.md says so."""


@pytest.fixture
def ground(tmp_path: Path) -> Iterator[Ground]:
    made = Ground(str(tmp_path / "store.db"), tmp_path / "home", tmp_path / "redaction.key")
    yield made
    made.close()


def test_every_recording_has_its_line() -> None:
    recordings = {place.relative_to(GOLDEN).as_posix() for place in GOLDEN.glob("*/*") if place.is_dir()}
    assert recordings == {recording for recording, _ in expectations() if ":" not in recording}


@pytest.mark.parametrize(("recording", "expected"), list(expectations()))
def test_a_recording_has_the_signals_read_by_eye(recording: str, expected: str, ground: Ground) -> None:
    place(ground, recording)
    assert spelled(found(ground)) == expected


def test_every_detector_fires_on_a_recording_or_it_is_said_why_none_can() -> None:
    seen = {name.partition("*")[0] for _, signals in expectations() for name in signals.split()}
    seen |= {"cost_outlier", "commit_without_rework"}  # below: several recordings together
    assert {detector.id for detector in (*DETECTORS, *across.DETECTORS)} - seen == UNSEEN.keys()


@pytest.mark.parametrize(
    ("release", "dear"),
    [("codex-0.169.0", {"compaction", "overfull"}), ("claude-2.1.329", {"auto-compaction", "overfull"})],
)
def test_among_all_sessions_of_a_repository_those_that_filled_the_context_stand_out(
    release: str, dear: set[str], ground: Ground
) -> None:
    for recording in (GOLDEN / release).iterdir():
        place(ground, f"{release}/{recording.name}")
    outliers = {native_id for native_id, name in found(ground) if name == "cost_outlier"}
    assert outliers == {native_id for play in dear for native_id in sessions_of(f"{release}/{play}")}


_DAY = re.compile(r'(?<=")\d{4}-\d\d-\d\d(?=T)')


def _nine_days_later(day: re.Match[str]) -> str:
    return (date.fromisoformat(day[0]) + timedelta(days=9)).isoformat()


@pytest.mark.parametrize(("later", "expected"), [("rounds", True), ("first-try", False)])
@pytest.mark.parametrize("release", ["codex-0.169.0", "claude-2.1.329"])
def test_a_commit_lasts_when_a_session_nine_days_later_finds_its_files_untouched(
    release: str, later: str, expected: bool, ground: Ground
) -> None:
    """The later session's clock is set forward: the recordings are of one day, and a week is what it takes."""
    place(ground, f"{release}/first-try")
    if later != "first-try":
        place(ground, f"{release}/{later}")
        for native_id in sessions_of(f"{release}/{later}"):
            (file,) = ground.home.rglob(f"*{native_id}.jsonl")
            told = file.read_text(encoding="utf-8")
            file.write_text(_DAY.sub(_nine_days_later, told), encoding="utf-8", newline="")
    signals = found(ground, LATER_MS + 9 * DAY_MS)
    (session,) = sessions_of(f"{release}/first-try")
    assert ((session, "commit_without_rework") in signals) is expected
