"""The same cluster under the same id from one run to the next: matched by who is in it.

Only members that both runs know are compared: what came and what went says nothing about identity. A group that keeps
half of its members keeps its id; one that keeps a fifth keeps it as shifted when its centre stayed where it was.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Matrix = NDArray[np.float32]

KEPT = 0.5
SHIFTED = 0.2
SAME_CENTRE = 0.9
SPLIT = 0.25
MERGED = 0.5


class Before(NamedTuple):
    """A cluster of the run before."""

    id: int
    members: frozenset[int]
    centre: Matrix


class After(NamedTuple):
    """A group of this run."""

    members: frozenset[int]
    centre: Matrix


class Event(NamedTuple):
    """What became of a group of this run, or of a cluster that has none any more."""

    kind: str
    """born, kept, shifted, split (off another), merged (of several), dormant"""
    group: int | None
    """Its place among the groups of this run; None: it has none."""
    id: int | None
    """The id it keeps; None: it needs a new one."""
    origins: tuple[int, ...]
    """The clusters it came from."""
    overlap: float | None
    """The share of members it has in common with the first of them."""


def matched(before: Sequence[Before], after: Sequence[After]) -> list[Event]:
    """An event for each group of this run, in their order, then one for each cluster that is left over."""
    old = {cluster.id: cluster for cluster in before}
    everybody = frozenset[int]().union(*(group.members for group in after))
    common = {cluster.id: cluster.members & everybody for cluster in before}
    shared = _shared(before, after)
    known = [sum(shared[place].values()) for place in range(len(after))]
    pairs = _assigned(common, known, shared)
    events = []
    for place, group in enumerate(after):
        events.append(_event(place, group, pairs.get(place), old, common, known[place], shared[place]))
    kept = {event.id for event in events}
    events += [
        Event("dormant", None, cluster.id, _heirs(cluster.id, events, shared), None)
        for cluster in before
        if cluster.id not in kept
    ]
    return events


def _shared(before: Sequence[Before], after: Sequence[After]) -> list[Counter[int]]:
    """For each new group, how many members it has of each old cluster."""
    home = {member: cluster.id for cluster in before for member in cluster.members}
    return [Counter(home[member] for member in group.members if member in home) for group in after]


def _assigned(
    common: Mapping[int, frozenset[int]], known: Sequence[int], shared: Sequence[Counter[int]]
) -> dict[int, tuple[int, float]]:
    """Which old cluster each new group continues, so that the common members are as many as possible."""
    import numpy as np
    from scipy.optimize import linear_sum_assignment  # type: ignore[import-untyped]

    ids = sorted({number for counts in shared for number in counts})
    columns = {number: column for column, number in enumerate(ids)}
    weight = np.zeros((len(shared), len(ids)))
    for place, counts in enumerate(shared):
        for number, count in counts.items():
            weight[place, columns[number]] = count / (len(common[number]) + known[place] - count)
    rows, found = linear_sum_assignment(weight, maximize=True)
    return {
        int(place): (ids[column], float(weight[place, column]))
        for place, column in zip(rows, found, strict=True)
        if weight[place, column] > 0
    }


def _event(
    place: int,
    group: After,
    pair: tuple[int, float] | None,
    old: Mapping[int, Before],
    common: Mapping[int, frozenset[int]],
    known: int,
    counts: Counter[int],
) -> Event:
    origins = _origins(common, counts)
    number, overlap = pair or (None, 0.0)
    if number is not None:
        near = overlap >= SHIFTED and float(group.centre @ old[number].centre) >= SAME_CENTRE
        others = tuple(each for each in origins if each != number)
        if overlap >= KEPT or near:
            kind = "merged" if others else "kept" if overlap >= KEPT else "shifted"
            return Event(kind, place, number, (number, *others), round(overlap, 4))
    parent = next((each for each, count in counts.most_common(1) if count >= SPLIT * len(common[each])), None)
    if parent is not None and counts[parent] >= SPLIT * max(known, 1):
        return Event("split", place, None, (parent,), round(counts[parent] / len(common[parent]), 4))
    return Event("born", place, None, (), None)


def _origins(common: Mapping[int, frozenset[int]], counts: Counter[int]) -> tuple[int, ...]:
    """The clusters of which most went into this group, the largest share first."""
    found = [(count, number) for number, count in counts.items() if count >= MERGED * len(common[number])]
    return tuple(number for _, number in sorted(found, key=lambda each: (-each[0], each[1])))


def _heirs(number: int, events: Sequence[Event], shared: Sequence[Counter[int]]) -> tuple[int, ...]:
    """Which living clusters have most of what was this one's: told as its origins, to be followed forward."""
    found = [
        (shared[event.group][number], event.id)
        for event in events
        if event.group is not None and event.id is not None and shared[event.group][number]
    ]
    return tuple(each for _, each in sorted(found, key=lambda item: (-item[0], item[1])))[:3]
