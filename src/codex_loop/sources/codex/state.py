"""What decoding a Codex rollout remembers from line to line, and the place a record was read from.

All of it is stored with every look at a file, so all of it is small: what could grow is capped, the oldest first.
"""

from __future__ import annotations

from typing import Literal, TypedDict

import msgspec

from codex_loop.model.keys import chain
from codex_loop.sources.codex.shapes import Changed

Side = Literal[1, -1]
EVENT: Side = 1
"""Told by an event or a completed item."""
ITEM: Side = -1
"""Told by a response item."""

Channel = Literal["user", "agent", "reasoning", "problem"]
_CHANNELS: dict[Channel, int] = {"user": 0, "agent": 1, "reasoning": 2, "problem": 3}

_REMEMBERED = 64
_CALLS = 128


class Base(TypedDict):
    """The fields every record shares, ready to be passed on."""

    offset: int
    time_ms: int | None
    session: str
    turn: str | None


class Identified(msgspec.Struct):
    """What telling lines apart remembers."""

    thread: str | None = None
    """The thread whose name is part of every key."""
    stamp: bytes = b""
    """Timestamp of the last line: equal lines matter only while it stands still."""
    stamped: dict[int, int] = msgspec.field(default_factory=dict)
    """How often each line with that timestamp was seen."""
    unstamped: dict[int, int] = msgspec.field(default_factory=dict)
    """How often each line without a timestamp was seen (rollouts older than `session_meta`)."""


class Held(msgspec.Struct):
    """A compaction of which the next lines will tell who asked for it."""

    time_ms: int | None = None
    turn: str | None = None
    summary: str | None = None


class Patch(msgspec.Struct):
    """What a running `apply_patch` call would change."""

    files: list[Changed] = msgspec.field(default_factory=list)


class RolloutState(msgspec.Struct):
    identified: Identified = msgspec.field(default_factory=Identified)

    session: str = ""
    introduced: bool = False
    """Whether the thread's own `session_meta` was seen: later ones belong to copied history."""
    subagent: bool = False
    linked: bool = False
    """Whether it is known which thread this one was forked from."""
    agent_version: str | None = None
    cwd: str | None = None
    turn: str | None = None

    settings: tuple[str | None, ...] = ()
    fresh: bool = True
    """A turn began and its settings were not told yet."""
    prompted: bool | None = None
    """Whether the running task has a user message; None where the format does not mark tasks."""
    said: dict[int, int] = msgspec.field(default_factory=dict)
    """Texts told on one of the two channels and not yet on the other."""
    calls: dict[str, str] = msgspec.field(default_factory=dict)
    """Calls that did not come back yet, and their tools."""
    closed: dict[str, bool] = msgspec.field(default_factory=dict)
    """Calls that came back; a command that runs on, or was killed, may still end later."""
    patches: dict[str, Patch] = msgspec.field(default_factory=dict)
    changed: dict[str, bool] = msgspec.field(default_factory=dict)
    """Calls whose file changes an item or event already told."""
    stopped: str | None = None
    """The call that was running when the user interrupted."""
    killed: dict[str, bool] = msgspec.field(default_factory=dict)
    """Commands of this turn that ended with exit code -1: interrupted, if the turn turns out to be."""
    aborted: bool = False
    compacted: int = 0
    """Which spellings of the last compaction were seen, as bits."""
    held: Held | None = None

    def already(self, channel: Channel, words: str, side: Side) -> bool:
        """True if the other channel told this text before; else it is remembered for the other channel."""
        name = chain(_CHANNELS[channel], words.strip().encode("utf-8", "surrogatepass"))
        balance = self.said.get(name, 0) + side
        if balance:
            self.said[name] = balance
            if len(self.said) > _REMEMBERED:
                trim(self.said, _REMEMBERED)
        else:
            del self.said[name]
        return abs(balance) < abs(balance - side)

    def new_task(self, turn: str | None) -> None:
        """A task began: what was said before can no longer be said again."""
        self.turn = turn
        self.fresh = True
        self.prompted = False
        self.aborted = False
        self.stopped = None
        self.compacted = 0
        self.said.clear()
        self.killed.clear()

    def open_call(self, call_id: str, tool: str) -> None:
        self.calls[call_id] = tool
        trim(self.calls, _CALLS)

    def close_call(self, call_id: str) -> None:
        self.calls.pop(call_id, None)
        self.closed[call_id] = True
        trim(self.closed, _REMEMBERED)

    def knows(self, call_id: str) -> bool:
        return call_id in self.calls or call_id in self.closed

    def open_patch(self, call_id: str, files: list[Changed]) -> None:
        self.patches[call_id] = Patch(files)
        trim(self.patches, _REMEMBERED)

    def told_changes(self, call_id: str) -> None:
        """An item or event told what this call changed; the output need not."""
        self.patches.pop(call_id, None)
        self.changed[call_id] = True
        trim(self.changed, _REMEMBERED)


def trim(
    kept: dict[str, object] | dict[int, int] | dict[str, str] | dict[str, bool] | dict[str, Patch], limit: int
) -> None:
    """Forget the oldest entries beyond the limit."""
    while len(kept) > limit:
        del kept[next(iter(kept))]  # type: ignore[arg-type]
