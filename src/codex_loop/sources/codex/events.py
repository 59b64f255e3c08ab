"""Events of a Codex rollout: tasks, interruptions, errors, and what older versions told only here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal

import msgspec

from codex_loop.model.records import (
    AnyRecord,
    ApprovalDecided,
    Attachment,
    Problem,
    Reverted,
    SessionStarted,
    ToolCall,
    ToolResult,
    TurnEnded,
    TurnStarted,
)
from codex_loop.sources.codex.compaction import announced, settled
from codex_loop.sources.codex.interruptions import interrupted_event
from codex_loop.sources.codex.items import run_result, spawned
from codex_loop.sources.codex.shapes import changes as changed
from codex_loop.sources.codex.shapes import command_line, decision, duration_ms, folder
from codex_loop.sources.codex.state import EVENT, ITEM, Base, RolloutState, Side
from codex_loop.sources.codex.tools import changes, plan
from codex_loop.sources.fields import Body, as_body, body, flag, number, tag, text

Records = Iterator[AnyRecord]
Scope = Literal["error", "stream_error", "warning"]

_LIMITS = ("usage_limit", "rate_limit", "usagelimit", "ratelimit", "quota")


def task_started(state: RolloutState, at: Base, of: Body) -> Records:
    yield from settled(state, at, "unknown")
    turn = text(of, "turn_id")
    state.new_task(turn)
    at["turn"] = turn
    if turn is not None:
        yield TurnStarted(**at)


def task_complete(state: RolloutState, at: Base, of: Body) -> Records:
    at["turn"] = text(of, "turn_id") or at["turn"]
    yield from settled(state, at, "manual" if state.prompted is False else "auto")
    error = of.get("error")
    if error is not None:
        yield from problem(state, at, "error", as_body(error) if isinstance(error, dict) else {"message": error}, ITEM)
    yield TurnEnded(
        **at,
        status="completed" if error is None else "failed",
        duration_ms=number(of, "duration_ms"),
        first_token_ms=number(of, "time_to_first_token_ms"),
    )


def turn_aborted(state: RolloutState, at: Base, of: Body) -> Records:
    at["turn"] = text(of, "turn_id") or at["turn"]
    yield from settled(state, at, "manual" if state.prompted is False else "auto")
    yield from interrupted_event(state, at, of)


def problem(state: RolloutState, at: Base, scope: Scope, of: Body, side: Side) -> Records:
    """An error, once: 0.120 tells it as an event and again when the task completes."""
    info = of.get("codex_error_info")
    code = tag(info)
    said = text(of, "message") or ""
    if state.already("problem", f"{code} {said}", side):
        return
    limit = scope == "error" and any(word in (code or "").lower() for word in _LIMITS)
    status = number(body(as_body(info), code or ""), "http_status_code")
    yield Problem(**at, scope="limit" if limit else scope, code=code, message=said, http_status=status)


def _problem(scope: Scope) -> Callable[[RolloutState, Base, Body], Records]:
    return lambda state, at, of: problem(state, at, scope, of, EVENT)


def exec_command_end(state: RolloutState, at: Base, of: Body) -> Records:
    call_id = text(of, "call_id")
    if call_id is None:
        return
    if not state.knows(call_id) and "user" in (text(of, "source") or "").lower():
        command = command_line(of.get("command"))
        yield ToolCall(**at, call_id=call_id, name="user_shell", command=command, cwd=folder(text(of, "cwd")))
    yield run_result(state, at, call_id, of, "event")


def patch_apply_end(state: RolloutState, at: Base, of: Body) -> Records:
    call_id, ok = text(of, "call_id"), flag(of, "success")
    if call_id is not None:
        state.told_changes(call_id)
        output = (text(of, "stdout") or "") + (text(of, "stderr") or "")
        status: Literal["ok", "failed", "unknown"] = "unknown" if ok is None else "ok" if ok else "failed"
        yield ToolResult(**at, call_id=call_id, status=status, output=output, basis="event")
    yield from changes(at, call_id, list(changed(of)), ok=ok)


def mcp_tool_call_end(state: RolloutState, at: Base, of: Body) -> Records:
    call_id = text(of, "call_id")
    if call_id is None:
        return
    invocation, result = body(of, "invocation"), body(of, "result")
    if not state.knows(call_id):
        name = text(invocation, "tool") or "mcp"
        yield ToolCall(**at, call_id=call_id, name=name, namespace=text(invocation, "server"))
    state.close_call(call_id)
    content = body(result, "Ok")
    error = text(result, "Err")
    failed = error is not None or bool(flag(content, "isError"))
    status: Literal["ok", "failed", "unknown"] = "failed" if failed else "ok" if "Ok" in result else "unknown"
    output = error or (msgspec.json.encode(content).decode() if content else "")
    took = duration_ms(of.get("duration"))
    yield ToolResult(**at, call_id=call_id, status=status, duration_ms=took, output=output, basis="event")


def web_search_end(state: RolloutState, at: Base, of: Body) -> Records:
    del state
    call_id = text(of, "call_id")
    if call_id is not None:
        yield ToolCall(**at, call_id=call_id, name="web_search", command=text(of, "query"))
        yield ToolResult(**at, call_id=call_id, status="ok", basis="event")


def dynamic_request(state: RolloutState, at: Base, of: Body) -> Records:
    call_id = text(of, "call_id", "callId")
    if call_id is not None:
        state.open_call(call_id, text(of, "tool") or "")
        arguments = of.get("arguments")
        written = "" if arguments is None else msgspec.json.encode(arguments).decode()
        yield ToolCall(**at, call_id=call_id, name=text(of, "tool") or "dynamic", arguments=written)


def dynamic_response(state: RolloutState, at: Base, of: Body) -> Records:
    call_id, ok = text(of, "call_id", "callId"), flag(of, "success")
    if call_id is not None:
        state.close_call(call_id)
        status: Literal["ok", "failed", "unknown"] = "unknown" if ok is None else "ok" if ok else "failed"
        yield ToolResult(**at, call_id=call_id, status=status, output=text(of, "error") or "", basis="event")


def thread_name(state: RolloutState, at: Base, of: Body) -> Records:
    name = text(of, "thread_name", "name")
    if name and text(of, "thread_id") in (None, state.session):
        yield SessionStarted(**at, title=name)


def guardian(state: RolloutState, at: Base, of: Body) -> Records:
    """An automatic reviewer answered in the person's place."""
    del state
    verdict = decision(of.get("status"))
    if verdict != "unknown":
        call_id = text(of, "target_item_id", "call_id")
        yield ApprovalDecided(
            **at,
            call_id=call_id,
            request_id=text(of, "id"),
            decision=verdict,
            who="config",
            basis="guardian_assessment",
        )


