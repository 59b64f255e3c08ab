"""The files that samples are kept in: `usage-YYYYMMDD.jsonl`, one per day in UTC, only ever added to.

A line is written whole, by one call, and is on the disk when `append` returns; what could only be written in part is
taken back. What a crash tore off is ended with a newline before the next line, so that it costs only itself.
"""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path

import msgspec

from codex_loop.clock import to_datetime
from codex_loop.sources.lines import BadLine
from codex_loop.sources.samples.event import StatusEvent
from codex_loop.sources.samples.files import PATTERN, event

TAIL_BYTES = 1 << 16
"""How much of a file's end is read to find the last numbers: hundreds of lines."""
_NEWEST = 2


def file_name(now_ms: int) -> str:
    """The file of this day."""
    return f"usage-{to_datetime(now_ms):%Y%m%d}.jsonl"


def append(folder: Path, now_ms: int, sample: StatusEvent) -> None:
    """Durable when it returns. Raises OSError, and nothing of the line stays, when it cannot be written."""
    path = folder / file_name(now_ms)
    fresh = not path.exists()
    descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600)
    try:
        size = os.fstat(descriptor).st_size
        line = (b"" if _ends_whole(descriptor, size) else b"\n") + msgspec.json.encode(sample) + b"\n"
        try:
            _write(descriptor, line)
        except OSError:
            os.ftruncate(descriptor, size)
            raise
    finally:
        os.close(descriptor)
    if fresh:
        sync_folder(folder)


def last_events(folder: Path) -> list[StatusEvent]:
    """The last events that were written here, by their numbers; also those of a last line that lacks only its end.

    The newest files by name and by time are looked at: a clock that went back leads to an older file.
    """
    try:
        files = [path for path in folder.iterdir() if PATTERN.fullmatch(path.name)]
        by_time = sorted(files, key=lambda path: path.stat().st_mtime_ns)
    except OSError:
        return []
    newest = {*sorted(files)[-_NEWEST:], *by_time[-_NEWEST:]}
    found = [sample for path in newest for sample in _tail(path)]
    return sorted(found, key=lambda sample: sample.seq_no or 0)


def sync_folder(folder: Path) -> None:
    """A new name in the folder is on the disk; on Windows, which opens no folders, the system sees to it."""
    if sys.platform != "win32":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _write(descriptor: int, line: bytes) -> None:
    if os.write(descriptor, line) != len(line):
        raise OSError(errno.ENOSPC, "no room left for a whole line")
    os.fsync(descriptor)


def _ends_whole(descriptor: int, size: int) -> bool:
    if size == 0:
        return True
    os.lseek(descriptor, size - 1, os.SEEK_SET)
    return os.read(descriptor, 1) == b"\n"


def _tail(path: Path) -> list[StatusEvent]:
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - TAIL_BYTES))
        lines = file.read(TAIL_BYTES).split(b"\n")
    # The first line may have lost its beginning, which could leave a smaller object: it is not looked at.
    whole = lines if size <= TAIL_BYTES else lines[1:]
    found = []
    for line in whole:
        try:
            found.append(event(line).event)
        except BadLine:
            continue
    return [sample for sample in found if sample.seq_no is not None]
