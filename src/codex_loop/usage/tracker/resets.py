"""When a bar begins anew: from the pane's words (`14:52 on 23 Nov`, `Nov 26, 3:59am (UTC)`) to an instant."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, tzinfo

from codex_loop.clock import parse_ms, to_datetime

_TIME = re.compile(r"(?<![\d.])(?P<hour>\d{1,2})(?::(?P<minute>\d{2}))?\s*(?P<half>am|pm)?(?![\d%])", re.IGNORECASE)
_MONTHS = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
_DATE = re.compile(
    rf"\b(?:(?P<day>\d{{1,2}})\s+(?P<month>{_MONTHS})|(?P<name>{_MONTHS})[a-z]*\s+(?P<number>\d{{1,2}}))", re.IGNORECASE
)
_ZONE = re.compile(r"\((?P<zone>[A-Za-z_+\-/0-9]+)\)")
_DAY = timedelta(days=1)
_NOON = 12


def instant(words: str | None, seen_ms: int, zone: tzinfo | None = None) -> int | None:
    """The first such time after it was seen, in the pane's zone, else this one; None for words that name no time."""
    if not words:
        return None
    if (exact := parse_ms(words.strip())) is not None:
        return exact
    zone = _named_zone(words) or zone
    # Without a zone, so that the clock is that of the reset's own day: the hour may change in between.
    seen = to_datetime(seen_ms).astimezone(zone).replace(tzinfo=None)
    text = _ZONE.sub("", words)
    date = _DATE.search(text)
    clock = _clock(_DATE.sub(" ", text))
    if clock is None:
        return None
    at = seen.replace(hour=clock[0], minute=clock[1], second=0, microsecond=0)
    if date is None:
        today = _milliseconds(at, zone, seen_ms)
        return today if today > seen_ms else _milliseconds(at + _DAY, zone, seen_ms)
    try:
        return _milliseconds(_dated(at, date, seen), zone, seen_ms)
    except ValueError:  # no such day
        return None


def _clock(text: str) -> tuple[int, int] | None:
    for match in _TIME.finditer(text):
        if match["minute"] is None and match["half"] is None:
            continue
        hour, minute = int(match["hour"]), int(match["minute"] or 0)
        if match["half"]:
            hour = hour % _NOON + (_NOON if match["half"].lower() == "pm" else 0)
        if hour < 24 and minute < 60:
            return hour, minute
    return None


def _dated(at: datetime, date: re.Match[str], seen: datetime) -> datetime:
    month = _MONTHS.split("|").index((date["month"] or date["name"]).lower()) + 1
    at = at.replace(month=month, day=int(date["day"] or date["number"]))
    # Panes name no year: the next such day, but one that was yesterday was yesterday.
    return at if at > seen - _DAY else at.replace(year=at.year + 1)


def _named_zone(words: str) -> tzinfo | None:
    match = _ZONE.search(words)
    if match is None:
        return None
    from zoneinfo import ZoneInfo

    try:
        return ZoneInfo(match["zone"])
    except (KeyError, ValueError, OSError):
        return None


def _milliseconds(at: datetime, zone: tzinfo | None, seen_ms: int) -> int:
    """Of a clock in that zone; without one, in this machine's. Of an hour that comes twice the one still ahead."""
    first, second = (round(at.replace(tzinfo=zone, fold=fold).timestamp() * 1000) for fold in (0, 1))
    return second if first <= seen_ms < second else first
