"""What `claude -p --output-format stream-json` prints, and the control protocol of a host that supervises it.

A stream knows what transcripts do not: which calls were denied and by whom, retries, limits, the program's own totals.
Its messages carry the transcript's uuids, so both tell the same rows. Its token numbers are placeholders and are
never counted. `stream_lines.py` says what a line looks like.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from codex_loop.model.records import (
    ApprovalDecided,
    ApprovalRequested,
    Compaction,
    Decider,
    LimitObserved,
    Problem,
    SessionEnded,
    SessionStarted,
    ToolResult,
    TurnEnded,
    Unknown,
)
from codex_loop.sources.base import Decoded, Found, Homes, Line, Reject
from codex_loop.sources.claude.answers import assistant
from codex_loop.sources.claude.entries import NO_JSON, Entry, millis, payload, text_of, whole
from codex_loop.sources.claude.identity import line_key
from codex_loop.sources.claude.messages import user
from codex_loop.sources.claude.notes import compaction_trigger
from codex_loop.sources.claude.sessions import FileName, TranscriptState, locate
from codex_loop.sources.claude.stream_lines import (
    CompactMetadata,
    ControlRequest,
    ControlResponse,
    RateLimit,
    StreamLine,
    looks_like_stream,
    stream_lines,
)
from codex_loop.sources.claude.told import Told
from codex_loop.sources.claude.tools import TASK_STATUS, Spawned, shell_command
from codex_loop.sources.lines import BadLine
from codex_loop.sources.named import beginning, candidates

NAME = "claude-stream"
_MAX_AGENTS = 128


class StreamState(TranscriptState):
    version: str | None = None
    agents: dict[str, str] = msgspec.field(default_factory=dict)
    """Call that started a subagent -> the subagent."""
    asked: dict[str, str] = msgspec.field(default_factory=dict)
    """Request id of an open permission question -> the call it is about."""


class ClaudeStreams:
    name = NAME
    agent = "claude"
    version = 1
    state = StreamState

    def discover(self, homes: Homes) -> Iterator[Found]:
        """Nobody knows where a host keeps its streams: the user names them, or a folder that holds them."""
        for place in homes.extra:
            for path in candidates(place):
                if self.fingerprint(path, beginning(path)):
                    yield Found(path, NAME)

    def fingerprint(self, path: Path, head: bytes) -> bool:
        del path
        return looks_like_stream(head)

    def identify(self, state: StreamState, path: str, lines: Sequence[bytes]) -> list[int]:
        return [line_key(state, NAME, path, line) for line in lines]

    def decode(self, state: StreamState, path: str, lines: Sequence[Line]) -> Decoded:
        del path
        decoded = Decoded()
        for line in lines:
            if not line.data.strip():
                continue
            try:
                found = stream_lines(line.data)
            except BadLine as error:
                decoded.rejects.append(Reject(line.offset, str(error)))
                continue
            for said in found:
                _decode(state, said, line.offset, decoded)
        decoded.version = state.version
        return decoded


class Heard(msgspec.Struct):
    """A line of a stream, and where it belongs."""

    state: StreamState
    said: StreamLine
    told: Told


def _decode(state: StreamState, said: StreamLine, offset: int, decoded: Decoded) -> None:
    state.version = said.claude_code_version or state.version
    if said.session_id is None and state.main is None:
        return
    entry = _entry(state, said)
    time_ms = millis(said.timestamp)
    place = locate(state, entry, FileName(state.main or "", None))
    if not place.note.announced:
        place.note.announced = True
        parent = None if place.lineage == "main" else place.root
        decoded.records.append(
            SessionStarted(
                offset=offset,
                time_ms=time_ms,
                session=place.session,
                lineage=place.lineage,
                parent=parent,
                root=place.root,
                tool_call=said.parent_tool_use_id,
                agent_version=state.version,
            )
        )
    told = Told(state, place, entry, offset, time_ms, decoded.records, live=True)
    tell = _TELL.get(f"{said.type}/{said.subtype}") or _TELL.get(said.type)
    if tell is not None:
        tell(Heard(state, said, told))
    elif said.type not in _SILENT and f"{said.type}/{said.subtype}" not in _SILENT:
        name = f"{said.type}/{said.subtype}" if said.subtype else said.type or "untyped"
        decoded.records.append(Unknown(**told.at(), type=name))


def _entry(state: StreamState, said: StreamLine) -> Entry:
    """The line as its transcript would have it."""
    call = said.parent_tool_use_id
    agent = said.agent_id or (state.agents.get(call, call) if call else None)
    decision = next(
        (meta.permission_decision for meta in said.tool_result_meta or () if meta.permission_decision), None
    )
    return Entry(
        type=said.type,
        uuid=said.uuid,
        timestamp=said.timestamp,
        session_id=said.session_id,
        agent_id=agent,
        is_sidechain=agent is not None,
        is_meta=said.is_synthetic,
        message=said.message,
        request_id=said.request_id,
        tool_use_result=said.tool_use_result,
        permission_decision=decision or NO_JSON,
        is_api_error_message=said.is_api_error_message,
        error=said.error,
        api_error_status=said.api_error_status,
        written_version=state.version,
        cwd=said.cwd,
    )


def _init(heard: Heard) -> None:
    said, told = heard.said, heard.told
    told.place.note.permission = said.permission_mode
    told.records.append(
        SessionStarted(
            offset=told.offset,
            time_ms=told.time_ms,
            session=told.place.session,
            cwd=said.cwd,
            model=said.model,
            agent_version=said.claude_code_version,
        )
    )


def _task_started(heard: Heard) -> None:
    said, told = heard.said, heard.told
    if said.task_type != "local_agent" or not said.task_id or not said.tool_use_id:
        return
    if len(heard.state.agents) >= _MAX_AGENTS:
        del heard.state.agents[next(iter(heard.state.agents))]
    heard.state.agents[said.tool_use_id] = said.task_id
    child = Spawned(told.place.root, said.task_id, said.tool_use_id, said.subagent_type, None)
    told.records.append(child.started(told.offset, told.time_ms, told.place.session))


def _task_ended(heard: Heard) -> None:
    said, told = heard.said, heard.told
    status = TASK_STATUS.get(said.status or "")
    if said.tool_use_id and status is not None:
        told.records.append(
            ToolResult(**told.at(), call_id=said.tool_use_id, status=status, output=said.summary or "", basis="event")
        )


def _denied(heard: Heard) -> None:
    said, told = heard.said, heard.told
    if said.tool_use_id:
        who = _DENIERS.get(said.decision_reason_type or "", "unknown")
        told.records.append(
            ApprovalDecided(
                **told.at(), call_id=said.tool_use_id, decision="denied", who=who, basis="permission_denied"
            )
        )


_DENIERS: Mapping[str, Decider] = {"rule": "config", "mode": "config", "hook": "hook"}


def _retry(heard: Heard) -> None:
    said, told = heard.said, heard.told
    told.records.append(
        Problem(
            **told.at(),
            scope="retry",
            code=text_of(said.error),
            http_status=said.error_status,
            attempt=said.attempt,
        )
    )


def _refused(heard: Heard) -> None:
    heard.told.records.append(Problem(**heard.told.at(), scope="refusal", code=heard.said.subtype))


def _compacted(heard: Heard) -> None:
    found = payload(heard.said.compact_metadata, CompactMetadata) or CompactMetadata()
    heard.told.records.append(
        Compaction(
            **heard.told.at(),
            trigger=compaction_trigger(found.trigger),
            pre_tokens=whole(found.pre_tokens),
            post_tokens=whole(found.post_tokens),
            id=heard.said.uuid,
        )
    )


_WINDOW_MINUTES = {"five_hour": 300, "seven_day": 10_080, "seven_day_opus": 10_080, "seven_day_sonnet": 10_080}


def _limit(heard: Heard) -> None:
    found = payload(heard.said.rate_limit_info, RateLimit)
    if found is None or found.rate_limit_type is None:
        return
    resets_s = whole(found.resets_at)
    heard.told.records.append(
        LimitObserved(
            **heard.told.at(),
            limit_id="claude",
            slot=found.rate_limit_type,
            window_minutes=_WINDOW_MINUTES.get(found.rate_limit_type),
            used_percent=None if found.utilization is None else found.utilization * 100,
            resets_ms=None if resets_s is None else resets_s * 1000,
            reached=found.rate_limit_type if found.status == "rejected" else None,
        )
    )


def _asked(heard: Heard) -> None:
    said, told = heard.said, heard.told
    request = payload(said.request, ControlRequest)
    if request is None or request.subtype != "can_use_tool" or not request.tool_use_id:
        return
    if said.request_id:
        if len(heard.state.asked) >= _MAX_AGENTS:
            del heard.state.asked[next(iter(heard.state.asked))]
        heard.state.asked[said.request_id] = request.tool_use_id
    told.records.append(
        ApprovalRequested(
            **told.at(),
            call_id=request.tool_use_id,
            request_id=said.request_id,
            reason=request.decision_reason,
            command=shell_command(request.input),
        )
    )


def _answered(heard: Heard) -> None:
    """The host's answer; it speaks for the person who watches."""
    answer = payload(heard.said.response, ControlResponse)
    call_id = heard.state.asked.pop(answer.request_id, None) if answer and answer.request_id else None
    if answer is None or call_id is None or answer.response is None or answer.response.behavior is None:
        return
    allowed = answer.response.behavior == "allow"
    heard.told.records.append(
        ApprovalDecided(
            **heard.told.at(),
            call_id=call_id,
            request_id=answer.request_id,
            decision="approved" if allowed else "aborted" if answer.response.interrupt else "denied",
            who="user",
            basis="control_response",
        )
    )


