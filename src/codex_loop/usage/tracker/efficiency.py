"""Features for what they took of a provider, over all finished windows, and how sure that is."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from statistics import NormalDist, fmean, stdev

import msgspec

from codex_loop.usage.tracker.records import Finalized, agent_of

CAPACITY = {"codex": "weekly", "claude": "all_models", "glm": "prompts"}
"""The bar that lasts longest, so that a window is comparable with any other; for GLM prompts."""
NOTICEABLE = 0.2
"""The power stated is that of seeing a change of a fifth."""
# Student's t at 97.5 %, for 1 to 30 degrees of freedom.
_T = (
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131,
    2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042,
)  # fmt: skip
_NORMAL = NormalDist()


class Efficiency(msgspec.Struct, frozen=True, kw_only=True):
    """One provider. Null: nobody stated it, or too few windows."""

    provider: str
    features: int | None
    capacity: float | None
    """Percent points (GLM: prompts) that the windows took whose features are known."""
    efficiency: float | None
    """Features for one of those."""
    ci_low: float | None
    ci_high: float | None
    """Where the mean of a window's efficiency lies, at 95 % (Student's t)."""
    n: int
    """Windows that both numbers are known of."""
    power: float | None
    """The chance to notice a change of a fifth with so many windows (normal approximation, two-sided, 5 %)."""


def latest(finished: Sequence[Finalized]) -> list[Finalized]:
    """Of windows that were finished again, the last word."""
    return list({(each.window, agent_of(each.notes)): each for each in finished}.values())


def of_all(finished: Sequence[Finalized]) -> tuple[Efficiency, ...]:
    """Every provider that a finished window names, by name."""
    last = latest(finished)
    names = sorted({name for each in last for name in each.providers})
    return tuple(_of(name, last) for name in names)


def _of(provider: str, finished: Sequence[Finalized]) -> Efficiency:
    changes = [each.providers[provider] for each in finished if provider in each.providers]
    stated = [change.features for change in changes if change.features is not None]
    known = [
        (change.features, float(used))
        for change in changes
        if change.features is not None and (used := change.deltas.get(CAPACITY.get(provider, ""))) is not None
    ]
    capacity = sum(used for _, used in known)
    ratios = [features / used for features, used in known if used > 0]
    low, high, power = _certainty(ratios)
    return Efficiency(
        provider=provider,
        features=sum(stated) if stated else None,
        capacity=capacity if known else None,
        efficiency=sum(features for features, _ in known) / capacity if capacity > 0 else None,
        ci_low=low,
        ci_high=high,
        n=len(known),
        power=power,
    )


def _certainty(ratios: Sequence[float]) -> tuple[float | None, float | None, float | None]:
    if len(ratios) < 2:
        return None, None, None
    mean, error = fmean(ratios), stdev(ratios) / sqrt(len(ratios))
    freedom = len(ratios) - 1
    reach = (_T[freedom - 1] if freedom <= len(_T) else _NORMAL.inv_cdf(0.975)) * error
    if error == 0:
        return mean, mean, None
    shift, critical = NOTICEABLE * mean / error, _NORMAL.inv_cdf(0.975)
    return mean - reach, mean + reach, _NORMAL.cdf(shift - critical) + _NORMAL.cdf(-shift - critical)
