"""Claude Code transcripts, 1.0 to 2.1.3xx: `projects/<folder>/<session>.jsonl` and its subagents' files.

One line per content block; prompts, results, reminders and state notes in between. `entries.py` says what a
line looks like, `sessions.py` whose it is, `messages.py` and `notes.py` what it becomes.

Which of two sessions that share lines is the original: `SessionStarted.started_ms` is the time on the first line of
the session's file that states one and carries no `forkedFrom`. The session that started earliest owns what is shared,
then the smaller id. See `sessions.py` for why this holds in every order of ingest.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from codex_loop.model.records import AnyRecord
from codex_loop.sources.base import Decoded, Found, Homes, Line, Reject
from codex_loop.sources.bundles import files_in
from codex_loop.sources.claude.answers import assistant
from codex_loop.sources.claude.entries import Entry, entries, millis
from codex_loop.sources.claude.files import transcripts
from codex_loop.sources.claude.identity import line_key
from codex_loop.sources.claude.messages import user
from codex_loop.sources.claude.notes import attachment, late_title, note, system
from codex_loop.sources.claude.sessions import FileName, TranscriptState, file_name, has_news, left_behind, locate, news
from codex_loop.sources.claude.subagents import description
from codex_loop.sources.claude.told import Told
from codex_loop.sources.lines import BadLine

NAME = "claude-transcript"


class ClaudeTranscripts:
    name = NAME
    agent = "claude"
    version = 1
    state = TranscriptState

    def discover(self, homes: Homes) -> Iterator[Found]:
        for home in homes.claude:
            for path, unit in transcripts(home):
                yield Found(path, NAME, unit)
        for place in homes.extra:
            for path in files_in(place, NAME, lambda name: name.endswith(".jsonl") and not name.startswith("rollout-")):
                yield Found(path, NAME)

    def fingerprint(self, path: Path, head: bytes) -> bool:
        return path.suffix == ".jsonl" and any(_is_ours(line) for line in head.split(b"\n")[:20])

    def identify(self, state: TranscriptState, path: str, lines: Sequence[bytes]) -> list[int]:
        owner = file_name(path).session
        return [line_key(state, "claude", owner, line) for line in lines]

    def decode(self, state: TranscriptState, path: str, lines: Sequence[Line]) -> Decoded:
        decoded = Decoded()
        file = _File(path, file_name(path))
        for line in lines:
            if not line.data.strip():
                continue
            try:
                found = entries(line.data)
            except BadLine as error:
                decoded.rejects.append(Reject(line.offset, str(error)))
                continue
            for entry in found:
                decoded.version = entry.version or decoded.version
                _tell(state, file, entry, line.offset, decoded.records)
        return decoded


class _File(NamedTuple):
    path: str
    name: FileName


def _tell(state: TranscriptState, file: _File, entry: Entry, offset: int, records: list[AnyRecord]) -> None:
    time_ms = millis(entry.timestamp)
    place = locate(state, entry, file.name)
    if has_news(place.note, entry):
        records.append(news(place, entry, offset, time_ms))
    if entry.session_id != file.name.session:
        origin = left_behind(state, file.name, entry, offset, time_ms)
        if origin is not None:
            records.append(origin)
    if not state.described and place.lineage == "subagent":
        state.described = True
        told_beside = description(file.path, place, offset)
        if told_beside is not None:
            records.append(told_beside)
    told = Told(state, place, entry, offset, time_ms, records)
    _TELL.get(entry.type or "", note)(told)
    if entry.uuid:
        state.last_uuid = entry.uuid
        if state.summaries:
            late_title(told)


_TELL = {"user": user, "assistant": assistant, "system": system, "attachment": attachment}


class _Head(msgspec.Struct, rename="camel", gc=False):
    type: str | None = None
    uuid: str | None = None
    session_id: str | None = None
    is_sidechain: bool | None = None


_head: msgspec.json.Decoder[_Head] = msgspec.json.Decoder(_Head)


def _is_ours(line: bytes) -> bool:
    try:
        head = _head.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    if head.type in {"user", "assistant", "system", "attachment", "progress"}:
        return bool(head.session_id and head.uuid) and head.is_sidechain is not None
    return head.type in {"queue-operation", "file-history-snapshot"}
