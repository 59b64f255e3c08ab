"""When a window began anew. In: what was told of one window, in order.  Out: its cycles.

A window begins anew when its reset has passed, when the reset moves by more than half of its length (less is jitter),
or when less is used than before: providers also reset early.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from codex_loop.clock import MINUTE_MS

JITTER_MS = 5 * MINUTE_MS
"""A reset that moves by less is the same reset."""
DROP_PERCENT = 1.0
"""Programs that round tell up to one percent less than those that do not."""


class Told(NamedTuple):
    """What was said of a window at an instant."""

    at_ms: int
    used: float | None
    resets_ms: int | None


class Cycle(NamedTuple):
    """One life of a window."""

    number: int
    """1 for the first that was told of."""
    began_ms: int
    """When it was first told of."""
    resets_ms: int | None
    """Its end, as first told: later tellings move by seconds, this one stays."""
    told: tuple[Told, ...]


def tolerance_ms(minutes: int | None) -> int:
    """How far a reset may move within one cycle."""
    return max((minutes or 0) * MINUTE_MS // 2, JITTER_MS)


def latest(told: Iterable[tuple[int, float | None, int | None]], minutes: int | None) -> Cycle | None:
    """The cycle of the last thing told (instant, used, reset; in order); None when nothing was."""
    number, present = 0, list[tuple[int, float | None, int | None]]()
    used: float | None = None
    resets_ms: int | None = None
    jitter_ms = tolerance_ms(minutes)
    for each in told:
        at, now_used, now_resets = each
        if (
            not present
            or (resets_ms is not None and at >= resets_ms)
            or (resets_ms is not None and now_resets is not None and abs(now_resets - resets_ms) > jitter_ms)
            or (used is not None and now_used is not None and used - now_used >= DROP_PERCENT)
        ):
            number, present, used, resets_ms = number + 1, [], None, None
        present.append(each)
        if now_used is not None:
            used = now_used
        if now_resets is not None:
            resets_ms = now_resets
    if not present:
        return None
    end_ms = next((resets for _, _, resets in present if resets is not None), None)
    return Cycle(number, present[0][0], end_ms, tuple(map(Told._make, present)))
