"""Paired differences: is their mean other than zero, and how large may it be.

Differences of one cluster are not independent of each other: they are turned, and drawn, together.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from codex_loop.stats import student

SEED = 20_251_121
DRAWS = 10_000
PATTERNS = 9_999
_EXACT = 1 << 16  # as many sums as sixteen differences can have
_DIGITS = 10  # sums that differ only by rounding are one sum
_SAME = 1e-8  # what rounding may add up to over many sums
_TIE = 1e-4  # what weights may add to a sum at most: shares of attempts differ by more

Floats = NDArray[np.float64]


class SignFlip(NamedTuple):
    """The sign-flip test."""

    p: float
    exact: bool
    """Every pattern of signs was looked at, not a sample of them."""
    moved: int
    """Clusters whose differences do not cancel: only they can speak."""
    least: float
    """No outcome with this many moved clusters could have given a smaller p."""


class Interval(NamedTuple):
    """Where a mean may lie."""

    low: float
    high: float


class Spread(NamedTuple):
    """A mean with its error over clusters."""

    mean: float
    error: float | None
    """None: one cluster alone says nothing about others."""
    clusters: int

    def interval(self, confidence: float = 0.95) -> Interval | None:
        """By Student's t over clusters."""
        if self.error is None:
            return None
        half = student.quantile((1 + confidence) / 2, self.clusters - 1) * self.error
        return Interval(self.mean - half, self.mean + half)


def sign_flip(
    differences: Sequence[float],
    clusters: Sequence[Hashable] | None = None,
    *,
    weights: Sequence[float] | None = None,
    seed: int = SEED,
) -> SignFlip:
    """How often a sum at least this far from zero comes when the sign of every cluster is a toss of a coin.

    Sums that are equally far are told apart by the same sum of weighted differences, where weights are given: few
    attempts leave many such ties, and to count all of them as far would hide changes. Exact for up to sixteen moved
    clusters, and for more as long as their sums stay few; else over 9,999 seeded patterns. Neither the order of the
    differences nor turning all of them matters.
    """
    sums = [total for total, _ in _gathered(differences, clusters)]
    ties = [0.0] * len(sums)
    if weights is not None:
        weighted = [weight * value for weight, value in zip(weights, differences, strict=True)]
        ties = [total for total, _ in _gathered(weighted, clusters)]
    moved = [index for index, total in enumerate(sums) if round(total, _DIGITS) != 0]
    if not moved:
        return SignFlip(1.0, exact=True, moved=0, least=1.0)
    whole = math.fsum(abs(ties[index]) for index in moved)
    told = [sums[index] + (_TIE * ties[index] / whole if whole else 0.0) for index in moved]
    sizes, observed = sorted(map(abs, told)), abs(math.fsum(told))
    least = 2.0 ** (1 - len(sizes))
    p = _every_pattern(sizes, observed)
    if p is not None:
        return SignFlip(p, exact=True, moved=len(sizes), least=least)
    signs = np.random.default_rng(seed).integers(0, 2, (PATTERNS, len(sizes)), dtype=np.int8) * 2.0 - 1.0
    hits = int(np.count_nonzero(np.abs(signs @ np.array(sizes)) >= observed - _SAME))
    return SignFlip((1 + hits) / (1 + PATTERNS), exact=False, moved=len(sizes), least=max(least, 1 / (1 + PATTERNS)))


def _every_pattern(sums: Sequence[float], observed: float) -> float | None:
    reached: Floats = np.zeros(1)
    shares: Floats = np.ones(1)
    for each in sums:
        both = np.round(np.concatenate((reached - each, reached + each)), _DIGITS)
        reached, place = np.unique(both, return_inverse=True)
        shares = np.bincount(place, np.concatenate((shares, shares)) / 2).astype(np.float64)
        if len(reached) > _EXACT:
            return None
    far = np.abs(reached) >= observed - _SAME
    return float(min(1.0, shares[far].sum()))


def spread(values: Sequence[float], clusters: Sequence[Hashable] | None = None) -> Spread:
    """The mean of the values and its clustered standard error."""
    if not values:
        raise ValueError("no values: nothing has no mean")
    mean = math.fsum(values) / len(values)
    deviations = [total - size * mean for total, size in _gathered(values, clusters)]
    count = len(deviations)
    if count < 2:
        return Spread(mean, None, count)
    squares = math.fsum(deviation * deviation for deviation in deviations)
    return Spread(mean, math.sqrt(squares * count / (count - 1)) / len(values), count)


def bootstrap(
    values: Sequence[float],
    clusters: Sequence[Hashable] | None = None,
    *,
    confidence: float = 0.95,
    draws: int = DRAWS,
    seed: int = SEED,
) -> Interval | None:
    """Between which means the middle share of samples lies when whole clusters are drawn with replacement."""
    groups = sorted(_gathered(values, clusters))
    if len(groups) < 2:
        return None
    sums, sizes = np.array([total for total, _ in groups]), np.array([size for _, size in groups], dtype=np.float64)
    random = np.random.default_rng(seed)
    means = [_means(random, sums, sizes, min(1_000, draws - begun)) for begun in range(0, draws, 1_000)]
    tail = (1 - confidence) / 2
    low, high = np.quantile(np.concatenate(means), (tail, 1 - tail))
    return Interval(float(low), float(high))


def _means(random: np.random.Generator, sums: Floats, sizes: Floats, draws: int) -> Floats:
    drawn = random.integers(0, len(sums), (draws, len(sums)))
    means: Floats = sums[drawn].sum(axis=1) / sizes[drawn].sum(axis=1)
    return means


def _gathered(values: Sequence[float], clusters: Sequence[Hashable] | None) -> list[tuple[float, int]]:
    """Sum and size of each cluster; without clusters every value is one."""
    if clusters is None:
        return [(value, 1) for value in values]
    together: dict[Hashable, list[float]] = {}
    for value, cluster in zip(values, clusters, strict=True):
        together.setdefault(cluster, []).append(value)
    return [(math.fsum(part), len(part)) for part in together.values()]
