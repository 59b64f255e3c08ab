"""Limits that hooks were told: every line is told, it was written because it says something new."""

from __future__ import annotations

import msgspec

from codex_loop.capture.counting.base import Counted
from codex_loop.sources.inbox.statusline import NAME, entry, observed
from codex_loop.sources.lines import BadLine, split


class StatuslineState(msgspec.Struct):
    """Nothing need be remembered: a line says everything."""


class StatuslineCounter:
    source = NAME
    version = 1
    state = StatuslineState

    def count(self, state: StatuslineState, path: str, block: bytes, offset: int) -> Counted:
        del state, path
        counted = Counted()
        for line in split(block, offset):
            if not line.data.strip():
                continue
            counted.lines += 1
            try:
                counted.limits += observed(entry(line.data), line.offset)
            except BadLine as error:
                counted.rejected.append((line.offset, str(error)))
        return counted
