"""System lines, attachments and the small state records of Claude Code, as records."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import msgspec

from codex_loop.model.records import (
    ApprovalDecided,
    Attachment,
    Compaction,
    Problem,
    SessionEnded,
    SessionStarted,
    TurnEnded,
    Unknown,
    UserMessage,
)
from codex_loop.model.text import head
from codex_loop.sources.claude.entries import payload, text_of, whole
from codex_loop.sources.claude.told import Told

SILENT = frozenset(
    {
        "queue-operation",
        "last-prompt",
        "file-history-snapshot",
        "file-history-delta",
        "mode",
        "api-request",
        "api-request-shape",
        "api-request-blob",
        "api-request-resumed",
        "tools-used",
        "session-owner",
        "atis-latch",
        "progress",
    }
)
"""Known records that say nothing a person asked about, hold the account's identity, or repeat other lines."""


class CompactMetadata(msgspec.Struct, rename="camel"):
    trigger: str | None = None
    pre_tokens: int | None = None
    post_tokens: int | None = None


class ApiError(msgspec.Struct):
    status: int | None = None
    message: str | None = None
    type: str | None = None
    cause: ApiCause | None = None


class ApiCause(msgspec.Struct):
    code: str | None = None
    message: str | None = None


class Attached(msgspec.Struct, rename="camel"):
    """The fields of an attachment that carry text or evidence."""

    type: str = ""
    content: msgspec.Raw = msgspec.Raw(b"")
    prompt: msgspec.Raw = msgspec.Raw(b"")
    command_mode: str | None = None
    filename: str | None = None
    path: str | None = None
    snippet: str | None = None
    stdout: str | None = None
    stderr: str | None = None
    hook_event: str | None = None
    hook_name: str | None = None
    tool_use_id: str | None = msgspec.field(default=None, name="toolUseID")


class PromptPart(msgspec.Struct):
    type: str = ""
    text: str | None = None


class PromptParts(msgspec.Struct):
    parts: list[PromptPart] = []


def system(told: Told) -> None:
    subtype = told.entry.subtype or ""
    tell = _SYSTEM.get(subtype)
    if tell is not None:
        tell(told)
    elif subtype not in _QUIET_SYSTEM:
        told.records.append(Unknown(**told.at(), type=f"system/{subtype}"))


def _turn_duration(told: Told) -> None:
    told.records.append(TurnEnded(**told.at(), duration_ms=whole(told.entry.duration_ms)))


def compaction_trigger(value: str | None) -> Literal["auto", "manual", "unknown"]:
    return "auto" if value == "auto" else "manual" if value == "manual" else "unknown"


def _compact_boundary(told: Told) -> None:
    found = payload(told.entry.compact_metadata, CompactMetadata) or CompactMetadata()
    told.place.note.boundary = told.entry.uuid
    told.records.append(
        Compaction(
            **told.at(),
            trigger=compaction_trigger(found.trigger),
            pre_tokens=whole(found.pre_tokens),
            post_tokens=whole(found.post_tokens),
            id=told.entry.uuid,
        )
    )


def _api_error(told: Told) -> None:
    entry = told.entry
    error = payload(entry.error, ApiError) or ApiError(message=text_of(entry.error))
    cause = error.cause or ApiCause()
    told.records.append(
        Problem(
            **told.at(),
            scope="error" if entry.retry_attempt is None else "retry",
            code=cause.code or error.type,
            message=error.message or cause.message or text_of(entry.content) or "",
            http_status=error.status,
            attempt=entry.retry_attempt,
        )
    )


def _refusal(told: Told) -> None:
    told.records.append(
        Problem(**told.at(), scope="refusal", code=told.entry.subtype, message=text_of(told.entry.content) or "")
    )


def _local_command(told: Told) -> None:
    text = text_of(told.entry.content)
    if text:
        told.records.append(UserMessage(**told.at(), text=text, author="command", id=told.entry.uuid))


def _remark(told: Told) -> None:
    text = text_of(told.entry.content) or ""
    told.records.append(Attachment(**told.at(), name=told.entry.subtype or "", text=text))


def _stop_hooks(told: Told) -> None:
    errors = bytes(told.entry.hook_errors)
    if errors not in {b"", b"[]", b"null"}:
        text = errors.decode("utf-8", "replace")
        told.records.append(Attachment(**told.at(), name="stop_hook_errors", text=text))


