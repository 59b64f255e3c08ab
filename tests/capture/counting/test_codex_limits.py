"""What Codex passes on about limits: every shape, and nothing told twice."""

from __future__ import annotations

import json

import pytest

from codex_loop.model.records import LimitObserved
from tests.capture.counting.rollouts import Rollout, count_all

FULL = {
    "limit_id": "codex",
    "primary": {"used_percent": 12.5, "window_minutes": 300, "resets_at": 1795251738},
    "secondary": {"used_percent": 34.1, "window_minutes": 10080, "resets_at": 1795644538},
    "credits": {"has_credits": True, "unlimited": False, "balance": "9.99"},
    "plan_type": "pro",
}


def limits(*values: object, rollout: Rollout | None = None) -> list[LimitObserved]:
    rollout = rollout or Rollout("a")
    for value in values:
        rollout.add("event_msg", {"type": "token_count", "info": None, "rate_limits": value})
    return count_all(rollout.path, rollout.data).limits


def test_both_windows_of_a_limit_are_told() -> None:
    primary, secondary = limits(FULL)
    assert (primary.slot, primary.used_percent, primary.window_minutes) == ("primary", 12.5, 300)
    assert (secondary.slot, secondary.used_percent, secondary.resets_ms) == ("secondary", 34.1, 1795644538000)
    assert (primary.limit_id, primary.plan, primary.credits) == ("codex", "pro", "9.99")


def test_a_sample_that_says_nothing_new_is_not_told_again() -> None:
    jittered = {**FULL, "primary": {"used_percent": 12.5, "window_minutes": 300, "resets_at": 1795251740}}
    assert len(limits(FULL, FULL, jittered, FULL)) == 2


def test_only_the_window_that_changed_is_told() -> None:
    moved = {**FULL, "primary": {"used_percent": 13.0, "window_minutes": 300, "resets_at": 1795251738}}
    assert [sample.used_percent for sample in limits(FULL, moved)] == [12.5, 34.1, 13.0]


def test_an_unchanged_limit_is_told_again_after_ten_minutes() -> None:
    rollout = Rollout("a")
    limits(FULL, rollout=rollout)
    for _ in range(620):
        rollout.stamp()
    assert len(limits(FULL, rollout=rollout)) == 4


def test_the_flat_shape_and_relative_resets_are_understood() -> None:
    flat = {"primary_used_percent": 3.0, "secondary_used_percent": 4.0, "primary_window_minutes": 299}
    relative = {"primary": {"used_percent": 5.0, "window_minutes": 60, "resets_in_seconds": 90}, "secondary": None}
    first, second, third = limits(flat, relative)
    assert (first.used_percent, first.window_minutes, first.resets_ms) == (3.0, 299, None)
    assert (second.slot, second.used_percent, second.window_minutes) == ("secondary", 4.0, None)
    assert third.time_ms is not None
    assert (third.window_minutes, third.resets_ms) == (60, third.time_ms + 90_000)


def test_a_window_of_a_name_nobody_knows_is_told() -> None:
    (sample,) = limits({"tertiary": {"used_percent": 1, "window_minutes": 43200, "resets_at": 1795251738}})
    assert (sample.slot, sample.used_percent, sample.window_minutes) == ("tertiary", 1.0, 43200)


@pytest.mark.parametrize("used", [-1, 1795251738, True, "12", None])
def test_a_percentage_that_cannot_be_one_is_dropped(used: object) -> None:
    assert limits({"primary": {"used_percent": used, "window_minutes": 300}}) == []


def test_a_limit_that_was_hit_says_so() -> None:
    hit = {"primary": {"used_percent": 100.0, "window_minutes": 300}, "rate_limit_reached_type": "rate_limit_reached"}
    (sample,) = limits(hit)
    assert (sample.used_percent, sample.reached) == (100.0, "rate_limit_reached")


def test_no_limits_are_no_samples() -> None:
    assert limits(None, {}) == []


def test_copied_limits_with_a_new_time_are_not_observations() -> None:
    parent = Rollout("p")
    limits(FULL, rollout=parent)
    child = Rollout("c", start=900, forked_from_id=parent.id)
    now = json.loads(child.lines[0])["timestamp"]
    for line in parent.lines:
        was = json.loads(line)
        child.add(was["type"], was["payload"], now)
    assert count_all(child.path, child.data).limits == []
