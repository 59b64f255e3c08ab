"""A status event as any program of this kind ever wrote it, read into ours.

Ours come first; older files (of Claude alone, of both), and other status programs, spell windows in their own ways.
What is used and what is left are told apart by the name of the field; a bare number says neither and is not guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from math import isfinite
from typing import Literal, NamedTuple, get_args

import msgspec

from codex_loop.clock import format_ms
from codex_loop.model.records import LimitObserved
from codex_loop.sources.fields import Body, as_body, body, text, time_ms
from codex_loop.sources.samples.event import Failure, Reason, StatusEvent, Via, WindowSeen

Tool = Literal["codex", "claude"]

USED = ("used_percent", "percent_used", "used_percentage", "utilization", "usedPercent", "used", "usage_percent")
LEFT = ("percent_left", "remaining_percent", "left_percent", "percent_remaining", "remaining_percentage", "left",
        "remaining")  # fmt: skip
USED_RATIO = ("used_ratio", "usage_ratio", "ratio")
RESETS = ("resets_at", "reset_at", "resetsAt", "reset", "resets", "reset_time", "resets_at_epoch")
RESETS_IN = ("resets_in_seconds", "reset_in_seconds", "reset_seconds", "resetsInSeconds")
MINUTES = ("window_minutes", "windowDurationMins", "window_duration_mins", "minutes")
TIMES = ("timestamp", "captured_at", "observed_at", "time", "ts")
TOOLS = ("source_tool", "tool", "source")

FULL = 101.0
"""More is believed only where credits allow to go on: upstream once put a time into this field."""
DETAIL = 300
_EPOCH_MS = 1e11
"""A number of seconds of the year 5138; a larger one counts milliseconds."""
_LATEST_MS = 253_402_300_799_999  # the last instant that has an ISO 8601 text

FIVE_HOURS, WEEK = 300, 10_080
_NAMED = {
    "5h_limit": FIVE_HOURS, "weekly_limit": WEEK, "session": FIVE_HOURS, "weekly": WEEK, "week": WEEK,
    "five_hour": FIVE_HOURS, "primary_5h": FIVE_HOURS,
}  # fmt: skip
_WEEKS = ("weekly_", "seven_day", "week_")
_SLOTS = {
    "session": "five_hour", "weekly_all": "seven_day", "weekly_opus": "seven_day_opus",
    "weekly_sonnet": "seven_day_sonnet",
}  # fmt: skip
_LENGTH = re.compile(r"(\d{1,6})\s*(m|min|h|d)(?:_limit)?")
_UNITS = {"m": 1, "min": 1, "h": 60, "d": 1440}


class NotAnEvent(ValueError):
    """The value is no status event; the message says why."""


class Read(NamedTuple):
    """An event, and the names of windows in it that nobody can read."""

    event: StatusEvent
    unread: tuple[str, ...]


def read(value: object) -> Read:
    """The event in a decoded JSON value. Raise NotAnEvent when there is none: no windows, and no error either."""
    of = as_body(value)
    if not isinstance(of.get("windows"), dict) and not isinstance(of.get("error"), dict):
        raise NotAnEvent("no windows and no error in it" if of else "not a JSON object")
    at_ms = event_ms(of)
    over = of.get("credits") is not None
    windows, unread = {}, []
    for name, told in body(of, "windows").items():
        if told is None:
            continue
        seen = window(told, at_ms, over=over)
        if seen is None:
            unread.append(name)
        else:
            windows[name] = seen
    event = StatusEvent(
        source_tool=tool(of),
        seq_no=_seq_no(of),
        timestamp="" if at_ms is None else format_ms(at_ms),
        hostname=text(of, "hostname", "host") or "",
        via=_via(of),
        account=text(of, "account"),
        plan=text(of, "plan", "plan_type"),
        credits=text(of, "credits"),
        windows=windows,
        error=_failure(of),
        tried=[each for each in _list(of, "tried") if isinstance(each, str)],
    )
    return Read(event, tuple(unread))


def tool(of: Body) -> Tool:
    """Whose limits these are. Files from before Codex was sampled name nobody, or only Claude."""
    named = (text(of, *TOOLS) or "").lower()
    return "codex" if "codex" in named or "openai" in named else "claude"


def event_ms(of: Body) -> int | None:
    """When the event was told."""
    return next((found for name in TIMES if (found := _instant(of.get(name))) is not None), None)


def window(value: object, at_ms: int | None, *, over: bool = False) -> WindowSeen | None:
    """One window in any spelling; None when nothing in it can be read."""
    of = as_body(value)
    if not of:
        return None
    resets = _resets(of, at_ms)
    seen = WindowSeen(
        used_percent=_used(of, over=over),
        resets_at=None if resets is None else format_ms(resets),
        window_minutes=_minutes(of),
        limit_id=text(of, "limit_id", "limitId"),
        slot=text(of, "slot"),
        reached=text(of, "reached"),
    )
    known = {*USED, *LEFT, *USED_RATIO, *RESETS, *RESETS_IN, *MINUTES, "reached"}
    return seen if known & of.keys() else None


def observed(event: StatusEvent, offset: int) -> Iterator[LimitObserved]:
    """What an event says of its limits. A window of which nothing is known says nothing."""
    at_ms = time_ms(event.timestamp)
    told = 0
    for name, seen in event.windows.items():
        resets_ms = time_ms(seen.resets_at)
        if seen.used_percent is None and resets_ms is None and seen.reached is None:
            continue
        told += 1
        minutes = seen.window_minutes if seen.window_minutes is not None else minutes_of(name)
        yield _limit(
            event, offset, at_ms,
            LimitObserved(offset=offset, session="", limit_id=seen.limit_id or event.source_tool,
                          window_minutes=minutes, used_percent=seen.used_percent, resets_ms=resets_ms,
                          slot=_slot(event.source_tool, name, seen, minutes), reached=seen.reached),
        )  # fmt: skip
    if not told and event.credits is not None:
        yield _limit(event, offset, at_ms, LimitObserved(offset=offset, session="", limit_id=event.source_tool))


def minutes_of(name: str) -> int | None:
    """The length that a window's name states."""
    lowered = name.lower()
    if lowered in _NAMED:
        return _NAMED[lowered]
    if lowered.startswith(_WEEKS):
        return WEEK
    length = _LENGTH.fullmatch(lowered)
    return int(length[1]) * _UNITS[length[2]] if length else None


