"""What Codex passes on about the provider's limits, in each of its shapes.

Windows are data: any object with a `used_percent` is one, whatever its name. A sample is told when it says something
new; a reset time that moves by seconds does not. What does not change is told again after a while, so that the age of
the newest sample is the age of the newest observation.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import msgspec

from codex_loop.model.records import LimitObserved
from codex_loop.sources.fields import Body, as_body, body, flag, number, text

JITTER_MS = 300_000
REPEAT_MS = 600_000
_FULL = 101.0
"""More is believed only where credits allow to go on: upstream once put a time into this field."""
_SLOTS = 32
_RAW = 4096
_TEN_MINUTES = len("2026-11-21T07:0")
_NOTHING = (b"", b"null")

Count = Annotated[int, msgspec.Meta(ge=0, le=1 << 53)]

_json: msgspec.json.Decoder[object] = msgspec.json.Decoder()


class Window(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    used_percent: float | None = None
    window_minutes: Count | None = None
    resets_at: Count | None = None


class Credits(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    has_credits: bool | None = None
    unlimited: bool | None = None
    balance: str | None = None


class Usual(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """The shape of nearly all of them, to see cheaply that nothing is new; anything else is read as an object."""

    limit_id: str | None = None
    limit_name: str | None = None
    primary: Window | None = None
    secondary: Window | None = None
    credits: Credits | None = None
    individual_limit: None = None
    spend_control_reached: bool | None = None
    plan_type: str | None = None
    rate_limit_reached_type: str | None = None


class Told(msgspec.Struct, array_like=True, gc=False):
    """The last sample of one window."""

    said: tuple[float | None, int | None, str | None, str | None, str | None]
    resets_ms: int | None
    time_ms: int | None


_usual: msgspec.json.Decoder[Usual] = msgspec.json.Decoder(Usual)


class Limits(msgspec.Struct):
    """What was told of the limits in one file."""

    raw: bytes = b""
    usual: Usual | None = None
    moment: str = ""
    """When the last value was looked at closely, to ten minutes."""
    told: dict[str, Told] = msgspec.field(default_factory=dict)

    def news(self, raw: bytes, stamp: str | None) -> bool:
        """False if this value says nothing that was not told before."""
        moment = "" if stamp is None else stamp[:_TEN_MINUTES]
        if raw == self.raw and moment == self.moment:
            return False
        self.raw = raw if len(raw) <= _RAW else b""
        try:
            now = _usual.decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            self.usual, self.moment = None, moment
            return raw not in _NOTHING
        if self.usual is not None and moment == self.moment and _still(self.usual, now):
            return False
        self.usual, self.moment = now, moment
        return True


def _still(before: Usual, now: Usual) -> bool:
    return (
        _still_window(before.primary, now.primary)
        and _still_window(before.secondary, now.secondary)
        and before.plan_type == now.plan_type
        and before.limit_id == now.limit_id
        and before.rate_limit_reached_type == now.rate_limit_reached_type
        and before.credits == now.credits
    )


def _still_window(before: Window | None, now: Window | None) -> bool:
    if before is None or now is None:
        return before is now
    if before.used_percent != now.used_percent or before.window_minutes != now.window_minutes:
        return False
    if before.resets_at is None or now.resets_at is None:
        return before.resets_at is now.resets_at
    return abs(now.resets_at - before.resets_at) * 1000 < JITTER_MS


def observed(
    told: dict[str, Told], raw: bytes, *, offset: int, time_ms: int | None, session: str
) -> Iterator[LimitObserved]:
    """The samples in one `rate_limits` value that say something new."""
    try:
        limits = as_body(_json.decode(raw))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return
    limit_id = text(limits, "limit_id") or "codex"
    credit = body(limits, "credits")
    balance = "unlimited" if flag(credit, "unlimited") else text(credit, "balance")
    plan, reached = text(limits, "plan_type"), text(limits, "rate_limit_reached_type")
    over = bool(flag(credit, "has_credits")) or balance == "unlimited"
    for slot, used, window, resets_ms in _windows(limits, time_ms, over=over):
        name = f"{limit_id}/{slot or ''}"
        now = Told((used, window, plan, reached, balance), resets_ms, time_ms)
        if _same(told.get(name), now) or (name not in told and len(told) >= _SLOTS):
            continue
        told[name] = now
        yield LimitObserved(
            offset=offset,
            time_ms=time_ms,
            session=session,
            limit_id=limit_id,
            window_minutes=window,
            used_percent=used,
            resets_ms=resets_ms,
            slot=slot,
            plan=plan,
            reached=reached,
            credits=balance,
        )


def _windows(
    limits: Body, time_ms: int | None, *, over: bool
) -> Iterator[tuple[str | None, float | None, int | None, int | None]]:
    """(slot, used percent, minutes, reset) of each window; of none, what else the value says."""
    found = False
    for slot, value in limits.items():
        window = as_body(value)
        used = _percent(window.get("used_percent"), over=over)
        if used is not None:
            found = True
            yield slot, used, number(window, "window_minutes"), _resets(window, time_ms)
    for slot in ("primary", "secondary"):
        used = _percent(limits.get(f"{slot}_used_percent"), over=over)
        if used is not None and slot not in limits:
            found = True
            yield slot, used, number(limits, f"{slot}_window_minutes"), None
    if not found and (body(limits, "credits") or text(limits, "rate_limit_reached_type")):
        yield None, None, None, None


def _percent(value: object, *, over: bool) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1e9:
        return None
    return float(value) if value <= _FULL or over else None


def _resets(window: Body, time_ms: int | None) -> int | None:
    at = number(window, "resets_at")
    if at is not None:
        return at * 1000 if abs(at) < 1 << 40 else None
    wait = number(window, "resets_in_seconds")
    return None if wait is None or time_ms is None or abs(wait) > 1 << 40 else time_ms + wait * 1000


def _same(before: Told | None, now: Told) -> bool:
    if before is None or before.said != now.said:
        return False
    if (before.resets_ms is None) != (now.resets_ms is None):
        return False
    moved = abs((now.resets_ms or 0) - (before.resets_ms or 0))
    waited = 0 if before.time_ms is None or now.time_ms is None else now.time_ms - before.time_ms
    return moved < JITTER_MS and waited < REPEAT_MS
