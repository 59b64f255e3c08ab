"""What goes to a worker and what comes back."""

from __future__ import annotations

import msgspec

from codex_loop.capture.files import Mark
from codex_loop.store.batch import Batch


class Task(msgspec.Struct, frozen=True, array_like=True):
    """What to read, from where, with what was remembered."""

    source_id: int
    lane: str
    source: str
    agent: str
    host: str
    path: str
    unit: str
    mark: Mark
    state: bytes
    budget: int
    """Bytes after which to stop; the rest is another task."""
    key_file: str
    now_ms: int
    line_sum: int = 0
    """Sum of the keys of the lines before the mark, and the version of the source that made them."""
    decoder: int = 0
    """0 where the lines before the mark were read in this very run and need no proof."""


class Outcome(msgspec.Struct, array_like=True):
    """A batch, or why there is none."""

    task: Task
    batch: Batch | None = None
    mark: Mark = Mark()
    done: bool = True
    """False when the budget ended before the file did."""
    rewritten: str | None = None
    unreadable: str | None = None


def set_mark(batch: Batch, mark: Mark) -> None:
    batch.tail_length, batch.tail_key = mark.tail_length, mark.tail_key
    batch.head_length, batch.head_key = mark.head_length, mark.head_key
