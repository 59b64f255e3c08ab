"""Decode the archive again: with newer decoders, or after the lines were redacted with newer rules.

Everything the full lane made is made anew from the archived lines, in one transaction: a rebuild happens whole or not
at all. The agents' own files are not needed. Lines that belong to another file's session stay with it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

import msgspec

from codex_loop.capture import overlaps
from codex_loop.capture.families import settle
from codex_loop.capture.fold import Folder
from codex_loop.capture.fold_state import FoldState
from codex_loop.capture.recording import Memory, source_for
from codex_loop.sources.base import Line, Source
from codex_loop.store import archive, rebuilding, writer
from codex_loop.store.archive import Archived
from codex_loop.store.batch import Row
from codex_loop.store.engine import Database

Progress = Callable[[int, int], None]
"""(files done, files in all)"""


class Rebuilt(msgspec.Struct, kw_only=True):
    """What a rebuild went through. `unknown_sources`: archived files whose source is not installed any more."""

    files: int = 0
    lines: int = 0
    rejected: int = 0
    unknown_sources: int = 0


def rebuild(database: Database, key_file: str, now_ms: int, progress: Progress | None = None) -> Rebuilt:
    """Make every row of the full lane again from the archive. Idempotent."""
    report = Rebuilt()
    with database.transaction():
        rebuilding.clear(database)
        files = archive.files(database)
        owned = rebuilding.owned(database)
        for number, file in enumerate(files, start=1):
            source = _source(file, key_file)
            if source is None:
                report.unknown_sources += 1
                continue
            _Replay(database, file, source, owned.get(file.source_id, {}), now_ms).run(report)
            if progress is not None:
                progress(number, len(files))
        settle(database)
        overlaps.settle(database)
    return report


def refold(database: Database, key_file: str, now_ms: int) -> None:
    """Make the calls of torn files again from their archived lines; what is there already stays as it is."""
    with database.transaction():
        torn = rebuilding.torn(database)
        owned = rebuilding.owned(database, torn)
        for file in archive.files(database):
            source = _source(file, key_file) if file.source_id in torn else None
            if source is not None:
                _Replay(database, file, source, owned.get(file.source_id, {}), now_ms).mend()
        rebuilding.mended(database)


def _source(file: Archived, key_file: str) -> Source | None:
    try:
        return source_for(file.source, key_file)
    except (KeyError, ImportError, AttributeError):
        return None


class _Replay:
    """One archived file, decoded from its first line on."""

    def __init__(self, database: Database, file: Archived, source: Source, owned: dict[int, int], now_ms: int) -> None:
        self.database, self.file, self.source, self.owned, self.now_ms = database, file, source, owned, now_ms
        self.state = source.state()
        self.fold = FoldState()
        self.unknown: Counter[str] = Counter()
        self.version: str | None = None
        self.copied_calls: dict[int, Row] = {}
        """Calls that stand on another file's line, by key: a result on an own line brings them back."""

    def mend(self) -> None:
        """Only the calls: everything else is as it was."""
        for lines in self._segments():
            folder, _ = self._fold(lines)
            self._store_calls(folder, folder.rows()["tool_calls"])

    def run(self, report: Rebuilt) -> None:
        report.files += 1
        for lines in self._segments():
            report.lines += len(lines)
            report.rejected += self._decode(lines)
        counts = [
            (self.file.source, name, self.version or "", count, self.now_ms, self.now_ms)
            for name, count in self.unknown.items()
        ]
        self.database.many("upsert unknown_types", counts)
        memory = msgspec.msgpack.encode(Memory(msgspec.msgpack.encode(self.state), self.fold))
        rebuilding.remember(self.database, self.file.source_id, memory, self.source.version)

    def _segments(self) -> Iterator[list[Line]]:
        unpack = archive.unpacker()
        for _, _, offsets, data in archive.segments(self.database, self.file.source_id):
            yield [Line(offset, line) for offset, line in unpack(offsets, data)]

    def _decode(self, lines: list[Line]) -> int:
        folder, rejected = self._fold(lines)
        self.unknown.update(name for name, offset in folder.unknown if offset in self.owned)
        self._store(folder)
        writer.store_documents(self.database, [doc for doc in folder.documents if doc.line_offset in self.owned])
        return rejected

    def _fold(self, lines: list[Line]) -> tuple[Folder, int]:
        file = self.file
        # Only for what it leaves in the state: the keys of the raw lines were kept, these would be of redacted ones.
        self.source.identify(self.state, file.path, [line.data for line in lines])
        decoded = self.source.decode(self.state, file.path, lines)
        self.version = decoded.version or self.version
        keys = {line.offset: self.owned.get(line.offset, 0) for line in lines}
        folder = Folder(file.agent, file.host, file.source_id, self.fold, keys)
        for record in decoded.records:
            folder.add(record)
        return folder, len(decoded.rejects)

    def _store(self, folder: Folder) -> None:
        made = folder.rows()
        self._store_calls(folder, made.pop("tool_calls"))
        for table, rows in made.items():
            kept = [row for row in rows if row[-1] in self.owned] if table in writer.ROW_TABLES else rows
            self.database.many(f"upsert {table}", kept)

    def _store_calls(self, folder: Folder, calls: list[Row]) -> None:
        extended = folder.extended()
        kept = [own for row in calls for own in self._own_call(row, extended.get(row[0]))]
        self.database.many("upsert tool_calls", kept)

    def _own_call(self, row: Row, last: int | None) -> Iterator[Row]:
        """A call is this file's when one of its lines is: the one that made it, or a result."""
        mine = next((offset for offset in (row[-1], last) if offset in self.owned), None)
        if mine is None:
            self.copied_calls[row[0]] = row
            return
        before = self.copied_calls.pop(row[0], None)
        if before is not None:
            yield (*before[:-1], mine)
        yield (*row[:-1], mine)
