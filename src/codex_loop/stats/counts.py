"""Counts: solved or not, before and after."""

from __future__ import annotations

import math
from collections.abc import Sequence


def mcnemar(lost: int, won: int) -> float:
    """The exact p of so many tasks solved only before and so many only after; those equal in both say nothing."""
    moved = lost + won
    tail = sum(math.comb(moved, few) for few in range(min(lost, won) + 1))
    return min(1.0, float(tail * 2 / (1 << moved)))


def fisher(solved_before: int, before: int, solved_after: int, after: int) -> float:
    """Fisher's exact p, two-sided: are so many solved of `before` and of `after` attempts at one task a chance?"""
    solved = solved_before + solved_after
    ways = {
        first: math.comb(before, first) * math.comb(after, solved - first)
        for first in range(max(0, solved - after), min(before, solved) + 1)
    }
    rare = ways[solved_before]
    return sum(count for count in ways.values() if count <= rare) / math.comb(before + after, solved)


def holm(values: Sequence[float]) -> list[float]:
    """The p values, made so much larger that looking at all of them finds nothing by chance more often than at one."""
    adjusted, running = [0.0] * len(values), 0.0
    for rank, index in enumerate(sorted(range(len(values)), key=values.__getitem__)):
        running = max(running, min(1.0, (len(values) - rank) * values[index]))
        adjusted[index] = running
    return adjusted
