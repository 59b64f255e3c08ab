"""What one run of an engine came to."""

from __future__ import annotations

import msgspec


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
