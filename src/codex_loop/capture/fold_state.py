"""What a folder keeps: across looks (`FoldState`), and within one block (`Turn`, `Session`)."""

from __future__ import annotations

import msgspec

from codex_loop.capture.extracts import error_line, output_key
from codex_loop.capture.rows import NOTHING_SAID, Latest
from codex_loop.model import records as r
from codex_loop.model.text import clean, head


class Settings(msgspec.Struct):
    """What is in force for a session until a later record says otherwise."""

    approval_policy: str | None = None
    sandbox_policy: str | None = None
    model: str | None = None
    effort: str | None = None
    cwd: str | None = None


class SessionState(msgspec.Struct):
    turn: int | None = None
    turn_id: str | None = None
    turn_offset: int = 0
    """Where the current turn began."""
    ordinal: int = 0
    prompted: bool = False
    """Whether the current turn has its human message."""
    settings: Settings = msgspec.field(default_factory=Settings)
    settings_rank: int = 0
    """Behind which offset the current turn was told its settings; 0 while they are those of the turn before."""
    facts: r.SessionStarted | None = None
    """All that is known of the session so far: every block's row says all of it."""


class FoldState(msgspec.Struct):
    primary: str | None = None
    """The session this file is about: the first one it names."""
    born_ms: int | None = None
    sessions: dict[str, SessionState] = msgspec.field(default_factory=dict)


class Turn(msgspec.Struct):
    key: int
    session_key: int
    offset: int
    last_offset: int
    native_id: str | None = None
    started_ms: int | None = None
    ended_ms: int | None = None
    status: str | None = None
    duration_ms: int | None = None
    first_token_ms: int | None = None
    prompt: str | None = None
    settings: Settings = msgspec.field(default_factory=Settings)
    settings_rank: int = 0


class Call(msgspec.Struct):
    """A tool call and what became of it: the store's row, column by column."""

    key: int
    session_key: int
    turn_key: int | None
    call_id: str
    name: str | None = None
    namespace: str | None = None
    command: str | None = None
    arguments: str | None = None
    cwd: str | None = None
    started_ms: int | None = None
    ended_ms: int | None = None
    rank: int = 0
    status: str | None = None
    exit_code: int | None = None
    exit_rank: int | None = None
    duration_ms: int | None = None
    duration_rank: int | None = None
    output_rank: int | None = None
    output: str | None = None
    output_length: int | None = None
    basis: str | None = None
    arguments_key: int | None = None
    error: str | None = None
    output_key: int | None = None
    source_id: int = 0
    line_offset: int = 0

    def believe(self, result: r.ToolResult, rank: int, output_bytes: int) -> None:
        """Take from a result what is better founded than what is here, each fact for itself, as the store would."""
        if (rank, result.status) > (self.rank, self.status or ""):
            self.rank, self.status, self.basis = rank, result.status, clean(result.basis) or None
        if result.exit_code is not None and (rank, result.exit_code) > (self.exit_rank or 0, self.exit_code or -1):
            self.exit_rank, self.exit_code = rank, result.exit_code
        if result.duration_ms is not None and (rank, result.duration_ms) > (
            self.duration_rank or 0,
            self.duration_ms or -1,
        ):
            self.duration_rank, self.duration_ms = rank, result.duration_ms
        if result.output:
            said = head(result.output, output_bytes)
            if (rank, said) > (self.output_rank or 0, self.output or ""):
                self.output_rank, self.output, self.output_length = rank, said, len(result.output)
                self.output_key = output_key(result.output)
                self.error = None if _went_well(result) else error_line(result.output)
        if result.time_ms is not None and (self.ended_ms is None or result.time_ms > self.ended_ms):
            self.ended_ms = result.time_ms


def _went_well(result: r.ToolResult) -> bool:
    return not result.exit_code and result.status in ("ok", "running", "unknown")


class Session(msgspec.Struct):
    key: int
    native_id: str
    state: SessionState
    first_ms: int | None = None
    last_ms: int | None = None
    title: Latest = NOTHING_SAID
    model: Latest = NOTHING_SAID


def copied(settings: Settings) -> Settings:
    return Settings(settings.approval_policy, settings.sandbox_policy, settings.model, settings.effort, settings.cwd)


def completed(facts: r.SessionStarted, later: r.SessionStarted) -> r.SessionStarted:
    """What was known first stays; what was unknown is filled in."""
    known = {name: getattr(facts, name) for name in later.__struct_fields__}
    for name, value in known.items():
        if value is None:
            known[name] = getattr(later, name)
    return r.SessionStarted(**known)
