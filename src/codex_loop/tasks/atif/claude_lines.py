"""Lines of Claude Code transcripts: what they say besides our records."""

from __future__ import annotations

from codex_loop.sources.claude.entries import SYNTHETIC
from codex_loop.sources.fields import Body, as_body, body, items, text
from codex_loop.tasks.atif.foreign import Fate, Hints, images_of, sealed, shown_of

_REQUEST = "the request as it was sent; the lines it was made of are there"
_FATES: dict[str, tuple[Fate, str]] = {
    "queue-operation": ("folded", "the prompt stands where it was sent"),
    "last-prompt": ("folded", "the prompt stands where it was sent"),
    "tools-used": ("folded", "the calls are there"),
    "attachment/prompt_snapshot": ("folded", "the same instructions and tools as before"),
    "api-request": ("dropped", _REQUEST),
    "api-request-blob": ("dropped", _REQUEST),
    "api-request-resumed": ("dropped", _REQUEST),
    "api-request-shape": ("folded", "the same instructions and tools as before"),
    "file-history-snapshot": ("dropped", "copies of files for the program's own undo"),
    "file-history-delta": ("dropped", "copies of files for the program's own undo"),
    "progress": ("folded", "the result of the call tells it"),
    "atis-latch": ("dropped", "a state of the program's account"),
    "session-owner": ("dropped", "the account's identity"),
    "mode": ("folded", "permissions stand on every step of the model"),
    "assistant/text": ("folded", "an empty piece of an answer"),
    "user/text": ("folded", "the interruption it marks is told"),
}


def read(line: Body) -> Hints:
    """What the line says besides its records."""
    message = body(line, "message")
    content = message.get("content")
    blocks = [as_body(block) for block in content] if isinstance(content, list) else []
    kind = _kind(line, blocks)
    fate, why = _FATES.get(kind, ("dropped", "says nothing that a trajectory has a place for"))
    found = Hints(kind, raw=line, fate=fate, why=why)
    outer = text(line, "type")
    if outer == "assistant":
        _answer(found, message, blocks)
    elif outer == "user":
        _user(found, blocks)
    elif outer == "attachment":
        _snapshot(found, body(line, "attachment"))
    elif outer == "api-request-shape":
        _shape(found, body(line, "shape"))
    return found


def _kind(line: Body, blocks: list[Body]) -> str:
    outer = text(line, "type") or "untyped"
    if outer in ("user", "assistant"):
        types = dict.fromkeys(text(block, "type") or "untyped" for block in blocks)
        return f"{outer}/{'+'.join(types) or 'text'}"
    inner = text(line, "subtype") or text(body(line, "attachment"), "type")
    return f"{outer}/{inner}" if inner else outer


def _answer(found: Hints, message: Body, blocks: list[Body]) -> None:
    if text(message, "model") == SYNTHETIC:
        return
    found.reply, found.model = text(message, "id"), text(message, "model")
    for block in blocks:
        kind = text(block, "type") or ""
        if kind.endswith("tool_use") and (call_id := text(block, "id")) is not None:
            found.items[call_id] = kind
        elif kind.endswith("_tool_result") and (call_id := text(block, "tool_use_id")) is not None:
            found.shown[call_id] = shown_of(block.get("content"))
        elif kind in ("thinking", "redacted_thinking"):
            found.thinks = True
            found.sealed_bytes += sealed(block.get("signature")) + sealed(block.get("data"))


def _user(found: Hints, blocks: list[Body]) -> None:
    for block in blocks:
        if text(block, "type") == "tool_result" and (call_id := text(block, "tool_use_id")) is not None:
            found.shown[call_id] = shown_of(block.get("content"))
    if not found.shown:
        found.images = images_of(blocks)


def _snapshot(found: Hints, attached: Body) -> None:
    if text(attached, "type") == "prompt_snapshot":
        parts = [part for part in items(attached, "systemPrompt") if isinstance(part, str)]
        found.instructions = "\n\n".join(parts) or None
        found.tools = tuple(map(as_body, items(attached, "tools")))


def _shape(found: Hints, shape: Body) -> None:
    parts = [said for part in map(as_body, items(shape, "system")) if (said := text(part, "text")) is not None]
    found.instructions = "\n\n".join(parts) or None
    found.tools = tuple(map(as_body, items(shape, "tools")))
