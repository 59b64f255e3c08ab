"""Claude Code's `history.jsonl`: what a person typed at the prompt, slash commands included, across all projects.

The transcripts tell the same prompts with everything around them, so an entry here is no message: it only keeps the
words findable where the transcript is gone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from codex_loop.model.records import Attachment, SessionStarted
from codex_loop.sources.base import Decoded, Found, Homes, Line, Reject
from codex_loop.sources.claude.entries import lenient, values, whole
from codex_loop.sources.claude.identity import line_key
from codex_loop.sources.lines import BadLine

NAME = "claude-history"


class Typed(msgspec.Struct, rename="camel"):
    """One entry; entries before 2.0 name no session."""

    display: str | None = None
    timestamp: float | None = None
    project: str | None = None
    session_id: str | None = None


class HistoryState(msgspec.Struct):
    anchor: int = 0
    since_anchor: int = 0
    recent: list[int] = []


_typed: msgspec.json.Decoder[Typed] = msgspec.json.Decoder(Typed)


class ClaudeHistory:
    name = NAME
    agent = "claude"
    version = 1
    state = HistoryState

    def discover(self, homes: Homes) -> Iterator[Found]:
        for home in homes.claude:
            path = home / "history.jsonl"
            try:
                there = path.is_file()
            except OSError:
                continue
            if there:
                yield Found(path, NAME)

    def fingerprint(self, path: Path, head: bytes) -> bool:
        try:
            first = _entry(head.split(b"\n")[0])
        except BadLine:
            return False
        return path.suffix == ".jsonl" and first.display is not None and first.project is not None

    def identify(self, state: HistoryState, path: str, lines: Sequence[bytes]) -> list[int]:
        del path
        return [line_key(state, NAME, "history", line) for line in lines]

    def decode(self, state: HistoryState, path: str, lines: Sequence[Line]) -> Decoded:
        del state, path
        decoded = Decoded()
        for line in lines:
            if not line.data.strip():
                continue
            try:
                _tell(_entry(line.data), line.offset, decoded)
            except BadLine as error:
                decoded.rejects.append(Reject(line.offset, str(error)))
        return decoded


def _entry(line: bytes) -> Typed:
    try:
        return _typed.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return lenient(values(line)[0], Typed)


def _tell(typed: Typed, offset: int, decoded: Decoded) -> None:
    """An entry without a session belongs to none that we could name."""
    if not typed.session_id:
        return
    time_ms = whole(typed.timestamp)
    decoded.records.append(
        SessionStarted(offset=offset, time_ms=time_ms, session=typed.session_id, cwd=typed.project or None)
    )
    if typed.display:
        decoded.records.append(
            Attachment(offset=offset, time_ms=time_ms, session=typed.session_id, name="typed", text=typed.display)
        )
