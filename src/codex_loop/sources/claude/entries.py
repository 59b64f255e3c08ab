"""What a line of a Claude Code transcript looks like, and how to get one out of bytes that are not quite right.

Every field has a default: versions add and drop them weekly. A value of an unexpected type costs only itself, never
its line. Two records on one line (a missing newline) are both recovered.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache
from math import isfinite
from typing import TypeVar, cast

import msgspec

from codex_loop.model.text import clean
from codex_loop.sources.lines import TOO_DEEP, BadLine

T = TypeVar("T")

NO_JSON = msgspec.Raw(b"")
SYNTHETIC = "<synthetic>"


class Part(msgspec.Struct, gc=False):
    """One item of a tool result's content."""

    type: str = ""
    text: str | None = None
    tool_name: str | None = None
    """Of a `tool_reference`: what a search for tools found."""


class Block(msgspec.Struct, gc=False):
    """One content block of a message; `type` says which of the fields mean something."""

    type: str = ""
    text: str | None = None
    thinking: str | None = None
    id: str | None = None
    name: str | None = None
    input: msgspec.Raw = NO_JSON
    tool_use_id: str | None = None
    content: str | list[Part] | None = None
    is_error: bool | None = None

    def content_text(self) -> str:
        return flat(self.content)


class Message(msgspec.Struct, gc=False):
    id: str | None = None
    role: str | None = None
    model: str | None = None
    content: str | list[Block] | None = None
    stop_reason: str | None = None


class ForkPoint(msgspec.Struct, rename="camel", gc=False):
    session_id: str | None = None
    message_uuid: str | None = None


class Origin(msgspec.Struct, gc=False):
    kind: str | None = None


class Entry(msgspec.Struct, rename="camel", gc=False):
    """One line. Fields whose shape varies by record stay raw until someone needs them."""

    parent_uuid: str | None = None
    is_sidechain: bool | None = None
    agent_id: str | None = None
    prompt_id: str | None = None
    message: Message | None = None
    request_id: str | None = None
    request_session_id: str | None = None
    type: str | None = None
    uuid: str | None = None
    timestamp: str | None = None
    permission_mode: str | None = None
    origin: Origin | None = None
    prompt_source: str | None = None
    tool_use_result: msgspec.Raw = NO_JSON
    user_type: str | None = None
    entrypoint: str | None = None
    cwd: str | None = None
    session_id: str | None = None
    written_version: str | int | None = msgspec.field(default=None, name="version")
    git_branch: str | None = None
    subtype: str | None = None
    is_meta: bool | None = None
    is_compact_summary: bool | None = None
    turn_companion: bool | None = None
    interrupted_message_id: str | None = None
    forked_from: ForkPoint | None = None
    permission_decision: msgspec.Raw = NO_JSON
    tool_denial_kind: str | None = None
    tool_denial_before_run: bool | None = None
    attachment: msgspec.Raw = NO_JSON
    data: msgspec.Raw = NO_JSON
    content: msgspec.Raw = NO_JSON
    is_api_error_message: bool | None = None
    error: msgspec.Raw = NO_JSON
    api_error_status: int | None = None
    level: str | None = None
    duration_ms: float | None = None
    compact_metadata: msgspec.Raw = NO_JSON
    logical_parent_uuid: str | None = None
    retry_attempt: int | None = None
    hook_errors: msgspec.Raw = NO_JSON
    ai_title: str | None = None
    custom_title: str | None = None
    agent_name: str | None = None
    summary: str | None = None
    leaf_uuid: str | None = None
    pr_url: str | None = None
    requested_model: str | None = None
    per_turn_effort: str | None = None
    total_cost_usd: float | None = msgspec.field(default=None, name="totalCostUSD")
    model_usage: msgspec.Raw = NO_JSON
    thinking_duration_ms: float | None = None

    @property
    def version(self) -> str | None:
        """The program's version; some records number their own format in the same field."""
        return self.written_version if isinstance(self.written_version, str) else None


_entry: msgspec.json.Decoder[Entry] = msgspec.json.Decoder(Entry)


def entries(line: bytes) -> list[Entry]:
    """The records on a line, nearly always one. Raise BadLine when there is none."""
    try:
        return [_entry.decode(line)]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return [lenient(value, Entry) for value in values(line)]


def values(line: bytes) -> list[object]:
    """Every complete JSON object of a line, its text made storable. Raise BadLine when there is none.

    A line that ends in the torn beginning of another record still yields the records before it.
    """
    text = line.decode("utf-8", "replace")
    scan = json.JSONDecoder().raw_decode
    found: list[object] = []
    position = 0
    try:
        while position < len(text):
            value, position = scan(text, position)
            found.append(cleaned(value))
            position += len(text[position:]) - len(text[position:].lstrip())
    except (ValueError, RecursionError) as error:
        if not found:
            raise BadLine(TOO_DEEP if isinstance(error, RecursionError) else f"not JSON: {error}") from None
    objects = [value for value in found if isinstance(value, dict)]
    if not objects:
        raise BadLine("not a record: the line holds no JSON object")
    return list(objects)


