"""What a case promises."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple

from benchmarks.scenarios.pen import Anchor, Pen
from benchmarks.scenarios.work import Desk


class Planted(NamedTuple):
    """A signal that has to be found."""

    category: str
    anchor: Anchor = frozenset()
    """Its evidence has to have one of these; nothing: it is said of the session as a whole."""


class Act(NamedTuple):
    """What a stretch of a session holds."""

    planted: tuple[Planted, ...]
    allows: frozenset[str] = frozenset()
    """Categories that the definitions leave open here: neither right nor wrong."""


class Plant(NamedTuple):
    """A kind of event, and how to bring it about."""

    category: str
    plant: Callable[[Pen, Desk], Act]
    place: Literal["within", "last", "alone", "whole"] = "within"
    """Anywhere in a session; as its end; with nothing but ordinary work around it; or it is the whole session."""
    needs: frozenset[str] = frozenset()
    """What the format has to show."""
    agents: tuple[str, ...] = ("codex", "claude")
    noisy: bool = False
    """Leaves several failures behind: two of these would make a storm of their own."""


def act(category: str, *anchors: Anchor, allows: tuple[str, ...] = ()) -> Act:
    """One planted event each."""
    return Act(tuple(Planted(category, anchor) for anchor in anchors), frozenset(allows))
