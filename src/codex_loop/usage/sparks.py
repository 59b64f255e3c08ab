"""A row of numbers as a small picture."""

from __future__ import annotations

from collections.abc import Sequence

_BARS = "▁▂▃▄▅▆▇█"


def spark(values: Sequence[int], width: int = 60) -> str:
    """One bar a value, the highest full; of more than `width` values the latest. Nothing is a dot, not a low bar."""
    shown = values[-width:]
    most = max(shown, default=0)
    return "".join(_bar(value, most) for value in shown)


def _bar(value: int, most: int) -> str:
    if value <= 0:
        return "·"
    return _BARS[min(len(_BARS) - 1, value * len(_BARS) // most)]
