"""Paired ratios: how many times more after than before, task by task."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from typing import NamedTuple

from codex_loop.stats.paired import Interval, sign_flip, spread


class Ratio(NamedTuple):
    """The geometric mean of after / before over tasks."""

    value: float
    interval: Interval | None
    """95 %; None with a single cluster."""
    p: float
    tasks: int


def ratio(before: Sequence[float], after: Sequence[float], clusters: Sequence[Hashable] | None = None) -> Ratio | None:
    """None when no task has a positive amount on both sides: nothing can be said of times more than nothing."""
    labels = range(len(before)) if clusters is None else clusters
    pairs = [
        (math.log(new / old), label)
        for old, new, label in zip(before, after, labels, strict=True)
        if old > 0 and new > 0
    ]
    if not pairs:
        return None
    logs, kept = [log for log, _ in pairs], [label for _, label in pairs]
    around = spread(logs, kept)
    within = around.interval()
    return Ratio(
        math.exp(around.mean),
        None if within is None else Interval(_exp(within.low), _exp(within.high)),
        sign_flip(logs, kept).p,
        len(pairs),
    )


def _exp(value: float) -> float:
    return math.exp(max(-700.0, min(700.0, value)))  # two tasks may leave anything possible; floats end there
