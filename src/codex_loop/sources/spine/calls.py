"""Tool calls, patches and approval requests among the events of a trace_spine."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from codex_loop.model.records import (
    AnyRecord,
    ApprovalRequested,
    FileChange,
    SessionStarted,
    ToolCall,
    ToolResult,
    ToolStatus,
)
from codex_loop.sources.codex.outputs import ending
from codex_loop.sources.codex.shapes import changes, command_line, duration_ms, folder, patch_line, refused, run_status
from codex_loop.sources.fields import Body, as_body, body, flag, items, number, tag, text
from codex_loop.sources.spine.state import Place, SpineState, Waiting

Records = Iterator[AnyRecord]


def _call(
    state: SpineState, place: Place, call_id: str, tool: str, *, command: str | None = None, cwd: str | None = None
) -> ToolCall:
    """A call begins. A name the model itself used (told by `function_call`) beats the one the event implies."""
    tool = state.calls.get(call_id, tool)
    state.open_call(call_id, tool)
    return ToolCall(**place.base(), call_id=call_id, name=tool, command=command, cwd=cwd)


def _result(
    state: SpineState,
    place: Place,
    call_id: str,
    status: ToolStatus,
    *,
    output: str = "",
    code: int | None = None,
    took: int | None = None,
) -> ToolResult:
    state.close_call(call_id)
    return ToolResult(
        **place.base(),
        call_id=call_id,
        status=status,
        exit_code=code,
        duration_ms=took,
        output=output,
        basis="event",
    )


def _call_id(of: Body) -> str:
    return text(of, "call_id", "callId") or ""


def nameless(kind: str, of: Body) -> bool:
    """True for an event of a call that does not say which one: nothing can be told of it."""
    return kind in CALLS and kind != "raw_response_item" and not _call_id(of)


def _exec_begin(state: SpineState, place: Place, of: Body) -> Records:
    command, cwd = command_line(of.get("command")), folder(text(of, "cwd"))
    yield _call(state, place, _call_id(of), "exec_command", command=command, cwd=cwd)


def _exec_end(state: SpineState, place: Place, of: Body) -> Records:
    call_id = _call_id(of)
    command = command_line(of.get("command"))
    if call_id not in state.calls and command is not None:
        yield from _exec_begin(state, place, of)
    output = text(of, "aggregated_output")
    if not output:
        output = "".join(part for part in (text(of, "stdout"), text(of, "stderr")) if part)
    status, took = run_status(of, turn_aborted=state.aborted), duration_ms(of.get("duration"))
    yield _result(state, place, call_id, status, output=output, code=number(of, "exit_code"), took=took)


def _patch_begin(state: SpineState, place: Place, of: Body) -> Records:
    yield _call(state, place, _call_id(of), "apply_patch", command=_headline(of))
    yield from _files(place, of, None)


def _patch_end(state: SpineState, place: Place, of: Body) -> Records:
    call_id, ok = _call_id(of), flag(of, "success")
    if call_id not in state.calls:
        yield from _patch_begin(state, place, {"call_id": call_id, "changes": body(of, "changes")})
    status: ToolStatus = "unknown" if ok is None else "ok" if ok else "failed"
    output = "".join(part for part in (text(of, "stdout"), text(of, "stderr")) if part)
    if text(of, "status") == "declined" or (ok is False and refused(output)):
        status = "declined"
    yield from _files(place, of, ok)
    yield _result(state, place, call_id, status, output=output)


def _headline(of: Body) -> str | None:
    return patch_line((file.change, file.path) for file in changes(of))


def _files(place: Place, of: Body, ok: bool | None) -> Records:
    for file in changes(of):
        yield FileChange(**place.base(), call_id=_call_id(of), ok=ok, **file._asdict())


def _mcp_begin(state: SpineState, place: Place, of: Body) -> Records:
    invocation = body(of, "invocation")
    server, tool = text(invocation, "server") or "?", text(invocation, "tool") or "?"
    yield _call(state, place, _call_id(of), f"mcp__{server}__{tool}")


def _mcp_end(state: SpineState, place: Place, of: Body) -> Records:
    call_id, result = _call_id(of), of.get("result")
    if call_id not in state.calls:
        yield from _mcp_begin(state, place, of)
    problem = text(as_body(result), "Err")
    answer = body(as_body(result), "Ok") or as_body(result)
    failed = problem is not None or flag(answer, "is_error") or flag(answer, "isError")
    words = problem or "\n".join(text(part, "text") or "" for part in map(as_body, items(answer, "content")))
    took = duration_ms(of.get("duration"))
    yield _result(state, place, call_id, "failed" if failed else "ok", output=words, took=took)


def _search_begin(state: SpineState, place: Place, of: Body) -> Records:
    yield _call(state, place, _call_id(of), "web_search", command=text(of, "query"))


def _search_end(state: SpineState, place: Place, of: Body) -> Records:
    call_id = _call_id(of)
    yield _call(state, place, call_id, "web_search", command=text(of, "query"))
    yield _result(state, place, call_id, "ok")


def _view_image(state: SpineState, place: Place, of: Body) -> Records:
    yield _call(state, place, _call_id(of), "view_image", command=text(of, "path"))
    state.calls.pop(_call_id(of), None)


def _dynamic(state: SpineState, place: Place, of: Body) -> Records:
    yield _call(state, place, _call_id(of), text(of, "tool") or "?")


_COLLABORATION = {
    "collab_agent_spawn": "spawn_agent",
    "collab_agent_interaction": "send_input",
    "collab_waiting": "wait",
    "collab_close": "close_agent",
}


def _collab_begin(state: SpineState, place: Place, of: Body) -> Records:
    kind = (text(of, "type") or "").removesuffix("_begin")
    yield _call(state, place, _call_id(of), _COLLABORATION[kind])


def _collab_end(state: SpineState, place: Place, of: Body) -> Records:
    kind = (text(of, "type") or "").removesuffix("_end")
    call_id, child = _call_id(of), text(of, "new_thread_id")
    if call_id not in state.calls:
        yield _call(state, place, call_id, _COLLABORATION[kind])
    if child:
        began = place._replace(session=child).timeless()
        yield SessionStarted(**began, lineage="subagent", parent=place.session, tool_call=call_id)
    failed = tag(of.get("status")) in ("errored", "not_found") or (kind == "collab_agent_spawn" and not child)
    yield _result(state, place, call_id, "failed" if failed else "ok")


def _ask_exec(state: SpineState, place: Place, of: Body) -> Records:
    state.wait_for(Waiting(_call_id(of), place.turn))
    command = command_line(of.get("command"))
    yield _request(place, of, command)


def _ask_patch(state: SpineState, place: Place, of: Body) -> Records:
    state.wait_for(Waiting(_call_id(of), place.turn))
    yield _request(place, of, _headline(of))


def _request(place: Place, of: Body, command: str | None) -> ApprovalRequested:
    found = place._replace(turn=text(of, "turn_id") or place.turn).base()
    return ApprovalRequested(
        **found, call_id=_call_id(of), reason=text(of, "reason"), command=command, request_id=place.turn
    )


def _response_item(state: SpineState, place: Place, of: Body) -> Records:
    """What went between model and tools, verbatim: the only trace of a tool that has no events of its own."""
    item = body(of, "item")
    kind, call_id = text(item, "type"), _call_id(item)
    if not call_id:
        return
    if kind in ("function_call", "custom_tool_call"):
        name = text(item, "name") or "?"
        if call_id not in state.ended:
            state.open_call(call_id, name)
        yield ToolCall(
            **place.base(),
            call_id=call_id,
            name=name,
            namespace=text(item, "namespace"),
            arguments=text(item, "arguments", "input") or "",
        )
    elif kind in ("function_call_output", "custom_tool_call_output") and call_id not in state.ended:
        state.close_call(call_id)
        end = ending(item.get("output"))
        yield ToolResult(
            **place.base(),
            call_id=call_id,
            status=end.status,
            exit_code=end.exit_code,
            duration_ms=end.duration_ms,
            output=end.output,
            basis=end.basis,
        )


CALLS: Mapping[str, Callable[[SpineState, Place, Body], Records]] = {
    "exec_command_begin": _exec_begin,
    "exec_command_end": _exec_end,
    "patch_apply_begin": _patch_begin,
    "patch_apply_end": _patch_end,
    "mcp_tool_call_begin": _mcp_begin,
    "mcp_tool_call_end": _mcp_end,
    "web_search_begin": _search_begin,
    "web_search_end": _search_end,
    "view_image_tool_call": _view_image,
    "dynamic_tool_call_request": _dynamic,
    "exec_approval_request": _ask_exec,
    "apply_patch_approval_request": _ask_patch,
    "raw_response_item": _response_item,
    **{f"{kind}_begin": _collab_begin for kind in _COLLABORATION},
    **{f"{kind}_end": _collab_end for kind in _COLLABORATION},
}
