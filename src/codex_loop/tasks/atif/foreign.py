"""What a foreign line says beyond our records: which reply of the model it belongs to, what the model was shown, and
what is too large or too special for a record. One reader for each agent's own format; other formats have their type.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Literal, NamedTuple

import msgspec

from codex_loop.sources.fields import NOTHING, Body, as_body, body, text

Fate = Literal["folded", "dropped"]

_DROPPED = re.compile(r"\[dropped (\d+) bytes\]")
_OBJECT: msgspec.json.Decoder[dict[str, object]] = msgspec.json.Decoder(dict[str, object])


class Image(NamedTuple):
    """An image as a line carries it."""

    place: str
    """A data URL, an address, or a path."""


class Shown(NamedTuple):
    """What the model saw of a call's result."""

    text: str
    images: tuple[Image, ...] = ()


class Hints(msgspec.Struct):
    """What one line says besides its records."""

    kind: str
    reply: str | None = None
    """The provider's message this line is a part of, where the format names it."""
    model: str | None = None
    items: dict[str, str] = msgspec.field(default_factory=dict)
    """Call -> type of the item that made it."""
    shown: dict[str, Shown] = msgspec.field(default_factory=dict)
    """Call -> what the model was shown as its result."""
    images: tuple[Image, ...] = ()
    """Of a prompt."""
    sealed_bytes: int = 0
    """How much reasoning it holds that only the provider can read."""
    thinks: bool = False
    """It is a piece of the model's reasoning, readable or not."""
    instructions: str | None = None
    tools: tuple[Body, ...] = ()
    state: Body = NOTHING
    """The program's own account of its state."""
    replaced: int | None = None
    """How many items a compaction put in the place of all before."""
    raw: Body = NOTHING
    fate: Fate = "dropped"
    why: str = "says nothing that a trajectory has a place for"
    """What becomes of the line where no record tells of it, and why."""


def hints(source: str, data: bytes) -> Hints:
    """What a line of that kind of file says besides its records."""
    try:
        line = _OBJECT.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Hints("unreadable", why="is no JSON object")
    reader = READERS.get(source)
    return reader(line) if reader is not None else _plain(line)


def sealed(value: object) -> int:
    """How long a value was that the archive keeps only by its length, or is."""
    if not isinstance(value, str):
        return 0
    noted = _DROPPED.fullmatch(value)
    return int(noted[1]) if noted else len(value.encode("utf-8", "replace"))


def image_url(part: Body) -> str | None:
    """Where an image of message content lies, in either agent's spelling."""
    url = part.get("image_url")
    found = url if isinstance(url, str) else text(as_body(url), "url")
    source = body(part, "source")
    if found is None and text(source, "data") is not None:
        found = f"data:{text(source, 'media_type') or ''};base64,{text(source, 'data')}"
    return found if found is not None else text(source, "url")


def images_of(content: object) -> tuple[Image, ...]:
    """The images among the parts of message content."""
    parts = [as_body(part) for part in content] if isinstance(content, list) else []
    # A part with text only says that an image comes.
    pictures = [part for part in parts if "image" in (text(part, "type") or "") and text(part, "text") is None]
    return tuple(Image(image_url(part) or "unknown") for part in pictures)


def shown_of(value: object) -> Shown:
    """The text and images of a tool's result, however it is wrapped."""
    if isinstance(value, str):
        return Shown(value)
    if isinstance(value, list):
        words = [said for part in map(as_body, value) if (said := text(part, "text", "tool_name")) is not None]
        return Shown("\n".join(words), images_of(value))
    of = as_body(value)
    if "content" in of:
        return shown_of(of["content"])
    return Shown("" if value is None else msgspec.json.encode(value).decode())


def _plain(line: Body) -> Hints:
    payload = body(line, "payload")
    inner = text(body(payload, "msg"), "type") or text(body(payload, "op"), "type") or text(payload, "type")
    kind = "/".join(part for part in (text(line, "type", "method"), inner) if part) or "untyped"
    item = body(body(payload, "msg"), "item")
    found = Hints(kind, raw=line, fate="folded", why="tells again what other lines tell")
    call_id = text(item, "call_id")
    if call_id is not None and (text(item, "type") or "").endswith("_output"):
        found.shown[call_id] = shown_of(item.get("output"))
    elif call_id is not None:
        found.items[call_id] = text(item, "type") or ""
    return found


def _codex(line: Body) -> Hints:
    from codex_loop.tasks.atif.codex_lines import read

    return read(line)


def _claude(line: Body) -> Hints:
    from codex_loop.tasks.atif.claude_lines import read

    return read(line)


READERS: Mapping[str, Callable[[Body], Hints]] = {"codex-rollout": _codex, "claude-transcript": _claude}
