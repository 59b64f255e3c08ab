"""What a file cannot show is unknown there, and said so."""

from __future__ import annotations

import pytest

from codex_loop.signals.catalogue import DETECTORS
from codex_loop.signals.coverage import EVERYTHING, GENERATIONS, gaps, generation


@pytest.mark.parametrize(
    ("agent", "version", "since"),
    [
        ("codex", "0.63.0", (0,)),
        ("codex", "0.169.0", (0, 169)),
        ("codex", "0.170.0-alpha.1", (0, 169)),
        ("claude", "2.0.76", (0,)),
        ("claude", "2.1.197", (2, 1)),
        ("claude", "2.1.329", (2, 1, 329)),
        ("claude", "3.0.0", (2, 1, 329)),
    ],
)
def test_a_version_belongs_to_the_newest_generation_that_is_not_newer(
    agent: str, version: str, since: tuple[int, ...]
) -> None:
    found = generation(agent, version)
    assert found is not None
    assert found.since == since


def test_nothing_is_said_of_agents_and_versions_that_nobody_described() -> None:
    assert generation("other", "1.0") is None
    assert generation("codex", None) is None
    assert gaps({("other", "1.0"): 3}, DETECTORS) == []


def test_what_a_detector_needs_is_something_that_files_may_show() -> None:
    assert {need for detector in DETECTORS for need in detector.needs} <= EVERYTHING
    assert all(each.shows | each.text_only <= EVERYTHING for each in GENERATIONS)


def test_signals_that_need_what_is_missing_are_unknown_not_absent() -> None:
    (gap,) = gaps({("codex", "0.120.0"): 7}, DETECTORS)
    assert (gap.sessions, gap.doubtful) == (7, ("approvals",))
    assert {"undo", "rollback", "revert"} <= set(gap.unknown_signals)
    assert "compaction" not in gap.unknown_signals
