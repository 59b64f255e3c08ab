"""Reading a file that others are writing: only complete lines, only new bytes, never the whole file in memory.

A look opens the file, asks the descriptor (not the path) what it is, proves that what was read before is still there,
and then yields blocks of complete lines. An unterminated last line waits for the next look. A line longer than the
limit is not decoded: it is measured, hashed and passed over.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from io import FileIO
from pathlib import Path
from typing import BinaryIO, NamedTuple

import zstandard

from codex_loop.model.keys import key
from codex_loop.sources.base import OVERSIZE

HEAD_BYTES = 256
TAIL_BYTES = 4096
EDGE_BYTES = 64 << 10
"""How much of the beginning and of the end of an oversize line is looked at; the quarantine shows much less of it.

A secret is recognised by its beginning, and a private key may be long.
"""


class Mark(NamedTuple):
    """What proves that the bytes before `position` are still those that were read."""

    position: int = 0
    tail_length: int = 0
    tail_key: int = 0
    head_length: int = 0
    head_key: int = 0


class Oversize(NamedTuple):
    """A line that was passed over: where, how long, its digest, and its two ends."""

    offset: int
    length: int
    digest: str
    head: bytes
    tail: bytes

    @property
    def end(self) -> int:
        """Where the next line begins."""
        return self.offset + self.length + 1


class Block(NamedTuple):
    """Complete lines from `start` to `end` of the (decompressed) file."""

    start: int
    end: int
    data: bytes
    oversize: tuple[Oversize, ...] = ()


class Rewritten(Exception):
    """The file no longer begins with what was read of it; the message says what is different."""


class Look:
    """One opened file: what it is now, and its new complete lines."""

    def __init__(self, stream: BinaryIO, size: int, mtime_ns: int, mark: Mark) -> None:
        self.size, self.mtime_ns = size, mtime_ns
        self._stream, self._mark = stream, mark
        self._last = b""
        """The last complete lines: only what they end with is proof."""
        self.head_length = mark.head_length
        self.head_key = mark.head_key

    def blocks(self, limit: int) -> Iterator[Block]:
        """Blocks of about `limit` bytes, in order. The caller may stop after any of them.

        Whether a line is oversize depends on its length alone, never on how the reads fall.
        """
        position, held = self._mark.position, b""
        while data := self._stream.read(limit):
            first = data.find(b"\n")
            if len(held) + (len(data) if first < 0 else first) > OVERSIZE:
                oversize, data = self._pass_over(position, held + data)  # what follows the line
                if oversize is None:
                    return
                yield self._passed(oversize)
                position, held = oversize.end, b""
            cut = data.rfind(b"\n") + 1
            if not cut:
                held += data
                continue
            # One copy of what was read: gigabytes of it go through here.
            block = b"".join((held, memoryview(data)[:cut])) if held else data[:cut]
            held = data[cut:]
            self._remember(position, block)
            yield Block(position, position + len(block), block)
            position += len(block)

    def _passed(self, oversize: Oversize) -> Block:
        self._remember(oversize.offset, oversize.head)
        self._last = oversize.tail + b"\n"
        return Block(oversize.offset, oversize.end, b"", (oversize,))

    def _remember(self, start: int, data: bytes) -> None:
        """Only complete lines are proof: a writer may take back what it had not finished."""
        if start == 0:
            self.head_length = min(HEAD_BYTES, len(data))
            self.head_key = fingerprint(data[: self.head_length])
        self._last = data

    def mark(self, position: int) -> Mark:
        """The proof for the next look, after everything up to `position` was taken."""
        if position == self._mark.position:
            return self._mark
        tail = self._last[-TAIL_BYTES:]
        return Mark(position, len(tail), fingerprint(tail), self.head_length, self.head_key)

    def _pass_over(self, offset: int, begin: bytes) -> tuple[Oversize | None, bytes]:
        """The oversize line that starts with `begin`, and what was read after it; None while it has no end."""
        digest, length, last = sha256(), 0, b""
        data = begin
        while data:
            part, newline, rest = data.partition(b"\n")
            digest.update(part)
            length += len(part)
            last = (last + part[-EDGE_BYTES:])[-EDGE_BYTES:]
            if newline:
                return Oversize(offset, length, digest.hexdigest(), begin[:EDGE_BYTES], last), rest
            data = self._stream.read(1 << 20)
        return None, b""


def fingerprint(data: bytes) -> int:
    return key("bytes", data)


@contextmanager
def look(path: Path, unit: str, mark: Mark) -> Iterator[Look]:
    """Open a file at its mark. Raises `Rewritten` when the mark does not fit, OSError when it cannot be read."""
    with _regular(path) as raw:
        status = os.fstat(raw.fileno())
        if unit == "zstd":
            with zstandard.ZstdDecompressor().stream_reader(raw, read_across_frames=True) as stream:
                yield _checked(stream, status.st_size, status.st_mtime_ns, mark, None)
        else:
            yield _checked(raw, status.st_size, status.st_mtime_ns, mark, status.st_size)


@contextmanager
def _regular(path: Path) -> Iterator[FileIO]:
    # Non-blocking, so that a pipe somebody put among the logs cannot hold us for ever.
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0))
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError("it is not a regular file")
    with FileIO(descriptor, "rb") as raw:
        yield raw


def _checked(stream: BinaryIO, size: int, mtime_ns: int, mark: Mark, length: int | None) -> Look:
    if mark.position:
        if length is not None and length < mark.position:
            raise Rewritten(f"truncated to {length} bytes, {mark.position} were read")
        _check_before(stream, mark, seekable=length is not None)
    return Look(stream, size, mtime_ns, mark)


def _check_before(stream: BinaryIO, mark: Mark, *, seekable: bool) -> None:
    """Leaves the stream at the mark."""
    head = _exactly(stream, mark.head_length)
    if fingerprint(head) != mark.head_key:
        raise Rewritten("its beginning is different")
    start = mark.position - mark.tail_length
    if seekable:
        stream.seek(start)
        tail = _exactly(stream, mark.tail_length)
    else:
        tail = _skip(stream, head, mark.position)[-mark.tail_length :] if mark.tail_length else b""
    if len(tail) != mark.tail_length or fingerprint(tail) != mark.tail_key:
        raise Rewritten("what stood before the last read line is different")


def _exactly(stream: BinaryIO, count: int) -> bytes:
    parts = []
    while count and (data := stream.read(count)):
        parts.append(data)
        count -= len(data)
    return b"".join(parts)


def _skip(stream: BinaryIO, begun: bytes, position: int) -> bytes:
    """Read a stream without seek up to `position`; returns its last bytes."""
    last, remaining = begun[-TAIL_BYTES:], position - len(begun)
    while remaining > 0 and (data := stream.read(min(remaining, 1 << 20))):
        last = (last + data)[-TAIL_BYTES:]
        remaining -= len(data)
    return last


class Document(NamedTuple):
    """A file that is one object. `content` is empty where the file is larger than the limit."""

    content: bytes
    size: int
    mtime_ns: int
    oversize: Oversize | None = None


def read_document(path: Path, limit: int = OVERSIZE) -> Document:
    """A whole small file, or the measure of a large one."""
    with _regular(path) as file:
        status = os.fstat(file.fileno())
        content = _exactly(file, limit + 1)
        if len(content) <= limit:
            return Document(content, len(content), status.st_mtime_ns)
        digest, size, last = sha256(content), len(content), content[-EDGE_BYTES:]
        while data := file.read(1 << 20):
            digest.update(data)
            size += len(data)
            last = (last + data[-EDGE_BYTES:])[-EDGE_BYTES:]
        passed = Oversize(0, size, digest.hexdigest(), content[:EDGE_BYTES], last)
        return Document(b"", size, status.st_mtime_ns, passed)
