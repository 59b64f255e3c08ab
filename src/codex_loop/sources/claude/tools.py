"""Claude Code's tool names and commands, the subagents its tools start, and the end of tasks in the background."""

from __future__ import annotations

import re
from typing import NamedTuple

import msgspec

from codex_loop.model.records import SessionStarted, ToolStatus
from codex_loop.sources.claude.entries import Block, payload


class ShellInput(msgspec.Struct):
    command: str | None = None


def shell_command(raw: msgspec.Raw) -> str | None:
    asked = payload(raw, ShellInput)
    return asked.command if asked else None


def split_tool_name(block: Block) -> tuple[str | None, str]:
    """(namespace, name): the server of an MCP tool, `server` for a tool the provider runs itself."""
    name = block.name or ""
    if name.startswith("mcp__"):
        server, separator, tool = name[5:].partition("__")
        if separator and server and tool:
            return server, tool
    return ("server" if block.type == "server_tool_use" else None), name


class Spawned(NamedTuple):
    """A subagent and the call that started it."""

    root: str
    agent: str
    call_id: str
    role: str | None
    model: str | None

    def started(self, offset: int, time_ms: int | None, parent: str) -> SessionStarted:
        return SessionStarted(
            offset=offset,
            time_ms=time_ms,
            session=f"{self.root}/{self.agent}",
            lineage="subagent",
            parent=parent,
            root=self.root,
            role=self.role,
            model=self.model,
            tool_call=self.call_id,
        )


class FinishedTask(NamedTuple):
    """What a notification says of a call that had gone on in the background."""

    call_id: str
    status: ToolStatus
    exit_code: int | None
    text: str


TASK_STATUS: dict[str, ToolStatus] = {
    "completed": "ok",
    "failed": "failed",
    "killed": "interrupted",
    "stopped": "interrupted",
}


def finished_task(text: str) -> FinishedTask | None:
    if not text.startswith("<task-notification>"):
        return None
    call_id = _tag("tool-use-id", text)
    status = _tag("status", text)
    if call_id is None or status is None:
        return None
    summary = _tag("summary", text) or ""
    code = re.search(r"exit code (-?\d{1,10})\b", summary)
    return FinishedTask(call_id, TASK_STATUS.get(status, "unknown"), int(code[1]) if code else None, summary)


def _tag(name: str, text: str) -> str | None:
    start = text.find(f"<{name}>")
    end = text.find(f"</{name}>", start)
    return text[start + len(name) + 2 : end].strip() if 0 <= start < end else None
