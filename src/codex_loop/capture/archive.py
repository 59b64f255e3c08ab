"""Lines for the archive: what is dropped by declaration, and how segments are packed.

The archive is what outlives the agents' own logs, so it holds the redacted foreign lines as they were, without the
few things that nobody can read: encrypted reasoning, snapshots of whole work trees, signatures of thinking blocks.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable, Sequence
from typing import NamedTuple

import msgspec
import zstandard

from codex_loop.store.batch import Segment

SEGMENT_BYTES = 1 << 20
"""Of lines, before compression."""
LEVEL = 3

_LONG = 64
"""Shorter values stay: the note in their place would not be shorter."""

_COLON = re.compile(rb"[ \t]*:[ \t]*")
_BASE64 = re.compile(rb"[A-Za-z0-9+/=_-]*")
_Names: msgspec.json.Decoder[list[str]] = msgspec.json.Decoder(list[str])


def _text_end(block: bytes, start: int) -> int:
    """Where the plain JSON string that begins at `start` ends; -1 if there is none, or one with escapes."""
    if block[start : start + 1] != b'"':
        return -1
    end = block.find(b'"', start + 1)
    # A torn line that somebody ended must not swallow its neighbour.
    plain = end >= 0 and block.find(b"\\", start, end) < 0 and block.find(b"\n", start, end) < 0
    return end + 1 if plain else -1


def _base64_end(block: bytes, start: int) -> int:
    """The same for a string of base64: `signature` is a word that others use, too."""
    end = _text_end(block, start)
    return end if end >= 0 and _BASE64.fullmatch(block, start + 1, end - 1) else -1


def _names_end(block: bytes, start: int) -> int:
    """Where the list of strings that begins at `start` ends; names may hold brackets themselves."""
    if block[start : start + 1] != b"[":
        return -1
    line_end = block.find(b"\n", start)
    end = start
    while (end := block.find(b"]", end + 1, line_end if line_end >= 0 else len(block))) >= 0:
        try:
            _Names.decode(block[start : end + 1])
        except (msgspec.DecodeError, UnicodeDecodeError):
            continue
        return end + 1
    return -1


class Drop(NamedTuple):
    """A field whose long values nobody can read: what it is, its name, and where its value ends."""

    what: str
    name: bytes
    end: Callable[[bytes, int], int]


DROPPED = (
    Drop("encrypted reasoning", b'"encrypted_content"', _text_end),
    Drop("thinking signature", b'"signature"', _base64_end),
    Drop("ghost snapshot files", b'"preexisting_untracked_files"', _names_end),
    Drop("ghost snapshot folders", b'"preexisting_untracked_dirs"', _names_end),
)


def strip(block: bytes) -> bytes:
    """The block without what the drop list names; each gap says how long it was. Lines stay lines, JSON stays JSON."""
    for drop in DROPPED:
        block = _without(block, drop)
    return block


def _without(block: bytes, drop: Drop) -> bytes:
    pieces: list[bytes] = []
    kept, at = 0, block.find(drop.name)
    while at >= 0:
        at += len(drop.name)
        colon = _COLON.match(block, at)
        stop = drop.end(block, colon.end()) if colon else -1
        if colon and stop - colon.end() - 2 >= _LONG:
            pieces += (block[kept : colon.end()], _note(block[colon.end() : stop]))
            kept = at = stop
        at = block.find(drop.name, at)
    return b"".join((*pieces, block[kept:])) if pieces else block


def _note(value: bytes) -> bytes:
    note = b'"[dropped %d bytes]"' % (len(value) - 2)
    return b"[" + note + b"]" if value.startswith(b"[") else note


class Packer:
    """Packs lines into compressed segments. One per process: the compressor is worth keeping."""

    def __init__(self) -> None:
        self._compressor = zstandard.ZstdCompressor(level=LEVEL, write_checksum=True)

    def pack(self, lines: Sequence[bytes], offsets: Sequence[int], end: int) -> list[Segment]:
        """Segments of the lines; `end` is where the last of them ends in the source."""
        segments = []
        first, size = 0, 0
        for index, line in enumerate(lines):
            size += len(line) + 1
            if size >= SEGMENT_BYTES:
                stop = offsets[index + 1] if index + 1 < len(offsets) else end
                segments.append(self._segment(lines[first : index + 1], offsets[first : index + 1], stop))
                first, size = index + 1, 0
        if first < len(lines):
            segments.append(self._segment(lines[first:], offsets[first:], end))
        return segments

    def _segment(self, lines: Sequence[bytes], offsets: Sequence[int], end: int) -> Segment:
        raw = b"\n".join(lines)
        return Segment(
            first_offset=offsets[0],
            end_offset=end,
            line_count=len(lines),
            raw_bytes=len(raw),
            offsets=self._compressor.compress(array("Q", offsets).tobytes()),
            data=self._compressor.compress(raw),
        )
