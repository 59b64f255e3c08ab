"""Copied history belongs to one session only, whatever order the files came in.

Older Codex versions fork by copying: every line of the parent stands again in the child, with new timestamps. Two
files share history as far as the chains over their payloads agree, also when the parent itself is gone and only
siblings are left. A subagent that is given its parent's history gets it without the calls: there, what is copied goes
as far as each of its lines follows in the parent. The earliest session owns what is shared, then the one with the
smaller id.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from codex_loop.capture import replays
from codex_loop.sources.codex.identity import contents, lineage
from codex_loop.store import archive, families
from codex_loop.store.engine import Database
from codex_loop.store.families import Member

AGENT, SOURCE = "codex", "codex-rollout"


def settle(database: Database, touched: frozenset[int] | None = None) -> int:
    """Give copied lines and repeated calls to their owners; how many forks changed.

    `touched`: only families with one of these files, and those that an interrupted run left open.
    """
    replays.settle(database, touched)
    settled = 0
    for family in _grouped(families.members(database, AGENT, SOURCE)):
        if touched is None or any(member.source_id in touched or _is_open(member) for member in family):
            settled += _settle(database, family)
    return settled


def _grouped(members: Sequence[Member]) -> list[list[Member]]:
    """Families: connected by who was forked from whom; a missing parent's id still connects its children."""
    by_id = {member.native_id: member for member in members}

    def root(member: Member) -> str:
        seen = {member.native_id}
        name = member.forked_from
        last = member.native_id
        while name is not None and name not in seen:
            seen.add(name)
            last = name
            parent = by_id.get(name)
            name = parent.forked_from if parent else None
        return last

    found: dict[str, list[Member]] = defaultdict(list)
    for member in members:
        found[root(member)].append(member)
    return list(found.values())


class _History(NamedTuple):
    """The lines of one member's file, as its family compares them."""

    offsets: list[int]
    chains: list[int]
    contents: list[int]
    """Empty where no subagent of the family may hold parts of it."""

    def known(self) -> _Known:
        return _Known(frozenset(self.chains), _places(self.contents))


class _Known(NamedTuple):
    """The same, to look lines up in: made once for each file, however many forks are held against it."""

    chains: frozenset[int]
    places: Mapping[int, Sequence[int]]
    """Of each content, the numbers of its lines."""


class _Run(NamedTuple):
    """Lines from `first` to before `stop`."""

    first: int = 0
    stop: int = 0

    @property
    def length(self) -> int:
        return self.stop - self.first


def _settle(database: Database, family: list[Member]) -> int:
    """Members come earliest first, so what one shares with any before it is not its own."""
    settled = 0
    in_parts = any(_is_given_parts(member) for member in family)
    owned: list[tuple[int, _Known]] = []
    for member in family:
        own = _history(database, member, in_parts=in_parts)
        others = [earlier for session_key, earlier in owned if session_key != member.session_key]
        if member.forked_from is not None and others:
            run = max((_shared(member, own, earlier) for earlier in others), key=lambda run: run.length)
            if run.length:
                until = _after(own.offsets, run.stop)
                settled += families.inherit(database, member, own.offsets[run.first], until)
        owned.append((member.session_key, own.known()))
    families.close(database, [member.session_key for member in family if _is_open(member)])
    return settled


def _is_given_parts(member: Member) -> bool:
    return member.lineage == "subagent" and member.forked_from is not None


def _is_open(member: Member) -> bool:
    """Whether nobody has looked yet at what this fork inherits, since it or its origin last grew."""
    return member.forked_from is not None and member.inherited_until is None


def _history(database: Database, member: Member, *, in_parts: bool) -> _History:
    history = _History([], [], [])
    past = 0
    for offset, line in archive.lines(database, member.source_id):
        (past,) = lineage([line], past)
        history.offsets.append(offset)
        history.chains.append(past)
        if in_parts:
            history.contents.extend(contents([line]))
    return history


def _shared(member: Member, own: _History, earlier: _Known) -> _Run:
    whole = _common(own.chains, earlier.chains)
    if not _is_given_parts(member):
        return whole
    return max(whole, _parts(own.contents, earlier.places), key=lambda run: run.length)


def _common(chains: Sequence[int], earlier: frozenset[int]) -> _Run:
    """The longest run of lines, right behind an introduction, that stand in the earlier file too."""
    best = _Run()
    for start in (index + 1 for index, chain in enumerate(chains) if chain == 0):
        stop = start
        while stop < len(chains) and chains[stop] != 0 and chains[stop] in earlier:
            stop += 1
        best = max(best, _Run(start, stop), key=lambda run: run.length)
    return best


def _parts(own: Sequence[int], places: Mapping[int, Sequence[int]]) -> _Run:
    """The lines behind the own introduction that stand in the earlier file too, in this order, others between them."""
    stop, last = 1, -1
    for number, content in enumerate(own[1:], start=1):
        if content == 0:  # whose history follows
            continue
        found = places.get(content, ())
        at = bisect_right(found, last)
        if at == len(found):
            break
        stop, last = number + 1, found[at]
    return _Run(1, stop)


def _places(contents_: Sequence[int]) -> Mapping[int, Sequence[int]]:
    places: dict[int, list[int]] = defaultdict(list)
    for number, content in enumerate(contents_):
        places[content].append(number)
    return places


def _after(offsets: Sequence[int], stop: int) -> int:
    return offsets[stop] if stop < len(offsets) else offsets[-1] + 1
