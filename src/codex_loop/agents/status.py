"""One look at one agent's limits: its sources are asked one after the other, the best first, until one answers.

Each gets a share of the time that is left, so that one that hangs leaves time for the next. What the event does not
know is null, and why is said in `tried` and `error`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import msgspec

from codex_loop.agents.place import NoProgram
from codex_loop.agents.processes import GRACE_S, CannotStart
from codex_loop.clock import Clock, format_ms
from codex_loop.sources.fields import time_ms
from codex_loop.sources.samples.event import Failure, NotSaid, Reading, Reason, StatusEvent, Via, WindowSeen
from codex_loop.sources.samples.spellings import Tool

_ENDING_S = 2 * GRACE_S
"""Kept back for ending the last program."""
_TELLING: Mapping[Reason, int] = {"auth": 0, "timeout": 1, "exec": 2, "parse": 3, "unavailable": 4}
"""Of several failures the one is told that a person can do most about."""


class Source(NamedTuple):
    """A way to ask. `ask` is given the instant of the monotonic clock at which it must have ended."""

    name: Via
    ask: Callable[[float], Reading]
    share: float = 1.0
    """Of the time that is left."""
    passive: bool = False
    """It reads what was left on disk: worth a look even after the program said that it has nothing."""


class Look(NamedTuple):
    """What one look gave."""

    event: StatusEvent
    missing: bool = False
    """The program that was to be asked is not there."""


class _Miss(NamedTuple):
    name: Via
    reason: Reason
    detail: str
    final: bool = False
    missing: bool = False


def look(
    agent: Tool,
    sources: Sequence[Source],
    *,
    timeout_s: float,
    clock: Clock,
    hostname: str,
    account: Callable[[str], str],
) -> Look:
    """Ask until one answers. Never raises for what a program does; `account` hides whose limits they are."""
    end_s = clock.monotonic_s() + max(0.0, timeout_s - _ENDING_S)
    misses: list[_Miss] = []
    for source in sources:
        if not source.passive and any(miss.final for miss in misses):
            continue
        found = _asked(source, end_s, clock)
        if isinstance(found, _Miss):
            misses.append(found)
            continue
        now_ms = clock.now_ms()
        observed_ms = now_ms if found.observed_ms is None else found.observed_ms
        event = StatusEvent(
            source_tool=agent,
            timestamp=format_ms(observed_ms),
            hostname=hostname,
            via=source.name,
            account=None if found.account is None else account(found.account),
            plan=found.plan,
            credits=found.credits,
            windows=found.windows,
            tried=[_told(miss) for miss in misses],
        )
        return Look(event)
    return _nothing(agent, misses, clock, hostname)


def _asked(source: Source, end_s: float, clock: Clock) -> Reading | _Miss:
    now_s = clock.monotonic_s()
    if now_s >= end_s:
        return _Miss(source.name, "timeout", "no time was left for it")
    try:
        found = source.ask(now_s + (end_s - now_s) * source.share)
    except NotSaid as error:
        return _Miss(source.name, error.reason, error.detail, final=error.final)
    except CannotStart as error:
        return _Miss(source.name, "exec", str(error))
    except NoProgram as error:
        return _Miss(source.name, "exec", str(error), final=True, missing=True)
    return _standing(source.name, found, clock.now_ms())


def _standing(name: Via, found: Reading, now_ms: int) -> Reading | _Miss:
    """Without the numbers of windows that have ended since: how much of the next one is used is not known."""
    windows = {name: _unless_over(seen, now_ms) for name, seen in found.windows.items()}
    if found.credits is None and not any(_says(seen) for seen in windows.values()):
        said = "every window it tells of has ended" if found.windows else "it tells of no window"
        return _Miss(name, "unavailable", said)
    return msgspec.structs.replace(found, windows=windows)


def _unless_over(seen: WindowSeen, now_ms: int) -> WindowSeen:
    resets_ms = time_ms(seen.resets_at)
    if resets_ms is None or resets_ms > now_ms:
        return seen
    return msgspec.structs.replace(seen, used_percent=None, reached=None)


def _says(seen: WindowSeen) -> bool:
    return seen.used_percent is not None or seen.reached is not None


def _nothing(agent: Tool, misses: Sequence[_Miss], clock: Clock, hostname: str) -> Look:
    final = [miss for miss in misses if miss.final]
    worst = min(final or misses, key=lambda miss: _TELLING[miss.reason], default=None)
    error = Failure(reason="unavailable", detail="there is nothing to ask")
    if worst is not None:
        error = Failure(reason=worst.reason, detail=worst.detail if worst.missing else f"{worst.name}: {worst.detail}")
    event = StatusEvent(
        source_tool=agent,
        timestamp=format_ms(clock.now_ms()),
        hostname=hostname,
        error=error,
        tried=[_told(miss) for miss in misses],
    )
    return Look(event, missing=any(miss.missing for miss in misses))


def _told(miss: _Miss) -> str:
    return f"{miss.name}: {miss.detail}"
