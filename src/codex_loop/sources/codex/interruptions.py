"""Interruptions, told once: versions that mark tasks end them with an event, older ones may leave only a message."""

from __future__ import annotations

from collections.abc import Iterator

from codex_loop.model.records import AnyRecord, Interrupted, ToolResult
from codex_loop.sources.codex.state import Base, RolloutState
from codex_loop.sources.fields import Body, number, text

Records = Iterator[AnyRecord]

MARK = "<turn_aborted>"
"""How the message in the user role begins by which Codex tells the model."""


def interrupted_message(state: RolloutState, at: Base) -> Records:
    """0.92 may lose the event that should follow; where tasks are marked it never does, and it knows more."""
    if state.prompted is None and not state.aborted:
        yield from _interrupted(state, at, None, None, "text")


def interrupted_event(state: RolloutState, at: Base, of: Body) -> Records:
    if state.prompted is not None or not state.aborted:
        yield from _interrupted(state, at, text(of, "reason"), number(of, "duration_ms"), "turn_aborted")


def _interrupted(state: RolloutState, at: Base, reason: str | None, duration_ms: int | None, basis: str) -> Records:
    for call_id in state.killed:
        yield ToolResult(**at, call_id=call_id, status="interrupted", exit_code=-1, basis="event")
    running = state.stopped or next(iter(state.killed), None) or next(reversed(state.calls), None)
    yield Interrupted(
        **at,
        reason=reason,
        during="tool" if running is not None else "model",
        call_id=running,
        duration_ms=duration_ms,
        basis=basis,
    )
    state.aborted, state.stopped = True, None
    for call_id in tuple(state.calls):
        state.close_call(call_id)
    state.killed.clear()
