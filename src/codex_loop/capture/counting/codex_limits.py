"""What Codex passes on about the provider's limits, in each of its shapes.

Windows are data: any object with a `used_percent` is one, whatever its name. A sample is told when it says something
new; a reset time that moves by seconds does not. What does not change is told again after a while, so that the age of
the newest sample is the age of the newest observation.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, cast

import msgspec

from codex_loop.model.records import LimitObserved
from codex_loop.sources.fields import Body, as_body, body, flag, number, text

JITTER_MS = 300_000
REPEAT_MS = 600_000
_JITTER_S = JITTER_MS // 1000
_FULL = 101.0
"""More is believed only where credits allow to go on: upstream once put a time into this field."""
_MOST = 1e9
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


SaidOfWindow = tuple[float | None, int | None, str | None, str | None, str | None]


class Told(msgspec.Struct, array_like=True, gc=False):
    """The last sample of one window."""

    said: SaidOfWindow
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
        if said.__class__ is not Usual:
            if not said or said == _NULL:
                return False
            try:
                said = _usual.decode(cast("msgspec.Raw", said))
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                self.usual = None
                return True
        now = said
        moment = "" if stamp is None else stamp[:_TEN_MINUTES]
        if moment == self.moment and _still(self.usual, now):
            return False
        self.usual, self.moment = now, moment
        return True


def _still(before: Usual | None, now: Usual) -> bool:
    """Asked for every answer of every session: the windows first, because they are what changes."""
    if before is None:
        return False
    for old, new in ((before.primary, now.primary), (before.secondary, now.secondary)):
        if old is None or new is None:
            if old is not new:
                return False
        elif old.used_percent != new.used_percent or old.window_minutes != new.window_minutes:
            return False
        elif old.resets_at is None or new.resets_at is None:
            if old.resets_at is not new.resets_at:
                return False
        elif not -_JITTER_S < new.resets_at - old.resets_at < _JITTER_S:
            return False
    return (
        before.plan_type == now.plan_type
        and before.limit_id == now.limit_id
        and before.rate_limit_reached_type == now.rate_limit_reached_type
        and before.credits == now.credits
    )


Said = tuple[str, str | None, str | None, str | None]
"""What a value says beside its windows: limit id, plan, what was reached, credits."""
Sample = tuple[str | None, float | None, int | None, int | None]
"""Slot, used percent, minutes, reset in UTC milliseconds."""


def observed(limits: Limits, raw: bytes, *, offset: int, time_ms: int | None, session: str) -> Iterator[LimitObserved]:
    """The samples in one `rate_limits` value that say something new."""
    said, samples = _unusual(raw, time_ms) if limits.usual is None else _plain(limits.usual)
    limit_id, plan, reached, credit = said
    for slot, used, window, resets_ms in samples:
        name = f"{limit_id}/{slot or ''}"
        before = limits.told.get(name)
        now = (used, window, plan, reached, credit)
        if (before is not None and _same(before, now, resets_ms, time_ms)) or (
            before is None and len(limits.told) >= _SLOTS
        ):
            continue
        limits.told[name] = Told(now, resets_ms, time_ms)
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
            credits=credit,
        )


def _plain(of: Usual) -> tuple[Said, list[Sample]]:
    credit = of.credits
    balance = None if credit is None else "unlimited" if credit.unlimited else credit.balance
    over = credit is not None and (balance == "unlimited" or credit.has_credits is True)
    samples: list[Sample] = []
    for slot, window in (("primary", of.primary), ("secondary", of.secondary)):
        if window is not None and window.used_percent is not None:
            used = window.used_percent
            if 0 <= used <= _FULL or (over and 0 <= used <= _MOST):
                samples.append((slot, used, window.window_minutes, _ms(window.resets_at)))
    if not samples and (credit is not None or of.rate_limit_reached_type):
        samples.append((None, None, None, None))
    return (of.limit_id or "codex", of.plan_type, of.rate_limit_reached_type, balance), samples


def _unusual(raw: bytes, time_ms: int | None) -> tuple[Said, list[Sample]]:
    try:
        limits = as_body(_json.decode(raw))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        limits = {}
    credit = body(limits, "credits")
    balance = "unlimited" if flag(credit, "unlimited") else text(credit, "balance")
    over = bool(flag(credit, "has_credits")) or balance == "unlimited"
    said = (
        text(limits, "limit_id") or "codex", text(limits, "plan_type"), text(limits, "rate_limit_reached_type"), balance
    )  # fmt: skip
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
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= _MOST:
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


def _same(before: Told, said: SaidOfWindow, resets_ms: int | None, time_ms: int | None) -> bool:
    if before.said != said:
        return False
    if before.resets_ms is None or resets_ms is None:
        if before.resets_ms is not resets_ms:
            return False
    elif abs(resets_ms - before.resets_ms) >= JITTER_MS:
        return False
    return before.time_ms is None or time_ms is None or time_ms - before.time_ms < REPEAT_MS
