"""Instants survive the way to text and back."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_loop.clock import SystemClock, format_ms, now_ms, parse_ms, utc_now

FIRST_MS, LAST_MS = -62_135_596_800_000, 253_402_300_799_999


@given(st.integers(FIRST_MS, LAST_MS))
def test_an_instant_survives_its_text(instant_ms: int) -> None:
    assert parse_ms(format_ms(instant_ms)) == instant_ms


@given(st.integers(FIRST_MS, LAST_MS), st.integers(FIRST_MS, LAST_MS))
def test_texts_sort_like_instants(first: int, second: int) -> None:
    assert (format_ms(first) < format_ms(second)) == (first < second)


@given(st.text())
def test_any_text_is_an_instant_or_unknown(text: str) -> None:
    assert parse_ms(text) is None or isinstance(parse_ms(text), int)


@pytest.mark.parametrize(
    ("text", "instant_ms"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("1970-01-01T00:00:00.0019Z", 1),
        ("1970-01-01T00:00:00.123456789Z", 123),
        ("1969-12-31T23:59:59.999Z", -1),
        ("1970-01-01T02:00:00+02:00", 0),
        ("1970-01-01T00:00:00", None),
        ("1970-01-01", None),
        ("yesterday", None),
        ("", None),
        ("2026-13-01T00:00:00Z", None),
    ],
)
def test_only_a_time_with_a_zone_is_an_instant(text: str, instant_ms: int | None) -> None:
    assert parse_ms(text) == instant_ms


def test_an_instant_outside_the_calendar_is_refused() -> None:
    with pytest.raises(OverflowError):
        format_ms(LAST_MS + 1)


def test_all_clocks_of_this_machine_agree() -> None:
    before = now_ms()
    seen = [SystemClock().now_ms(), int(utc_now().timestamp() * 1000)]
    assert all(before <= moment <= now_ms() for moment in seen)
    assert utc_now().tzinfo is not None
    assert SystemClock().monotonic_s() <= SystemClock().monotonic_s()
    assert datetime.fromisoformat(format_ms(before)) <= utc_now()