def _limit(event: StatusEvent, offset: int, at_ms: int | None, limit: LimitObserved) -> LimitObserved:
    return msgspec.structs.replace(
        limit, offset=offset, time_ms=at_ms, agent=event.source_tool, plan=event.plan, credits=event.credits,
        account=event.account, via="program" if event.via == "unknown" else event.via,
    )  # fmt: skip


def _slot(agent: str, name: str, seen: WindowSeen, minutes: int | None) -> str | None:
    if seen.slot is not None:
        return seen.slot
    if agent == "claude":
        return _SLOTS.get(name, name)
    return name if minutes is None else None


def _used(of: Body, *, over: bool) -> float | None:
    for names, used in ((USED, _same), (LEFT, _turned), (USED_RATIO, _scaled)):
        said = next((found for name in names if (found := _number(of.get(name))) is not None), None)
        if said is not None:
            percent = used(said)
            return percent if percent >= 0 and (percent <= FULL or over) else None
    return None


def _same(percent: float) -> float:
    return percent


def _turned(left: float) -> float:
    return 100.0 - left


def _scaled(ratio: float) -> float:
    return ratio * 100.0


def _number(value: object) -> float | None:
    """A number, or its text with or without a per cent sign."""
    if isinstance(value, str):
        try:
            value = float(value.strip().removesuffix("%"))
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if abs(value) < 1e9 and isfinite(value) else None


def _minutes(of: Body) -> int | None:
    for name, unit in (*((name, 1) for name in MINUTES), ("window_seconds", 60)):
        found = _number(of.get(name))
        if found is not None and found >= unit:
            return int(found // unit)
    return None


def _resets(of: Body, at_ms: int | None) -> int | None:
    stated = next((found for name in RESETS if (found := _instant(of.get(name))) is not None), None)
    if stated is not None or at_ms is None:
        return stated
    wait = next((wait for name in RESETS_IN if (wait := _number(of.get(name))) is not None), None)
    return None if wait is None else _possible(at_ms + int(wait * 1000))


def _instant(value: object) -> int | None:
    """Milliseconds of an ISO 8601 text or of a number since 1970 in seconds or milliseconds."""
    if isinstance(value, str):
        found = time_ms(value)
    elif isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value) or abs(value) > 1e15:
        return None
    else:
        found = int(value * 1000 if abs(value) < _EPOCH_MS else value)
    return None if found is None else _possible(found)


def _possible(instant_ms: int) -> int | None:
    return instant_ms if 0 < instant_ms <= _LATEST_MS else None


def _seq_no(of: Body) -> int | None:
    found = of.get("seq_no")
    return found if isinstance(found, int) and not isinstance(found, bool) and 0 <= found < 1 << 62 else None


def _via(of: Body) -> Via:
    named = text(of, "via")
    return next((each for each in get_args(Via) if each == named), "unknown")


def _failure(of: Body) -> Failure | None:
    said = of.get("error")
    if isinstance(said, str) and said:
        return Failure(reason="unavailable", detail=said[:DETAIL])
    told = as_body(said)
    if not told:
        return None
    reason: Reason = next((each for each in get_args(Reason) if each == told.get("reason")), "unavailable")
    return Failure(reason=reason, detail=(text(told, "detail", "message") or "it did not say why")[:DETAIL])


def _list(of: Body, name: str) -> list[object]:
    value = of.get(name)
    return value if isinstance(value, list) else []
