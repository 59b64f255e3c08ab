"""What is left of every window that the providers report, the tightest first."""

from __future__ import annotations

from typing import Literal

import msgspec

State = Literal["current", "expired", "stale", "unknown"]


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """One window of one limit, as last told. Windows are data: their length names them, not a table of ours."""

    agent: str
    account: str | None
    limit_id: str
    slot: str | None
    key: str
    """`5h`, `weekly`, `<n>m`: by its length; the provider's own name where no length was told."""
    minutes: int | None
    used_percent: float | None
    """As told; None when not told, or when the window has begun anew since."""
    resets_ms: int | None
    observed_ms: int | None
    via: str | None
    plan: str | None
    reached: str | None
    state: State


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """Use against time: a ratio above 1 is faster than the window lasts."""

    elapsed_percent: float
    ratio: float | None
    delta: float


class Forecast(msgspec.Struct, frozen=True, kw_only=True):
    """When the window will be used up, if it goes on like this."""

    exhausts_ms: int | None
    """None: it lasts until the reset."""
    lasts: bool
    percent_per_hour: float
    rule: str
    """Which rule says so: `mean` since the window began, `recent` hours."""
    confidence: Literal["high", "medium", "low"]


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """A window and what follows from it."""

    window: Window
    pace: Pace | None
    forecast: Forecast | None
    cycle: int | None
    """Counts the times this window began anew."""
