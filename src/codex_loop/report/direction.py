"""Whether something becomes more or less, and when that cannot be said."""

from __future__ import annotations

from typing import NamedTuple

GROWS, SHRINKS = 1.2, 0.8
"""How much more, or less, often the second half has to be."""
FEWEST = 4
"""Of fewer signals no direction is told."""


class Half(NamedTuple):
    """How often something happened, and in how many sessions it could have."""

    signals: int
    sessions: int


def direction(before: Half, after: Half) -> str | None:
    """growing, shrinking or steady for each session at work; None: too little to say."""
    if before.signals + after.signals < FEWEST or not before.sessions or not after.sessions:
        return None
    earlier, later = before.signals / before.sessions, after.signals / after.sessions
    if later > GROWS * earlier:
        return "growing"
    return "shrinking" if later < SHRINKS * earlier else "steady"
