"""Which exported request is which row of the ledger: by request id, else by its numbers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence
from typing import NamedTuple

from codex_loop.sources.otlp.told import Request
from codex_loop.store.ledger import QUALITIES
from codex_loop.store.requests import Counted
from codex_loop.usage.prices import plain

FINAL = QUALITIES.index("final")


class Pair(NamedTuple):
    """One request by both sides; None: that side does not know it."""

    theirs: Request | None
    ours: Counted | None

    @property
    def more(self) -> int:
        """Their tokens less ours."""
        return (0 if self.theirs is None else self.theirs.total) - (0 if self.ours is None else self.ours.total)


def pairs(theirs: Sequence[Request], ours: Sequence[Counted]) -> list[Pair]:
    """Every request of either side, each once; those that one side alone knows come last."""
    found: list[Pair] = []
    there, here = list(theirs), list(ours)
    for name_there, name_here in ((_by_id, _by_id), (_by_numbers, _by_numbers), (_by_input, _by_unfinished_input)):
        there, here = _met(there, here, name_there, name_here, found)
    return [*found, *(Pair(each, None) for each in there), *(Pair(None, each) for each in here)]


def _met(
    theirs: list[Request],
    ours: list[Counted],
    name_there: Callable[[Request | Counted], Hashable | None],
    name_here: Callable[[Request | Counted], Hashable | None],
    found: list[Pair],
) -> tuple[list[Request], list[Counted]]:
    """Pairs of the same name go to `found`, in the order of time; the rest is handed back."""
    waiting: dict[Hashable, list[Counted]] = defaultdict(list)
    for own in ours:
        if (name := name_here(own)) is not None:
            waiting[name].append(own)
    left: list[Request] = []
    taken: set[int] = set()
    for their in theirs:
        same = waiting.get(name_there(their), [])
        place = _place(their, same)
        if place is None:
            left.append(their)
            continue
        own = same.pop(place)
        taken.add(id(own))
        found.append(Pair(their, own))
    return left, [each for each in ours if id(each) not in taken]


def _place(their: Request, same: Sequence[Counted]) -> int | None:
    """Where the first one stands that it may be, of its own model if there is such a one."""
    other: int | None = None
    for place, own in enumerate(same):
        if _may_be(their, own):
            if plain(own.model or "") == plain(their.model):
                return place
            other = place if other is None else other
    return other


def _may_be(their: Request, own: Counted) -> bool:
    """Two different request ids are two requests."""
    return their.request_id is None or own.request_id is None or their.request_id == own.request_id


def _by_id(of: Request | Counted) -> Hashable | None:
    return of.request_id


def _by_numbers(of: Request | Counted) -> Hashable:
    return (*_by_input(of), of.output)


def _by_input(of: Request | Counted) -> tuple[Hashable, ...]:
    return plain(of.model or ""), of.input, of.cache_creation, of.cache_read


def _by_unfinished_input(of: Request | Counted) -> Hashable | None:
    return _by_input(of) if isinstance(of, Counted) and of.quality < FINAL else None
