"""Completed items: what Codex 0.121 and later say once more, and better, of each step of a turn."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from codex_loop.model.records import (
    AnyRecord,
    Attachment,
    SessionStarted,
    ToolCall,
    ToolResult,
    ToolStatus,
    Unknown,
)
from codex_loop.sources.codex.compaction import confirmed
from codex_loop.sources.codex.messages import completed_answer, completed_prompt, completed_thought
from codex_loop.sources.codex.shapes import changes as changed
from codex_loop.sources.codex.shapes import command_line, duration_ms, folder, run_status
from codex_loop.sources.codex.state import Base, RolloutState
from codex_loop.sources.codex.tools import changes
from codex_loop.sources.fields import Body, as_body, body, items, number, text

Records = Iterable[AnyRecord]

STATUS: dict[str | None, ToolStatus] = {
    "completed": "ok",
    "failed": "failed",
    "declined": "declined",
    "in_progress": "running",
    "inProgress": "running",
}
_INTERRUPTED_EXIT = -1
_KILLED = 64


def completed_item(state: RolloutState, at: Base, item: object) -> Records:
    of = as_body(item)
    kind = text(of, "type") or "(untyped)"
    handler = KINDS.get(kind)
    if handler is not None:
        return handler(state, at, of)
    return () if kind in QUIET else (Unknown(**at, type=f"item_completed/{kind}"),)


def command(state: RolloutState, at: Base, of: Body) -> Records:
    call_id = text(of, "id")
    if call_id is None:
        return
    if not state.knows(call_id):
        yield ToolCall(
            **at,
            call_id=call_id,
            name="user_shell" if _by_user(of) else "exec_command",
            command=command_line(of.get("command")),
            cwd=folder(text(of, "cwd")),
        )
    yield run_result(state, at, call_id, of, "item")


def run_result(state: RolloutState, at: Base, call_id: str, of: Body, basis: str) -> ToolResult:
    """The result of a command from a record that states its exit code."""
    status = run_status(of, turn_aborted=state.aborted)
    code = number(of, "exit_code")
    if code == _INTERRUPTED_EXIT and not state.aborted and len(state.killed) < _KILLED:
        state.killed[call_id] = True
    state.close_call(call_id)
    streams = [text(of, "stdout") or "", text(of, "stderr") or ""]
    return ToolResult(
        **at,
        call_id=call_id,
        status=status,
        exit_code=code,
        duration_ms=duration_ms(of.get("duration")),
        output=text(of, "aggregated_output", "formatted_output") or "".join(streams),
        basis=basis,
    )


def _by_user(of: Body) -> bool:
    return "user" in (text(of, "source") or "").lower()


def file_change(state: RolloutState, at: Base, of: Body) -> Records:
    call_id = text(of, "id")
    status = STATUS.get(text(of, "status"), "unknown")
    if call_id is not None:
        state.told_changes(call_id)
        output = (text(of, "stdout") or "") + (text(of, "stderr") or "")
        yield ToolResult(**at, call_id=call_id, status=status, output=output, basis="item")
    ok = {"ok": True, "failed": False, "declined": False}.get(status)
    yield from changes(at, call_id, list(changed(of)), ok=ok)


def mcp_call(state: RolloutState, at: Base, of: Body) -> Records:
    call_id = text(of, "id")
    if call_id is None:
        return
    if not state.knows(call_id):
        name = text(of, "tool") or "mcp"
        yield ToolCall(**at, call_id=call_id, name=name, namespace=text(of, "server", "namespace"))
    state.close_call(call_id)
    yield ToolResult(
        **at,
        call_id=call_id,
        status=STATUS.get(text(of, "status"), "unknown"),
        duration_ms=duration_ms(of.get("duration")),
        output=text(body(of, "error"), "message") or "",
        basis="item",
    )


def web_search(state: RolloutState, at: Base, of: Body) -> Records:
    del state
    call_id = text(of, "id")
    if call_id is not None:
        query = text(of, "query") or text(body(of, "action"), "query", "url")
        yield ToolCall(**at, call_id=call_id, name="web_search", command=query)
        yield ToolResult(**at, call_id=call_id, status="ok", basis="item")


def collaboration(state: RolloutState, at: Base, of: Body) -> Records:
    """A call that concerns other agents; the one that spawns them tells who they are."""
    call_id = text(of, "id")
    if call_id is None:
        return
    yield ToolResult(**at, call_id=call_id, status=STATUS.get(text(of, "status"), "unknown"), basis="item")
    if text(of, "tool") in ("spawn_agent", "spawnAgent"):
        for agent in map(as_body, items(of, "receiver_agents")):
            child = text(agent, "thread_id")
            if child is not None:
                yield spawned(at, child, text(of, "sender_thread_id") or state.session, call_id, agent)


def spawned(at: Base, child: str, parent: str, call_id: str | None, of: Body) -> SessionStarted:
    return SessionStarted(
        offset=at["offset"],
        time_ms=at["time_ms"],
        session=child,
        lineage="subagent",
        parent=parent,
        nickname=text(of, "agent_nickname", "new_agent_nickname"),
        role=text(of, "agent_role", "new_agent_role"),
        tool_call=call_id,
    )


def compaction(state: RolloutState, at: Base, of: Body) -> Records:
    del of
    return confirmed(state, at)


def attached(name: str) -> Callable[[RolloutState, Base, Body], Records]:
    """An item that is only text."""

    def handle(state: RolloutState, at: Base, of: Body) -> Records:
        del state
        said = text(of, "text", "review") or ""
        yield Attachment(**at, name=name, text=said, size=len(said))

    return handle


KINDS: dict[str, Callable[[RolloutState, Base, Body], Records]] = {
    "UserMessage": completed_prompt,
    "AgentMessage": completed_answer,
    "Reasoning": completed_thought,
    "CommandExecution": command,
    "FileChange": file_change,
    "McpToolCall": mcp_call,
    "DynamicToolCall": mcp_call,
    "WebSearch": web_search,
    "CollabAgentToolCall": collaboration,
    "ContextCompaction": compaction,
    "Plan": attached("plan"),
    "EnteredReviewMode": attached("review_started"),
    "ExitedReviewMode": attached("review"),
    "HookPrompt": attached("hook_prompt"),
}
QUIET = frozenset({"ImageView", "ImageGeneration", "SubAgentActivity", "Sleep"})
"""Known, and told by the call they belong to."""
