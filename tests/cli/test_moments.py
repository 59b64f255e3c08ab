"""Times as a person writes them, and as a table shows them."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from codex_loop.cli import moments
from codex_loop.clock import DAY_MS, HOUR_MS, parse_ms
from codex_loop.errors import UsageError

NOW = parse_ms("2026-11-21T12:00:00+00:00") or 0
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture(autouse=True)
def stopped(page: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moments, "now_ms", lambda: NOW)


@pytest.mark.parametrize(
    ("text", "begins", "ends"),
    [
        ("2026-11-20", "2026-11-20T00:00:00+00:00", "2026-11-21T00:00:00+00:00"),
        ("20261120", "2026-11-20T00:00:00+00:00", "2026-11-21T00:00:00+00:00"),
        ("today", "2026-11-21T00:00:00+00:00", "2026-11-22T00:00:00+00:00"),
        ("Yesterday", "2026-11-20T00:00:00+00:00", "2026-11-21T00:00:00+00:00"),
        ("24h", "2026-11-20T12:00:00+00:00", "2026-11-20T12:00:00+00:00"),
        ("90 m", "2026-11-21T10:30:00+00:00", "2026-11-21T10:30:00+00:00"),
        ("2w", "2026-11-07T12:00:00+00:00", "2026-11-07T12:00:00+00:00"),
        ("2026-11-20T14:00", "2026-11-20T14:00:00+00:00", "2026-11-20T14:00:00+00:00"),
        ("2026-11-20 14:00:00.250", "2026-11-20T14:00:00.250+00:00", "2026-11-20T14:00:00.250+00:00"),
        ("2026-11-20T14:00:00+02:00", "2026-11-20T12:00:00+00:00", "2026-11-20T12:00:00+00:00"),
        ("2026-11-20T14:00:00Z", "2026-11-20T14:00:00+00:00", "2026-11-20T14:00:00+00:00"),
    ],
)
def test_a_day_is_whole_and_a_time_is_exact(text: str, begins: str, ends: str) -> None:
    assert moments.beginning(text, "--since", UTC) == parse_ms(begins)
    assert moments.end(text, "--until", UTC) == parse_ms(ends)


def test_nothing_said_means_no_bound() -> None:
    assert moments.beginning(None, "--since") is None
    assert moments.end(None, "--until") is None


def test_a_day_is_as_long_as_its_zone_makes_it() -> None:
    begins, ends = (take("2026-10-25", "--since", BERLIN) for take in (moments.beginning, moments.end))
    assert begins is not None
    assert ends is not None
    assert ends - begins == 25 * HOUR_MS


@pytest.mark.parametrize("text", ["", "soon", "2026-13-01", "2026-11-31", "9999-12-31", "12", "-3d", "h"])
def test_what_is_no_time_is_refused_with_examples(text: str) -> None:
    with pytest.raises(UsageError, match=r"not a time; write 2026-11-20, 2026-11-20T14:00, 24h, 7d"):
        moments.end(text, "--until", UTC)


def test_a_table_shows_what_a_person_needs_to_find_it_again() -> None:
    def shown(text: str | None) -> str:
        return moments.when(text, NOW)

    assert shown("2026-11-21T09:06:42.123Z") == "today 09:06"
    assert shown("2026-11-22T00:06:42.123Z") == "tomorrow 00:06"
    assert shown("2026-11-23T00:06:42.123Z") == "Nov 23 00:06"
    assert shown("2026-11-20T09:06:42.123Z") == "Nov 20 09:06"
    assert shown("2025-11-20T09:06:42.123Z") == "2025-11-20"
    assert shown(None) == "–"
    assert moments.clock_time("2026-11-21T09:06:42.123Z") == "09:06:42"
    assert moments.clock_time(None) == "–"


def test_zones_have_names() -> None:
    assert moments.zone_named(None) is None
    assert moments.zone_named("local") is None
    assert moments.zone_named("utc") is UTC
    berlin = moments.zone_named("Europe/Berlin")
    assert berlin is not None
    assert datetime(2026, 7, 1, tzinfo=berlin).utcoffset() == datetime(2026, 7, 1, tzinfo=BERLIN).utcoffset()
    for wrong in ("Mars", "../etc/passwd", ""):
        with pytest.raises(UsageError, match="no such zone"):
            moments.zone_named(wrong)


def test_the_last_day_of_a_calendar_has_a_beginning() -> None:
    assert moments.beginning("1970-01-02", "--since", UTC) == DAY_MS
