"""What each record becomes in a trace spine of the canonical dialect."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

import msgspec

from codex_loop.capture.fold import DEFAULT_RANK, RANK
from codex_loop.capture.fold_state import Call
from codex_loop.model import records as r
from codex_loop.sources.fields import Body, body, items
from codex_loop.tasks.bundle.recording import Line, Recording

Payload = dict[str, object]
_WHOLE = 1 << 62
_STATES = {"ok": "completed", "failed": "failed", "timeout": "failed", "declined": "declined", "running": "in_progress"}
"""As Codex says it; an interruption is told by its own event."""
_DECISIONS = {
    "approved": "approved",
    "approved_for_session": "approved_for_session",
    "denied": "denied",
    "aborted": "abort",
}


class Entry(NamedTuple):
    """A record of the spine, before it is numbered."""

    time_ms: int | None
    type: str
    payload: Payload


class Outcome:
    """What became of a call, over all tellings of it."""

    def __init__(self, call_id: str) -> None:
        self.call = Call(0, 0, None, call_id)
        self.told = 0
        """How many results tell of it; the spine has one end, where the last of them stands."""
        self.changes: list[r.FileChange] = []


class Events:
    """Goes through the lines of a session that are its own."""

    def __init__(self, recording: Recording) -> None:
        self.lines = [line for file in recording.speaking() for line in file.lines if not line.inherited]
        self.outcomes = _outcomes(self.lines)
        self.calls: dict[str, r.ToolCall] = {}
        self.settings: Payload = {}
        self.asked: set[str] = set()
        self.history: list[Payload] = []
        """What the model has before it since the last compaction."""
        self.triggers: dict[str, str] = {}
        """Of compactions whose summary comes on a later line."""
        self.total = [0, 0, 0, 0]
        self.decisions = 0

    def entries(self) -> Iterator[Entry]:
        for line in self.lines:
            for record in line.records:
                maker = _MAKERS.get(type(record))
                if maker is not None:
                    yield from maker(self, line, record)
            for usage in line.usages:
                yield self._tokens(usage)

    def event(self, record: r.Record, kind: str, **fields: object) -> Entry:
        known = {name: value for name, value in fields.items() if value is not None}
        return Entry(record.time_ms, "event", {"id": record.turn or "", "msg": {"type": kind, **known}})

    def _item(self, record: r.Record, item: Payload) -> Entry:
        self.history.append(item)
        return self.event(record, "raw_response_item", item=item)

    def _message(self, role: str, text: str) -> Payload:
        kind = "output_text" if role == "assistant" else "input_text"
        return {"type": "message", "role": role, "content": [{"type": kind, "text": text}]}

    def settled(self, line: Line, record: r.TurnStarted) -> Iterator[Entry]:
        del line
        sandbox = None if record.sandbox_policy is None else {"type": record.sandbox_policy}
        told = {
            "cwd": record.cwd,
            "approval_policy": record.approval_policy,
            "sandbox_policy": sandbox,
            "model": record.model,
            "effort": record.effort,
        }
        self.settings |= {name: value for name, value in told.items() if value is not None}
        if self.settings:
            context: Payload = {"turn_id": record.turn or "", "context": dict(self.settings)}
            yield Entry(record.time_ms, "turn_context", context)

    def prompted(self, line: Line, record: r.UserMessage) -> Iterator[Entry]:
        del line
        turn = record.turn or record.id or ""
        if record.author == "command" and record.text.startswith("!"):
            op: Payload = {"type": "run_user_shell_command", "command": record.text[1:]}
            yield Entry(record.time_ms, "submission", {"id": turn, "op": op})
            return
        message = self._message("user", record.text)
        if record.author in ("injected", "command"):
            yield self._item(record, message)
            return
        self.history.append(message)
        told: list[Payload] = [{"type": "text", "text": record.text}]
        told += [{"type": "image", "image_url": "[left out]"}] * record.images
        yield Entry(record.time_ms, "submission", {"id": turn, "op": {"type": "user_input", "items": told}})

    def attached(self, line: Line, record: r.Attachment) -> Iterator[Entry]:
        del line
        if record.text:
            yield self._item(record, self._message("developer", record.text))

    def answered(self, line: Line, record: r.AgentMessage) -> Iterator[Entry]:
        del line
        self.history.append(self._message("assistant", record.text))
        yield self.event(record, "agent_message", message=record.text, phase=record.phase)

    def thought(self, line: Line, record: r.Reasoning) -> Iterator[Entry]:
        del line
        yield self.event(record, "agent_reasoning", text=record.text)

    def called(self, line: Line, record: r.ToolCall) -> Iterator[Entry]:
        del line
        known = self.calls.get(record.call_id)
        if known is not None and (known.arguments or not record.arguments):
            return
        self.calls[record.call_id] = record
        item: Payload = {"type": "function_call", "name": record.name, "arguments": record.arguments}
        item |= {} if record.namespace is None else {"namespace": record.namespace}
        item["call_id"] = record.call_id
        yield self._item(record, item)
        if record.command is not None and known is None and not self._edits(record.call_id):
            command = ["bash", "-lc", record.command]
            yield self.event(record, "exec_command_begin", call_id=record.call_id, command=command, cwd=record.cwd)

    def _edits(self, call_id: str) -> bool:
        outcome = self.outcomes.get(call_id)
        return outcome is not None and bool(outcome.changes)

    def returned(self, line: Line, record: r.ToolResult) -> Iterator[Entry]:
        del line
        outcome = self.outcomes[record.call_id]
        outcome.told -= 1
        if outcome.told > 0:
            return
        result, call = outcome.call, self.calls.get(record.call_id)
        output = result.output or ""
        self.history.append({"type": "function_call_output", "call_id": record.call_id, "output": output})
        if outcome.changes:
            yield self.event(record, "patch_apply_end", call_id=record.call_id, success=result.status == "ok",
                             stdout=output, stderr="", changes=_changes(outcome.changes),
                             status=_STATES.get(result.status or ""))  # fmt: skip
        elif call is not None and call.command is not None:
            yield self._ended(record, call, result, output)
        else:
            success = {"ok": True, "failed": False}.get(result.status or "")
            told: object = output if success is None else {"content": output, "success": success}
            item: Payload = {"type": "function_call_output", "call_id": record.call_id, "output": told}
            yield self.event(record, "raw_response_item", item=item)

    def _ended(self, record: r.ToolResult, call: r.ToolCall, result: Call, output: str) -> Entry:
        took = result.duration_ms
        return self.event(
            record,
            "exec_command_end",
            call_id=record.call_id,
            command=["bash", "-lc", call.command],
            cwd=call.cwd,
            aggregated_output=output,
            exit_code=result.exit_code,
            duration=None if took is None else {"secs": took // 1000, "nanos": took % 1000 * 1_000_000},
            status=_STATES.get(result.status or ""),
        )

    def requested(self, line: Line, record: r.ApprovalRequested) -> Iterator[Entry]:
        del line
        self.asked.add(record.call_id)
        command = None if record.command is None else ["bash", "-lc", record.command]
        yield self.event(record, "exec_approval_request", call_id=record.call_id, command=command, reason=record.reason)

    def decided(self, line: Line, record: r.ApprovalDecided) -> Iterator[Entry]:
        decision = _DECISIONS.get(record.decision)
        if record.call_id is None or decision is None or record.who not in ("user", "unknown"):
            return
        call = self.calls.get(record.call_id)
        if record.call_id not in self.asked:
            command = None if call is None else call.command
            request = r.ApprovalRequested(offset=record.offset, time_ms=record.time_ms, session=record.session,
                                          turn=record.turn, call_id=record.call_id, command=command)  # fmt: skip
            yield from self.requested(line, request)
        self.decisions += 1
        op: Payload = {"type": "exec_approval", "id": record.call_id, "decision": decision}
        yield Entry(record.time_ms, "submission", {"id": f"approval-{self.decisions}", "op": op})

    def compacted(self, line: Line, record: r.Compaction) -> Iterator[Entry]:
        summary = record.summary
        trigger = self.triggers.pop(record.id or "", record.trigger)
        if summary is None and record.id is not None and self._summary_follows(record.id):
            self.triggers[record.id] = trigger
            return
        after = _replacement(line) or [self._message("user", summary or "")]
        boundary: Payload = {
            "turn_id": record.turn or "",
            "kind": "local",
            "pre_compaction_history": self.history,
            "post_compaction_history": after,
        }
        boundary |= {} if summary is None else {"summary_message": summary}
        boundary |= {} if trigger == "unknown" else {"reason": trigger}
        self.history = list(after)
        yield Entry(record.time_ms, "compaction_boundary", boundary)
        yield self.event(record, "context_compacted")

    def _summary_follows(self, name: str) -> bool:
        """Claude Code tells a compaction on two lines: that it was, and what is left."""
        told = (record for line in self.lines for record in line.records if isinstance(record, r.Compaction))
        return any(record.id == name and record.summary is not None for record in told)

    def interrupted(self, line: Line, record: r.Interrupted) -> Iterator[Entry]:
        del line
        yield self.event(record, "turn_aborted", reason=record.reason or "interrupted", duration_ms=record.duration_ms)

    def reverted(self, line: Line, record: r.Reverted) -> Iterator[Entry]:
        del line
        if record.scope == "undo":
            yield self.event(record, "undo_completed", success=record.ok is not False)
        else:
            yield self.event(record, "thread_rolled_back", num_turns=record.turns)

    def failed(self, line: Line, record: r.Problem) -> Iterator[Entry]:
        del line
        kind = {"warning": "warning", "stream_error": "stream_error", "retry": "stream_error"}.get(
            record.scope, "error"
        )
        code = "usage_limit_exceeded" if record.scope == "limit" else record.code
        yield self.event(record, kind, message=record.message, codex_error_info=code)

    def planned(self, line: Line, record: r.PlanUpdated) -> Iterator[Entry]:
        del line
        plan = [{"step": step, "status": status} for status, step in record.steps]
        yield self.event(record, "plan_update", plan=plan, explanation=record.explanation)

    def turn_ended(self, line: Line, record: r.TurnEnded) -> Iterator[Entry]:
        del line
        error = {"message": "the turn failed"} if record.status == "failed" else None
        yield self.event(record, "task_complete", turn_id=record.turn, error=error, duration_ms=record.duration_ms,
                         time_to_first_token_ms=record.first_token_ms)  # fmt: skip

    def introduced(self, line: Line, record: r.SessionStarted) -> Iterator[Entry]:
        del line
        if record.title is not None:
            yield self.event(record, "thread_name_updated", thread_id=record.session, thread_name=record.title)

    def _tokens(self, usage: r.Usage) -> Entry:
        written = usage.cache_write_5m + usage.cache_write_1h
        last = [usage.input + usage.cached + written, usage.cached, usage.output, usage.reasoning or 0]
        self.total = [old + new for old, new in zip(self.total, last, strict=True)]
        info = {"total_token_usage": _counts(self.total), "last_token_usage": _counts(last)}
        return self.event(usage, "token_count", info=info)


def _counts(numbers: list[int]) -> Payload:
    taken, cached, output, reasoning = numbers
    return {
        "input_tokens": taken,
        "cached_input_tokens": cached,
        "output_tokens": output,
        "reasoning_output_tokens": reasoning,
        "total_tokens": taken + output,
    }


def _outcomes(lines: list[Line]) -> dict[str, Outcome]:
    found: dict[str, Outcome] = {}
    for line in lines:
        for record in line.records:
            if isinstance(record, r.ToolResult):
                outcome = found.setdefault(record.call_id, Outcome(record.call_id))
                outcome.told += 1
                rank = RANK.get(record.basis, DEFAULT_RANK) - (5 if record.status == "running" else 0)
                outcome.call.believe(record, rank, _WHOLE)
            elif isinstance(record, r.FileChange) and record.call_id is not None:
                found.setdefault(record.call_id, Outcome(record.call_id)).changes.append(record)
    return found


def _changes(files: list[r.FileChange]) -> Payload:
    told: Payload = {}
    for file in files:
        kind = "update" if file.change in ("move", "unknown") else file.change
        told[file.path] = {"type": kind, "unified_diff": file.diff or "", "move_path": file.moved_to}
    return told


def _replacement(line: Line) -> list[Payload]:
    """What Codex itself says it put in the place of the history."""
    if b'"replacement_history"' not in line.data:
        return []
    try:
        whole: Body = msgspec.json.decode(line.data, type=dict[str, object])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return []
    return [dict(item) for item in items(body(whole, "payload"), "replacement_history") if isinstance(item, dict)]


_MAKERS: Mapping[type, Callable[..., Iterator[Entry]]] = {
    r.TurnStarted: Events.settled,
    r.UserMessage: Events.prompted,
    r.Attachment: Events.attached,
    r.AgentMessage: Events.answered,
    r.Reasoning: Events.thought,
    r.ToolCall: Events.called,
    r.ToolResult: Events.returned,
    r.ApprovalRequested: Events.requested,
    r.ApprovalDecided: Events.decided,
    r.Compaction: Events.compacted,
    r.Interrupted: Events.interrupted,
    r.Reverted: Events.reverted,
    r.Problem: Events.failed,
    r.PlanUpdated: Events.planned,
    r.TurnEnded: Events.turn_ended,
    r.SessionStarted: Events.introduced,
}