_SYSTEM: dict[str, Callable[[Told], None]] = {
    "turn_duration": _turn_duration,
    "compact_boundary": _compact_boundary,
    "api_error": _api_error,
    "model_refusal_no_fallback": _refusal,
    "local_command": _local_command,
    "away_summary": _remark,
    "informational": _remark,
    "stop_hook_summary": _stop_hooks,
}
_QUIET_SYSTEM = frozenset({"microcompact_boundary", "bridge_status"})


def attachment(told: Told) -> None:
    raw = told.entry.attachment
    found = payload(raw, Attached) or Attached()
    if found.type == "queued_command":
        _queued(told, found)
        return
    if found.type == "hook_blocking_error" and found.hook_event == "PreToolUse" and found.tool_use_id:
        told.records.append(
            ApprovalDecided(**told.at(), call_id=found.tool_use_id, decision="denied", who="hook", basis="attachment")
        )
    text = ""
    if found.type not in _UNTOLD:
        text = text_of(found.content) or found.snippet or found.stdout or found.stderr or ""
    told.records.append(
        Attachment(
            **told.at(),
            name=found.type or "attachment",
            text=text or found.path or found.filename or found.hook_name or "",
            size=len(bytes(raw)),
        )
    )


_UNTOLD = frozenset({"prompt_snapshot", "credential_org", "skill_listing", "invoked_skills"})
"""Attachments whose text is the program's own, or the account's identity."""


def _queued(told: Told, found: Attached) -> None:
    """What a person typed while the agent worked reaches the model as an attachment, in the running turn."""
    text = text_of(found.prompt)
    if text is None:
        parts = payload(msgspec.Raw(b'{"parts":' + (bytes(found.prompt) or b"[]") + b"}"), PromptParts)
        text = "\n".join(part.text for part in parts.parts if part.text) if parts else ""
    if not text:
        return
    human = found.command_mode in {None, "prompt"} and not text.lstrip().startswith("<")
    told.records.append(
        UserMessage(**told.at(), text=text, author="human" if human else "injected", id=told.entry.uuid)
    )


def note(told: Told) -> None:
    """A record without an envelope: a title, a total, a state of the program."""
    kind = told.entry.type or ""
    tell = _NOTES.get(kind)
    if tell is not None:
        tell(told)
    elif kind not in SILENT:
        told.records.append(Unknown(**told.at(), type=kind or "untyped"))


def _title(told: Told) -> None:
    """A title a person gave beats one a model gave."""
    entry = told.entry
    if entry.custom_title:
        _entitle(told, 3, entry.custom_title)
    elif entry.ai_title:
        _entitle(told, 2, entry.ai_title)


def _summary(told: Told) -> None:
    """Old versions write titles into whatever file is open, each with the last line of the conversation it names."""
    entry, state = told.entry, told.state
    if not entry.summary or entry.leaf_uuid is None:
        return
    if entry.leaf_uuid == state.last_uuid:
        _entitle(told, 1, entry.summary)
    elif len(state.summaries) < _MAX_SUMMARIES:
        state.summaries[entry.leaf_uuid] = head(entry.summary)


def late_title(told: Told) -> None:
    """The line that a summary before it was waiting for."""
    title = told.state.summaries.pop(told.entry.uuid or "", None)
    if title is not None:
        _entitle(told, 1, title)


def _entitle(told: Told, rank: int, title: str) -> None:
    if rank >= told.place.note.title_rank:
        told.place.note.title_rank = rank
        told.records.append(_known(told, title=title))


_MAX_SUMMARIES = 16


def _nickname(told: Told) -> None:
    if told.entry.agent_name:
        told.records.append(_known(told, nickname=told.entry.agent_name))


def _known(told: Told, *, title: str | None = None, nickname: str | None = None) -> SessionStarted:
    return SessionStarted(
        offset=told.offset, time_ms=told.time_ms, session=told.place.session, title=title, nickname=nickname
    )


def _permission(told: Told) -> None:
    told.place.note.permission = told.entry.permission_mode or told.place.note.permission


def _link(told: Told) -> None:
    if told.entry.pr_url:
        told.records.append(Attachment(**told.at(), name="pr-link", text=told.entry.pr_url))


def _totals(told: Told) -> None:
    entry = told.entry
    totals = bytes(entry.model_usage).decode("utf-8", "replace") or None
    told.records.append(SessionEnded(**told.at(), cost_usd=entry.total_cost_usd, totals=totals))


_NOTES: dict[str, Callable[[Told], None]] = {
    "ai-title": _title,
    "custom-title": _title,
    "summary": _summary,
    "agent-name": _nickname,
    "permission-mode": _permission,
    "pr-link": _link,
    "cost-state": _totals,
}
