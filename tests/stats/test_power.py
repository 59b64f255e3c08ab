"""What a design can see."""

from __future__ import annotations

import numpy as np
import pytest

from codex_loop.stats import power
from codex_loop.stats.power import Shares


@pytest.mark.parametrize(
    ("tasks", "attempts", "error", "change"),
    [(8, 4, 0.094, 0.27), (20, 4, 0.061, 0.17), (20, 8, 0.043, 0.12), (50, 4, 0.039, 0.11), (100, 1, 0.055, 0.15)],
)
def test_errors_and_detectable_changes_are_those_of_the_table(
    tasks: int, attempts: int, error: float, change: float
) -> None:
    found = power.expected_error(tasks, attempts)
    assert found == pytest.approx(error, rel=0.05)
    # The table takes 2.8 errors; with few tasks Student's t takes more.
    assert power.detectable(found, tasks) == pytest.approx(change, rel=0.2)


def test_five_tasks_can_see_nothing_whatever_their_error() -> None:
    assert power.detectable(0.001, 5) is None
    assert power.detectable(0.001, 6) is not None


def test_a_smaller_change_and_fewer_attempts_need_more_tasks() -> None:
    by_effect = [power.tasks_needed(effect, 0.8, 4) for effect in (0.3, 0.2, 0.1, 0.05)]
    by_attempts = [power.tasks_needed(0.1, 0.8, attempts) for attempts in (8, 4, 2, 1)]
    by_power = [power.tasks_needed(0.1, share, 4) for share in (0.5, 0.8, 0.95)]
    assert by_effect == sorted(set(by_effect))
    assert by_attempts == sorted(set(by_attempts))
    assert by_power == sorted(set(by_power))
    assert power.tasks_needed(1.0, 0.8, 64) >= power.FEWEST


def test_what_was_planned_is_found_as_often_as_was_asked() -> None:
    tasks = power.tasks_needed(0.15, 0.8, 4)
    assert power.simulated(tasks, 4, 0.164, repetitions=400) >= 0.75  # .164, cut at never, is .15 on average


def test_a_change_beyond_any_share_is_refused() -> None:
    with pytest.raises(ValueError, match="no change"):
        power.tasks_needed(1.5, 0.8, 4)


def test_four_of_four_leave_room_for_a_failure() -> None:
    assert power.variance(1.0, 4) > 0
    assert power.variance(1.0, 4) == pytest.approx(power.variance(0.0, 4))
    assert power.variance(1.0, 100) < power.variance(1.0, 4) < power.variance(0.5, 4)
    same = [Shares(1.0, 4, 1.0, 4)] * 20
    assert 0.02 < power.sampling_error(same) < 0.07


def test_tasks_are_as_mixed_as_is_said() -> None:
    shares = power.difficulties(np.random.default_rng(1), 50_000)
    assert float(shares.mean()) == pytest.approx(0.55, abs=0.01)
    assert float((shares * (1 - shares)).mean()) == pytest.approx(power.MIXED, abs=0.005)
    assert set(power.difficulties(np.random.default_rng(1), 3, noise=0.25).tolist()) == {0.5}
