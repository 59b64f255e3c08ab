"""What decoding one trace_spine segment remembers, and the place a record was read from."""

from __future__ import annotations

from typing import NamedTuple, TypedDict

import msgspec

_REMEMBERED = 256
"""Of an endless file only this many calls and turns are remembered: state is stored with every look."""


class Waiting(msgspec.Struct, frozen=True, array_like=True):
    """An approval request nobody answered yet; `event` is the id by which the Rust dialect answers."""

    call_id: str
    event: str | None


class SpineState(msgspec.Struct):
    """One segment file between two looks."""

    last_seq: int = 0
    past: int = 0
    thread: str | None = None
    agent_version: str | None = None
    settings: tuple[str | None, ...] = ()
    running: str | None = None
    spoken: list[str] = msgspec.field(default_factory=list)
    """Turns whose prompt came as a submission: their `user_message` event says it again."""
    calls: dict[str, str] = msgspec.field(default_factory=dict)
    """Calls that are running, and their tools."""
    ended: list[str] = msgspec.field(default_factory=list)
    """Calls whose own event told the result: the output the model read says it again."""
    aborted: bool = False
    waiting: list[Waiting] = msgspec.field(default_factory=list)
    asked: dict[str, int] = msgspec.field(default_factory=dict)
    """Interrupts, undos and rollbacks already told by their submission; their event only confirms."""
    compact_asked: int = 0
    boundaries: int = 0
    """Compaction boundaries that no `context_compacted` confirmed yet."""

    def remember_spoken(self, turn: str) -> None:
        _keep(self.spoken, turn)

    def open_call(self, call_id: str, tool: str) -> None:
        self.calls[call_id] = tool
        if len(self.calls) > _REMEMBERED:
            del self.calls[next(iter(self.calls))]

    def close_call(self, call_id: str) -> None:
        self.calls.pop(call_id, None)
        _keep(self.ended, call_id)

    def wait_for(self, request: Waiting) -> None:
        self.waiting.append(request)
        del self.waiting[:-_REMEMBERED]

    def ask(self, what: str) -> None:
        self.asked[what] = self.asked.get(what, 0) + 1

    def confirm(self, what: str) -> bool:
        """True if this event only confirms what its submission already told."""
        count = self.asked.get(what, 0)
        if count:
            self.asked[what] = count - 1
        return count > 0

    def answered(self, call_id: str | None, op_id: str | None) -> Waiting | None:
        """The request a decision belongs to: by call, else by an id that is the call, else the newest of that event."""
        newest = list(reversed(self.waiting))
        by_call = (request for request in newest if request.call_id == (call_id or op_id))
        by_event = (request for request in newest if call_id is None and op_id and request.event == op_id)
        request = next(by_call, None) or next(by_event, None)
        if request is not None:
            self.waiting.remove(request)
        return request


def _keep(kept: list[str], name: str) -> None:
    if name not in kept:
        kept.append(name)
        del kept[:-_REMEMBERED]


class Base(TypedDict):
    """The fields every record shares, ready to be passed on."""

    offset: int
    time_ms: int | None
    session: str
    turn: str | None


class Place(NamedTuple):
    """Where a record was read from."""

    offset: int
    time_ms: int | None
    session: str
    turn: str | None = None

    def base(self) -> Base:
        return Base(offset=self.offset, time_ms=self.time_ms, session=self.session, turn=self.turn)

    def timeless(self) -> Base:
        """For what is said of a session as a whole."""
        return Base(offset=self.offset, time_ms=self.time_ms, session=self.session, turn=None)
