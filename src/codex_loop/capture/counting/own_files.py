"""Limits in our own files: every one is told, since the age of the newest is the age of what is known."""

from __future__ import annotations

import msgspec

from codex_loop.capture.counting.base import Counted, Into
from codex_loop.model.records import LimitObserved
from codex_loop.sources.inbox.statusline import ClaudeStatusline
from codex_loop.sources.lines import split
from codex_loop.sources.own_files import OwnFiles, OwnState
from codex_loop.sources.samples.files import StatusSamples


class Remembered(msgspec.Struct):
    """Nothing: a line says everything."""


class OwnCounter:
    """Counts what the source itself decodes: these files are small, and their lines few."""

    version = 1
    state = Remembered

    def __init__(self, files: OwnFiles) -> None:
        self.files = files
        self.source = files.name

    def count(self, state: Remembered, into: Into, block: bytes, offset: int) -> Counted:
        del state
        lines = [line for line in split(block, offset) if line.data.strip()]
        decoded = self.files.decode(OwnState(), into.path, lines)
        return Counted(
            lines=len(lines),
            rejected=[(reject.offset, reject.reason) for reject in decoded.rejects],
            limits=[record for record in decoded.records if isinstance(record, LimitObserved)],
        )


def samples() -> OwnCounter:
    return OwnCounter(StatusSamples())


def statusline() -> OwnCounter:
    return OwnCounter(ClaudeStatusline())
