"""Copied history belongs to one session only, whatever order the files came in.

Older Codex versions fork by copying: every line of the parent stands again in the child, with new timestamps. Two
files share history as far as the chains over their payloads agree, also when the parent itself is gone and only
siblings are left. The earliest session owns what is shared, then the one with the smaller id.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from codex_loop.sources.codex.identity import lineage
from codex_loop.store import archive, families
from codex_loop.store.engine import Database
from codex_loop.store.families import Member

AGENT, SOURCE = "codex", "codex-rollout"


def settle(database: Database, touched: frozenset[int] | None = None) -> int:
    """Give copied lines to their owners; how many forks changed.

    `touched`: only families with one of these files, and those that an interrupted run left open.
    """
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


def _settle(database: Database, family: list[Member]) -> int:
    """Members come earliest first, so what one shares with any before it is not its own."""
    settled = 0
    owned: list[tuple[Member, frozenset[int]]] = []
    for member in family:
        offsets, chains = _history(database, member)
        others = [earlier for other, earlier in owned if other.session_key != member.session_key]
        if member.forked_from is not None and others:
            first, stop = max((_common(chains, earlier) for earlier in others), key=lambda run: run[1] - run[0])
            if stop > first:
                settled += families.inherit(database, member, offsets[first], _after(offsets, stop))
        owned.append((member, frozenset(chains)))
    families.close(database, [member.session_key for member in family if _is_open(member)])
    return settled


def _is_open(member: Member) -> bool:
    """Whether nobody has looked yet at what this fork inherits, since it or its origin last grew."""
    return member.forked_from is not None and member.inherited_until is None


def _history(database: Database, member: Member) -> tuple[list[int], list[int]]:
    offsets, chains = [], []
    past = 0
    for offset, line in archive.lines(database, member.source_id):
        (past,) = lineage([line], past)
        offsets.append(offset)
        chains.append(past)
    return offsets, chains


def _common(chains: Sequence[int], earlier: frozenset[int]) -> tuple[int, int]:
    """The longest run of lines, right behind an introduction, that stand in the earlier file too: (first, stop)."""
    best = (0, 0)
    for start in (index + 1 for index, chain in enumerate(chains) if chain == 0):
        stop = start
        while stop < len(chains) and chains[stop] != 0 and chains[stop] in earlier:
            stop += 1
        best = max(best, (start, stop), key=lambda run: run[1] - run[0])
    return best


def _after(offsets: Sequence[int], stop: int) -> int:
    return offsets[stop] if stop < len(offsets) else offsets[-1] + 1
