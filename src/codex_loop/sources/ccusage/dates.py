"""The dates of ccusage: ISO since version 20; before, in the words of a locale, of which we read the English ones.

Python's own parser of month names follows the locale of the process, so the names stand here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from codex_loop.sources.fields import time_ms

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            ("jan", "january"),
            ("feb", "february"),
            ("mar", "march"),
            ("apr", "april"),
            ("may",),
            ("jun", "june"),
            ("jul", "july"),
            ("aug", "august"),
            ("sep", "sept", "september"),
            ("oct", "october"),
            ("nov", "november"),
            ("dec", "december"),
        ),
        start=1,
    )
    for name in names
}
_ISO_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_ISO_MONTH = re.compile(r"(\d{4})-(\d{2})")
_MONTH_DAY = re.compile(r"([A-Za-z]+)\.? (\d{1,2}),? (\d{4})")
_DAY_MONTH = re.compile(r"(\d{1,2}) ([A-Za-z]+)\.?,? (\d{4})")
_MONTH_YEAR = re.compile(r"([A-Za-z]+)\.?,? (\d{4})")
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def iso_day(text: str) -> str | None:
    """`2026-05-01` of `2026-05-01`, `May 01, 2026`, `1 May 2026`; None of anything else, as of `01.05.2026`."""
    if found := _ISO_DAY.fullmatch(text):
        return _day(int(found[1]), int(found[2]), int(found[3]))
    if found := _MONTH_DAY.fullmatch(text):
        return _day(int(found[3]), _MONTHS.get(found[1].lower(), 0), int(found[2]))
    if found := _DAY_MONTH.fullmatch(text):
        return _day(int(found[3]), _MONTHS.get(found[2].lower(), 0), int(found[1]))
    return None


def iso_month(text: str) -> str | None:
    """`2026-05` of `2026-05` or `May 2026`."""
    if found := _ISO_MONTH.fullmatch(text):
        day = _day(int(found[1]), int(found[2]), 1)
    elif found := _MONTH_YEAR.fullmatch(text):
        day = _day(int(found[2]), _MONTHS.get(found[1].lower(), 0), 1)
    else:
        day = None
    return day[:7] if day else None


def instant_ms(text: str) -> int | None:
    """UTC milliseconds of an ISO time; of a day, those of its beginning."""
    return time_ms(iso_day(text) or text)


def week_starts(days: Sequence[str]) -> str | None:
    """The weekday that all of these days are; None where they differ."""
    weekdays = {date.fromisoformat(day).weekday() for day in days}
    return _WEEKDAYS[weekdays.pop()] if len(weekdays) == 1 else None


def _day(year: int, month: int, day: int) -> str | None:
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return None
