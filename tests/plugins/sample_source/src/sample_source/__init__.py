"""Reads `*.notes`: a first line `NOTES 1`, then one `user: …` or `agent: …` a line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path, PurePath

import msgspec

from codex_loop.model.keys import chain, key
from codex_loop.model.records import AgentMessage, UserMessage
from codex_loop.sources.base import Decoded, Found, Homes, Line, Reject

_HEAD = b"NOTES 1"


class State(msgspec.Struct):
    """What is remembered between two looks."""

    past: int = 0


class Notes:
    name = "sample-notes"
    agent = "notetaker"
    version = 1
    state = State

    def discover(self, homes: Homes) -> Iterator[Found]:
        for place in homes.extra:
            yield from (Found(path, self.name) for path in sorted(place.glob("*.notes")))

    def fingerprint(self, path: Path, head: bytes) -> bool:
        return path.suffix == ".notes" and head.startswith(_HEAD)

    def identify(self, state: State, path: str, lines: Sequence[bytes]) -> list[int]:
        """A line is told from an equal one by everything before it, so a copied file has the same keys."""
        keys = []
        for line in lines:
            state.past = chain(state.past or key(self.name, PurePath(path).name), line)
            keys.append(state.past)
        return keys

    def decode(self, state: State, path: str, lines: Sequence[Line]) -> Decoded:
        out = Decoded()
        session = PurePath(path).stem
        for line in lines:
            speaker, colon, text = line.data.decode("utf-8", "replace").partition(": ")
            if line.data == _HEAD:
                continue
            if colon and speaker == "user":
                out.records.append(UserMessage(offset=line.offset, session=session, text=text, author="human"))
            elif colon and speaker == "agent":
                out.records.append(AgentMessage(offset=line.offset, session=session, text=text))
            else:
                out.rejects.append(Reject(line.offset, "neither user nor agent speaks"))
        return out
