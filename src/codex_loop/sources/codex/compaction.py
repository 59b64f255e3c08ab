"""Compactions, counted once: `compacted`, `context_compacted` and the item `ContextCompaction` are one and the same.

Who asked for it is not written down. A task that has a prompt was compacted because the context was full; a task that
ends without one consisted of nothing else, so the person asked. Codex also compacts before it records the prompt of a
new task, so the record waits until the next lines decide.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from codex_loop.model.records import AnyRecord, Compaction
from codex_loop.model.text import head
from codex_loop.sources.codex.state import Base, Held, RolloutState

Records = Iterator[AnyRecord]

COMPACTED, EVENT, ITEM = 1, 2, 4
_SUMMARY_BYTES = 4096


def compacted(state: RolloutState, at: Base, summary: str | None) -> Records:
    """The line `compacted`."""
    return _seen(state, at, COMPACTED, summary)


def announced(state: RolloutState, at: Base) -> Records:
    """The event `context_compacted`."""
    return _seen(state, at, EVENT, None)


def confirmed(state: RolloutState, at: Base) -> Records:
    """The completed item `ContextCompaction`."""
    return _seen(state, at, ITEM, None)


def _seen(state: RolloutState, at: Base, spelling: int, summary: str | None) -> Records:
    if state.compacted and not state.compacted & spelling:
        state.compacted |= spelling
        return
    yield from settled(state, at, "unknown")
    state.compacted = spelling
    if state.prompted is False:
        state.held = Held(at["time_ms"], at["turn"], None if summary is None else head(summary, _SUMMARY_BYTES))
        return
    trigger: Literal["auto", "unknown"] = "auto" if state.prompted else "unknown"
    yield Compaction(**at, trigger=trigger, summary=summary)


def settled(state: RolloutState, at: Base, trigger: Literal["auto", "manual", "unknown"]) -> Records:
    """The compaction that waited, now that its trigger is known."""
    held, state.held = state.held, None
    if held is not None:
        yield Compaction(
            offset=at["offset"],
            time_ms=held.time_ms,
            session=at["session"],
            turn=held.turn,
            trigger=trigger,
            summary=held.summary,
        )
