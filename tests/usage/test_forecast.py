"""Pace and forecast: the worked example, both rules, and when there is none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_loop.clock import DAY_MS, HOUR_MS, MINUTE_MS
from codex_loop.usage.forecast import Point, Use, mean, pace, reason, recent, recent_ms

WEEK = 10_080
NOW = 1_795_251_600_000
HALF = Use(used=62.0, at_ms=NOW, minutes=WEEK, resets_ms=NOW + 84 * HOUR_MS)


def test_a_week_half_gone_with_62_percent_used_runs_out_32_hours_and_a_half_before_its_reset() -> None:
    found, forecast = pace(HALF), mean(HALF)
    assert found is not None
    assert forecast is not None
    assert (found.elapsed_percent, found.ratio, found.delta) == (50.0, 1.24, 12.0)
    assert forecast.percent_per_hour == pytest.approx(0.738, abs=0.0005)
    assert forecast.exhausts_ms is not None
    assert (forecast.exhausts_ms - NOW) / HOUR_MS == pytest.approx(51.5, abs=0.05)
    assert (HALF.resets_ms - forecast.exhausts_ms) / HOUR_MS == pytest.approx(32.5, abs=0.05)
    assert (forecast.lasts, forecast.rule) == (False, "mean")


def test_a_window_used_slower_than_it_passes_lasts() -> None:
    forecast = mean(HALF._replace(used=49.9))
    assert forecast is not None
    assert (forecast.lasts, forecast.exhausts_ms) == (True, None)


@pytest.mark.parametrize(
    ("use", "why"),
    [
        (HALF._replace(used=0.0), "nothing of it is used yet"),
        (HALF._replace(resets_ms=NOW + 7 * DAY_MS - 5 * HOUR_MS), "less than 3 % of it has passed"),
        (HALF._replace(resets_ms=NOW), "its reset does not fit its length"),
        (HALF._replace(resets_ms=NOW + 7 * DAY_MS + 1), "its reset does not fit its length"),
    ],
)
def test_where_there_is_no_forecast_it_says_why(use: Use, why: str) -> None:
    assert (mean(use), recent(use, []), reason(use)) == (None, None, why)


def test_in_its_first_moments_a_window_has_no_ratio_and_yet_a_difference() -> None:
    found = pace(HALF._replace(used=5.0, resets_ms=NOW + 7 * DAY_MS))
    assert found is not None
    assert (found.elapsed_percent, found.ratio, found.delta) == (0.0, None, 5.0)


@pytest.mark.parametrize("percent", [100.0, 101.0, 140.0])
def test_what_is_used_up_is_used_up_now_also_in_the_first_moment(percent: float) -> None:
    for use in (HALF._replace(used=percent), HALF._replace(used=percent, resets_ms=NOW + 7 * DAY_MS)):
        forecast = mean(use)
        assert forecast is not None
        assert (forecast.exhausts_ms, forecast.lasts, forecast.confidence) == (NOW, False, "high")


def test_the_recent_rule_sees_a_burst_that_the_mean_hides() -> None:
    use = Use(used=40.0, at_ms=NOW, minutes=WEEK, resets_ms=NOW + 84 * HOUR_MS)
    points = [Point(NOW - 3 * DAY_MS, 5.0), Point(NOW - 20 * HOUR_MS, 10.0), Point(NOW, 40.0)]
    lately, whole = recent(use, points), mean(use)
    assert lately is not None
    assert whole is not None
    assert (whole.lasts, lately.lasts, lately.rule) == (True, False, "recent")
    assert lately.percent_per_hour == pytest.approx(30 / 20)
    doubted = mean(use, other=lately)
    assert doubted is not None
    assert doubted.confidence == "low"


def test_without_half_of_the_recent_hours_watched_there_is_no_recent_rule() -> None:
    half = recent_ms(WEEK) // 2
    assert recent(HALF, [Point(NOW - half + 1, 50.0)]) is None
    assert recent(HALF, [Point(NOW - half, 50.0)]) is not None
    assert recent(HALF, [Point(NOW - 30 * HOUR_MS, 50.0)]) is None


def test_who_stopped_working_is_not_told_that_it_runs_out() -> None:
    idle = recent(HALF, [Point(NOW - 20 * HOUR_MS, 62.0), Point(NOW, 62.0)])
    assert idle is not None
    assert (idle.lasts, idle.exhausts_ms, idle.percent_per_hour) == (True, None, 0.0)
    whole = mean(HALF, other=idle)
    assert whole is not None
    assert (whole.lasts, whole.confidence) == (False, "low")


@pytest.mark.parametrize(
    ("elapsed", "stale", "confidence"),
    [(5.0, False, "low"), (15.0, False, "medium"), (50.0, False, "high"), (50.0, True, "low")],
)
def test_confidence_grows_with_what_has_passed_and_an_old_word_has_none(
    elapsed: float, stale: bool, confidence: str
) -> None:
    use = Use(used=20.0, at_ms=NOW, minutes=1000, resets_ms=NOW + round((100 - elapsed) * 10) * MINUTE_MS)
    agreeing = mean(use)
    forecast = mean(use, stale=stale, other=agreeing)
    assert forecast is not None
    assert forecast.confidence == confidence


@given(
    used=st.floats(0.01, 99.99),
    minutes=st.sampled_from([300, WEEK, 43_200, 90]),
    passed=st.floats(0.03, 0.999),
)
def test_a_window_lasts_exactly_when_it_is_not_used_faster_than_it_passes(
    used: float, minutes: int, passed: float
) -> None:
    use = Use(used, NOW, minutes, NOW + round((1 - passed) * minutes * MINUTE_MS))
    found, forecast = pace(use), mean(use)
    if found is None or found.ratio is None or forecast is None:
        assert reason(use) is not None
        return
    if abs(found.ratio - 1) > 1e-6:
        assert forecast.lasts == (found.ratio < 1)
    if forecast.exhausts_ms is not None:
        assert NOW <= forecast.exhausts_ms <= use.resets_ms
