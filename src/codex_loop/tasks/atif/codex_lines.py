"""Lines of Codex rollouts: what they say besides our records."""

from __future__ import annotations

from codex_loop.sources.fields import Body, as_body, body, items, text
from codex_loop.tasks.atif.foreign import Fate, Hints, Image, images_of, sealed, shown_of

_AGAIN = "another line tells the same"
_FOLDED = {
    "event_msg/token_count": "a running total that did not move, or limits that did not change",
    "event_msg/thread_settings_applied": "settings stand on every step of the model",
    "event_msg/task_started": "the turn stands on every step",
    "event_msg/turn_started": "the turn stands on every step",
    "turn_context": "settings stand on every step of the model",
    "session_meta": "it repeats who the session is",
    "compacted": _AGAIN,
    "token_usage_record": "it has no tokens",
}
_DROPPED = {
    "response_item/ghost_snapshot": "a snapshot of the work tree, which lies in the repository",
    "inter_agent_communication_metadata": "says only that a message was delivered",
    "event_msg/agent_reasoning_section_break": "a mark between pieces of reasoning",
    "event_msg/background_event": "a remark of the program to its own window",
}
_CALLS = ("function_call", "custom_tool_call", "local_shell_call", "web_search_call", "tool_search_call",
          "image_generation_call", "mcp_tool_call")  # fmt: skip
_BEFORE_TYPES = ("message", "reasoning", *_CALLS)


def read(line: Body) -> Hints:
    """What the line says besides its records."""
    outer = text(line, "type") or "untyped"
    payload = body(line, "payload") or line
    if not body(line, "payload") and outer in (*_BEFORE_TYPES, *(f"{call}_output" for call in _CALLS)):
        outer, inner = "response_item", outer
    else:
        inner = text(payload, "type") or "" if payload is not line else ""
    kind = f"{outer}/{inner}" if inner else outer
    if inner == "item_completed":
        kind = f"{kind}/{text(body(payload, 'item'), 'type') or 'untyped'}"
    fate, why = _fate(kind)
    found = Hints(kind, raw=line, fate=fate, why=why)
    _fill(found, outer, inner, payload)
    return found


def _fate(kind: str) -> tuple[Fate, str]:
    if kind in _FOLDED:
        return "folded", _FOLDED[kind]
    if kind in _DROPPED:
        return "dropped", _DROPPED[kind]
    if kind.startswith(("event_msg/", "response_item/")):
        return "folded", _AGAIN
    return "dropped", "says nothing that a trajectory has a place for"


def _fill(found: Hints, outer: str, inner: str, payload: Body) -> None:
    call_id = text(payload, "call_id") or text(payload, "id")
    if inner in _CALLS and call_id is not None:
        found.items[call_id] = inner
    elif inner.endswith("_output") and call_id is not None:
        found.shown[call_id] = shown_of(payload.get("output", payload.get("tools")))
    elif inner == "message" and text(payload, "role") == "user":
        found.images = images_of(payload.get("content"))
    elif inner == "user_message":
        found.images = _told_images(payload)
    elif inner == "item_completed":
        found.images = images_of(body(payload, "item").get("content"))
    elif inner == "reasoning":
        found.thinks = True
        found.sealed_bytes = sealed(payload.get("encrypted_content"))
    elif inner == "additional_tools":
        found.tools = tuple(map(as_body, items(payload, "tools")))
    elif outer == "session_meta":
        found.instructions = text(body(payload, "base_instructions"), "text") or text(payload, "instructions")
        found.tools = tuple(map(as_body, items(payload, "dynamic_tools")))
    elif outer == "world_state":
        found.state = body(payload, "state") or payload
    elif outer == "compacted" and "replacement_history" in payload:
        found.replaced = len(items(payload, "replacement_history"))


def _told_images(payload: Body) -> tuple[Image, ...]:
    places = [place for name in ("images", "local_images") for place in items(payload, name)]
    return tuple(Image(place) for place in places if isinstance(place, str))
