"""Names of windows, their two ends, and what moved in between."""

from __future__ import annotations

import time
from datetime import UTC, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_loop.clock import MINUTE_MS, format_ms, parse_ms, to_datetime
from codex_loop.usage.tracker import resets
from codex_loop.usage.tracker.records import Bars, Snapshot
from codex_loop.usage.tracker.windows import canonical, delta, following, pairs, too_soon_after_reset, upcoming

NOW = "2025-10-19T12:00:00.000Z"


def at(text: str) -> int:
    found = parse_ms(text)
    assert found is not None
    return found


def taken(phase: str, when: str = NOW, *, source: str = "alias", window: str = "W0-01", **bars: object) -> Snapshot:
    facts: dict[str, object] = {"fiveh_pct": 1, "weekly_pct": 10} | bars
    return Snapshot(
        window=window,
        provider="codex",
        phase=phase,
        captured_at=when,
        source=source,
        parsed=Bars(**facts),  # type: ignore[arg-type]
    )


@pytest.mark.parametrize(
    ("window", "then"),
    [("W0-01", "W0-02"), ("W0-09", "W0-10"), ("W0-99", "W0-100"), ("W1-7", "W1-8"), ("night", "W0-01")],
)
def test_the_next_window_has_the_next_number(window: str, then: str) -> None:
    assert following(window) == then


def test_after_a_free_name_the_numbers_go_on() -> None:
    assert following("night", ["W0-03", "W0-10", "night"]) == "W0-11"


@given(st.integers(1, 10**6), st.integers(1, 6))
def test_numbers_keep_their_width_and_their_order(number: int, width: int) -> None:
    name = f"W0-{number:0{width}d}"
    then = following(name)
    assert int(then[3:]) == number + 1
    assert len(then) >= len(name)


def test_a_beginning_that_waits_is_begun_anew() -> None:
    assert upcoming(None) == "W0-01"
    assert upcoming(taken("before", window="W0-19")) == "W0-19"
    assert upcoming(taken("after", window="W0-19")) == "W0-20"


def test_the_latest_counts_and_what_was_set_by_hand_counts_more() -> None:
    one, two, hand = taken("before"), taken("before", fiveh_pct=2), taken("before", source="override", fiveh_pct=3)
    assert canonical([]) is None
    assert canonical([one, two]) == two
    assert canonical([hand, one, two]) == hand


def test_a_delta_is_what_each_bar_moved_and_zero_is_a_value() -> None:
    (pair,) = pairs([taken("before"), taken("after", fiveh_pct=1, weekly_pct=12.5)])
    assert delta(pair).points == {"fiveh": 0, "weekly": 2.5}
    assert delta(pair).errors == ()


def test_a_bar_that_went_down_tells_nothing() -> None:
    (pair,) = pairs([taken("before"), taken("after", fiveh_pct=5, weekly_pct=9)])
    assert delta(pair).points == {"fiveh": 4, "weekly": None}
    assert delta(pair).errors == ("negative-delta",)


def test_a_bar_that_began_anew_in_between_tells_nothing_even_when_it_grew() -> None:
    begun = taken("before", fiveh_resets="2025-10-19T13:00:00Z")
    (pair,) = pairs([begun, taken("after", "2025-10-19T14:00:00Z", fiveh_pct=50, weekly_pct=20)])
    assert delta(pair).points == {"fiveh": None, "weekly": 10}
    assert delta(pair).errors == ("reset-between",)


def test_an_unknown_end_leaves_the_delta_unknown() -> None:
    (pair,) = pairs([taken("before", weekly_pct=None), taken("after")])
    assert delta(pair).points == {"fiveh": 0, "weekly": None}
    (half,) = pairs([taken("before")])
    assert delta(half).points == {}


@pytest.mark.parametrize(("minutes", "late"), [(-1, False), (0, True), (4, True), (5, False), (600, False)])
def test_the_minutes_after_a_reset_are_too_soon(minutes: int, late: bool) -> None:
    begun = taken("before", fiveh_resets="2025-10-19T13:00:00Z")
    assert too_soon_after_reset(begun, at("2025-10-19T13:00:00Z") + minutes * MINUTE_MS) is late


def test_without_an_announced_reset_nothing_is_too_soon() -> None:
    assert not too_soon_after_reset(taken("before", fiveh_resets="soon"), at(NOW))
    assert not too_soon_after_reset(None, at(NOW))


