"""What one run of an engine comes to: before, and after."""

from __future__ import annotations

from typing import NamedTuple

import msgspec


class Estimate(NamedTuple):
    """What judging would come to, before anything is sent: no less than it will be."""

    turns: int
    cached: int
    tokens: int
    usd: float


class Tally(msgspec.Struct):
    """What one run of an engine came to."""

    judged: int = 0
    cached: int = 0
    """Of those judged: known from an earlier run, not asked again."""
    not_judged: int = 0
    tokens: int = 0
    usd: float = 0.0
    reason: str | None = None
    """Why some were not judged; None when all were."""
