"""The record language: the small closed set that every source decodes into.

A record says *what happened*, in which session and turn, when, and at which byte of its source. Fields that a
format cannot show stay None: unknown is a value, never zero or false. A record may be repeated with more
knowledge (a session's title, a call's exit code); the store merges by native id, knowledge beats ignorance.
"""

from __future__ import annotations

from typing import Literal

import msgspec

Author = Literal["human", "injected", "command", "unknown"]
ToolStatus = Literal["ok", "failed", "declined", "interrupted", "timeout", "running", "cascade", "unknown"]
Decider = Literal["user", "config", "hook", "unknown"]
Lineage = Literal["main", "subagent", "sidechain"]


class Record(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag=True, omit_defaults=True):
    """What all records carry. Host, file, generation and format version belong to the batch they travel in."""

    offset: int
    """Byte offset of the line (or sequence number, where the source has no bytes) this was read from."""
    time_ms: int | None = None
    """UTC milliseconds as the source states them; order is file order, never this."""
    session: str
    """Native session id; a Claude subagent is `<sessionId>/<agentId>`."""
    turn: str | None = None
    """Native turn id where the format has one; else the capture room numbers turns by human messages."""


class SessionStarted(Record, frozen=True, kw_only=True):
    """What is known of a session. May be repeated; only fields that are not None add knowledge."""

    lineage: Lineage | None = None
    parent: str | None = None
    root: str | None = None
    forked_from: str | None = None
    forked_at: int | None = None
    """Ordinal of the parent's first line that the fork does NOT share, where the format says it."""
    segment: str | None = None
    """Set for a file that continues a reverted session: the uuid of this segment."""
    started_ms: int | None = None
    cwd: str | None = None
    model: str | None = None
    provider: str | None = None
    agent_version: str | None = None
    originator: str | None = None
    entrypoint: str | None = None
    git_branch: str | None = None
    git_commit: str | None = None
    git_url: str | None = None
    title: str | None = None
    nickname: str | None = None
    role: str | None = None
    tool_call: str | None = None
    """For a subagent: the parent's call that spawned it."""


class TurnStarted(Record, frozen=True, kw_only=True):
    """Settings in force for a turn. Emitted where a turn begins and again only when they change."""

    approval_policy: str | None = None
    sandbox_policy: str | None = None
    model: str | None = None
    effort: str | None = None
    cwd: str | None = None


class TurnEnded(Record, frozen=True, kw_only=True):
    """A turn came to its own end (interruptions are `Interrupted`)."""

    status: Literal["completed", "failed"] = "completed"
    duration_ms: int | None = None
    first_token_ms: int | None = None


class UserMessage(Record, frozen=True, kw_only=True):
    """Text in the user role; only author `human` starts a turn."""

    text: str
    author: Author = "unknown"
    id: str | None = None
    images: int = 0


class AgentMessage(Record, frozen=True, kw_only=True):
    text: str
    id: str | None = None
    model: str | None = None
    phase: str | None = None


class Reasoning(Record, frozen=True, kw_only=True):
    text: str
    id: str | None = None


class Attachment(Record, frozen=True, kw_only=True):
    """Context the agent program added by itself: reminders, files, snapshots, skills."""

    name: str
    text: str = ""
    size: int | None = None


class ToolCall(Record, frozen=True, kw_only=True):
    call_id: str
    name: str
    namespace: str | None = None
    arguments: str = ""
    """JSON text as the model wrote it (not always valid JSON)."""
    command: str | None = None
    """The shell command or patch headline, where the tool is one that runs something."""
    cwd: str | None = None


class ToolResult(Record, frozen=True, kw_only=True):
    call_id: str
    status: ToolStatus = "unknown"
    exit_code: int | None = None
    duration_ms: int | None = None
    output: str = ""
    basis: str = ""
    """Where status and exit code come from: `item`, `event`, `text`, `is_error`, `payload`, ..."""


class ApprovalRequested(Record, frozen=True, kw_only=True):
    call_id: str
    reason: str | None = None
    command: str | None = None
    request_id: str | None = None


class ApprovalDecided(Record, frozen=True, kw_only=True):
    call_id: str | None = None
    request_id: str | None = None
    decision: Literal["approved", "approved_for_session", "denied", "aborted", "unknown"] = "unknown"
    who: Decider = "unknown"
    basis: str = ""
    """What makes us believe it: `permissionDecision`, `op`, `text`, `permission_denials`, ..."""