def _result(heard: Heard) -> None:
    said, told = heard.said, heard.told
    for denial in said.permission_denials or ():
        if denial.tool_use_id:
            told.records.append(
                ApprovalDecided(**told.at(), call_id=denial.tool_use_id, decision="denied", basis="permission_denials")
            )
    told.records.append(
        TurnEnded(
            **told.at(),
            status="failed" if said.is_error else "completed",
            duration_ms=whole(said.duration_ms),
            first_token_ms=whole(said.ttft_ms),
        )
    )
    told.records.append(
        SessionEnded(
            **told.at(),
            reason=said.terminal_reason or said.subtype,
            cost_usd=said.total_cost_usd,
            totals=bytes(said.model_usage).decode("utf-8", "replace") or None,
        )
    )


_TELL: Mapping[str | None, Callable[[Heard], None]] = {
    "user": lambda heard: user(heard.told),
    "assistant": lambda heard: assistant(heard.told),
    "system/init": _init,
    "system/task_started": _task_started,
    "system/task_notification": _task_ended,
    "system/permission_denied": _denied,
    "system/api_retry": _retry,
    "system/model_refusal_no_fallback": _refused,
    "system/compact_boundary": _compacted,
    "rate_limit_event": _limit,
    "control_request": _asked,
    "control_response": _answered,
    "result": _result,
}
_SILENT = frozenset(
    {
        "stream_event",
        "keep_alive",
        "control_cancel_request",
        "system/status",
        "system/thinking_tokens",
        "system/hook_started",
        "system/hook_progress",
        "system/hook_response",
        "system/task_progress",
        "system/task_updated",
        "system/background_tasks_changed",
    }
)
