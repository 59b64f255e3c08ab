"""What decoding one rollout trace remembers, and the step at hand."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import msgspec

from codex_loop.sources.fields import Body
from codex_loop.sources.spine.state import Place
from codex_loop.sources.trace import payloads as trace_payloads
from codex_loop.sources.trace.payloads import Redact

_REMEMBERED = 256
"""Of an endless trace only this much is remembered: state is stored with every look."""


class ThreadState(msgspec.Struct):
    """One thread of a trace: a subagent's lines stand between its parent's."""

    settings: tuple[str | None, str | None, str | None] = (None, None, None)
    """Approval policy, sandbox policy, model."""
    turn_began: dict[str, int] = msgspec.field(default_factory=dict)
    aborted: str | None = None
    asked: int = 0
    """Requests since the thread started here."""
    asked_before_turn: int = 0
    asking: bool = False
    """A request is with the provider."""
    compacting: bool = False
    """A turn ended without a prompt or a request in the log: the person asked for a compaction."""
    pending: list[str] = msgspec.field(default_factory=list)
    """Accepted messages whose text no request showed yet."""
    answers: list[str] = msgspec.field(default_factory=list)
    summaries: list[str] = msgspec.field(default_factory=list)
    calls: dict[str, str] = msgspec.field(default_factory=dict)
    """Calls that are running, and their tools."""
    ended: list[str] = msgspec.field(default_factory=list)
    """Calls whose runtime told the result: the output the model read says it again."""

    def begin_turn(self, turn: str, time_ms: int | None) -> None:
        self.turn_began[turn] = time_ms or 0
        if len(self.turn_began) > _REMEMBERED:
            del self.turn_began[next(iter(self.turn_began))]
        self.asked_before_turn = self.asked

    def expect(self, item: str) -> None:
        self.pending.append(item)
        del self.pending[:-_REMEMBERED]

    def answer(self, item: str | None) -> None:
        """The model wrote this message, before or after it was accepted."""
        if item is None:
            return
        if item in self.pending:
            self.pending.remove(item)
        self.answers.append(item)
        del self.answers[:-_REMEMBERED]

    def first_sight(self, summary: str) -> bool:
        if summary in self.summaries:
            return False
        self.summaries.append(summary)
        del self.summaries[:-_REMEMBERED]
        return True

    def open_call(self, call_id: str, tool: str) -> None:
        self.calls[call_id] = tool
        if len(self.calls) > _REMEMBERED:
            del self.calls[next(iter(self.calls))]

    def close_call(self, call_id: str) -> None:
        self.calls.pop(call_id, None)

    def end_runtime(self, call_id: str) -> None:
        self.close_call(call_id)
        self.ended.append(call_id)
        del self.ended[:-_REMEMBERED]


class TraceState(msgspec.Struct):
    """One trace between two looks."""

    last_seq: int = 0
    past: int = 0
    threads: dict[str, ThreadState] = msgspec.field(default_factory=dict)

    def thread(self, ident: str) -> ThreadState:
        if ident not in self.threads:
            self.threads[ident] = ThreadState()
            if len(self.threads) > _REMEMBERED:
                del self.threads[next(iter(self.threads))]
        return self.threads[ident]


class Step(NamedTuple):
    """One line of the log, and where its payloads lie."""

    state: ThreadState
    place: Place
    of: Body
    trace: Path
    redact: Redact | None
    root: str | None
    """The thread the trace is about; others in it are subagents."""

    def payload(self, name: str) -> Body:
        return trace_payloads.read(self.trace, self.of, name, self.redact)
