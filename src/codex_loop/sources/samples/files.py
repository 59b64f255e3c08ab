"""`usage-YYYYMMDD.jsonl`: one status event a line, of both agents, in the order in which they were captured."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec

from codex_loop.model.records import AnyRecord, Unknown
from codex_loop.sources.lines import BadLine, parse
from codex_loop.sources.own_files import OwnFiles
from codex_loop.sources.samples.spellings import NotAnEvent, Read, observed, read

NAME = "status-samples"
FOLDER = "samples"
PATTERN = re.compile(r"usage-\d{8}\.jsonl")

_any: msgspec.json.Decoder[object] = msgspec.json.Decoder()


class StatusSamples(OwnFiles):
    name = NAME
    agent = "sampler"
    folder = FOLDER
    pattern = PATTERN

    def fingerprint(self, path: Path, head: bytes) -> bool:
        first = head.split(b"\n", 1)[0]
        return b'"windows"' in first and (PATTERN.fullmatch(path.name) is not None or b'"source_tool"' in first)

    def told(self, line: bytes, offset: int) -> tuple[list[AnyRecord], str | None]:
        found = event(line)
        unread = (Unknown(offset=offset, session="", type=f"window {name}") for name in found.unread)
        return [*observed(found.event, offset), *unread], None


def event(line: bytes) -> Read:
    """The event on a line. Raise BadLine when there is none."""
    try:
        return read(parse(_any, line))
    except NotAnEvent as error:
        raise BadLine(f"not a status event: {error}") from None
