"""Time: what enters are clocks and ISO texts, what leaves are milliseconds since 1970 in UTC.

Milliseconds are the unit of every stored instant. Only edges (the terminal, foreign files) see text.
"""

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
SECOND_MS = 1_000
MINUTE_MS = 60 * SECOND_MS
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS


class Clock(Protocol):
    """The two times a function may ask for; tests pass one that stands still."""

    def now_ms(self) -> int:
        """The instant, as everybody's calendar has it."""

    def monotonic_s(self) -> float:
        """Seconds that never run backwards, for measuring intervals."""


class SystemClock:
    """The clock of this machine."""

    def now_ms(self) -> int:
        return now_ms()

    def monotonic_s(self) -> float:
        return time.monotonic()


def utc_now() -> datetime:
    """The instant as an aware datetime in UTC."""
    return datetime.now(UTC)


def now_ms() -> int:
    """The instant in milliseconds."""
    return time.time_ns() // 1_000_000


def parse_ms(text: str) -> int | None:
    """Milliseconds of an ISO 8601 text with a zone; None for anything else: a time without a zone is no instant.

    Fractions finer than a millisecond are cut off.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return None if moment.tzinfo is None else (moment - _EPOCH) // _MILLISECOND


def format_ms(instant_ms: int) -> str:
    """The instant as `2026-11-21T09:06:42.123Z`; equal texts sort like equal instants."""
    return f"{to_datetime(instant_ms).isoformat(timespec='milliseconds')[:-6]}Z"


def to_datetime(instant_ms: int) -> datetime:
    """The instant as an aware datetime in UTC; raises OverflowError outside the years 1 to 9999."""
    return _EPOCH + timedelta(milliseconds=instant_ms)