def cleaned(value: object) -> object:
    """The tree with text both database engines can hold."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, list):
        return [cleaned(item) for item in value]
    if isinstance(value, dict):
        return {clean(key): cleaned(item) for key, item in value.items()}
    if isinstance(value, float) and not isfinite(value):
        return None
    return value


_WHERE = re.compile(r"`(?:key in )?\$([^`]*)`")
_STEP = re.compile(r"\.([A-Za-z_]\w*)|\[(\d+|\.\.\.)\]")


def lenient(value: object, kind: type[T]) -> T:
    """`value` as a `kind`, without the parts that do not fit. Never raises."""
    for _ in range(64):
        try:
            return _decoder(kind).decode(json.dumps(value).encode())
        except msgspec.ValidationError as error:
            if not _drop(value, str(error)):
                break
        except (msgspec.DecodeError, ValueError, RecursionError):
            break
    return kind()


def _drop(value: object, message: str) -> bool:
    """Remove what a validation error complains about; False when that is not to be found."""
    where = _WHERE.search(message)
    if where is None:
        return False
    steps = list(_STEP.finditer(where[1]))
    if not steps:
        return False
    removed = [_remove(holder, steps[-1]) for holder in _holders(value, steps[:-1])]
    return any(removed)


def _holders(value: object, steps: list[re.Match[str]]) -> Iterator[object]:
    if not steps:
        yield value
        return
    for child in _children(value, steps[0]):
        yield from _holders(child, steps[1:])


def _children(value: object, step: re.Match[str]) -> list[object]:
    name, index = step.groups()
    if isinstance(value, dict):
        return list(value.values()) if index == "..." else [value[name]] if name in value else []
    if isinstance(value, list) and index is not None:
        return list(value) if index == "..." else value[int(index) : int(index) + 1]
    return []


def _remove(holder: object, step: re.Match[str]) -> bool:
    name, index = step.groups()
    if isinstance(holder, dict) and name is not None:
        return holder.pop(name, holder) is not holder
    if isinstance(holder, list) and index is not None and holder:
        chosen = slice(None) if index == "..." else slice(int(index), int(index) + 1)
        del holder[chosen]
        return True
    return False


def flat(content: str | list[Part] | None) -> str:
    """The text of a tool result, however it is wrapped."""
    if isinstance(content, str):
        return content
    return "\n".join(said for part in content if (said := part.text or part.tool_name)) if content else ""


def payload(raw: msgspec.Raw, kind: type[T]) -> T | None:
    """A raw field as a `kind`; None when it is absent or no object."""
    data = bytes(raw)
    if not data.startswith(b"{"):
        return None
    try:
        return _decoder(kind).decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    try:
        return lenient(values(data)[0], kind)
    except BadLine:
        return None


def text_of(raw: msgspec.Raw) -> str | None:
    """A raw field as text when it holds a JSON string."""
    data = bytes(raw)
    if not data.startswith(b'"'):
        return None
    try:
        return msgspec.json.decode(data, type=str)
    except (msgspec.DecodeError, UnicodeDecodeError):
        pass
    try:
        return clean(str(json.loads(data.decode("utf-8", "replace"))))
    except ValueError:
        return None


_decoders: dict[type, object] = {}


def _decoder(kind: type[T]) -> msgspec.json.Decoder[T]:
    found = _decoders.get(kind)
    if found is None:
        found = _decoders[kind] = msgspec.json.Decoder(kind)
    return cast("msgspec.json.Decoder[T]", found)


@lru_cache(maxsize=1024)
def _hour_ms(hour: str) -> int:
    return int(datetime.fromisoformat(hour + ":00:00+00:00").timestamp()) * 1000


def millis(stamp: str | None) -> int | None:
    """UTC milliseconds of an ISO time; None for anything else."""
    if not stamp:
        return None
    try:
        if len(stamp) == 24 and stamp[23] == "Z" and stamp[13] == stamp[16] == ":" and stamp[19] == ".":
            within = int(stamp[14:16]) * 60_000 + int(stamp[17:19]) * 1000 + int(stamp[20:23])
            return _hour_ms(stamp[:13]) + within
        moment = datetime.fromisoformat(stamp)
        if moment.tzinfo is None:
            return None
        return round(moment.timestamp() * 1000)
    except (ValueError, OverflowError):
        return None


def whole(number: float | None) -> int | None:
    """A duration as the integer the store keeps; None when it is none, negative or absurd."""
    if number is None or not 0 <= number < 1e15:
        return None
    return round(number)
