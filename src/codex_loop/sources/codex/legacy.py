"""Rollouts from before `session_meta`: JSON lines without an envelope, and one-object files of the TypeScript era."""

from __future__ import annotations

from collections.abc import Iterator

from codex_loop.model.records import AnyRecord, SessionStarted
from codex_loop.sources.codex.envelope import item
from codex_loop.sources.codex.messages import message, spoken
from codex_loop.sources.codex.sessions import fallback_id
from codex_loop.sources.codex.state import Base, RolloutState
from codex_loop.sources.codex.tools import custom_tool_call, function_call, tool_output
from codex_loop.sources.fields import Body, as_body, body, items, text, time_ms

Records = Iterator[AnyRecord]


def is_header(of: Body) -> bool:
    """The first line of 2025's rollouts introduces the session and has no type."""
    return "type" not in of and "record_type" not in of and text(of, "id") is not None and "timestamp" in of


def header(state: RolloutState, at: Base, of: Body) -> Records:
    """Who a session is, from the header line or the `session` of a document."""
    if state.introduced:
        return
    git = body(of, "git")
    state.introduced = True
    state.session = at["session"] = text(of, "id") or at["session"]
    at["time_ms"] = time_ms(text(of, "timestamp"))
    yield SessionStarted(
        **at,
        lineage="main",
        started_ms=at["time_ms"],
        git_branch=text(git, "branch"),
        git_commit=text(git, "commit_hash"),
        git_url=text(git, "repository_url"),
    )


def document(state: RolloutState, at: Base, path: str, of: Body) -> Records | None:
    """All of a TypeScript-era rollout; None if this is none. No times and no tokens are in it."""
    if not isinstance(of.get("session"), dict) or not isinstance(of.get("items"), list):
        return None
    return _document(state, at, path, of)


def _document(state: RolloutState, at: Base, path: str, of: Body) -> Records:
    at["session"] = state.session or fallback_id(path)
    yield from header(state, at, body(of, "session"))
    at["time_ms"] = None
    for entry in map(as_body, items(of, "items")):
        handler = _ITEMS.get(text(entry, "type") or ("message" if "role" in entry else ""))
        if text(entry, "role") == "tool":
            yield from tool_output(state, at, item({"call_id": entry.get("tool_call_id"), "output": _said(entry)}))
        elif handler is not None:
            yield from handler(state, at, item(entry))
            for call in map(as_body, items(entry, "tool_calls")):
                function = body(call, "function")
                named = {"call_id": call.get("id"), "name": function.get("name")}
                yield from function_call(state, at, item({**named, "arguments": function.get("arguments")}))


def _said(of: Body) -> str:
    return "\n".join(spoken(of.get("content"))[0])


_ITEMS = {
    "message": message,
    "function_call": function_call,
    "function_call_output": tool_output,
    "custom_tool_call": custom_tool_call,
    "custom_tool_call_output": tool_output,
}
