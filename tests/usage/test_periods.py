"""Days of a zone as the database can tell them, weeks, and small pictures."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codex_loop.clock import to_datetime
from codex_loop.settings import Weekday
from codex_loop.usage.periods import BEGIN_MS, END_MS, WEEKDAYS, calendar, month_of, week_of
from codex_loop.usage.sparks import spark

ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "Africa/Casablanca")


@settings(max_examples=300, deadline=None)
@given(zone=st.sampled_from(ZONES), instant_ms=st.integers(BEGIN_MS, END_MS - 1))
def test_a_calendar_tells_the_offset_of_every_instant(zone: str, instant_ms: int) -> None:
    place = ZoneInfo(zone)
    ahead_ms = [shift for since_ms, shift in calendar(place).shifts if since_ms <= instant_ms][-1]
    offset = to_datetime(instant_ms).astimezone(place).utcoffset()
    assert offset is not None
    assert ahead_ms == offset.total_seconds() * 1000


def test_the_calendar_of_this_machine_is_that_of_its_clock() -> None:
    now = datetime(2026, 7, 1, tzinfo=UTC)
    instant_ms = int(now.timestamp() * 1000)
    ahead_ms = [shift for since_ms, shift in calendar(None).shifts if since_ms <= instant_ms][-1]
    offset = now.astimezone().utcoffset()
    assert offset is not None
    assert ahead_ms == offset.total_seconds() * 1000


@given(day=st.dates(date(2000, 1, 1), date(2100, 1, 1)), start=st.sampled_from(WEEKDAYS))
def test_a_week_begins_on_its_weekday_and_holds_its_day(day: date, start: Weekday) -> None:
    first = date.fromisoformat(week_of(str(day), start))
    assert WEEKDAYS[first.weekday()] == start
    assert 0 <= (day - first).days < 7


def test_the_same_friday_is_in_two_weeks_by_two_calendars() -> None:
    assert (week_of("2026-05-01", "monday"), week_of("2026-05-01", "sunday")) == ("2026-04-27", "2026-04-26")
    assert month_of("2026-05-01") == "2026-05"


@pytest.mark.parametrize(
    ("values", "picture"),
    [([], ""), ([0], "·"), ([5], "█"), ([0, 1, 4, 8], "·▂▅█"), ([1, 1000], "▁█"), ([0, 0], "··")],
)
def test_a_picture_shows_numbers_by_height_and_nothing_as_a_dot(values: list[int], picture: str) -> None:
    assert spark(values) == picture


def test_a_picture_shows_the_latest_of_too_many() -> None:
    assert spark([9, 0, 1, 2], width=2) == "▅█"
