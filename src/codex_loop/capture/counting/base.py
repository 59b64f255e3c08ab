"""What a token counter is: a narrow, fast decoder over whole buffers that remembers a little between two looks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

import msgspec

from codex_loop.capture.secrets import NATIVE_ID
from codex_loop.model.records import LimitObserved, SessionEnded, SessionStarted
from codex_loop.model.text import clean
from codex_loop.store.batch import Row

_OF_IDS = ("id", "timestamp")
"""How names of fields end whose values tell sessions apart."""

NEVER = (1 << 62) - 1
"""Stands for an unknown time where the earliest wins."""


FINAL, PARTIAL = 2, 1
"""How far a row's numbers are to be believed."""
MAIN_THREAD = 10
"""Added to that, what a main conversation claims outweighs what a side conversation does."""


def unchanged(text: str | None) -> str | None:
    """For what was read from redacted lines."""
    return text


class Into(NamedTuple):
    """Which file the blocks are from, and what its rows need to know of it."""

    path: str
    agent: str
    source_id: int = 0
    redacted: Callable[[str | None], str | None] = unchanged
    """A name without what would be a secret."""

    def named(self, native: str) -> str:
        """An id as it may be stored, and as the lines of the other lane, which are redacted first, have it."""
        return native if NATIVE_ID.fullmatch(native) else clean(self.redacted(native) or native)

    def plain(self, value: Any) -> Any:
        """What a line introduces its session by, without secrets in its ids and times; rows care for the rest."""
        if not isinstance(value, dict):
            return value
        return {
            name: self.named(inner) if isinstance(inner, str) and name.endswith(_OF_IDS) else self.plain(inner)
            for name, inner in value.items()
        }


class Last(NamedTuple):
    """The last request of a session."""

    offset: int
    time_ms: int | None
    model: str | None

    @property
    def order(self) -> int:
        return -1 if self.time_ms is None else self.time_ms


class Counted(msgspec.Struct):
    """What a block of complete lines held for the ledger. `lines = counted + rejected` always."""

    lines: int = 0
    rejected: list[tuple[int, str]] = msgspec.field(default_factory=list)
    """(byte offset, reason) of lines that are no JSON; each also counts in `lines`."""
    sessions: list[SessionStarted] = msgspec.field(default_factory=list)
    usages: list[Row] = msgspec.field(default_factory=list)
    """Rows of `usage_events`: of hundreds of thousands, nothing else is made on the way."""
    last: dict[str, Last] = msgspec.field(default_factory=dict)
    """By session; of two at the same time the later line's."""
    limits: list[LimitObserved] = msgspec.field(default_factory=list)
    totals: list[SessionEnded] = msgspec.field(default_factory=list)
    """The agent program's own totals, for reconciliation."""

    def extend(self, more: Counted) -> None:
        """Add what the next block held."""
        self.lines += more.lines
        self.rejected += more.rejected
        self.sessions += more.sessions
        self.usages += more.usages
        self.limits += more.limits
        self.totals += more.totals
        for session, last in more.last.items():
            self.spent_last(session, last)

    def spent_last(self, session: str, last: Last) -> None:
        before = self.last.get(session)
        if before is None or last.order >= before.order:
            self.last[session] = last


class Counter(Protocol):
    source: str
    """Name of the source whose files this counts."""
    version: int
    state: type[msgspec.Struct]

    def count(self, state: Any, into: Into, block: bytes, offset: int) -> Counted:
        """Count a block of complete lines that starts at byte `offset`. Never raises on bad input. Updates `state`.

        Any split of a file into blocks gives the same rows.
        """
        ...
