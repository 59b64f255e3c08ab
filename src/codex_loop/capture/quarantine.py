"""Rows for lines that cannot be decoded: where, how long, why, their digest and their two ends, without secrets."""

from __future__ import annotations

from hashlib import sha256

from codex_loop.capture.files import Oversize
from codex_loop.capture.secrets import edges
from codex_loop.capture.task import Task
from codex_loop.model.keys import key
from codex_loop.sources.base import OVERSIZE
from codex_loop.store.batch import Row


def reject_row(task: Task, offset: int, data: bytes, start: int, reason: str) -> Row:
    """The quarantine's row for a bad line of a block that begins at `start`."""
    begin = offset - start
    end = data.find(b"\n", begin)
    return quarantine_row(task, offset, data[begin : end if end >= 0 else len(data)], reason)


def quarantine_row(task: Task, offset: int, line: bytes, reason: str) -> Row:
    return _row(task, offset, len(line), reason, sha256(line).hexdigest(), line, line)


def oversize_row(task: Task, line: Oversize) -> Row:
    reason = f"oversize: longer than {OVERSIZE >> 20} MiB"
    return _row(task, line.offset, line.length, reason, line.digest, line.head, line.tail)


def _row(task: Task, offset: int, length: int, reason: str, digest: str, begin: bytes, end: bytes) -> Row:
    head, tail = edges(task.key_file, begin, end)
    return (
        key("quarantine", task.source_id, task.lane, offset),
        task.lane,
        length,
        reason,
        digest,
        head,
        tail,
        task.now_ms,
        task.source_id,
        offset,
    )
