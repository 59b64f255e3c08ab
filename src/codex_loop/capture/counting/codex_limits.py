"""What Codex passes on about the provider's limits, in each of its shapes.

Windows are data: any object with a `used_percent` is one, whatever its name. A sample is told when it says something
new; a reset time that moves by seconds does not. What does not change is told again after a while, so that the age of
the newest sample is the age of the newest observation.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, NamedTuple

import msgspec

from codex_loop.model.records import LimitObserved
from codex_loop.sources.fields import Body, as_body, body, flag, number, text

JITTER_MS = 300_000
REPEAT_MS = 600_000
_FULL = 101.0
"""More is believed only where credits allow to go on: upstream once put a time into this field."""
_SLOTS = 32
_TEN_MINUTES = len("2026-11-21T07:0")
_NULL = msgspec.Raw(b"null")

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

    usual: Usual | None = None
    moment: str = ""
    """When the last value was looked at closely, to ten minutes."""
    told: dict[str, Told] = msgspec.field(default_factory=dict)

    def news(self, said: Usual | msgspec.Raw, stamp: str | None) -> bool:
        """False if this value says nothing that was not told before."""
        if isinstance(said, Usual):
            now = said
        elif not said or said == _NULL:
            return False
        else:
            try:
                now = _usual.decode(said)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                self.usual = None
                return True
        moment = "" if stamp is None else stamp[:_TEN_MINUTES]
        before = self.usual
        if before is not None and moment == self.moment and _still(before, now):
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


class Said(NamedTuple):
    """What a value says beside its windows."""

    limit_id: str
    plan: str | None
    reached: str | None
    credits: str | None


Sample = tuple[str | None, float | None, int | None, int | None]
"""Slot, used percent, minutes, reset in UTC milliseconds."""


def observed(limits: Limits, raw: bytes, *, offset: int, time_ms: int | None, session: str) -> Iterator[LimitObserved]:
    """The samples in one `rate_limits` value that say something new."""
    said, samples = _unusual(raw, time_ms) if limits.usual is None else _plain(limits.usual)
    for slot, used, window, resets_ms in samples:
        name = f"{said.limit_id}/{slot or ''}"
        before = limits.told.get(name)
        now = Told((used, window, said.plan, said.reached, said.credits), resets_ms, time_ms)
        if _same(before, now) or (before is None and len(limits.told) >= _SLOTS):
            continue
        limits.told[name] = now
        yield LimitObserved(
            offset=offset,
            time_ms=time_ms,
            session=session,
            limit_id=said.limit_id,
            window_minutes=window,
            used_percent=used,
            resets_ms=resets_ms,
            slot=slot,
            plan=said.plan,
            reached=said.reached,
            credits=said.credits,
        )


def _plain(of: Usual) -> tuple[Said, list[Sample]]:
    balance = None if of.credits is None else "unlimited" if of.credits.unlimited else of.credits.balance
    over = balance == "unlimited" or (of.credits is not None and of.credits.has_credits is True)
    samples: list[Sample] = []
    for slot, window in (("primary", of.primary), ("secondary", of.secondary)):
        used = None if window is None else _percent(window.used_percent, over=over)
        if window is not None and used is not None:
            samples.append((slot, used, window.window_minutes, _ms(window.resets_at)))
    if not samples and (of.credits is not None or of.rate_limit_reached_type):
        samples.append((None, None, None, None))
    return Said(of.limit_id or "codex", of.plan_type, of.rate_limit_reached_type, balance), samples


def _unusual(raw: bytes, time_ms: int | None) -> tuple[Said, list[Sample]]:
    try:
        limits = as_body(_json.decode(raw))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        limits = {}
    credit = body(limits, "credits")
    balance = "unlimited" if flag(credit, "unlimited") else text(credit, "balance")
    over = bool(flag(credit, "has_credits")) or balance == "unlimited"
    said = Said(
        text(limits, "limit_id") or "codex", text(limits, "plan_type"), text(limits, "rate_limit_reached_type"), balance
    )
    return said, list(_windows(limits, time_ms, over=over))


def _windows(limits: Body, time_ms: int | None, *, over: bool) -> Iterator[Sample]:
    """Each window; of none, what else the value says."""
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
        return _ms(at)
    wait = number(window, "resets_in_seconds")
    return None if wait is None or time_ms is None or abs(wait) > 1 << 40 else time_ms + wait * 1000


def _ms(seconds: int | None) -> int | None:
    return seconds * 1000 if seconds is not None and abs(seconds) < 1 << 40 else None


def _same(before: Told | None, now: Told) -> bool:
    if before is None or before.said != now.said:
        return False
    if (before.resets_ms is None) != (now.resets_ms is None):
        return False
    moved = abs((now.resets_ms or 0) - (before.resets_ms or 0))
    waited = 0 if before.time_ms is None or now.time_ms is None else now.time_ms - before.time_ms
    return moved < JITTER_MS and waited < REPEAT_MS