class FileChange(Record, frozen=True, kw_only=True):
    call_id: str | None = None
    path: str
    change: Literal["add", "update", "delete", "move", "unknown"] = "unknown"
    moved_to: str | None = None
    diff: str | None = None
    added: int | None = None
    removed: int | None = None
    ok: bool | None = None


class Compaction(Record, frozen=True, kw_only=True):
    trigger: Literal["auto", "manual", "unknown"] = "unknown"
    pre_tokens: int | None = None
    post_tokens: int | None = None
    summary: str | None = None
    id: str | None = None


class Usage(Record, frozen=True, kw_only=True):
    """Tokens of one provider response. Only the counters of the capture room make these.

    `input` excludes cache reads and cache writes; `output` includes `reasoning`.
    """

    key: int
    """Identity across files, forks and hosts (see `model.keys`)."""
    response_id: str | None = None
    request_id: str | None = None
    model: str | None = None
    input: int = 0
    cached: int = 0
    cache_write_5m: int = 0
    cache_write_1h: int = 0
    output: int = 0
    reasoning: int | None = None
    web_searches: int = 0
    tier: str | None = None
    hidden: str | None = None
    """Reason why a transcript does not show this request (`compact`, `title`, `advisor`, ...)."""
    quality: Literal["final", "partial", "estimated"] = "final"
    owner_ms: int | None = None
    """When the session that claims this began: of several claims the earliest owns, then the smaller session id."""
    via: str = ""
    """Which rule counted it: `usage_record`, `token_count`, `message`, ..."""
    sidechain: bool = False
    """A side conversation claims it: tokens that a main conversation claims under the same key beat these."""


class LimitObserved(Record, frozen=True, kw_only=True):
    """One window of one provider limit, as the provider stated it."""

    limit_id: str
    window_minutes: int | None = None
    used_percent: float | None = None
    resets_ms: int | None = None
    slot: str | None = None
    """The provider's own name of the window: `primary`, `secondary`, `five_hour`, ..."""
    plan: str | None = None
    reached: str | None = None
    credits: str | None = None
    agent: str | None = None
    """Whose limit, where the file it is told in tells of several agents."""
    account: str | None = None
    """A keyed hash of the account, where the telling names one; never the account."""
    via: str | None = None
    """What told it (`app-server`, `get-usage`, `statusline`, ...); None: the session's own file."""


class Interrupted(Record, frozen=True, kw_only=True):
    reason: str | None = None
    during: Literal["model", "tool", "approval", "unknown"] = "unknown"
    call_id: str | None = None
    duration_ms: int | None = None
    basis: str = ""


class Reverted(Record, frozen=True, kw_only=True):
    """History from `from_ordinal` on (of the named thread or segment) was taken back by the user."""

    scope: Literal["revert", "rollback", "undo"] = "revert"
    from_ordinal: int | None = None
    from_offset: int | None = None
    base: str | None = None
    turns: int | None = None
    ok: bool | None = None


class Problem(Record, frozen=True, kw_only=True):
    scope: Literal["error", "stream_error", "warning", "retry", "limit", "refusal"]
    code: str | None = None
    message: str = ""
    http_status: int | None = None
    attempt: int | None = None


class PlanUpdated(Record, frozen=True, kw_only=True):
    steps: tuple[tuple[str, str], ...] = ()
    """(status, step) in order."""
    explanation: str | None = None


class SessionEnded(Record, frozen=True, kw_only=True):
    reason: str | None = None
    cost_usd: float | None = None
    """The agent program's own total, kept for reconciliation, never added to ours."""
    totals: str | None = None
    """The agent program's own totals by model as JSON text (Claude `modelUsage`)."""


class Unknown(Record, frozen=True, kw_only=True):
    """A foreign record we do not know yet: counted by (format, type, agent version), its line kept in the archive."""

    type: str


AnyRecord = (
    SessionStarted
    | TurnStarted
    | TurnEnded
    | UserMessage
    | AgentMessage
    | Reasoning
    | Attachment
    | ToolCall
    | ToolResult
    | ApprovalRequested
    | ApprovalDecided
    | FileChange
    | Compaction
    | Usage
    | LimitObserved
    | Interrupted
    | Reverted
    | Problem
    | PlanUpdated
    | SessionEnded
    | Unknown
)
