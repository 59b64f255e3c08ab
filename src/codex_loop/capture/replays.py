"""A call belongs to the conversation it was made in, whoever repeats it.

A side conversation of Claude Code may begin with what was said before it: the same calls under the same ids, on lines
with ids of their own. The session itself owns what it tells; of two side conversations the one that began first,
then the one with the smaller id. Only ids that cannot come twice by themselves are compared: some proxies number the
calls of each conversation from 0.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from codex_loop.model.keys import session_key
from codex_loop.store import replays
from codex_loop.store.engine import Database
from codex_loop.store.replays import Repeated, Side

AGENT = "claude"
_UNIQUE = re.compile(r"[A-Za-z0-9]{16}\Z")
_NEVER = (1 << 62) - 1


def settle(database: Database, touched: frozenset[int] | None = None) -> None:
    """Give repeated calls to their owners. `touched`: only families that one of these files is about. Idempotent."""
    for root, members in _families(database, touched).items():
        order = [session_key(AGENT, root), *(side.session_key for side in sorted(members, key=_age))]
        copies = list(_copies(replays.repeated(database, order), order))
        if copies:
            replays.forget(database, copies)


def _families(database: Database, touched: frozenset[int] | None) -> Mapping[str, Sequence[Side]]:
    """The side conversations of each session that has any."""
    found: dict[str, list[Side]] = defaultdict(list)
    if touched is not None and not touched:
        return found
    for side in replays.sides(database, AGENT):
        found[side.root_id].append(side)
    if touched is None:
        return found
    new = replays.told_by(database, touched)
    return {
        root: members
        for root, members in found.items()
        if session_key(AGENT, root) in new or any(side.session_key in new for side in members)
    }


def _age(side: Side) -> tuple[int, str]:
    return (_NEVER if side.started_ms is None else side.started_ms, side.native_id)


def _copies(tellings: Sequence[Repeated], order: Sequence[int]) -> Iterator[Repeated]:
    """Every telling but the owner's: the first that says what was called."""
    rank = {key: number for number, key in enumerate(order)}
    owners: dict[str, int] = {}
    for telling in sorted(tellings, key=lambda telling: rank[telling.session_key]):
        if telling.is_named and _UNIQUE.search(telling.call_id):
            owners.setdefault(telling.call_id, telling.session_key)
    for telling in tellings:
        # What the session itself was told of a side conversation's call is news, not a copy.
        if telling.session_key != order[0] and owners.get(telling.call_id, telling.session_key) != telling.session_key:
            yield telling
