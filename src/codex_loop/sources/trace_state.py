"""What decoding one rollout trace remembers, and the step at hand."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import msgspec

from codex_loop.sources import trace_payloads
from codex_loop.sources.fields import Body
from codex_loop.sources.spine_state import Place
from codex_loop.sources.trace_payloads import Redact

_REMEMBERED = 256
"""Of an endless trace only this much is remembered: state is stored with every look."""


class TraceState(msgspec.Struct):
    """One trace between two looks."""

    last_seq: int = 0
    past: int = 0
    settings: tuple[str | None, str | None, str | None] = (None, None, None)
    """Approval policy, sandbox policy, model."""
    turn_began: dict[str, int] = msgspec.field(default_factory=dict)
    aborted: str | None = None
    prompted: bool = False
    """A person's prompt was seen in the running turn."""
    asking: bool = False
    """A request is with the provider."""
    pending: list[str] = msgspec.field(default_factory=list)
    """Accepted messages whose text no request showed yet."""
    answers: list[str] = msgspec.field(default_factory=list)
    summaries: list[str] = msgspec.field(default_factory=list)
    calls: dict[str, str] = msgspec.field(default_factory=dict)
    """Calls that are running, and their tools."""
    ended: list[str] = msgspec.field(default_factory=list)
    """Calls whose runtime told the result: the output the model read says it again."""

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


class Step(NamedTuple):
    """One line of the log, and where its payloads lie."""

    state: TraceState
    place: Place
    of: Body
    trace: Path
    redact: Redact | None

    def payload(self, name: str) -> Body:
        return trace_payloads.read(self.trace, self.of, name, self.redact)
