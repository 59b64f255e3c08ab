"""Student's t for whole degrees of freedom: the exact finite series, so that nothing large has to be imported."""

from __future__ import annotations

import math
from functools import lru_cache
from statistics import NormalDist

_LARGE = 2_000  # from here on the normal distribution and one correction agree to seven digits


def within(t: float, freedom: int) -> float:
    """The share of the distribution between -t and t."""
    if freedom < 1 or t < 0:
        raise ValueError(f"no t distribution with {freedom} degrees of freedom at {t}")
    angle = math.atan(t / math.sqrt(freedom))
    cosine = math.cos(angle)
    odd = freedom % 2
    term, total = (cosine, cosine) if odd else (1.0, 1.0)
    if freedom == 1:
        total = 0.0
    for step in range(2 + odd, freedom - 1, 2):
        term *= cosine * cosine * (step - 1) / step
        total += term
    share = math.sin(angle) * total
    return min(1.0, 2 / math.pi * (angle + share) if odd else share)


@lru_cache(256)
def quantile(p: float, freedom: int) -> float:
    """The t below which a share p of the distribution lies."""
    if not 0 < p < 1:
        raise ValueError(f"no quantile of {p}; it is a share between 0 and 1")
    if p < 0.5:
        return -quantile(1 - p, freedom)
    if freedom > _LARGE:
        normal = NormalDist().inv_cdf(p)
        return normal + (normal**3 + normal) / (4 * freedom)
    low, high = 0.0, 1.0
    while within(high, freedom) < 2 * p - 1:
        low, high = high, high * 2
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if within(middle, freedom) < 2 * p - 1 else (low, middle)
    return (low + high) / 2
