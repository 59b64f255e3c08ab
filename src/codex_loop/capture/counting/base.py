"""What a token counter is: a narrow, fast decoder over whole buffers that remembers a little between two looks."""

from __future__ import annotations

from typing import Any, Protocol

import msgspec

from codex_loop.model.records import LimitObserved, SessionEnded, SessionStarted, Usage


class Counted(msgspec.Struct):
    """What a block of complete lines held for the ledger. `lines = counted + rejected` always."""

    lines: int = 0
    rejected: list[tuple[int, str]] = msgspec.field(default_factory=list)
    """(byte offset, reason) of lines that are no JSON; each also counts in `lines`."""
    sessions: list[SessionStarted] = msgspec.field(default_factory=list)
    usages: list[Usage] = msgspec.field(default_factory=list)
    limits: list[LimitObserved] = msgspec.field(default_factory=list)
    totals: list[SessionEnded] = msgspec.field(default_factory=list)
    """The agent program's own totals, for reconciliation."""


class Counter(Protocol):
    source: str
    """Name of the source whose files this counts."""
    version: int
    state: type[msgspec.Struct]

    def count(self, state: Any, path: str, block: bytes, offset: int) -> Counted:
        """Count a block of complete lines that starts at byte `offset`. Never raises on bad input. Updates `state`.

        Any split of a file into blocks gives the same rows.
        """
        ...
