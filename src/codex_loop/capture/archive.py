"""Lines for the archive: what is dropped by declaration, and how segments are packed.

The archive is what outlives the agents' own logs, so it holds the redacted foreign lines as they were, without the
few things that nobody can read: encrypted reasoning, snapshots of whole work trees, signatures of thinking blocks.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Sequence

import zstandard

from codex_loop.store.batch import Segment

SEGMENT_BYTES = 1 << 20
"""Of lines, before compression."""
LEVEL = 3

_STRING = rb'"(?:[^"\\\n]|\\.)*+"'
_NAMES = rb"(\[[ \t]*+(?:" + _STRING + rb"[ \t]*+,[ \t]*+)*+" + _STRING + rb"[ \t]*+\])"

# No pattern may cross a newline: a torn line that somebody ended must not swallow its neighbour.
DROPPED: tuple[tuple[str, bytes, re.Pattern[bytes]], ...] = tuple(
    (what, b'"%b"' % name, re.compile(b'"%b"[ \\t]*:[ \\t]*' % name + value))
    for what, name, value in (
        ("encrypted reasoning", b"encrypted_content", rb'("[^"\\\n]{64,}")'),
        ("thinking signature", b"signature", rb'("[A-Za-z0-9+/=_-]{64,}")'),
        ("ghost snapshot files", b"preexisting_untracked_files", _NAMES),
        ("ghost snapshot folders", b"preexisting_untracked_dirs", _NAMES),
    )
)
_LONG = 64
"""Shorter values stay: the note in their place would not be shorter."""


def strip(block: bytes) -> bytes:
    """The block without what the drop list names; each gap says how long it was. Lines stay lines, JSON stays JSON."""
    for _, hint, pattern in DROPPED:
        if hint in block:
            block = pattern.sub(_gap, block)
    return block


def _gap(match: re.Match[bytes]) -> bytes:
    value = match[1]
    if len(value) - 2 < _LONG:
        return match[0]
    note = b'"[dropped %d bytes]"' % (len(value) - 2)
    return match[0][: -len(value)] + (b"[" + note + b"]" if value.startswith(b"[") else note)


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
