"""`history.jsonl` of a Codex home: what was typed into the terminal interface, for recall with the arrow key.

The prompts themselves stand in the rollouts; a line here proves that a person typed them, also where the rollout is
gone. It is therefore kept as an attachment and never counted as a message.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from codex_loop.model.keys import chain, key
from codex_loop.model.records import Attachment, Unknown
from codex_loop.sources.base import Decoded, Found, Homes, Line, Reject
from codex_loop.sources.fields import number, text
from codex_loop.sources.lines import BadLine, parse, trim

NAME = "history.jsonl"

_object: msgspec.json.Decoder[dict[str, object]] = msgspec.json.Decoder(dict[str, object])
_LATEST_S = 1 << 40
_FIELDS = (b'"session_id"', b'"ts"', b'"text"')


class HistoryState(msgspec.Struct):
    last: int = 0
    """Key of the line before, and how often it came in a row: a prompt may be repeated within one second."""
    repeated: int = 0


class CodexHistory:
    name = "codex-history"
    agent = "codex"
    version = 1
    state = HistoryState

    def discover(self, homes: Homes) -> Iterator[Found]:
        for home in homes.codex:
            path = home / NAME
            try:
                found = path.is_file()
            except OSError:
                continue
            if found:
                yield Found(path, self.name)

    def fingerprint(self, path: Path, head: bytes) -> bool:
        first = head.split(b"\n", 1)[0]
        return path.name == NAME and all(field in first for field in _FIELDS)

    def identify(self, state: HistoryState, path: str, lines: Sequence[bytes]) -> list[int]:
        del path
        keys = []
        for raw in lines:
            found = chain(key("codex-history", 0), trim(raw))
            state.repeated = state.repeated + 1 if found == state.last else 0
            state.last = found
            keys.append(chain(key("codex-history", state.repeated), trim(raw)) if state.repeated else found)
        return keys

    def decode(self, state: HistoryState, path: str, lines: Sequence[Line]) -> Decoded:
        del state, path
        decoded = Decoded()
        for line in lines:
            try:
                _line(decoded, line)
            except BadLine as error:
                if line.data.strip():
                    decoded.rejects.append(Reject(line.offset, str(error)))
        return decoded


def _line(decoded: Decoded, line: Line) -> None:
    of = parse(_object, line.data)
    session, said, typed_s = text(of, "session_id"), text(of, "text"), number(of, "ts")
    if session is None or said is None:
        decoded.records.append(Unknown(offset=line.offset, session=session or "unnamed", type="(untyped)"))
        return
    time_ms = None if typed_s is None or abs(typed_s) > _LATEST_S else typed_s * 1000
    decoded.records.append(
        Attachment(offset=line.offset, time_ms=time_ms, session=session, name="typed", text=said, size=len(said))
    )
