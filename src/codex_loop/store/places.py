"""Which session an id means, how short it may be, and who started whom."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping

import msgspec

from codex_loop.errors import UsageError
from codex_loop.store.engine import Database

SHORT = 8


class Place(msgspec.Struct, frozen=True):
    """A session of the store by its key."""

    key: int
    agent: str
    native_id: str

    @property
    def id(self) -> str:
        return f"{self.agent}:{self.native_id}"


def find(database: Database, text: str) -> Place:
    """The session an id, or an unambiguous beginning of a native id, means; UsageError says what is wrong with it.

    `agent:` may stand in front. A beginning that fits one session and its subagents means the session; a subagent is
    `<beginning>/<beginning>`.
    """
    agent, colon, rest = text.partition(":")
    known = colon and database.one("SELECT 1 FROM sessions WHERE agent = ? LIMIT 1", (agent,))
    wanted = rest if known else text
    rows = database.rows(
        "SELECT key, agent, native_id FROM sessions WHERE lower(native_id) LIKE ? ESCAPE '!'"
        " ORDER BY native_id LIMIT 200",
        (_pattern(wanted.lower()),),
    )
    places = [Place(*row) for row in rows]
    if known:
        places = [place for place in places if place.agent == agent]
    exact = [place for place in places if place.native_id.lower() == wanted.lower()]
    roots = [place for place in places if place.native_id.count("/") == wanted.count("/")]
    for candidates in (exact, roots, places):
        if len(candidates) == 1:
            return candidates[0]
    if not places:
        raise UsageError(f"no session begins with {text}; `codex-loop sessions` lists them")
    names = ", ".join(place.id for place in places[:3])
    more = f" and {len(places) - 3} more" if len(places) > 3 else ""
    raise UsageError(f"{text} may mean {names}{more}; give more of the id")


def _pattern(beginning: str) -> str:
    """A LIKE pattern for this beginning; each part of `root/agent` may be a beginning."""
    safe = re.sub(r"([!%_])", r"!\1", beginning)
    return safe.replace("/", "%/") + "%"


class Family:
    """Who started whom, and how short an id may be, over the whole store."""

    def __init__(self, database: Database) -> None:
        rows = database.rows("SELECT key, agent, native_id, lineage, parent_id, root_id FROM sessions")
        keys = {(agent, native_id): key for key, agent, native_id, *_ in rows}
        self.root_of: dict[int, int] = {}
        self.children: dict[int, list[int]] = defaultdict(list)
        parents = {
            key: keys.get((agent, parent or root or ""))
            for key, agent, _, lineage, parent, root in rows
            if lineage in ("subagent", "sidechain") or (lineage is None and parent is not None)
        }
        for key in parents:
            root = _topmost(key, parents)
            if root is not None:
                self.root_of[key] = root
                self.children[root].append(key)
        self._ids = sorted({native_id for _, _, native_id, *_ in rows})

    def short(self, native_id: str) -> str:
        """The beginning that `find` takes for this session and no other."""
        root, slash, agent = native_id.partition("/")
        head = root[: self._needed(root, "/")]
        if not slash:
            return head
        return f"{head}/{agent[: max(SHORT, self._needed(native_id, '') - len(root) - 1)]}"

    def _needed(self, text: str, own: str) -> int:
        """How many characters of `text` no other id shares; ids that go on with `own` are not others."""
        at = bisect_left(self._ids, text)
        needed = SHORT
        before = self._ids[at - 1] if at else ""
        after = next(
            (each for each in self._ids[at:] if each != text and not (own and each.startswith(text + own))), ""
        )
        for other in (before, after):
            needed = max(needed, _shared(text, other) + 1)
        return needed


def _shared(one: str, other: str) -> int:
    length = 0
    for left, right in zip(one, other, strict=False):
        if left != right:
            break
        length += 1
    return length


def _topmost(key: int, parents: Mapping[int, int | None]) -> int | None:
    """The session at the top of a chain of subagents; None when the store does not have it (or files lie in a ring)."""
    seen = {key}
    above = parents[key]
    while above in parents:
        if above is None or above in seen:
            return None
        seen.add(above)
        above = parents[above]
    return above
