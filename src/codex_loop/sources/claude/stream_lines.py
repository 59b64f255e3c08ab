"""What a line of a stream-json file looks like. Names are in snake case here, in camel case there: both as printed."""

from __future__ import annotations

import msgspec

from codex_loop.sources.claude.entries import NO_JSON, Message, lenient, values


class ResultMeta(msgspec.Struct):
    permission_decision: msgspec.Raw = NO_JSON


class Denial(msgspec.Struct):
    tool_use_id: str | None = None
    tool_name: str | None = None


class StreamLine(msgspec.Struct):
    type: str | None = None
    subtype: str | None = None
    uuid: str | None = None
    session_id: str | None = None
    timestamp: str | None = None
    message: Message | None = None
    parent_tool_use_id: str | None = None
    agent_id: str | None = None
    request_id: str | None = None
    tool_use_result: msgspec.Raw = NO_JSON
    tool_result_meta: list[ResultMeta] | None = None
    is_synthetic: bool | None = msgspec.field(default=None, name="isSynthetic")
    is_api_error_message: bool | None = msgspec.field(default=None, name="isApiErrorMessage")
    error: msgspec.Raw = NO_JSON
    api_error_status: int | None = None
    cwd: str | None = None
    model: str | None = None
    permission_mode: str | None = msgspec.field(default=None, name="permissionMode")
    claude_code_version: str | None = None
    task_id: str | None = None
    tool_use_id: str | None = None
    task_type: str | None = None
    subagent_type: str | None = None
    status: str | None = None
    summary: str | None = None
    decision_reason_type: str | None = None
    attempt: int | None = None
    error_status: int | None = None
    compact_metadata: msgspec.Raw = NO_JSON
    rate_limit_info: msgspec.Raw = NO_JSON
    request: msgspec.Raw = NO_JSON
    response: msgspec.Raw = NO_JSON
    permission_denials: list[Denial] | None = None
    is_error: bool | None = None
    duration_ms: float | None = None
    ttft_ms: float | None = None
    terminal_reason: str | None = None
    total_cost_usd: float | None = None
    model_usage: msgspec.Raw = msgspec.field(default=NO_JSON, name="modelUsage")


class CompactMetadata(msgspec.Struct):
    trigger: str | None = None
    pre_tokens: int | None = None
    post_tokens: int | None = None


class RateLimit(msgspec.Struct, rename="camel"):
    status: str | None = None
    rate_limit_type: str | None = None
    resets_at: float | None = None
    utilization: float | None = None


class ControlRequest(msgspec.Struct):
    subtype: str | None = None
    tool_name: str | None = None
    tool_use_id: str | None = None
    input: msgspec.Raw = NO_JSON
    decision_reason: str | None = None


class Answer(msgspec.Struct):
    behavior: str | None = None
    interrupt: bool | None = None


class ControlResponse(msgspec.Struct):
    subtype: str | None = None
    request_id: str | None = None
    response: Answer | None = None


class _Head(msgspec.Struct, gc=False):
    type: str | None = None
    subtype: str | None = None
    session_id: str | None = None
    session: str | None = msgspec.field(default=None, name="sessionId")


_line: msgspec.json.Decoder[StreamLine] = msgspec.json.Decoder(StreamLine)
_head: msgspec.json.Decoder[_Head] = msgspec.json.Decoder(_Head)

_STREAMED = frozenset({"system", "assistant", "user", "result", "stream_event", "rate_limit_event"})
_LONG_FIRST_LINES = (b'{"type":"control_response","response":{', b'{"type":"system","subtype":"init",')


def stream_lines(line: bytes) -> list[StreamLine]:
    """The events on a line, nearly always one. Raise BadLine when there is none."""
    try:
        return [_line.decode(line)]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return [lenient(value, StreamLine) for value in values(line)]


def looks_like_stream(head: bytes) -> bool:
    """Judged by the beginning of a file, whose first line may be longer than what is looked at."""
    if head.startswith(_LONG_FIRST_LINES):
        return True
    for line in head.split(b"\n")[:20]:
        try:
            found = _head.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            continue
        if found.type in _STREAMED and found.session_id and not found.session:
            return True
    return False
