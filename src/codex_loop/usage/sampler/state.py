"""`sampler-state.json`: where the sampler stands, for its next run, for metrics, and for a person who looks.

The samples are the record, this file is what is known about them: when it is behind them or lost, their last lines
say where to go on. It is replaced as a whole, so whoever reads it sees one state or the next.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

import msgspec

from codex_loop.clock import format_ms
from codex_loop.sources.samples.event import StatusEvent
from codex_loop.sources.samples.spellings import Tool

NAME = "sampler-state.json"
SCHEMA = "codex-loop/sampler-state/1"
TOOLS: tuple[Tool, Tool] = ("claude", "codex")
"""In the order in which they are captured."""

_BACKOFF_S = 30.0
_LONGEST_BACKOFF_S = 900.0


class Failed(msgspec.Struct, kw_only=True, frozen=True):
    """Why a source gave nothing, the last time that it did."""

    time: str
    reason: str
    detail: str


class SamplerState(msgspec.Struct, kw_only=True, frozen=True):
    """Counted since the file was made; all dicts are by source (`claude`, `codex`)."""

    schema: str = SCHEMA
    seq_no: int = 0
    """Of the last event that was written; the next one has one more."""
    last_capture_time: str | None = None
    last_claude_seq_no: int | None = None
    last_codex_seq_no: int | None = None
    consecutive_failures: int = 0
    """Cycles in a row in which no source gave anything."""
    backoff_s: float = 0.0
    """What is added to the cadence because of them."""
    cycles: int = 0
    captures: dict[str, int] = {}
    failures: dict[str, dict[str, int]] = {}
    """By source, then by reason: timeout, exec, parse, auth, unavailable; `write`: the sample could not be kept."""
    last_capture: dict[str, str] = {}
    last_failure: dict[str, Failed] = {}
    disabled: dict[str, str] = {}
    """Sources that are not asked, and why."""

    def captured(self, event: StatusEvent, now_ms: int) -> SamplerState:
        """After an event was written."""
        tool, at = event.source_tool, format_ms(now_ms)
        seq_no = event.seq_no if event.seq_no is not None else self.seq_no
        return msgspec.structs.replace(
            self._placed(tool, seq_no),
            last_capture_time=at,
            captures={**self.captures, tool: self.captures.get(tool, 0) + 1},
            last_capture={**self.last_capture, tool: at},
        )

    def failed(self, tool: str, reason: str, detail: str, now_ms: int) -> SamplerState:
        """After a source gave nothing, or its event could not be written."""
        before = self.failures.get(tool, {})
        return msgspec.structs.replace(
            self,
            failures={**self.failures, tool: {**before, reason: before.get(reason, 0) + 1}},
            last_failure={**self.last_failure, tool: Failed(time=format_ms(now_ms), reason=reason, detail=detail)},
        )

    def ended(self, *, captured: bool) -> SamplerState:
        """After a cycle: any capture ends the failing, none at all makes the next wait longer."""
        failing = 0 if captured else self.consecutive_failures + 1
        # The exponent is bounded: a year of failures is no larger number than an hour of them.
        backoff = min(_BACKOFF_S * 2 ** min(failing - 1, 10), _LONGEST_BACKOFF_S) if failing else 0.0
        return msgspec.structs.replace(
            self, cycles=self.cycles + 1, consecutive_failures=failing, backoff_s=backoff
        )  # fmt: skip

    def caught_up(self, events: Iterable[StatusEvent], *, counting: bool) -> SamplerState:
        """With what the last lines of the samples say beyond this; they are counted unless no state was there."""
        state = self
        for event in events:
            if event.seq_no is None or event.seq_no <= state.seq_no:
                continue
            tool = event.source_tool
            state = state._placed(tool, event.seq_no)
            if counting and event.timestamp:
                state = msgspec.structs.replace(
                    state,
                    captures={**state.captures, tool: state.captures.get(tool, 0) + 1},
                    last_capture={**state.last_capture, tool: event.timestamp},
                    last_capture_time=event.timestamp,
                )
        return state

    def _placed(self, tool: str, seq_no: int) -> SamplerState:
        if tool == "claude":
            return msgspec.structs.replace(self, seq_no=seq_no, last_claude_seq_no=seq_no)
        return msgspec.structs.replace(self, seq_no=seq_no, last_codex_seq_no=seq_no)


def load(folder: Path) -> SamplerState | None:
    """The state as it was left; None when there is none that can be read."""
    try:
        return msgspec.json.decode((folder / NAME).read_bytes(), type=SamplerState)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return None


def save(folder: Path, state: SamplerState) -> None:
    """Whole or not at all; on the disk when it returns."""
    handle, name = tempfile.mkstemp(dir=folder, prefix=".sampler-state-")
    draft = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(msgspec.json.format(msgspec.json.encode(state)) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        draft.replace(folder / NAME)
    finally:
        draft.unlink(missing_ok=True)
