"""What one lane read from one file in one go: rows, archive and the cursor that moves with them."""

from __future__ import annotations

from typing import Any

import msgspec

Row = tuple[Any, ...]

_pack = msgspec.msgpack.Encoder().encode
_unpack: msgspec.msgpack.Decoder[dict[str, list[Row]]] = msgspec.msgpack.Decoder(dict[str, list[Row]])


class Document(msgspec.Struct, frozen=True, array_like=True):
    """Text for the full-text index; it points at the row that shows it."""

    kind: str
    row_key: int
    session_key: int
    time_ms: int | None
    body: str
    line_offset: int


class Segment(msgspec.Struct, frozen=True, array_like=True):
    """Redacted foreign lines, compressed; `offsets` are the packed line starts in the source."""

    first_offset: int
    end_offset: int
    line_count: int
    raw_bytes: int
    offsets: bytes
    data: bytes


class Batch(msgspec.Struct, kw_only=True):
    """Complete lines from `start` to `end`. Applied whole or not at all."""

    source_id: int
    lane: str
    start: int
    end: int
    read: int = 0
    rejected: int = 0
    seen_size: int = 0
    seen_mtime_ns: int = 0
    tail_length: int = 0
    tail_key: int = 0
    head_length: int = 0
    head_key: int = 0
    line_sum: int = 0
    state: bytes = b""
    decoder: int = 0
    rules: str = ""
    session_key: int | None = None
    """The session this file is about, and when it was born: decides who owns lines that several files share."""
    born_ms: int | None = None
    agent_version: str | None = None
    source: str = ""
    line_keys: list[int] = msgspec.field(default_factory=list)
    line_offsets: list[int] = msgspec.field(default_factory=list)
    rows: dict[str, list[Row]] = msgspec.field(default_factory=dict)
    packed: bytes = b""
    """The rows, while the batch waits in the process that stores it or is on its way there."""
    extended: dict[int, int] = msgspec.field(default_factory=dict)
    """Key of a row that several lines made -> offset of the last of them; `line_offset` is the first."""
    unknown: list[tuple[str, int]] = msgspec.field(default_factory=list)
    """(foreign type, line offset) of every record nobody knows yet."""
    findings: list[tuple[str, str, int, int]] = msgspec.field(default_factory=list)
    """(rule, tier, count, line offset) of what was redacted."""
    documents: list[Document] = msgspec.field(default_factory=list)
    segments: list[Segment] = msgspec.field(default_factory=list)

    def pack(self) -> None:
        """A fifth of the memory, and nothing to be made before it is needed."""
        self.packed, self.rows = _pack(self.rows), {}

    def unpack(self) -> None:
        if self.packed:
            self.packed, self.rows = b"", _unpack.decode(self.packed)


class Applied(msgspec.Struct, frozen=True):
    """What became of a batch."""

    read: int
    stored: int
    duplicate: int
    rejected: int
