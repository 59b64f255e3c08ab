"""Whole texts for a timeline: its rows hold heads, the archived lines behind them hold the rest."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import msgspec

from codex_loop.capture.transcript import decoded
from codex_loop.model import records as r
from codex_loop.model.text import clean
from codex_loop.store import archive
from codex_loop.store.engine import Database
from codex_loop.store.entries import Change, Compacted, Entry, Prompt, Said, Tool
from codex_loop.store.timeline import Timeline, Turn


class Texts:
    """The whole texts of one session, by what they belong to."""

    def __init__(self, native_id: str) -> None:
        self.native_id = native_id
        self.said: dict[tuple[int, int], list[str]] = defaultdict(list)
        """By file and line: a line may hold several texts."""
        self.calls: dict[str, r.ToolCall] = {}
        self.outputs: dict[str, str] = {}
        self.diffs: dict[tuple[str | None, str], list[str]] = defaultdict(list)

    def add(self, source_id: int, record: r.AnyRecord) -> None:
        if record.session != self.native_id:
            return
        place = (source_id, record.offset)
        match record:
            case r.UserMessage() | r.AgentMessage() | r.Reasoning() | r.Attachment():
                self.said[place].append(record.text)
            case r.Compaction():
                self.said[place].append(record.summary or "")
            case r.ToolCall():
                self.calls[record.call_id] = record
            case r.ToolResult():
                self.outputs[record.call_id] = max(self.outputs.get(record.call_id, ""), record.output, key=len)
            case r.FileChange():
                self.diffs[(record.call_id, record.path)].append(record.diff or "")
            case _:
                pass

    def whole(self, beginning: str | None, candidates: Iterable[str | None]) -> str | None:
        """The text that begins like this; the beginning itself where the archive has no such text."""
        cut = beginning or ""
        texts = [clean(text) for text in candidates if text]
        return next((text for text in texts if text.startswith(cut.rstrip())), beginning)


def with_whole_texts(database: Database, report: Timeline) -> Timeline:
    """The timeline with every text in full, as far as the archive holds it."""
    wanted = {entry.origin.source_id for turn in report.turns for entry in turn.entries}
    texts = Texts(report.session.native_id)
    for file in archive.files(database):
        if file.source_id in wanted:
            for _, records in decoded(database, file):
                for record in records:
                    texts.add(file.source_id, record)
    return msgspec.structs.replace(report, turns=tuple(_turn(turn, texts) for turn in report.turns))


def _turn(turn: Turn, texts: Texts) -> Turn:
    prompts = [entry.text for entry in turn.entries if isinstance(entry, Prompt)]
    entries = tuple(_entry(entry, texts) for entry in turn.entries)
    whole = [entry.text for entry in entries if isinstance(entry, Prompt)]
    prompt = dict(zip(prompts, whole, strict=True)).get(turn.prompt or "", turn.prompt)
    return msgspec.structs.replace(turn, entries=entries, prompt=prompt)


def _entry(entry: Entry, texts: Texts) -> Entry:
    place = (entry.origin.source_id, entry.origin.offset)
    match entry:
        case Prompt() | Said():
            return msgspec.structs.replace(entry, text=texts.whole(entry.text, texts.said[place]))
        case Compacted():
            return msgspec.structs.replace(entry, summary=texts.whole(entry.summary, texts.said[place]))
        case Tool():
            return _tool(entry, texts)
        case Change():
            return _change(entry, texts)
        case _:
            return entry


def _tool(tool: Tool, texts: Texts) -> Tool:
    call = texts.calls.get(tool.call_id)
    return msgspec.structs.replace(
        tool,
        command=texts.whole(tool.command, [call.command if call else None]) if tool.command else None,
        arguments=texts.whole(tool.arguments, [call.arguments if call else None]) if tool.arguments else None,
        output=texts.whole(tool.output, [texts.outputs.get(tool.call_id)]) if tool.output else None,
        changes=tuple(_change(change, texts) for change in tool.changes),
    )


def _change(change: Change, texts: Texts) -> Change:
    if not change.diff:
        return change
    diffs = texts.diffs[(change.call_id, change.path)]
    return msgspec.structs.replace(change, diff=texts.whole(change.diff, diffs))
