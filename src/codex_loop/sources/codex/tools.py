"""Tool calls of a Codex rollout and what became of them, from its response items."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

import msgspec

from codex_loop.model.records import AnyRecord, FileChange, PlanUpdated, ToolCall, ToolResult
from codex_loop.sources.codex.envelope import Payload
from codex_loop.sources.codex.outputs import ending
from codex_loop.sources.codex.patches import headline, is_patch, located, patched
from codex_loop.sources.codex.shapes import Changed, command_line, folder
from codex_loop.sources.codex.state import Base, RolloutState
from codex_loop.sources.fields import NOTHING, Body, as_body, items, text

Records = Iterator[AnyRecord]

_json: msgspec.json.Decoder[object] = msgspec.json.Decoder()

RUNNERS = frozenset(
    {"shell", "shell_command", "exec_command", "local_shell", "local_shell_call", "container.exec", "unified_exec"}
)
"""Tools whose arguments are a command."""
_IN_A_SHELL = re.compile(r"\S*sh(?:ell)?(?:\.exe)? +-")


def function_call(state: RolloutState, at: Base, of: Payload) -> Records:
    call_id, name = _text(of.call_id), _text(of.name) or ""
    if call_id is None:
        return
    written = _text(of.arguments) or ""
    arguments = _arguments(written)
    cwd = folder(text(arguments, "workdir", "cwd"))
    command = _command(name, arguments)
    patch = text(arguments, "input", "patch") if name == "apply_patch" else command
    state.open_call(call_id, name)
    if patch is not None and is_patch(patch):
        command = _open_patch(state, call_id, patch, cwd) or command
    yield ToolCall(
        **at, call_id=call_id, name=name, namespace=_text(of.namespace), arguments=written, command=command, cwd=cwd
    )
    if name == "update_plan":
        yield from plan(at, arguments)


def custom_tool_call(state: RolloutState, at: Base, of: Payload) -> Records:
    """Tools that take plain text: `apply_patch`, and the script of code mode."""
    call_id, name = _text(of.call_id), _text(of.name) or ""
    if call_id is None:
        return
    written = _text(of.input) or ""
    state.open_call(call_id, name)
    command = None
    if is_patch(written):
        command = _open_patch(state, call_id, written, None)
    yield ToolCall(**at, call_id=call_id, name=name, namespace=_text(of.namespace), arguments=written, command=command)


def tool_output(state: RolloutState, at: Base, of: Payload) -> Records:
    """What the model was shown; also tells whether a patch without an item of its own was applied."""
    call_id = _text(of.call_id)
    if call_id is None:
        return
    end = ending(of.output)
    if end.status == "interrupted":
        state.stopped = call_id
    state.close_call(call_id)
    yield ToolResult(
        **at,
        call_id=call_id,
        status=end.status,
        exit_code=end.exit_code,
        duration_ms=end.duration_ms,
        output=end.output,
        basis=end.basis,
    )
    patch = state.patches.pop(call_id, None)
    if patch is not None and call_id not in state.changed:
        applied = {"ok": True, "failed": False, "declined": False}.get(end.status)
        yield from changes(at, call_id, patch.files, ok=applied)


def local_shell_call(state: RolloutState, at: Base, of: Payload) -> Records:
    """A command in the provider's own shell tool."""
    call_id = _text(of.call_id) or _text(of.id)
    if call_id is None:
        return
    action = as_body(of.action)
    state.open_call(call_id, "local_shell")
    yield ToolCall(
        **at,
        call_id=call_id,
        name="local_shell",
        arguments=_encoded(action),
        command=command_line(action.get("command")),
        cwd=folder(text(action, "working_directory")),
    )


def hosted_call(state: RolloutState, at: Base, of: Payload) -> Records:
    """Tools that the provider runs itself: their one item is call and result."""
    del state
    name = of.type.removesuffix("_call")
    call_id = _text(of.call_id) or _text(of.id) or f"{name}@{at['offset']}"
    action = as_body(of.action)
    yield ToolCall(
        **at,
        call_id=call_id,
        name=name,
        arguments=_text(of.arguments) or _encoded(action),
        command=text(action, "query", "url") or next((q for q in items(action, "queries") if isinstance(q, str)), None),
    )
    if of.status in ("completed", "failed"):
        yield ToolResult(**at, call_id=call_id, status="ok" if of.status == "completed" else "failed", basis="payload")


def changes(at: Base, call_id: str | None, files: list[Changed], *, ok: bool | None) -> Records:
    for file in files:
        yield FileChange(
            **at,
            call_id=call_id,
            path=file.path,
            change=file.change,
            moved_to=file.moved_to,
            diff=file.diff,
            added=file.added,
            removed=file.removed,
            ok=ok,
        )


def plan(at: Base, arguments: Body) -> Records:
    steps = [as_body(step) for step in items(arguments, "plan")]
    told = tuple((text(step, "status") or "", text(step, "step") or "") for step in steps)
    yield PlanUpdated(**at, steps=told, explanation=text(arguments, "explanation"))


def _command(name: str, arguments: Body) -> str | None:
    if name in RUNNERS:
        command = arguments.get("cmd", arguments.get("command"))
        plain = isinstance(command, str) and not _IN_A_SHELL.match(command)
        return command if plain and isinstance(command, str) else command_line(command)
    return text(arguments, "query", "path", "url", "task_name", "message") if arguments else None


def _open_patch(state: RolloutState, call_id: str, script: str, cwd: str | None) -> str | None:
    """Keep what the patch would change until its result is known; answers its headline."""
    files = patched(script)
    state.open_patch(call_id, located(files, cwd or state.cwd))
    return headline(files)


def _arguments(written: str) -> Body:
    try:
        return as_body(_json.decode(written))
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return NOTHING


def _encoded(of: Body) -> str:
    return msgspec.json.encode(of).decode() if of else ""


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


Handler = Callable[[RolloutState, Base, Payload], Iterable[AnyRecord]]
