"""One provider message while its lines are read, and the ledger rows it becomes."""

from __future__ import annotations

from hashlib import blake2b
from zlib import crc32

import msgspec

from codex_loop.capture.counting.base import FINAL, MAIN_THREAD, NEVER, PARTIAL, Into
from codex_loop.capture.counting.claude_lines import Message, Row, Tokens
from codex_loop.model.keys import key, session_key
from codex_loop.sources.claude.entries import NO_JSON, lenient, millis, values
from codex_loop.sources.lines import BadLine
from codex_loop.store.batch import Row as LedgerRow

_MASK = (1 << 63) - 1
_PREFIX = b"6:claude7:message"
_MOST = 1 << 53
"""A larger number of tokens is no number of tokens."""


class Advice(msgspec.Struct):
    """An iteration that another model did inside a message."""

    type: str | None = None
    model: str | None = None
    input_tokens: int | None = None
    cache_creation_input_tokens: int | None = None
    cache_read_input_tokens: int | None = None
    output_tokens: int | None = None


class Iterations(msgspec.Struct):
    items: list[Advice] = []


Numbers = tuple[int, int, int, int, int, int, int]
"""Input, cache read, 5 min write, 1 h write, output, reasoning (-1 unknown), web searches."""


class Held(msgspec.Struct, gc=False):
    """The best that the lines so far say of one message: final beats partial, then the larger of each number."""

    name: str
    session: str
    offset: int
    stamp: str | None
    key: int
    response_id: str | None
    request_id: str | None
    model: str | None
    sidechain: bool
    copied: bool
    best: Tokens
    final: bool
    beside: Numbers | None = None
    """What earlier lines said, where `best` is not at least as large in everything."""

    @classmethod
    def of(cls, row: Row, message: Message, tokens: Tokens, session: str, offset: int) -> Held:
        name, key_of = _identity(row, message, tokens)
        return cls(
            name,
            session,
            offset,
            row.timestamp,
            key_of,
            message.id,
            row.request_id,
            message.model,
            row.is_sidechain is True,
            row.forked_from is not NO_JSON and bytes(row.forked_from).startswith(b"{"),
            tokens,
            message.stop_reason is not None,
        )

    def add(self, row: Row, tokens: Tokens, *, final: bool) -> None:
        """One more line of the message."""
        if row.request_id != self.request_id:
            self.request_id = max(row.request_id or "", self.request_id or "") or None
        if row.timestamp is not None and (self.stamp is None or row.timestamp < self.stamp):
            self.stamp = row.timestamp
        if final is not self.final:
            if final:
                self.best, self.final, self.beside = tokens, True, None
            return
        best = self.best
        if (
            tokens.input_tokens != best.input_tokens
            or tokens.cache_read_input_tokens != best.cache_read_input_tokens
            or tokens.cache_creation_input_tokens != best.cache_creation_input_tokens
            or (tokens.output_tokens or 0) < (best.output_tokens or 0)
        ):
            said = numbers_of(best)
            self.beside = said if self.beside is None else larger(self.beside, said)
        self.best = tokens

    def digest(self, numbers: Numbers) -> int:
        """Equal when the ledger would learn nothing new."""
        names = f"{self.session} {self.request_id}".encode("utf-8", "replace")
        return hash((numbers, self.final, self.copied, crc32(names)))

    def numbers(self) -> Numbers:
        said = numbers_of(self.best)
        return said if self.beside is None else larger(self.beside, said)


def _identity(row: Row, message: Message, tokens: Tokens) -> tuple[str, int]:
    if message.id:
        data = message.id.encode("utf-8", "replace")
        digest = blake2b(b"%b%d:%b" % (_PREFIX, len(data), data), digest_size=8).digest()
        return message.id, int.from_bytes(digest, "big") & _MASK
    if row.request_id:
        return row.request_id, key("claude", "request", row.request_id)
    numbers = ",".join(map(str, numbers_of(tokens)))
    name = f"{row.timestamp} {message.model} {numbers}"
    return name, key("claude", "anonymous", name)


def _count(number: int | None) -> int:
    return number if number is not None and 0 <= number <= _MOST else 0


def numbers_of(tokens: Tokens) -> Numbers:
    split, details, tools = tokens.cache_creation, tokens.output_tokens_details, tokens.server_tool_use
    said = (
        tokens.input_tokens or 0,
        tokens.cache_read_input_tokens or 0,
        tokens.cache_creation_input_tokens or 0,
        tokens.output_tokens or 0,
        0 if split is None else split.ephemeral_5m_input_tokens or 0,
        0 if split is None else split.ephemeral_1h_input_tokens or 0,
        0 if tools is None else tools.web_search_requests or 0,
    )
    if min(said) < 0 or max(said) > _MOST:
        fresh, cached, created, output, short, long, searches = map(_count, said)
    else:
        fresh, cached, created, output, short, long, searches = said
    # What the split does not explain was written for five minutes, as everything was before there was a split.
    short = max(short, created - long)
    reasoning = -1 if details is None or details.thinking_tokens is None else _count(details.thinking_tokens)
    return fresh, cached, short, long, output, reasoning, searches


def larger(one: Numbers, other: Numbers) -> Numbers:
    a, b, c, d, e, f, g = map(max, one, other)
    return a, b, c, d, e, f, g


def ledger_rows(held: Held, numbers: Numbers, began_ms: int | None, into: Into) -> list[LedgerRow]:
    """The ledger rows of a message: its own, and one for each piece of advice another model gave in it."""
    time_ms = millis(held.stamp)
    owner_ms = began_ms if not held.copied or time_ms is None else time_ms + 1
    fresh, cached, short, long, output, reasoning, searches = numbers
    tokens, redacted = held.best, into.redacted
    quality = FINAL if held.final else PARTIAL
    own = (
        held.key, session_key(into.agent, held.session), NEVER if owner_ms is None else owner_ms, time_ms,
        redacted(held.model), fresh, cached, short, long, output, None if reasoning < 0 else reasoning, searches,
        quality, quality if held.sidechain else quality + MAIN_THREAD,
        redacted("fast" if tokens.speed == "fast" else tokens.service_tier), None,
        None if held.request_id is None else into.named(held.request_id),
        None if held.response_id is None else into.named(held.response_id), "message", into.source_id, held.offset,
    )  # fmt: skip
    if tokens.iterations is NO_JSON:
        return [own]
    iterations = bytes(tokens.iterations)
    return [own, *_advice(held, own, iterations, into)] if b"advisor_message" in iterations else [own]


def _advice(held: Held, own: LedgerRow, iterations: bytes, into: Into) -> list[LedgerRow]:
    """Extra usage under another model; all other iterations are inside the message's own numbers."""
    try:
        tree = values(b'{"items":%b}' % iterations)
    except BadLine:
        return []
    found = [item for item in lenient(tree[0], Iterations).items if item.type == "advisor_message"]
    return [
        (
            key("claude", "message", held.name, "advisor", number), *own[1:4], into.redacted(item.model),
            _count(item.input_tokens), _count(item.cache_read_input_tokens), _count(item.cache_creation_input_tokens),
            0, _count(item.output_tokens), None, 0, *own[12:15], "advisor", *own[16:],
        )
        for number, item in enumerate(found)
    ]  # fmt: skip
