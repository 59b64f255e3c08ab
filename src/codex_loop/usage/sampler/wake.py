"""Waiting for the next cycle, and noticing that the machine slept meanwhile."""

from __future__ import annotations

from collections.abc import Callable

from codex_loop.clock import Clock

SLICE_S = 10.0
"""How long it may take to notice that the machine woke up."""
JUMP_S = 30.0
"""Sleep, or a clock that was set: the time of day went on this much further than the time that was spent waiting."""


def wait(seconds: float, clock: Clock, sleep: Callable[[float], None]) -> bool:
    """Wait that long; True when it ended early because the time of day jumped ahead, as it does over a sleep.

    A clock that goes back changes nothing: what is waited for is measured by one that never does.
    """
    began = clock.monotonic_s()
    spent, day_ms = began, clock.now_ms()
    while (left := seconds - (spent - began)) > 0:
        sleep(min(left, SLICE_S))
        before, before_ms = spent, day_ms
        spent, day_ms = clock.monotonic_s(), clock.now_ms()
        if (day_ms - before_ms) / 1000 - (spent - before) > JUMP_S:
            return True
    return False
