"""What can happen in a session, as its timeline tells it; each kind has its own fields.

Rows hold heads of long texts; `origin` points at the archived line with the rest.
"""

from __future__ import annotations

from typing import Literal

import msgspec


class Origin(msgspec.Struct, frozen=True):
    """The line an entry was read from."""

    source_id: int
    offset: int


class Prompt(msgspec.Struct, frozen=True, kw_only=True, tag="user"):
    """Text in the user's role; `author` says who really wrote it: human, injected, command, unknown."""

    at: str | None
    author: str | None
    text: str
    length: int
    images: int | None
    origin: Origin


class Said(msgspec.Struct, frozen=True, kw_only=True, tag="agent"):
    """An answer of the agent, its reasoning, or context its program attached: see `role`."""

    at: str | None
    role: Literal["agent", "reasoning", "attachment"]
    phase: str | None
    model: str | None
    text: str
    length: int
    origin: Origin


class Change(msgspec.Struct, frozen=True, kw_only=True, tag="change"):
    """A file that was changed; `call_id` names the tool call that did it."""

    at: str | None
    call_id: str | None
    path: str
    change: str
    moved_to: str | None
    added: int | None
    removed: int | None
    ok: bool | None
    diff: str | None
    origin: Origin


class Approval(msgspec.Struct, frozen=True, kw_only=True, tag="approval"):
    """A question whether something may be done, its answer, who gave it, and how that is known."""

    at: str | None
    decided_at: str | None
    call_id: str | None
    decision: str | None
    who: str | None
    basis: str | None
    reason: str | None
    command: str | None
    origin: Origin


class Tool(msgspec.Struct, frozen=True, kw_only=True, tag="tool"):
    """A tool call and what came of it; `basis` says where status and exit code are known from."""

    at: str | None
    ended_at: str | None
    call_id: str
    name: str | None
    namespace: str | None
    command: str | None
    arguments: str | None
    cwd: str | None
    status: str | None
    exit_code: int | None
    duration_ms: int | None
    output: str | None
    output_length: int | None
    basis: str | None
    changes: tuple[Change, ...]
    approvals: tuple[Approval, ...]
    origin: Origin


class Compacted(msgspec.Struct, frozen=True, kw_only=True, tag="compaction"):
    """The conversation was replaced by a summary because it filled the context."""

    at: str | None
    trigger: str
    pre_tokens: int | None
    post_tokens: int | None
    summary: str | None
    origin: Origin


class Event(msgspec.Struct, frozen=True, kw_only=True, tag="event"):
    """A problem, an interruption, history taken back, a plan, an end: see `event`; `detail` is JSON of its own."""

    at: str | None
    event: str
    scope: str | None
    code: str | None
    message: str | None
    detail: str | None
    basis: str | None
    origin: Origin


Entry = Prompt | Said | Tool | Change | Approval | Compacted | Event
