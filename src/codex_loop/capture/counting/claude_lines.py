"""Of each line of a Claude Code transcript only what the ledger needs, a whole block at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from codex_loop.sources.claude.entries import NO_JSON, lenient, values
from codex_loop.sources.lines import BadLine, trim


class Split(msgspec.Struct, gc=False):
    ephemeral_5m_input_tokens: int | None = None
    ephemeral_1h_input_tokens: int | None = None


class ServerTools(msgspec.Struct, gc=False):
    web_search_requests: int | None = None


class OutputDetails(msgspec.Struct, gc=False):
    thinking_tokens: int | None = None


class Tokens(msgspec.Struct, gc=False):
    input_tokens: int | None = None
    cache_creation_input_tokens: int | None = None
    cache_read_input_tokens: int | None = None
    output_tokens: int | None = None
    server_tool_use: ServerTools | None = None
    service_tier: str | None = None
    cache_creation: Split | None = None
    iterations: msgspec.Raw = NO_JSON
    speed: str | None = None
    output_tokens_details: OutputDetails | None = None


class Message(msgspec.Struct, gc=False):
    id: str | None = None
    model: str | None = None
    stop_reason: str | None = None
    usage: Tokens | None = None


class Row(msgspec.Struct, rename="camel", gc=False):
    """A line as the ledger sees it."""

    is_sidechain: bool | None = None
    agent_id: str | None = None
    message: Message | None = None
    request_id: str | None = None
    type: str | None = None
    timestamp: str | None = None
    session_id: str | None = None
    forked_from: msgspec.Raw = NO_JSON
    is_api_error_message: bool | None = None
    total_cost_usd: float | None = msgspec.field(default=None, name="totalCostUSD")
    model_usage: msgspec.Raw = NO_JSON


class LinkedRow(Row, rename="camel", gc=False):
    """With the links by which inline sidechains are told apart."""

    uuid: str | None = None
    parent_uuid: str | None = None


class Identity(msgspec.Struct, rename="camel", gc=False):
    """What a line says of its session."""

    session_id: str | None = None
    agent_id: str | None = None
    cwd: str | None = None
    version: str | None = None
    git_branch: str | None = None
    entrypoint: str | None = None


class Placed(NamedTuple):
    offset: int
    row: LinkedRow


_rows: msgspec.json.Decoder[Row] = msgspec.json.Decoder(Row)
_linked: msgspec.json.Decoder[LinkedRow] = msgspec.json.Decoder(LinkedRow)
_identity: msgspec.json.Decoder[Identity] = msgspec.json.Decoder(Identity)


def whole_block(block: bytes) -> list[Row] | None:
    """Every line of the block at once; None when one of them needs to be looked at by itself."""
    try:
        return _rows.decode_lines(block)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def line_starts(block: bytes) -> list[int]:
    """Where each line begins. Splitting the block costs half as much again."""
    starts, end, size = list[int](), 0, len(block)
    add, find = starts.append, block.find
    while end < size:
        add(end)
        end = find(b"\n", end) + 1 or size
    return starts


def lines(block: bytes, offset: int) -> Iterator[tuple[int, bytes]]:
    """Offset and bytes of each line that holds anything."""
    for raw in block.split(b"\n"):
        line = trim(raw)
        if line.strip():
            yield offset, line
        offset += len(raw) + 1


def one_by_one(block: bytes, offset: int, rejected: list[tuple[int, str]]) -> Iterator[list[Placed]]:
    """The records of each line; what is no record goes to `rejected`."""
    for at, line in lines(block, offset):
        try:
            yield [Placed(at, row) for row in _of_line(line)]
        except BadLine as error:
            rejected.append((at, str(error)))


def _of_line(line: bytes) -> list[LinkedRow]:
    try:
        return [_linked.decode(line)]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return [lenient(value, LinkedRow) for value in values(line)]


def identities(block: bytes, offset: int) -> Iterator[tuple[int, Identity]]:
    """What each line says of its session, as far as the caller reads on."""
    position = 0
    while position < len(block):
        end = block.find(b"\n", position)
        end = len(block) if end < 0 else end
        try:
            yield offset + position, _identity.decode(trim(block[position:end]))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            pass
        position = end + 1
