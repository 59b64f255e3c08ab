"""Standings: the newest word wins, the tightest window comes first, and what is not known is not said."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_loop.clock import DAY_MS, HOUR_MS, MINUTE_MS
from codex_loop.store.engine import open_for_reading
from codex_loop.store.limits import Sample
from codex_loop.usage.limits import Standing, effective, judge, standings, window_key
from tests.store.builder import Builder

NOW = 1_795_251_600_000  # 2026-11-21T09:00:00Z
WEEK = 10_080


def sample(used: float | None, *, ago: int = 0, left: int | None = 2 * HOUR_MS, **facts: Any) -> Sample:
    """A word of Codex about its window of five hours: `ago` before now, ending in `left`."""
    values: dict[str, Any] = {
        "agent": "codex", "account": None, "limit_id": "codex", "slot": "primary", "minutes": 300,
        "used_percent": used, "resets_ms": None if left is None else NOW + left, "observed_ms": NOW - ago,
        "plan": None, "reached": None, "credits": None, "via": None,
    }  # fmt: skip
    return Sample(**(values | facts))


def weekly(used: float | None, **facts: Any) -> Sample:
    values: dict[str, Any] = {"minutes": WEEK, "slot": "secondary", "left": 3 * DAY_MS} | facts
    return sample(used, **values)


def only(*samples: Sample, now: int = NOW) -> Standing:
    (found,) = judge(samples, now)
    return found


def used(*samples: Sample) -> float | None:
    return only(*samples).window.used_percent


@pytest.mark.parametrize(
    ("minutes", "slot", "key"),
    [
        (300, "primary", "5h"),
        (299, "primary", "5h"),
        (10_079, "secondary", "weekly"),
        (10_080, "primary", "weekly"),
        (43_200, "primary", "43200m"),
        (90, "primary", "90m"),
        (1, None, "1m"),
        (None, "primary", "primary"),
        (None, None, "limit"),
        (300, "five_hour", "5h"),
        (10_080, "seven_day", "weekly"),
        (10_080, "seven_day_opus", "weekly_opus"),
        (None, "seven_day_sonnet", "weekly_sonnet"),
        (None, "overage", "overage"),
    ],
)
def test_a_window_is_called_by_its_length_and_its_models(minutes: int | None, slot: str | None, key: str) -> None:
    assert window_key(minutes, slot) == key


def test_the_newest_word_wins_whoever_said_it() -> None:
    found = only(
        sample(40, ago=9 * MINUTE_MS),
        sample(43, ago=MINUTE_MS, via="app-server"),
        sample(42, ago=2 * MINUTE_MS, via="statusline"),
    )
    assert (found.window.used_percent, found.window.via, found.window.observed_ms) == (
        43,
        "app-server",
        NOW - MINUTE_MS,
    )


@given(st.lists(st.tuples(st.integers(0, 99), st.integers(0, 100)), min_size=1, max_size=12), st.randoms())
def test_the_order_in_which_words_are_read_does_not_matter(told: list[tuple[int, int]], order: random.Random) -> None:
    samples = [sample(percent, ago=ago * MINUTE_MS) for ago, percent in told]
    shuffled = list(samples)
    order.shuffle(shuffled)
    assert judge(shuffled, NOW) == judge(samples, NOW)


@given(st.lists(st.tuples(st.integers(0, 99), st.integers(0, 100)), min_size=1, max_size=12))
def test_limits_of_many_tellings_are_never_added_up(told: list[tuple[int, int]]) -> None:
    last = min(ago for ago, _ in told)
    newest = max(percent for ago, percent in told if ago == last)
    assert used(*(sample(percent, ago=ago * MINUTE_MS) for ago, percent in told)) == newest


def test_the_tightest_window_comes_first() -> None:
    found = judge([sample(12), weekly(97), sample(50, agent="claude", limit_id="claude", slot="five_hour")], NOW)
    assert [(each.window.agent, each.window.key) for each in found] == [
        ("codex", "weekly"), ("claude", "5h"), ("codex", "5h"),
    ]  # fmt: skip
    assert effective(found) is found[0]
    assert effective(found, "claude") is found[1]
    assert effective(found, "other") is None


def test_a_window_that_is_not_used_at_all_is_known_and_one_that_nobody_told_is_not() -> None:
    found = judge([sample(0.0), weekly(None)], NOW)
    assert [each.window.used_percent for each in found] == [0.0, None]
    assert [each.window.state for each in found] == ["current", "unknown"]


def test_after_its_reset_the_use_of_a_window_is_unknown() -> None:
    found = only(sample(80, ago=HOUR_MS, left=-1, reached="primary"))
    assert (found.window.used_percent, found.window.state, found.window.reached) == (None, "expired", None)
    assert (found.pace, found.forecast, found.no_forecast) == (None, None, "it began anew since it was last told")
    assert found.cycle == 2


def test_an_old_word_is_stale_and_its_forecast_is_of_its_own_time() -> None:
    fresh, old = sample(40), sample(40, ago=16 * MINUTE_MS)
    assert only(fresh).window.state == "current"
    stale = only(old)
    assert (stale.window.state, stale.window.used_percent) == ("stale", 40)
    assert stale.pace is not None
    assert stale.pace.elapsed_percent == pytest.approx((180 - 16) / 300 * 100)
    assert stale.forecast is not None
    assert stale.forecast.confidence == "low"


def test_a_word_of_which_nobody_knows_when_it_was_said_is_stale() -> None:
    assert only(sample(40, observed_ms=None)).window.state == "stale"


def test_a_window_without_a_reset_has_begun_anew_after_its_length() -> None:
    assert only(sample(40, ago=299 * MINUTE_MS, left=None)).window.state == "stale"
    assert only(sample(40, ago=300 * MINUTE_MS, left=None)).window.state == "expired"


def test_a_window_without_reset_and_length_is_unknown_after_a_day() -> None:
    nameless: dict[str, Any] = {"minutes": None, "left": None}
    assert only(sample(100, ago=DAY_MS - 1, **nameless)).window.state == "stale"
    old = only(sample(100, ago=DAY_MS, **nameless)).window
    assert (old.state, old.used_percent) == ("unknown", None)


@pytest.mark.parametrize("percent", [float("nan"), float("inf"), -0.5, 102.0, 1_795_251_600.0])
def test_what_is_no_percentage_is_dropped_and_the_word_before_it_counts(percent: float) -> None:
    assert used(sample(40, ago=MINUTE_MS), sample(percent)) == 40
    assert used(sample(percent)) is None


def test_more_than_all_is_believed_where_credits_let_it_go_on() -> None:
    assert used(sample(130, credits="2.50")) == 130
    assert used(sample(101)) == 101


def test_a_word_without_a_percentage_does_not_hide_one_of_the_same_cycle() -> None:
    found = only(sample(40, ago=MINUTE_MS), sample(None, reached="five_hour"))
    assert (found.window.used_percent, found.window.observed_ms, found.window.reached) == (
        40, NOW - MINUTE_MS, "five_hour",
    )  # fmt: skip


def test_a_word_without_a_percentage_of_a_new_cycle_makes_the_old_number_void() -> None:
    found = only(sample(90, ago=HOUR_MS, left=MINUTE_MS), sample(None, left=5 * HOUR_MS))
    assert (found.window.used_percent, found.window.state) == (None, "unknown")


def test_what_was_told_in_the_future_is_not_believed_yet() -> None:
    found = only(sample(40), sample(99, ago=-4 * MINUTE_MS))
    assert found.window.used_percent == 99


def test_windows_for_certain_models_stand_beside_the_one_for_all() -> None:
    claude: dict[str, Any] = {"agent": "claude", "limit_id": "claude", "minutes": WEEK, "left": 3 * DAY_MS}
    found = judge([sample(17, slot="seven_day", **claude), sample(5, slot="seven_day_opus", **claude)], NOW)
    assert [(each.window.key, each.window.used_percent) for each in found] == [("weekly", 17), ("weekly_opus", 5)]


def test_a_window_is_the_same_in_either_slot() -> None:
    assert used(weekly(60, ago=MINUTE_MS), weekly(61, slot="primary")) == 61


def test_a_reached_limit_that_names_no_other_window_says_nothing_of_it() -> None:
    found = judge([weekly(62, ago=MINUTE_MS), sample(100, reached="primary")], NOW)
    assert [(each.window.key, each.window.used_percent) for each in found] == [("5h", 100), ("weekly", 62)]


def test_what_is_told_without_an_account_belongs_to_the_only_one() -> None:
    found = only(sample(40, ago=MINUTE_MS, account="k1"), sample(41))
    assert (found.window.account, found.window.used_percent) == ("k1", 41)


def test_of_several_accounts_it_belongs_to_the_one_with_the_same_reset() -> None:
    found = judge(
        [
            sample(40, ago=MINUTE_MS, account="k1"),
            sample(70, ago=MINUTE_MS, account="k2", left=4 * HOUR_MS),
            sample(71, left=4 * HOUR_MS + 2_000),
        ],
        NOW,
    )
    assert [(each.window.account, each.window.used_percent) for each in found] == [("k2", 71), ("k1", 40)]


def test_of_several_accounts_it_stays_alone_where_nothing_says_whose_it_is() -> None:
    accounts = [sample(40, account="k1"), sample(70, account="k2", left=4 * HOUR_MS)]
    found = judge([*accounts, sample(5, left=HOUR_MS)], NOW)
    assert {each.window.account: each.window.used_percent for each in found} == {"k1": 40, "k2": 70, None: 5}


def test_a_window_that_the_provider_dropped_disappears() -> None:
    dropped = sample(30, ago=30 * HOUR_MS, left=-28 * HOUR_MS)
    assert [each.window.key for each in judge([dropped, weekly(50)], NOW)] == ["weekly"]
    assert [each.window.key for each in judge([dropped, weekly(50, ago=27 * HOUR_MS)], NOW)] == ["weekly", "5h"]


def test_credits_are_told_beside_windows_and_are_no_window() -> None:
    told_only = sample(None, left=None, slot=None, minutes=None, credits="9.99")
    found = only(sample(40, ago=MINUTE_MS), told_only)
    assert (found.window.key, found.window.credits) == ("5h", "9.99")
    assert judge([told_only], NOW) == []


_samples = st.builds(
    Sample,
    agent=st.sampled_from(["codex", "claude"]),
    account=st.sampled_from([None, "k1", "k2"]),
    limit_id=st.sampled_from(["codex", "claude"]),
    slot=st.sampled_from([None, "primary", "secondary", "five_hour", "seven_day_opus", "overage"]),
    minutes=st.none() | st.integers(0, 50_000) | st.sampled_from([300, WEEK]),
    used_percent=st.none() | st.floats() | st.floats(0, 101),
    resets_ms=st.none() | st.integers(-(1 << 47), 1 << 47) | st.integers(NOW - 7 * DAY_MS, NOW + 7 * DAY_MS),
    observed_ms=st.none() | st.integers(NOW - 20 * DAY_MS, NOW + 5 * MINUTE_MS),
    plan=st.sampled_from([None, "pro"]),
    reached=st.sampled_from([None, "primary"]),
    credits=st.sampled_from([None, "1.00"]),
    via=st.sampled_from([None, "app-server"]),
)


@given(st.lists(_samples, max_size=15, unique_by=lambda each: each.observed_ms), st.randoms())
def test_whatever_is_told_what_is_said_of_it_holds_together(told: list[Sample], order: random.Random) -> None:
    found = judge(told, NOW)
    shuffled = list(told)
    order.shuffle(shuffled)
    assert judge(shuffled, NOW) == found
    names = [(each.window.agent, each.window.account, each.window.limit_id, each.window.key) for each in found]
    assert len(set(names)) == len(names)
    known = [each.window.used_percent for each in found if each.window.used_percent is not None]
    assert known == sorted(known, reverse=True)
    for each in found:
        window = each.window
        assert (window.used_percent is None) == (window.state in ("expired", "unknown"))
        assert window.state != "current" or window.resets_ms is None or window.resets_ms > NOW
        assert (each.forecast is None) == (each.no_forecast is not None)
        assert each.forecast is None or each.pace is not None
        assert window.used_percent is None or window.used_percent in [sample.used_percent for sample in told]


def test_standings_are_read_from_the_store_on_both_engines(place: str) -> None:
    store = Builder(place)
    facts: dict[str, Any] = {"agent": "codex", "limit_id": "codex", "window_minutes": 300, "resets_ms": NOW + HOUR_MS}
    for host, minutes_ago, percent in (("a", 5, 40.0), ("b", 3, 43.5), ("a", 4, 41.0), ("c", -60, 99.0)):
        store.row(
            "limit_samples", **facts, host=host, used_percent=percent, time_ms=NOW - minutes_ago * MINUTE_MS
        )  # fmt: skip
    ago = {"codex": 17, "month": 64, "old month": 66}
    for slot, days in ago.items():
        minutes = 300 if slot == "codex" else 43_200
        told: dict[str, Any] = facts | {"window_minutes": minutes, "limit_id": slot, "slot": slot}
        store.row("limit_samples", **told, host="z", used_percent=1.0, time_ms=NOW - days * DAY_MS)
    store.close()
    with open_for_reading(place) as database:
        found = standings(database, NOW)
    assert [(each.window.used_percent, each.window.key, each.cycle) for each in found] == [
        (43.5, "5h", 1), (1.0, "43200m", 1),
    ]  # fmt: skip
