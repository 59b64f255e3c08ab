"""A session with everything that was recorded of it: its files, line by line, with records, tokens and limits.

It is the same whether it was read from the archive (`from_store`) or from a bundle (`reading.py`), so that whoever
converts sessions does not care where they lie.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

from codex_loop.capture.fold_state import completed
from codex_loop.capture.transcript import decoded
from codex_loop.model.records import AnyRecord, LimitObserved, SessionStarted, Usage
from codex_loop.store import archive, families, places, rebuilding, sessions, sources
from codex_loop.store.archive import Archived
from codex_loop.store.engine import Database
from codex_loop.store.places import Place
from codex_loop.tasks.bundle.tokens import Tokens, counted

OWN = ("codex-rollout", "claude-transcript")
"""The files in which an agent keeps a conversation: they speak, all others only add what these cannot show."""
RANK = (*OWN, "trace-spine", "rollout-trace", "claude-stream", "codex-exec")
"""Which kind of file tells a session where several do; one that is not named here comes last."""
_OF_MANY = ("codex-history", "claude-history", "status-samples", "claude-statusline")
"""Files that tell of many sessions: their lines have a number in the session, but they are no part of it."""
_MOST_DEPTH = 16


class Line(NamedTuple):
    """One line of a session."""

    seq: int
    """Its place in the whole session, from 1 on, as `transcript` counts."""
    data: bytes
    records: tuple[AnyRecord, ...]
    usages: tuple[Usage, ...] = ()
    limits: tuple[LimitObserved, ...] = ()
    inherited: bool = False
    """A copy of another session's line."""


class File(NamedTuple):
    """One file that tells of a session."""

    source: str
    path: str
    """As the agent named it."""
    lines: tuple[Line, ...]
    """Those that tell of this session, or of nothing."""
    whole: tuple[tuple[bytes, bool], ...]
    """Every archived line, and whether it is a copy."""
    rejected: int = 0
    """Lines that could not be decoded and are in no archive; a file of several sessions counts them once."""


class Recording(NamedTuple):
    """A session, its files in the order in which they were begun, and the sessions it started."""

    agent: str
    native_id: str
    facts: SessionStarted
    files: tuple[File, ...]
    children: tuple[Recording, ...] = ()

    @property
    def id(self) -> str:
        return f"{self.agent}:{self.native_id}"

    def speaking(self) -> tuple[File, ...]:
        """The files of the kind that tells the conversation."""
        kinds = sorted({file.source for file in self.files}, key=_rank)
        return tuple(file for file in self.files if file.source == kinds[0]) if kinds else ()

    def beside(self) -> tuple[File, ...]:
        """The files of other kinds."""
        speaking = {file.source for file in self.speaking()}
        return tuple(file for file in self.files if file.source not in speaking)

    def family(self) -> Iterator[Recording]:
        """The session itself and all that it started, directly or not."""
        yield self
        for child in self.children:
            yield from child.family()


class Content(NamedTuple):
    """A file as it was decoded: each line with its records, and whether it is a copy."""

    source: str
    agent: str
    path: str
    lines: tuple[tuple[bytes, tuple[AnyRecord, ...], bool], ...]
    rejected: int = 0

    @property
    def about(self) -> str | None:
        """The session that its first record is of."""
        return next((record.session for _, records, _ in self.lines for record in records), None)


def from_store(database: Database, place: Place) -> Recording:
    """The session from the archive, with the sessions it started. Without lines where only its tokens were read."""
    shelf = _Shelf(database)
    ids = [place.id, *sessions.children(database, place)]
    wanted = {known.native_id: known for known in (places.find(database, each) for each in ids)}
    contents = {native_id: shelf.contents(known) for native_id, known in wanted.items()}
    return assemble(place.agent, place.native_id, contents)


