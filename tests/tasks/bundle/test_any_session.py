"""Whatever happens in a session, in whatever order: its bundle is right, and is the session."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from codex_loop.sources.spine.segments import read_spine
from codex_loop.tasks.atif.convert import convert
from codex_loop.tasks.bundle import checking
from codex_loop.tasks.bundle.reading import read
from codex_loop.tasks.bundle.writing import write
from tests.tasks.atif.recordings import NOW_MS, free, unchanged
from tests.tasks.atif.test_any_session import EVENTS, in_memory, rollout_of


@given(events=st.lists(EVENTS, max_size=20))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_bundle_of_any_session_is_right_and_gives_it_back(events: list[tuple[Any, ...]], tmp_path: Path) -> None:
    session = in_memory(rollout_of(events))
    out = tmp_path / "out"
    shutil.rmtree(out, ignore_errors=True)
    made = write(session, out, unchanged, NOW_MS)
    assert checking.check(out) == []
    segments = read_spine(out / "spine")
    # A compaction before anything was said has no history to show.
    findings = [finding for segment in segments for finding in segment.findings]
    assert {finding.rule for finding in findings} <= {"compaction-histories"}
    assert sum(segment.records for segment in segments) == made.spine_records
    here, there = convert(read(out), free), convert(session, free)
    assert (here is None) is (there is None)
    if here is not None and there is not None:
        assert here.trajectory == there.trajectory
        assert here.losses == there.losses
