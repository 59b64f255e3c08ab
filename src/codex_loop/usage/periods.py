"""Days, weeks and months of a zone."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta, tzinfo
from functools import cache

from codex_loop.clock import DAY_MS, MINUTE_MS, SECOND_MS, to_datetime
from codex_loop.settings import Weekday
from codex_loop.store.spending import Calendar

WEEKDAYS: Sequence[Weekday] = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
BEGIN_MS = 1_640_995_200_000  # 2022-01-01: no agent of ours left a token before
END_MS = 2_019_686_400_000  # 2034-01-01
_STRIDE_MS = 7 * DAY_MS


def calendar(zone: tzinfo | None) -> Calendar:
    """The days of a zone, by default of this machine's, from 2022 to 2033."""
    ahead = _ahead(zone)
    shifts = tuple(_shifts(ahead, BEGIN_MS, END_MS))
    return Calendar(zone=str(zone or "local"), shifts=shifts, end_ms=END_MS)


def week_of(day: str, start: Weekday) -> str:
    """The first day of the week that holds this day."""
    found = date.fromisoformat(day)
    return str(found - timedelta(days=(found.weekday() - WEEKDAYS.index(start)) % 7))


def month_of(day: str) -> str:
    """`2026-11`."""
    return day[:7]


def month_bounds(month: str, zone: tzinfo | None) -> tuple[int, int]:
    """The first instant of a month, and that of the next."""
    year, number = map(int, month.split("-"))
    return _first(year, number, zone), _first(year + number // 12, number % 12 + 1, zone)


def _first(year: int, month: int, zone: tzinfo | None) -> int:
    if zone is None:
        return round(time.mktime((year, month, 1, 0, 0, 0, 0, 0, -1))) * SECOND_MS
    return round(datetime(year, month, 1, tzinfo=zone).timestamp()) * SECOND_MS


def _ahead(zone: tzinfo | None) -> Callable[[int], int]:
    """Milliseconds that a zone is ahead of UTC at an instant."""
    if zone is None:
        return cache(lambda instant_ms: (time.localtime(instant_ms // SECOND_MS).tm_gmtoff or 0) * SECOND_MS)
    return cache(lambda instant_ms: _offset_ms(to_datetime(instant_ms).astimezone(zone).utcoffset()))


def _offset_ms(offset: timedelta | None) -> int:
    return 0 if offset is None else offset // timedelta(milliseconds=1)


def _shifts(ahead: Callable[[int], int], begin_ms: int, end_ms: int) -> Iterator[tuple[int, int]]:
    """Every change between two instants, to the minute: clocks change on whole minutes, and not twice a week."""
    known = ahead(begin_ms)
    yield begin_ms, known
    for start in range(begin_ms, end_ms, _STRIDE_MS):
        if ahead(start + _STRIDE_MS) != known:
            low, high = start, start + _STRIDE_MS
            while high - low > MINUTE_MS:
                middle = (low + high) // 2 // MINUTE_MS * MINUTE_MS
                low, high = (middle, high) if ahead(middle) == known else (low, middle)
            known = ahead(high)
            yield high, known
