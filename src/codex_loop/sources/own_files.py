"""Files of our own, a new one each day, a JSON object a line: what the sampler saw, what hooks were told."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from codex_loop.model.keys import chain, key
from codex_loop.model.records import AnyRecord
from codex_loop.sources.base import Decoded, Found, Homes, Line, Reject
from codex_loop.sources.lines import BadLine, trim


class OwnState(msgspec.Struct):
    last: int = 0
    """Key of the line before, and how often it came in a row: files from before lines were numbered may repeat one."""
    repeated: int = 0


class OwnFiles:
    """What such sources share; each says its name, its folder, its files' names, and what a line tells."""

    name: str
    agent: str
    folder: str
    pattern: re.Pattern[str]
    version = 1
    state = OwnState

    def told(self, line: bytes, offset: int) -> tuple[list[AnyRecord], str | None]:
        """What a line tells, and which agent version it names. Raise BadLine when it is none of these lines."""
        raise NotImplementedError

    def discover(self, homes: Homes) -> Iterator[Found]:
        """Our own, and those in a folder that the user names, where they may lie as they are or below `folder`."""
        for place in (*homes.data, *homes.extra):
            for folder in (place / self.folder, place):
                yield from (Found(path, self.name) for path in self._files(folder))

    def identify(self, state: OwnState, path: str, lines: Sequence[bytes]) -> list[int]:
        del path
        keys = []
        for raw in lines:
            found = chain(key(self.name, 0), trim(raw))
            state.repeated = state.repeated + 1 if found == state.last else 0
            state.last = found
            keys.append(chain(key(self.name, state.repeated), trim(raw)) if state.repeated else found)
        return keys

    def decode(self, state: OwnState, path: str, lines: Sequence[Line]) -> Decoded:
        del state, path
        decoded = Decoded()
        for line in lines:
            try:
                records, agent_version = self.told(line.data, line.offset)
            except BadLine as error:
                if line.data.strip():
                    decoded.rejects.append(Reject(line.offset, str(error)))
                continue
            decoded.records += records
            decoded.version = agent_version or decoded.version
        return decoded

    def _files(self, folder: Path) -> list[Path]:
        if self.pattern.fullmatch(folder.name):
            return [folder]
        try:
            return sorted(path for path in folder.iterdir() if self.pattern.fullmatch(path.name))
        except OSError:
            return []
