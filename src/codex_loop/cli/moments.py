"""Instants as a person writes them on a command line, and as a table shows them."""

import re
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, tzinfo

from codex_loop.cli.render import UNKNOWN
from codex_loop.clock import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, now_ms, parse_ms, to_datetime
from codex_loop.errors import UsageError
from codex_loop.store.ledger import local_day

_AGO = re.compile(r"(\d{1,6})\s*(m|h|d|w)")
_UNITS = {"m": MINUTE_MS, "h": HOUR_MS, "d": DAY_MS, "w": 7 * DAY_MS}
_WORDS = {"today": 0, "yesterday": 1}
_DAY = timedelta(days=1)


def beginning(text: str | None, option: str, zone: tzinfo | None = None) -> int | None:
    """The first instant a `--since` means; days are those of the zone, by default this machine's."""
    return None if text is None else _instant(text, option, zone, until=False)


def end(text: str | None, option: str, zone: tzinfo | None = None) -> int | None:
    """The first instant an `--until` leaves out: a day is meant whole."""
    return None if text is None else _instant(text, option, zone, until=True)


def zone_named(name: str | None) -> tzinfo | None:
    """The zone of that name; None, this machine's, without a name."""
    if name is None or name.lower() == "local":
        return None
    if name.upper() == "UTC":
        return UTC
    from zoneinfo import ZoneInfo

    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise UsageError(f"--timezone {name}: no such zone; write one like Europe/Berlin, UTC or local") from error


def day_of(zone: tzinfo | None) -> Callable[[int], str]:
    """What day an instant is in a zone."""
    if zone is None:
        return local_day
    return lambda instant_ms: f"{to_datetime(instant_ms).astimezone(zone):%Y-%m-%d}"


def midnight(day: date, zone: tzinfo | None = None) -> int:
    """The first instant of a day."""
    if zone is None:
        return round(time.mktime((day.year, day.month, day.day, 0, 0, 0, 0, 0, -1))) * SECOND_MS
    return round(datetime(day.year, day.month, day.day, tzinfo=zone).timestamp()) * SECOND_MS


def today(zone: tzinfo | None = None) -> date:
    """The date in a zone."""
    return date.fromisoformat(day_of(zone)(now_ms()))


def when(instant: str | None, now: int) -> str:
    """`today 14:05`, `tomorrow 01:00`, `Nov 20 14:05` in the last months, else the date: enough to find it again."""
    local = _local(instant)
    if local is None:
        return UNKNOWN
    here = time.localtime(now // SECOND_MS)
    if local[:3] == here[:3]:
        return time.strftime("today %H:%M", local)
    if local[:3] == _day_after(here):
        return time.strftime("tomorrow %H:%M", local)
    months_apart = (here.tm_year - local.tm_year) * 12 + here.tm_mon - local.tm_mon
    return time.strftime("%b %d %H:%M" if 0 <= months_apart < 10 else "%Y-%m-%d", local)


def _day_after(day: time.struct_time) -> tuple[int, int, int]:
    noon = time.localtime(time.mktime((day.tm_year, day.tm_mon, day.tm_mday + 1, 12, 0, 0, 0, 0, -1)))
    return noon[:3]


def clock_time(instant: str | None) -> str:
    """`14:05:09` on this machine's clock."""
    local = _local(instant)
    return UNKNOWN if local is None else time.strftime("%H:%M:%S", local)


def _local(instant: str | None) -> time.struct_time | None:
    instant_ms = None if instant is None else parse_ms(instant)
    try:
        return None if instant_ms is None else time.localtime(instant_ms // SECOND_MS)
    except (OverflowError, OSError, ValueError):  # a foreign file may claim any year
        return None


def _instant(text: str, option: str, zone: tzinfo | None, *, until: bool) -> int:
    word = text.strip().lower()
    ago = _AGO.fullmatch(word)
    if ago:
        return now_ms() - int(ago.group(1)) * _UNITS[ago.group(2)]
    try:
        if word in _WORDS:
            return midnight(today(zone) + (until - _WORDS[word]) * _DAY, zone)
        if len(word) <= len("2026-11-20"):
            return midnight(date.fromisoformat(word) + until * _DAY, zone)
        moment = datetime.fromisoformat(text.strip())
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=zone) if zone else moment.astimezone()
        return round(moment.timestamp() * SECOND_MS)
    except (ValueError, OverflowError, OSError) as error:
        hint = "write 2026-11-20, 2026-11-20T14:00, 24h, 7d, today or yesterday"
        raise UsageError(f"{option} {text}: not a time; {hint}") from error
