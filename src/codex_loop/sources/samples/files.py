"""`usage-YYYYMMDD.jsonl`: one status event a line, of both agents, in the order in which they were captured."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from codex_loop.model.keys import chain, key
from codex_loop.model.records import Unknown
from codex_loop.sources.base import Decoded, Found, Homes, Line, Reject
from codex_loop.sources.lines import BadLine, parse, trim
from codex_loop.sources.samples.spellings import NotAnEvent, Read, observed, read

NAME = "status-samples"
FOLDER = "samples"
PATTERN = re.compile(r"usage-\d{8}\.jsonl")

_any: msgspec.json.Decoder[object] = msgspec.json.Decoder()


class SamplesState(msgspec.Struct):
    last: int = 0
    """Key of the line before, and how often it came in a row: files from before events were numbered may repeat one."""
    repeated: int = 0


class StatusSamples:
    name = NAME
    agent = "sampler"
    version = 1
    state = SamplesState

    def discover(self, homes: Homes) -> Iterator[Found]:
        """Our own, and those in a folder that the user names, where they may lie as they are or below `samples`."""
        for place in (*homes.data, *homes.extra):
            for folder in (place / FOLDER, place):
                yield from (Found(path, NAME) for path in _files(folder))

    def fingerprint(self, path: Path, head: bytes) -> bool:
        first = head.split(b"\n", 1)[0]
        return b'"windows"' in first and (PATTERN.fullmatch(path.name) is not None or b'"source_tool"' in first)

    def identify(self, state: SamplesState, path: str, lines: Sequence[bytes]) -> list[int]:
        del path
        keys = []
        for raw in lines:
            found = chain(key(NAME, 0), trim(raw))
            state.repeated = state.repeated + 1 if found == state.last else 0
            state.last = found
            keys.append(chain(key(NAME, state.repeated), trim(raw)) if state.repeated else found)
        return keys

    def decode(self, state: SamplesState, path: str, lines: Sequence[Line]) -> Decoded:
        del state, path
        decoded = Decoded()
        for line in lines:
            try:
                found = event(line.data)
            except BadLine as error:
                if line.data.strip():
                    decoded.rejects.append(Reject(line.offset, str(error)))
                continue
            decoded.records += observed(found.event, line.offset)
            decoded.records += (Unknown(offset=line.offset, session="", type=f"window {name}") for name in found.unread)
        return decoded


def event(line: bytes) -> Read:
    """The event on a line. Raise BadLine when there is none."""
    try:
        return read(parse(_any, line))
    except NotAnEvent as error:
        raise BadLine(f"not a status event: {error}") from None


def _files(folder: Path) -> list[Path]:
    if PATTERN.fullmatch(folder.name):
        return [folder]
    try:
        return sorted(path for path in folder.iterdir() if PATTERN.fullmatch(path.name))
    except OSError:
        return []
