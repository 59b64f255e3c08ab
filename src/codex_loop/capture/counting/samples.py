"""Limits of status samples: every one is told, since the age of the newest is the age of what is known."""

from __future__ import annotations

import msgspec

from codex_loop.capture.counting.base import Counted
from codex_loop.sources.lines import BadLine, split
from codex_loop.sources.samples.files import NAME, event
from codex_loop.sources.samples.spellings import observed


class SamplesState(msgspec.Struct):
    """Nothing need be remembered: a line says everything."""


class SamplesCounter:
    source = NAME
    version = 1
    state = SamplesState

    def count(self, state: SamplesState, path: str, block: bytes, offset: int) -> Counted:
        del state, path
        counted = Counted()
        for line in split(block, offset):
            if not line.data.strip():
                continue
            counted.lines += 1
            try:
                counted.limits += observed(event(line.data).event, line.offset)
            except BadLine as error:
                counted.rejected.append((line.offset, str(error)))
        return counted
