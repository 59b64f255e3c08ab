"""The few fields of a Codex rollout that the ledger needs, decoded over whole blocks.

Everything else is skipped inside the decoder. Numbers outside what a token count can be, and fields of a strange type,
make the strict decoder refuse the block; its lines are then read one by one, and leniently.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Annotated, NamedTuple, cast

import msgspec

from codex_loop.sources.fields import Body, as_body, body, number, text
from codex_loop.sources.lines import BadLine, parse, trim

Count = Annotated[int, msgspec.Meta(ge=0, le=1 << 53)]


Vector = tuple[int, int, int, int, int]
"""Input, cached, cache writes, output, reasoning."""


class Tokens(msgspec.Struct, gc=False):
    """Codex counting: cached and cache writes are inside input, reasoning is inside output.

    `total_tokens` follows from them (and after a compaction says something else), so nobody reads it.
    """

    input_tokens: Count = 0
    cached_input_tokens: Count = 0
    cache_write_input_tokens: Count = 0
    output_tokens: Count = 0
    reasoning_output_tokens: Count = 0


vector = cast("Callable[[Tokens], Vector]", msgspec.structs.astuple)
"""The parts in a value that compares."""


class Info(msgspec.Struct, gc=False):
    total_token_usage: Tokens | None = None
    last_token_usage: Tokens | None = None
    model: object = None


class Payload(msgspec.Struct, gc=False):
    type: str | None = None
    info: Info | None = None
    rate_limits: msgspec.Raw = msgspec.Raw()
    turn_id: object = None
    model: object = None
    thread_id: object = None
    response_id: object = None
    usage: Tokens | None = None
    thread_token_usage: Tokens | None = None


class Entry(msgspec.Struct, gc=False):
    timestamp: str | None = None
    type: str | None = None
    payload: Payload | None = None


_entry: msgspec.json.Decoder[Entry] = msgspec.json.Decoder(Entry)
_object: msgspec.json.Decoder[dict[str, object]] = msgspec.json.Decoder(dict[str, object])
_BLANK = Entry()


class Block(NamedTuple):
    """The lines of a block in order: where each begins, what the ledger needs of it, and which say nothing at all."""

    starts: list[int]
    """One more than lines: the last one is the end of the last line."""
    entries: list[Entry]
    rejected: list[tuple[int, str]]
    blank: int = 0
    """How many of the lines are none."""

    def line(self, data: bytes, place: int) -> bytes:
        return data[self.starts[place] : self.starts[place + 1]]


def read(block: bytes) -> Block:
    starts = line_starts(block)
    try:
        found = _entry.decode_lines(block)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _one_by_one(block, starts)
    # A blank line, or two values on one line, would shift every later value away from its line.
    return Block(starts, found, []) if len(found) == len(starts) - 1 else _one_by_one(block, starts)


def line_starts(block: bytes) -> list[int]:
    """Where each line begins, and where the last one ends. Splitting the block costs half as much again."""
    starts = [0]
    add, find, end = starts.append, block.find, 0
    while end := find(b"\n", end) + 1:
        add(end)
    if starts[-1] != len(block):
        add(len(block))
    return starts


def _one_by_one(block: bytes, starts: list[int]) -> Block:
    found, rejected, blank = list[Entry](), list[tuple[int, str]](), 0
    for start, end in pairwise(starts):
        line = trim(block[start:end].removesuffix(b"\n"))
        blank += not line.strip()
        try:
            found.append(_read(line))
        except BadLine as error:
            found.append(_BLANK)
            rejected.append((start, str(error)))
    return Block(starts, found, rejected, blank)


def _read(line: bytes) -> Entry:
    if not line.strip():
        return _BLANK
    try:
        return _entry.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _lenient(parse(_object, line))


def whole(line: bytes) -> Body:
    """All of one line; empty when it is no object."""
    try:
        return parse(_object, trim(line))
    except BadLine:
        return {}


def _lenient(of: dict[str, object]) -> Entry:
    inner = of.get("payload")
    return Entry(text(of, "timestamp"), text(of, "type"), _payload(as_body(inner)) if isinstance(inner, dict) else None)


def _payload(of: Body) -> Payload:
    info = of.get("info")
    limits = of.get("rate_limits")
    return Payload(
        type=text(of, "type"),
        info=_info(as_body(info)) if isinstance(info, dict) else None,
        rate_limits=msgspec.Raw(msgspec.json.encode(limits)),
        turn_id=of.get("turn_id"),
        model=of.get("model"),
        thread_id=of.get("thread_id"),
        response_id=of.get("response_id"),
        usage=_tokens(of, "usage"),
        thread_token_usage=_tokens(of, "thread_token_usage"),
    )


def _info(of: Body) -> Info:
    return Info(_tokens(of, "total_token_usage"), _tokens(of, "last_token_usage"), of.get("model"))


def _tokens(of: Body, name: str) -> Tokens | None:
    if not isinstance(of.get(name), dict):
        return None
    inner = body(of, name)
    counts = {field: _count(inner, field) for field in Tokens.__struct_fields__}
    return Tokens(**{field: count for field, count in counts.items() if count is not None})


def _count(of: Body, name: str) -> int | None:
    found = number(of, name)
    return found if found is not None and 0 <= found <= 1 << 53 else None
