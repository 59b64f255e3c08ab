"""How small a change a design can see, and how large a design sees a given change."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from codex_loop.stats import student
from codex_loop.stats.paired import SEED, Interval, sign_flip

FEWEST = 6  # five moved tasks give p = 2^-4 at best: more than .05, whatever happens
MIXED = 0.15  # mean of p (1 - p) over tasks of which some are easy, some hard and some in between
ALPHA = 0.05
_MOST = 100_000
_EXACT_COSTS = 1.2  # the sign-flip test needs this many times the tasks of the t test; benchmarks/power.py shows it


class Shares(NamedTuple):
    """Solved attempts of one task before and after."""

    before: float
    attempts_before: int
    after: float
    attempts_after: int


def variance(share: float, attempts: int) -> float:
    """Of a single attempt at this task, as far as so many attempts tell; four of four do not mean never fails."""
    smoothed = (share * attempts + 0.5) / (attempts + 1)
    return max(0.0, smoothed * (1 - smoothed))  # a reward beyond 0 and 1 is no share


def sampling_error(tasks: Sequence[Shares]) -> float:
    """The error that the mean difference has at least, because every share is of few attempts."""
    total = math.fsum(
        variance(task.before, task.attempts_before) / task.attempts_before
        + variance(task.after, task.attempts_after) / task.attempts_after
        for task in tasks
    )
    return math.sqrt(total) / len(tasks)


def interval(mean: float, error: float, clusters: int, confidence: float) -> Interval | None:
    """By Student's t; None for a single cluster."""
    if clusters < 2:
        return None
    half = student.quantile((1 + confidence) / 2, clusters - 1) * error
    return Interval(mean - half, mean + half)


def detectable(error: float, clusters: int, power: float = 0.8) -> float | None:
    """The smallest change found with this power; None where no outcome could be called a change."""
    if clusters < FEWEST:
        return None
    return (student.quantile(1 - ALPHA / 2, clusters - 1) + student.quantile(power, clusters - 1)) * error


def expected_error(
    tasks: int, attempts: int, *, attempts_before: int | None = None, noise: float = MIXED, effects: float = 0.0
) -> float:
    """The error to expect of the mean difference; `effects` is the variance of the true change between tasks."""
    before = attempts if attempts_before is None else attempts_before
    return math.sqrt((effects + noise / before + noise / attempts) / tasks)


def tasks_needed(
    effect: float, power: float, attempts: int, *, attempts_before: int | None = None, noise: float = MIXED
) -> int:
    """About the fewest tasks with which a change of this size is found with this power, by the sign-flip test."""
    if not 0 < effect <= 1:
        raise ValueError(f"no change of {effect} in a share")

    def seen(tasks: int) -> float | None:
        return detectable(expected_error(tasks, attempts, attempts_before=attempts_before, noise=noise), tasks, power)

    low, high = FEWEST - 1, FEWEST
    while (found := seen(high)) is None or found > effect:
        low, high = high, high * 2
        if high > _MOST:
            break
    while high - low > 1:
        middle = (low + high) // 2
        found = seen(middle)
        low, high = (middle, high) if found is None or found > effect else (low, middle)
    return math.ceil(high * _EXACT_COSTS) + 1


def simulated(
    tasks: int, attempts: int, drop: float, *, repetitions: int, seed: int = SEED, noise: float = MIXED
) -> float:
    """How often the sign-flip test finds a regression when every task is solved less often by `drop`, down to never."""
    random = np.random.default_rng(seed)
    found = 0
    for _ in range(repetitions):
        shares = difficulties(random, tasks, noise)
        before = random.binomial(attempts, shares) / attempts
        after = random.binomial(attempts, np.clip(shares - drop, 0, 1)) / attempts
        differences = (after - before).tolist()
        found += sum(differences) < 0 and sign_flip(differences).p < ALPHA
    return found / repetitions


def difficulties(random: np.random.Generator, tasks: int, noise: float = MIXED) -> NDArray[np.float64]:
    """How often each of so many tasks is solved: mean .55, and p (1 - p) is `noise` on average."""
    mean = 0.55
    if noise >= mean * (1 - mean):
        return np.full(tasks, 0.5)
    weight = mean * (1 - mean) / (mean * (1 - mean) - noise) - 1
    drawn: NDArray[np.float64] = random.beta(mean * weight, (1 - mean) * weight, tasks)
    return drawn
