"""How fast a window is used, and when it is used up if that goes on.

Two rules, side by side: `mean` takes the whole time since the window began, `recent` its last hours. Neither guesses:
too early, or without any use, there is no forecast, and `reason` says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from typing import Literal, NamedTuple

import msgspec

from codex_loop.clock import HOUR_MS, MINUTE_MS

Confidence = Literal["high", "medium", "low"]

EARLIEST_PERCENT = 3.0
"""Before so much of a window has passed, a rate is noise."""
_SURE_PERCENT = 25.0
_UNSURE_PERCENT = 10.0


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """Use against time: a ratio above 1 is faster than the window lasts."""

    elapsed_percent: float
    ratio: float | None
    """None in the first moments of a window."""
    delta: float
    """Percent used less percent elapsed."""


class Forecast(msgspec.Struct, frozen=True, kw_only=True):
    """When the window will be used up, if it goes on like this."""

    exhausts_ms: int | None
    """None: it lasts until the reset."""
    lasts: bool
    percent_per_hour: float
    rule: str
    """Which rule says so: `mean` since the window began, `recent` hours."""
    confidence: Confidence


class Use(NamedTuple):
    """A window at one instant: `used` percent of it, told at `at_ms`, of `minutes` that end at `resets_ms`."""

    used: float
    at_ms: int
    minutes: int
    resets_ms: int

    @property
    def elapsed_ms(self) -> int:
        return self.minutes * MINUTE_MS - (self.resets_ms - self.at_ms)

    @property
    def elapsed_percent(self) -> float:
        return self.elapsed_ms / (self.minutes * MINUTE_MS) * 100.0


class Point(NamedTuple):
    """What was used at an instant of the window's present cycle."""

    at_ms: int
    used: float


def pace(use: Use) -> Pace | None:
    """None when the window does not hold the instant: its reset is past, or further off than it is long."""
    if not 0 < use.resets_ms - use.at_ms <= use.minutes * MINUTE_MS:
        return None
    elapsed = use.elapsed_percent
    return Pace(
        elapsed_percent=elapsed,
        ratio=use.used / elapsed if elapsed >= EARLIEST_PERCENT else None,
        delta=use.used - elapsed,
    )


def reason(use: Use) -> str | None:
    """Why there is no forecast; None when there is one."""
    if pace(use) is None:
        return "its reset does not fit its length"
    if use.used <= 0:
        return "nothing of it is used yet"
    if use.used >= 100:
        return None
    if use.elapsed_percent < EARLIEST_PERCENT:
        return f"less than {EARLIEST_PERCENT:.0f} % of it has passed"
    return None


def mean(use: Use, *, stale: bool = False, other: Forecast | None = None) -> Forecast | None:
    """The window's whole time goes on as it did; `other` is what the recent hours say, and may raise a doubt."""
    if reason(use) is not None:
        return None
    confidence = _confidence(use, stale=stale)
    # Nothing has passed only where a window was used up at once; then the rate does not matter any more.
    rate = use.used / max(use.elapsed_ms, 1)
    found = _until(use, rate, "mean", confidence)
    if use.used >= 100:
        return found
    if other is None:
        return found if confidence != "high" else msgspec.structs.replace(found, confidence="medium")
    if other.lasts != found.lasts:
        return msgspec.structs.replace(found, confidence="low")
    return found


def recent(use: Use, points: Sequence[Point], *, stale: bool = False) -> Forecast | None:
    """The last hours go on; None where the cycle was not watched for at least half of them.

    `points` are those of the present cycle, in order.
    """
    if reason(use) is not None:
        return None
    span_ms = recent_ms(use.minutes)
    first = next((point for point in points if use.at_ms - span_ms <= point.at_ms), None)
    if first is None or use.at_ms - first.at_ms < span_ms // 2:
        return None
    rate = max(use.used - first.used, 0.0) / (use.at_ms - first.at_ms)
    return _until(use, rate, "recent", "low" if stale else "medium")


def recent_ms(minutes: int) -> int:
    """How long `recent` is: a seventh of the window (a day of a week), an hour at least."""
    return max(minutes * MINUTE_MS // 7, HOUR_MS)


def _confidence(use: Use, *, stale: bool) -> Confidence:
    if use.used >= 100:
        return "low" if stale else "high"
    if stale or use.elapsed_percent < _UNSURE_PERCENT:
        return "low"
    return "high" if use.elapsed_percent >= _SURE_PERCENT else "medium"


def _until(use: Use, rate: float, rule: str, confidence: Confidence) -> Forecast:
    left = max(100.0 - use.used, 0.0)
    # A rate of nothing leaves what is left for ever.
    left_ms = left / rate if rate > 0 else inf if left else 0.0
    lasts = left_ms >= use.resets_ms - use.at_ms
    return Forecast(
        exhausts_ms=None if lasts else use.at_ms + round(left_ms),
        lasts=lasts,
        percent_per_hour=rate * HOUR_MS,
        rule=rule,
        confidence=confidence,
    )