class _Shelf:
    """Files of the archive, each decoded once however many sessions it tells of."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._read: dict[int, Content] = {}

    def contents(self, place: Place) -> list[Content]:
        return [self._content(file) for file in archive.files_of(self.database, place.key)]

    def _content(self, file: Archived) -> Content:
        if file.source_id not in self._read:
            own = rebuilding.owned(self.database, {file.source_id}).get(file.source_id, {})
            until = self._inherited_until(file)
            lines = tuple(
                (line.data, tuple(records), line.offset not in own or 0 < line.offset < until)
                for line, records in decoded(self.database, file)
            )
            self._read[file.source_id] = Content(
                file.source, file.agent, file.path, lines, sources.rejected(self.database, file.source_id)
            )
        return self._read[file.source_id]

    def _inherited_until(self, file: Archived) -> int:
        """Up to which byte a fork is a copy: such lines are the fork's own bytes, and its parent's history."""
        members = families.members(self.database, file.agent, file.source)
        return max((member.inherited_until or 0 for member in members if member.source_id == file.source_id), default=0)


def assemble(agent: str, native_id: str, contents: Mapping[str, Sequence[Content]]) -> Recording:
    """The tree of sessions, from the files that tell of each of them."""
    about: dict[str, list[SessionStarted]] = defaultdict(list)
    unique = {id(content): content for each in contents.values() for content in each}
    for content in unique.values():
        for _, records, _ in content.lines:
            for record in records:
                if isinstance(record, SessionStarted):
                    about[record.session].append(record)
    spent = {key: _spent(content, contents) for key, content in unique.items()}
    alone = {name: _alone(agent, name, contents[name], about[name], spent) for name in contents}
    return _with_children(alone, native_id, native_id, 0)


def _spent(content: Content, sessions: Collection[str]) -> dict[int, Tokens]:
    return counted(content.source, content.agent, content.path, [data for data, _, _ in content.lines], sessions)


def _alone(
    agent: str,
    native_id: str,
    contents: Sequence[Content],
    about: Sequence[SessionStarted],
    spent: Mapping[int, Mapping[int, Tokens]],
) -> Recording:
    files, seq = [], 0
    for content in sorted(contents, key=lambda content: _first_ms(native_id, content)):
        file = _file(native_id, content, spent[id(content)], seq)
        seq += len(file.lines)
        files.append(file)
    facts = SessionStarted(offset=0, session=native_id)
    for told in about:
        facts = completed(facts, told)
    return Recording(agent, native_id, facts, tuple(file for file in files if file.source not in _OF_MANY))


def _file(native_id: str, content: Content, tokens: Mapping[int, Tokens], seq: int) -> File:
    lines: list[Line] = []
    for number, (data, records, inherited) in enumerate(content.lines):
        mine = tuple(record for record in records if record.session == native_id)
        spent = tokens.get(number, Tokens())
        usages = tuple(usage for usage in spent.usages if usage.session == native_id)
        if mine or usages or not records:
            limits = tuple(limit for limit in spent.limits if limit.session == native_id)
            lines.append(Line(seq + len(lines) + 1, data, mine, usages, limits, inherited))
    whole = tuple((data, copy) for data, _, copy in content.lines)
    rejected = content.rejected if content.about == native_id else 0
    return File(content.source, content.path, tuple(lines), whole, rejected)


def _with_children(alone: Mapping[str, Recording], root: str, native_id: str, depth: int) -> Recording:
    """Whose parent is not there belongs to the root; a ring of parents ends where it is deep enough."""
    recording = alone[native_id]
    names = [
        name
        for name, each in alone.items()
        if name != root and (each.facts.parent if each.facts.parent in alone else root) == native_id != name
    ]
    if depth >= _MOST_DEPTH:
        return recording
    return recording._replace(children=tuple(_with_children(alone, root, name, depth + 1) for name in names))


def _rank(source: str) -> int:
    return RANK.index(source) if source in RANK else len(RANK)


def _first_ms(native_id: str, content: Content) -> int:
    times = (
        record.time_ms
        for _, records, _ in content.lines
        for record in records
        if record.session == native_id and record.time_ms is not None
    )
    return next(times, 0)
