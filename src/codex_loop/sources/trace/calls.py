"""Tool calls in a rollout trace.

A call ends twice: its runtime ends with exit code and times, and the tool ends with what the model is shown, in either
order. `completed` of the second says nothing about the exit code; its `failed` means the tool itself refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import msgspec

from codex_loop.model.records import AnyRecord, FileChange, ToolCall, ToolResult, ToolStatus
from codex_loop.sources.codex.outputs import ending
from codex_loop.sources.codex.patches import headline, patched
from codex_loop.sources.codex.shapes import changes, command_line, duration_ms, folder, refused, run_status
from codex_loop.sources.fields import NOTHING, Body, as_body, body, flag, number, text
from codex_loop.sources.trace.state import Step

Records = Iterator[AnyRecord]

_JSON: msgspec.json.Decoder[object] = msgspec.json.Decoder()
_STATED: Mapping[str, ToolStatus] = {"completed": "ok", "failed": "failed", "cancelled": "interrupted"}


def _call_id(step: Step) -> str | None:
    return text(step.of, "model_visible_call_id") or text(step.of, "tool_call_id")


def _started(step: Step) -> Records:
    call_id = _call_id(step)
    if call_id is None:
        return
    invocation, summary = step.payload("invocation_payload"), body(step.of, "summary")
    name = text(invocation, "tool_name") or text(summary, "label") or "?"
    given = text(body(invocation, "payload"), "arguments", "input")
    arguments = given if given is not None else text(summary, "input_preview") or ""
    step.state.open_call(call_id, name)
    yield ToolCall(
        **step.place.base(),
        call_id=call_id,
        name=name,
        namespace=text(invocation, "tool_namespace"),
        arguments=arguments,
        command=_command(arguments),
    )


def _command(arguments: str) -> str | None:
    if not arguments.startswith("{"):
        return headline(patched(arguments))
    of = _object(arguments)
    return command_line(of.get("cmd", of.get("command")))


def _object(arguments: str) -> Body:
    try:
        return as_body(_JSON.decode(arguments))
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return NOTHING


def _runtime_started(step: Step) -> Records:
    call_id, ran = _call_id(step), step.payload("runtime_payload")
    command, cwd = command_line(ran.get("command")), folder(text(ran, "cwd"))
    if call_id is not None and (command or cwd):
        name = step.state.calls.get(call_id, "exec_command")
        yield ToolCall(**step.place.base(), call_id=call_id, name=name, command=command, cwd=cwd)


def _runtime_ended(step: Step) -> Records:
    call_id, ran = _call_id(step), step.payload("runtime_payload")
    if call_id is None:
        return
    step.state.end_runtime(call_id)
    ok = flag(ran, "success")
    for file in changes(ran):
        yield FileChange(**step.place.base(), call_id=call_id, ok=ok, **file._asdict())
    yield ToolResult(
        **step.place.base(),
        call_id=call_id,
        status=_status(step, ran, ok),
        exit_code=number(ran, "exit_code"),
        duration_ms=duration_ms(ran.get("duration")),
        output=_output(ran),
        basis="payload" if ran else "event",
    )


def _status(step: Step, ran: Body, ok: bool | None) -> ToolStatus:
    turn_aborted = step.state.aborted is not None and step.state.aborted == step.place.turn
    if number(ran, "exit_code") is not None:
        return run_status(ran, turn_aborted=turn_aborted)
    if ok is not None:
        return "declined" if not ok and refused(_output(ran)) else "ok" if ok else "failed"
    stated = _STATED.get(text(step.of, "status") or "", "unknown")
    return "interrupted" if turn_aborted and stated == "failed" else stated


def _output(ran: Body) -> str:
    whole = text(ran, "aggregated_output")
    return whole or "".join(part for part in (text(ran, "stdout"), text(ran, "stderr")) if part)


def _ended(step: Step) -> Records:
    call_id, status = _call_id(step), text(step.of, "status")
    if call_id is None:
        return
    told = call_id in step.state.ended
    step.state.close_call(call_id)
    if told:
        return
    result = step.payload("result_payload")
    problem = text(result, "error")
    if problem is not None or status != "completed":
        words = problem or ""
        failed: ToolStatus = "declined" if refused(words) else _STATED.get(status or "", "unknown")
        yield ToolResult(**step.place.base(), call_id=call_id, status=failed, output=words, basis="event")
        return
    end = ending(body(result, "response_item").get("output"))
    yield ToolResult(
        **step.place.base(),
        call_id=call_id,
        status=end.status,
        exit_code=end.exit_code,
        duration_ms=end.duration_ms,
        output=end.output,
        basis=end.basis,
    )


EVENTS: Mapping[str, Callable[[Step], Records]] = {
    "tool_call_started": _started,
    "tool_call_runtime_started": _runtime_started,
    "tool_call_runtime_ended": _runtime_ended,
    "tool_call_ended": _ended,
}