def spawn_end(state: RolloutState, at: Base, of: Body) -> Records:
    child = text(of, "new_thread_id")
    if child is not None:
        yield spawned(at, child, text(of, "sender_thread_id") or state.session, text(of, "call_id"), of)


def undone(state: RolloutState, at: Base, of: Body) -> Records:
    del state
    yield Reverted(**at, scope="undo", ok=flag(of, "success"))


def rolled_back(state: RolloutState, at: Base, of: Body) -> Records:
    del state
    yield Reverted(**at, scope="rollback", turns=number(of, "num_turns"))


def review_started(state: RolloutState, at: Base, of: Body) -> Records:
    del state
    target = tag(of.get("target")) or ""
    yield Attachment(**at, name="review_started", text=text(of, "user_facing_hint", "prompt") or target)


def review_ended(state: RolloutState, at: Base, of: Body) -> Records:
    del state
    found = of.get("review_output")
    said = "" if found is None else msgspec.json.encode(found).decode()
    yield Attachment(**at, name="review", text=said, size=len(said))


def context_compacted(state: RolloutState, at: Base, of: Body) -> Records:
    del of
    return announced(state, at)


def plan_update(state: RolloutState, at: Base, of: Body) -> Records:
    del state
    return plan(at, of)


KINDS: dict[str, Callable[[RolloutState, Base, Body], Records]] = {
    "task_started": task_started,
    "turn_started": task_started,
    "task_complete": task_complete,
    "turn_complete": task_complete,
    "turn_aborted": turn_aborted,
    "context_compacted": context_compacted,
    "exec_command_end": exec_command_end,
    "patch_apply_end": patch_apply_end,
    "mcp_tool_call_end": mcp_tool_call_end,
    "web_search_end": web_search_end,
    "dynamic_tool_call_request": dynamic_request,
    "dynamic_tool_call_response": dynamic_response,
    "thread_name_updated": thread_name,
    "guardian_assessment": guardian,
    "collab_agent_spawn_end": spawn_end,
    "undo_completed": undone,
    "thread_rolled_back": rolled_back,
    "entered_review_mode": review_started,
    "exited_review_mode": review_ended,
    "plan_update": plan_update,
    "error": _problem("error"),
    "stream_error": _problem("stream_error"),
    "warning": _problem("warning"),
}
QUIET = frozenset(
    {
        "token_count",  # the accounting lane counts
        "thread_settings_applied",
        "thread_goal_updated",
        "view_image_tool_call",
        "image_generation_end",
        "collab_agent_interaction_end",
        "collab_waiting_end",
        "collab_close_end",
        "sub_agent_activity",
        "turn_diff",
        "background_event",
        "shutdown_complete",
        "agent_reasoning_section_break",
        "exec_command_begin",
        "patch_apply_begin",
        "mcp_tool_call_begin",
        "web_search_begin",
        "item_started",
        "raw_response_item",
    }
)
"""Known, and told better elsewhere."""
