"""Times that agents write for eyes."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis.strategies import booleans, integers, sampled_from

from codex_loop.clock import MINUTE_MS, to_datetime
from codex_loop.sources.wall_clock import instant_ms

NOON = int(datetime(2026, 11, 21, 12, 0, tzinfo=UTC).timestamp()) * 1000
ZONES = ("UTC", "Europe/Berlin", "America/Los_Angeles", "Asia/Kolkata", "Australia/Lord_Howe")
MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


def written(at_ms: int, zone: str, *, date: bool) -> str:
    """As Claude Code writes it; a date by itself, since the platform's names of months are its own."""
    moment = to_datetime(at_ms).astimezone(ZoneInfo(zone))
    half = "am" if moment.hour < 12 else "pm"
    clock = (
        f"{moment.hour % 12 or 12}:{moment.minute:02d}{half}" if moment.minute else f"{moment.hour % 12 or 12}{half}"
    )
    return f"{MONTHS[moment.month - 1]} {moment.day}, {clock} ({zone})" if date else f"{clock} ({zone})"


@given(minutes=integers(1, 180 * 1440), zone=sampled_from(ZONES), start=integers(0, 525_600))
def test_a_date_and_time_in_a_zone_is_read_back_to_the_minute(minutes: int, zone: str, start: int) -> None:
    now = NOON + start * MINUTE_MS
    at_ms = now + minutes * MINUTE_MS
    # An hour that a zone has twice is written alike both times.
    assert instant_ms(written(at_ms, zone, date=True), now, coming=True) in (
        at_ms,
        at_ms - 3_600_000,
        at_ms - 1_800_000,
    )


@given(
    minutes=integers(0, 300), zone=sampled_from(("UTC", "Asia/Kolkata")), start=integers(0, 525_600), coming=booleans()
)
def test_a_time_alone_is_the_next_one_of_the_day(minutes: int, zone: str, start: int, coming: bool) -> None:
    now = NOON + start * MINUTE_MS
    at_ms = now + minutes * MINUTE_MS
    assert instant_ms(written(at_ms, zone, date=False), now, coming=coming) == at_ms


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("11:50am (UTC)", "2026-11-22T11:50"),
        ("11:59am (UTC)", "2026-11-21T11:59"),
        ("12am (UTC)", "2026-11-22T00:00"),
        ("12:30pm (UTC)", "2026-11-21T12:30"),
        ("Nov 26, 3:59am (UTC)", "2026-11-26T03:59"),
        ("Nov 26 at 4am (Europe/Berlin)", "2026-11-26T03:00"),
        ("Jan 2, 1pm (UTC)", "2027-01-02T13:00"),
        ("December 24 1pm (UTC)", "2026-12-24T13:00"),
    ],
)
def test_what_claude_code_writes_is_read(text: str, read: str) -> None:
    found = instant_ms(text, NOON, coming=True)
    assert found is not None
    assert to_datetime(found).isoformat()[:16] == read


@pytest.mark.parametrize(
    "text", ["", "soon", "25:00 (UTC)", "13pm (UTC)", "0am (UTC)", "Foo 26, 3am (UTC)", "Feb 31, 3am (UTC)",
             "3am (Middle/Earth)", "8:99pm (UTC)", "-3am (UTC)"],
)  # fmt: skip
def test_what_nobody_can_read_is_unknown(text: str) -> None:
    assert instant_ms(text, NOON, coming=True) is None


def test_without_a_zone_it_is_this_machines() -> None:
    local = to_datetime(NOON + 7_200_000).astimezone()
    text = f"{local:%H:%M} on {local.day} {MONTHS[local.month - 1]}"
    assert instant_ms(text, NOON, coming=False) == NOON + 7_200_000


def test_a_time_of_today_that_is_over_stays_over_where_no_other_day_is_meant() -> None:
    assert instant_ms("11:00am (UTC)", NOON, coming=False) == NOON - 3_600_000
