"""Ratios of amounts, task by task."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_loop.stats.ratios import ratio

AMOUNTS = st.lists(st.floats(1, 1e6), min_size=2, max_size=8)


@given(before=AMOUNTS, times=st.floats(0.01, 100))
def test_so_many_times_more_everywhere_is_so_many_times_more(before: list[float], times: float) -> None:
    found = ratio(before, [value * times for value in before])
    assert found is not None
    assert found.value == pytest.approx(times)
    assert found.interval is not None
    assert found.interval.low == pytest.approx(times, rel=1e-3)


@given(before=AMOUNTS)
def test_there_and_back_is_the_inverse(before: list[float]) -> None:
    after = list(reversed(before))
    there, back = ratio(before, after), ratio(after, before)
    assert there is not None
    assert back is not None
    assert there.value == pytest.approx(1 / back.value)
    assert there.p == pytest.approx(back.p)


def test_a_task_without_an_amount_on_one_side_is_left_out() -> None:
    found = ratio([0.0, 10.0, 10.0], [5.0, 20.0, 0.0])
    assert found is not None
    assert found.value == pytest.approx(2.0)
    assert (found.tasks, found.interval) == (1, None)


def test_nothing_to_compare_gives_no_ratio() -> None:
    assert ratio([0.0], [5.0]) is None
    assert ratio([], []) is None


def test_two_wild_tasks_leave_an_interval_of_finite_numbers() -> None:
    found = ratio([1.0, 1.0], [1e9, 1e-9])
    assert found is not None
    assert found.interval is not None
    assert 0 <= found.interval.low < 1 < found.interval.high < float("inf")