@pytest.mark.parametrize(
    ("words", "instant"),
    [
        ("13:05", "2025-10-19T13:05:00.000Z"),
        ("11:59", "2025-10-20T11:59:00.000Z"),
        ("14:52 on 23 Nov", "2025-11-23T14:52:00.000Z"),
        ("03:00 on 2 Jan", "2026-01-02T03:00:00.000Z"),
        ("Nov 26, 3:59am (UTC)", "2025-11-26T03:59:00.000Z"),
        ("7pm (America/New_York)", "2025-10-19T23:00:00.000Z"),
        ("12am (UTC)", "2025-10-20T00:00:00.000Z"),
        ("2025-10-20T21:11:00Z", "2025-10-20T21:11:00.000Z"),
        ("21:11 on 18 Oct", "2025-10-18T21:11:00.000Z"),
        ("21:11 on 10 Oct", "2026-10-10T21:11:00.000Z"),
    ],
)
def test_the_words_of_a_pane_name_an_instant(words: str, instant: str) -> None:
    found = resets.instant(words, at(NOW), UTC)
    assert found is not None
    assert format_ms(found) == instant


def test_words_without_a_zone_are_of_the_given_one() -> None:
    found = resets.instant("15:00", at(NOW), timezone(timedelta(hours=2)))
    assert found == at("2025-10-19T13:00:00Z")


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="the zone of this machine cannot be set here")
@pytest.mark.parametrize(
    ("seen", "words", "instant"),
    [
        ("2026-10-22T10:00:00Z", "14:52 on 26 Oct", "2026-10-26T13:52:00.000Z"),  # summer time ends on the 25th
        ("2026-10-24T20:00:00Z", "08:19", "2026-10-25T07:19:00.000Z"),
        ("2026-10-25T00:30:00Z", "02:15", "2026-10-25T01:15:00.000Z"),  # an hour that comes twice
        ("2026-10-25T00:30:00Z", "02:45", "2026-10-25T00:45:00.000Z"),
        ("2026-10-25T01:30:00Z", "02:45", "2026-10-25T01:45:00.000Z"),
        ("2026-10-25T00:30:00Z", "02:15 on 25 Oct", "2026-10-25T01:15:00.000Z"),
        ("2026-03-27T10:00:00Z", "14:52 on 30 Mar", "2026-03-30T12:52:00.000Z"),
        ("2026-03-28T20:00:00Z", "08:19", "2026-03-29T06:19:00.000Z"),
    ],
)
def test_a_reset_beyond_a_change_of_the_clock_is_at_the_hour_of_its_own_day(
    seen: str, words: str, instant: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    try:
        found = resets.instant(words, at(seen))
    finally:
        monkeypatch.undo()
        time.tzset()
    assert found is not None
    assert format_ms(found) == instant
    assert resets.instant(f"{words} (Europe/Berlin)", at(seen)) == found


@pytest.mark.parametrize("words", [None, "", "soon", "in 3 days", "31 Feb 10:00", "25:99"])
def test_other_words_name_no_instant(words: str | None) -> None:
    assert resets.instant(words, at(NOW), UTC) is None


BERLIN = ZoneInfo("Europe/Berlin")
CHANGES = st.sampled_from([at("2026-03-29T01:00:00Z"), at("2026-10-25T01:00:00Z"), at("2026-06-01T00:00:00Z")])


@given(CHANGES, st.integers(-27 * 60, 27 * 60), st.integers(0, 1439))
def test_a_clock_means_the_next_time_that_it_says_so(change: int, minutes: int, clock: int) -> None:
    seen = change + minutes * MINUTE_MS
    words = f"{clock // 60:02}:{clock % 60:02}"
    later = (seen + ahead * MINUTE_MS for ahead in range(1, 26 * 60))
    expected = next((each for each in later if f"{to_datetime(each).astimezone(BERLIN):%H:%M}" == words), None)
    found = resets.instant(words, seen, BERLIN)
    assert found is not None
    assert seen < found <= seen + 26 * 60 * MINUTE_MS
    # In spring there is an hour that no clock shows.
    assert found == expected or 2 <= clock // 60 < 3


@given(st.text(max_size=40))
def test_no_words_are_too_strange(words: str) -> None:
    found = resets.instant(words, at(NOW), UTC)
    assert found is None or isinstance(found, int)
