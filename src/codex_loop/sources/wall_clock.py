"""An instant as agents write it for a person: `8:14pm (UTC)`, `Nov 23, 8pm (Europe/Berlin)`, `20:13 on 23 Nov`."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from codex_loop.clock import to_datetime

_MONTHS = {name: index for index, name in enumerate(
    ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), start=1,
)}  # fmt: skip
_MONTH_FIRST = r"(?:(?P<month>[A-Za-z]{3,9})\.? (?P<day>\d{1,2})(?:,|,? at)? )?"
_TIME = r"(?P<hour>\d{1,2})(?::(?P<minute>\d\d))?\s?(?P<half>[ap]m)?"
_DAY_LAST = r"(?: on (?P<day2>\d{1,2}) (?P<month2>[A-Za-z]{3,9}))?"
_ZONE = r"(?:\s*\((?P<zone>[A-Za-z0-9_+\-/]{1,40})\))?"
_WRITTEN = re.compile(f"{_MONTH_FIRST}{_TIME}{_DAY_LAST}{_ZONE}")
_LATE_MS = 2 * 60_000
"""Seconds are cut off, and the page was drawn a moment ago."""
_DAY = timedelta(days=1)


def instant_ms(written: str, now_ms: int, *, coming: bool) -> int | None:
    """UTC milliseconds; without a zone it is this machine's. None for what nobody can read.

    Without a date it is today; `coming`: or tomorrow, if it is over today. No year is written: the nearest is meant.
    """
    found = _WRITTEN.fullmatch(written.strip())
    if found is None:
        return None
    zone = _zone(found["zone"])
    if zone is None and found["zone"] is not None:
        return None
    now = to_datetime(now_ms).astimezone(zone)
    month = (found["month"] or found["month2"] or "")[:3].lower()
    try:
        moment = now.replace(hour=_hour(found["hour"], found["half"]), minute=int(found["minute"] or 0),
                             second=0, microsecond=0, tzinfo=None)  # fmt: skip
        if month:
            return _nearest(moment, _MONTHS[month], int(found["day"] or found["day2"]), zone, now_ms)
    except (ValueError, KeyError):
        return None
    at_ms = _ms(moment, zone)
    over = at_ms < now_ms - (_LATE_MS if coming else 12 * 3_600_000)
    return _ms(moment + _DAY, zone) if over else at_ms


def _hour(text: str, half: str | None) -> int:
    hour = int(text)
    if half is None:
        return hour
    if not 1 <= hour <= 12:
        raise ValueError(text)
    return hour % 12 + (12 if half == "pm" else 0)


def _nearest(moment: datetime, month: int, day: int, zone: tzinfo | None, now_ms: int) -> int:
    """In the year that brings it nearest to now; 29 February is not in every year."""
    found = []
    for year in (moment.year - 1, moment.year, moment.year + 1):
        try:
            found.append(_ms(moment.replace(year=year, month=month, day=day), zone))
        except ValueError:
            continue
    return min(found, key=lambda at_ms: abs(at_ms - now_ms))


def _ms(moment: datetime, zone: tzinfo | None) -> int:
    """A time without a zone is this machine's."""
    placed = moment.astimezone() if zone is None else moment.replace(tzinfo=zone)
    return int(placed.timestamp()) * 1000


def _zone(name: str | None) -> tzinfo | None:
    if name is None:
        return None
    if name.upper() in ("UTC", "GMT", "Z"):
        return UTC
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None
