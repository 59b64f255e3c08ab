"""Copied history, recognised by its numbers.

Until 0.120 a fork's file begins with its parent's lines, with new timestamps. What the copies keep is the sequence of
token vectors. A row of these versions is therefore named by its family and by all vectors up to it: a copy has the
name of the original, in whatever order the files are read, and it does not matter whether the original still exists.

The family is the oldest ancestor the head of the file names. It needs evidence: two fresh subagents of one parent may
well begin with the same numbers, and nothing was copied. Evidence is a `forked_from_id` (without a `history_base`,
which replaces copying), the introduction of another thread inside the file, or rows older than the thread.
"""

from __future__ import annotations

from hashlib import blake2b
from struct import Struct

import msgspec

from codex_loop.capture.counting.codex_lines import Vector
from codex_loop.model.keys import key, near
from codex_loop.sources.fields import Body, body, number, text

_pack = Struct(">11q").pack
_MASK = (1 << 63) - 1
_NONE = (-1, -1, -1, -1, -1)


class Family(msgspec.Struct):
    """How the rows of one file are named."""

    name: str = ""
    parent: str | None = None
    """Thread that spawned this one, which older versions copied, too."""
    inherits: bool = False
    """Whether the thread goes on from another one, so that its first total is not its own."""
    copies: bool = False
    """Whether history of another thread may be in this file."""
    place: int | None = None
    """The running chain; from the first row on the family is decided."""
    home: int = 0
    """Where the chain began."""

    def introduce(self, thread: str, meta: Body) -> None:
        """The file's own `session_meta`."""
        forked = text(meta, "forked_from_id")
        base = body(meta, "history_base")
        spawn = body(body(body(meta, "source"), "subagent"), "thread_spawn")
        self.inherits = bool(base) or forked is not None
        if base:
            end = number(base, "end_ordinal_exclusive")
            self.name = f"{thread}/{text(base, 'thread_id')}/{end}/{text(meta, 'timestamp')}"
            return
        self.name = forked or thread
        self.copies = forked is not None
        self.parent = text(meta, "parent_thread_id") or text(spawn, "parent_thread_id")

    def meet(self, other: str, meta: Body) -> None:
        """Another thread's `session_meta` inside the file: its lines follow. The last one named is the oldest."""
        if self.place is None and "/" not in self.name:
            self.name = text(meta, "forked_from_id") or other
            self.copies = True

    def row(self, total: Vector, last: Vector | None, time_ms: int | None, started_ms: int | None) -> int:
        """The key of the next moved vector: of all vectors up to it, beside those of its family."""
        if self.place is None:
            older = time_ms is not None and started_ms is not None and time_ms < started_ms
            if older and not self.copies and self.parent is not None:
                self.name, self.copies = self.parent, True
            self.home = self.place = key("codex", "vector", self.name)
        numbers = _pack(self.place, *total, *(_NONE if last is None else last))
        self.place = place = int.from_bytes(blake2b(numbers, digest_size=8).digest(), "big") & _MASK
        return near(self.home, place)
