"""Copied history belongs to one session only, whatever order the files came in.

Older Codex versions fork by copying: every line of the parent stands again in the child, with new timestamps. Two
files share history as far as the chains over their payloads agree, also when the parent itself is gone and only
siblings are left. The earliest session owns what is shared, then the one with the smaller id.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from codex_loop.sources.codex_identity import lineage
from codex_loop.store import archive, families
from codex_loop.store.engine import Database
from codex_loop.store.families import Member

AGENT, SOURCE = "codex", "codex-rollout"


def settle(database: Database, touched: frozenset[int] | None = None) -> int:
    """Give copied lines to their owners; how many forks changed. `touched`: only families with one of these files."""
    settled = 0
    for family in _grouped(families.members(database, AGENT, SOURCE)):
        if len(family) > 1 and (touched is None or any(member.source_id in touched for member in family)):
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
        if member.forked_from is not None and owned:
            shared = max((_common(chains, earlier) for _, earlier in owned), default=0)
            until = offsets[shared] if shared < len(offsets) else (offsets[-1] + 1 if offsets else 0)
            if shared and until != member.inherited_until:
                families.inherit(database, member, until)
                settled += 1
        owned.append((member, frozenset(chains)))
    return settled


def _history(database: Database, member: Member) -> tuple[list[int], list[int]]:
    offsets, chains = [], []
    past = 0
    for offset, line in archive.lines(database, member.source_id):
        (past,) = lineage([line], past)
        offsets.append(offset)
        chains.append(past)
    return offsets, chains


def _common(chains: Sequence[int], earlier: frozenset[int]) -> int:
    """How many lines from the start stand in the earlier file too; an introduction alone is no history."""
    count = 0
    for chain in chains:
        if chain != 0 and chain not in earlier:
            break
        count += 1
    return count if count and chains[count - 1] != 0 else 0
