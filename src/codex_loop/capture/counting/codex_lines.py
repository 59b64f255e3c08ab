"""The few fields of a Codex rollout that the ledger needs, decoded over whole blocks.

Lines that by their beginning say nothing of it are passed over, all other fields are skipped inside the decoder.
Numbers outside what a token count can be, and fields of a strange type, make the strict decoder refuse the block; its
lines are then read one by one, and leniently.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Annotated, NamedTuple, cast

import msgspec

from codex_loop.capture.counting.codex_limits import Usual
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


class Told(msgspec.Struct, gc=False):
    """What a payload says, limits aside."""

    type: str | None = None
    info: Info | None = None
    turn_id: object = None
    model: object = None
    thread_id: object = None
    response_id: object = None
    usage: Tokens | None = None
    thread_token_usage: Tokens | None = None


class Payload(Told, gc=False):
    rate_limits: Usual | None = None


class OddPayload(Told, gc=False):
    """With limits of whatever shape."""

    rate_limits: msgspec.Raw = msgspec.Raw()


class Entry(msgspec.Struct, gc=False):
    timestamp: str | None = None
    type: str | None = None
    payload: Payload | None = None


class OddEntry(msgspec.Struct, gc=False):
    timestamp: str | None = None
    type: str | None = None
    payload: OddPayload | None = None


AnyEntry = Entry | OddEntry
AnyPayload = Payload | OddPayload

_entry: msgspec.json.Decoder[Entry] = msgspec.json.Decoder(Entry)
_odd_entry: msgspec.json.Decoder[OddEntry] = msgspec.json.Decoder(OddEntry)
_object: msgspec.json.Decoder[dict[str, object]] = msgspec.json.Decoder(dict[str, object])
_BLANK = OddEntry()

_SILENT = re.compile(
    rb'\{"timestamp":"[^"\\]+","(?:ordinal":[0-9]+,")?type":"'
    rb'(?:response_item"|event_msg","payload":\{"type":"(?!token_count"))'
)
"""How lines begin that say nothing of tokens, limits or the session, as Codex writes them: nine of ten bytes."""
_BEGINS, _ITEM = b'{"timestamp":"', b'","type":"response_item",'
_ENDS = b"}}\n"
"""How they end. One that was torn, or that others wrote, is decoded like any other and rejected if it is none."""


class Block(NamedTuple):
    """The lines of a block that may say something: where each begins and ends, and what the ledger needs of it."""

    data: bytes
    lines: int
    """How many lines there are, silent ones among them."""
    starts: list[int]
    ends: list[int]
    entries: Sequence[AnyEntry]
    rejected: list[tuple[int, str]]

    def line(self, place: int) -> bytes:
        return self.data[self.starts[place] : self.ends[place]]


def read(block: bytes, *, silent: bool = False) -> Block:
    """Decode a block. `silent`: also the lines that say nothing."""
    lines, starts, ends = _silent(block) if not silent else _all(block)
    # Few lines are left: it is cheaper to copy them together than to decode each by itself.
    pieces = b"".join([block[start:end] for start, end in zip(starts, ends, strict=True)])
    for decode in (_entry.decode_lines, _odd_entry.decode_lines):
        try:
            found: Sequence[AnyEntry] = decode(pieces)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            continue
        # A blank line, or two values on one line, would shift every later value away from its line.
        if len(found) == len(starts):
            return Block(block, lines, starts, ends, found, [])
    return _one_by_one(block, lines, starts, ends)


def _silent(block: bytes) -> tuple[int, list[int], list[int]]:
    """How many lines there are, and where those begin and end that may say something."""
    lines, starts, ends = 0, list[int](), list[int]()
    find, says_nothing, size, start = block.find, _SILENT.match, len(block), 0
    while start < size:
        end = find(b"\n", start) + 1 or size
        lines += 1
        if (
            # The most usual of them is recognised in half the time, at its place in the line.
            (block[start + 38 : start + 63] != _ITEM or block[start : start + 14] != _BEGINS)
            and says_nothing(block, start) is None
        ) or block[end - 3 : end] != _ENDS:
            starts.append(start)
            ends.append(end)
        start = end
    return lines, starts, ends


def _all(block: bytes) -> tuple[int, list[int], list[int]]:
    ends = [found.end() for found in re.finditer(rb"\n", block)]
    if not ends or ends[-1] != len(block):
        ends.append(len(block))
    return len(ends), [0, *ends[:-1]], ends


def _one_by_one(block: bytes, lines: int, starts: list[int], ends: list[int]) -> Block:
    found, rejected = list[AnyEntry](), list[tuple[int, str]]()
    for start, end in zip(starts, ends, strict=True):
        line = trim(block[start:end].removesuffix(b"\n"))
        lines -= not line.strip()
        try:
            found.append(_read(line))
        except BadLine as error:
            found.append(_BLANK)
            rejected.append((start, str(error)))
    return Block(block, lines, starts, ends, found, rejected)


def _read(line: bytes) -> OddEntry:
    if not line.strip():
        return _BLANK
    try:
        return _odd_entry.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _lenient(parse(_object, line))


def whole(line: bytes) -> Body:
    """All of one line; empty when it is no object."""
    try:
        return parse(_object, trim(line))
    except BadLine:
        return {}


def _lenient(of: dict[str, object]) -> OddEntry:
    inner = of.get("payload")
    return OddEntry(
        text(of, "timestamp"), text(of, "type"), _payload(as_body(inner)) if isinstance(inner, dict) else None
    )


def _payload(of: Body) -> OddPayload:
    info = of.get("info")
    limits = of.get("rate_limits")
    return OddPayload(
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
