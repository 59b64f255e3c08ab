"""The full lane's share of a task: identify, redact, drop, decode, fold and pack, in that order.

Identities come from the raw bytes, everything else from the redacted ones: nothing after `_redacted` ever holds what
the redactor took out.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from codex_loop.capture.archive import Packer, strip
from codex_loop.capture.files import Block, Look, Mark, Rewritten, look, read_document
from codex_loop.capture.fold import Folder
from codex_loop.capture.fold_state import FoldState
from codex_loop.capture.quarantine import oversize_row, quarantine_row
from codex_loop.capture.secrets import redactor_for, told_path
from codex_loop.capture.task import Outcome, Task, set_mark
from codex_loop.model.keys import session_key
from codex_loop.model.records import AnyRecord
from codex_loop.model.text import head
from codex_loop.sources.base import Line, Reject, Source
from codex_loop.sources.lines import trim
from codex_loop.sources.registry import by_name
from codex_loop.store.batch import Batch, Row

if TYPE_CHECKING:
    from codex_loop.redaction.findings import LineFinding

BLOCK = 1 << 20
_SUM_MASK = (1 << 63) - 1


class Memory(msgspec.Struct, array_like=True):
    """What the full lane stores beside its cursor."""

    source: bytes = b""
    fold: FoldState = msgspec.field(default_factory=FoldState)


def _lines(data: bytes, start: int) -> tuple[list[int], list[Line]]:
    """The lines worth reading, and which of the block's they are; blank ones are none."""
    numbers, lines = [], []
    position = start
    for number, raw in enumerate(data.split(b"\n")):
        # A line as it should be is spared the search for what may stand around it.
        line = raw if raw[:1] == b"{" and raw[-1:] == b"}" else trim(raw)
        if line and not line.isspace():
            numbers.append(number)
            lines.append(Line(position, line))
        position += len(raw) + 1
    return numbers, lines


def _same_lines(block: bytes, numbers: list[int], lines: list[Line]) -> list[Line]:
    """The same lines of a block whose content, but not whose line structure, was changed."""
    changed = block.split(b"\n")
    return [
        Line(line.offset, raw if raw[:1] == b"{" and raw[-1:] == b"}" else trim(raw))
        for line, raw in zip(lines, map(changed.__getitem__, numbers), strict=True)
    ]


def line_sum(source: Source, path: str, blocks: Iterable[Block], end: int) -> int:
    """What a cursor at `end` would hold as the sum of its line keys, had these blocks been recorded."""
    state, total = source.state(), 0
    for block in blocks:
        if block.start >= end:
            break
        total += sum(source.identify(state, path, [line.data for line in _lines(block.data, block.start)[1]]))
    return total & _SUM_MASK


class Recording:
    """Takes blocks of one file and becomes one batch."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self.path = told_path(task.key_file, task.path)
        self.source = source_for(task.source, task.key_file)
        memory = msgspec.msgpack.decode(task.state, type=Memory) if task.state else Memory()
        kind = self.source.state
        self.state = msgspec.msgpack.decode(memory.source, type=kind) if memory.source else kind()
        self.fold = memory.fold
        self.redactor = redactor_for(task.key_file)
        self.packer = _packer()
        self._batch = Batch(source_id=task.source_id, lane=task.lane, start=task.mark.position, end=task.mark.position)
        self._rows: dict[str, list[Row]] = {}

    def take(self, block: Block) -> None:
        for line in block.oversize:
            self.reject(oversize_row(self.task, line))
        numbers, raws = _lines(block.data, block.start)
        if not raws:
            return
        self._batch.read += len(raws)
        keys = self.source.identify(self.state, self.path, [raw.data for raw in raws])
        redacted = self.redactor.block(block.data)
        for changed in redacted.lines:
            self._count(changed.redacted.findings, block.start + changed.start)
        stored = strip(redacted.data)
        lines = raws if stored is block.data else _same_lines(stored, numbers, raws)
        self._decode(lines, keys, block.end)

    def take_document(self, content: bytes) -> None:
        """A file that is one object counts as one line."""
        self._batch.read += 1
        keys = self.source.identify(self.state, self.path, [content])
        redacted = self.redactor.line(content)
        self._count(redacted.findings, 0)
        self._decode([Line(0, strip(redacted.line))], keys, len(content))

    def _decode(self, lines: list[Line], keys: list[int], end: int) -> None:
        decoded = self.source.decode(self.state, self.path, lines)
        bad = self._rejected(decoded.rejects, lines)
        offsets = [line.offset for line in lines]
        self._fold(decoded.records, dict(zip(offsets, keys, strict=True)))
        self._batch.agent_version = head(decoded.version) if decoded.version else self._batch.agent_version
        self._keep(lines, keys, bad, end)

    def _count(self, findings: tuple[LineFinding, ...], offset: int) -> None:
        for finding in findings:
            self._batch.findings.append((finding.rule, finding.tier, finding.count, offset))

    def _rejected(self, rejects: list[Reject], lines: list[Line]) -> set[int]:
        if not rejects:
            return set()
        by_offset = {line.offset: line.data for line in lines}
        bad: dict[int, str] = {reject.offset: reject.reason for reject in rejects}
        for offset, reason in bad.items():
            row = quarantine_row(self.task, offset, by_offset[offset], reason)
            self._rows.setdefault("quarantine", []).append(row)
        self._batch.rejected += len(bad)
        return set(bad)

    def reject(self, row: Row) -> None:
        """A line that was passed over unread."""
        self._rows.setdefault("quarantine", []).append(row)
        self._batch.read += 1
        self._batch.rejected += 1

    def _fold(self, records: list[AnyRecord], line_keys: dict[int, int]) -> None:
        task = self.task
        folder = Folder(task.agent, task.host, task.source_id, self.fold, line_keys)
        for record in records:
            folder.add(record)
        for table, rows in folder.rows().items():
            self._rows.setdefault(table, []).extend(rows)
        self._batch.documents += folder.documents
        self._batch.extended |= folder.extended()
        self._batch.unknown += folder.unknown

    def _keep(self, lines: list[Line], keys: list[int], bad: set[int], end: int) -> None:
        kept = [(line, key) for line, key in zip(lines, keys, strict=True) if line.offset not in bad]
        batch = self._batch
        batch.line_offsets += [line.offset for line, _ in kept]
        batch.line_keys += [key for _, key in kept]
        batch.line_sum = (batch.line_sum + sum(keys)) & _SUM_MASK
        batch.segments += self.packer.pack([line.data for line, _ in kept], [line.offset for line, _ in kept], end)

    def batch(self, position: int, mark: Mark) -> Batch:
        """Everything taken so far, as one batch that ends at `position`."""
        batch, task = self._batch, self.task
        batch.end = position
        set_mark(batch, mark)
        batch.state = msgspec.msgpack.encode(Memory(msgspec.msgpack.encode(self.state), self.fold))
        batch.decoder = self.source.version
        batch.rules = self.redactor.rules_version
        if self.fold.primary is not None:
            batch.session_key = session_key(task.agent, self.fold.primary)
        batch.born_ms = self.fold.born_ms
        batch.source = task.source
        batch.rows = {table: rows for table, rows in self._rows.items() if rows}
        return batch


@cache
def source_for(name: str, key_file: str) -> Source:
    redactor = redactor_for(key_file)
    return by_name(name, redact=lambda data: redactor.line(data).line)


@cache
def _packer() -> Packer:
    return Packer()


def record(task: Task, looked: Look) -> Outcome:
    """New lines of a file, as far as the budget goes."""
    recording = Recording(task)
    if 0 < task.mark.position == looked.size and task.decoder == recording.source.version:
        # Written, yet no longer: a line in its middle may have been replaced by one of the same length.
        with look(Path(task.path), task.unit, Mark()) as whole:
            if line_sum(recording.source, recording.path, whole.blocks(BLOCK), looked.size) != task.line_sum:
                raise Rewritten("its middle is different")
    position, taken, done = task.mark.position, 0, True
    for block in looked.blocks(BLOCK):
        recording.take(block)
        position = block.end
        taken += position - block.start
        if taken >= task.budget:
            done = False
            break
    mark = looked.mark(position)
    batch = recording.batch(position, mark)
    batch.seen_size, batch.seen_mtime_ns = (looked.size if done else -1), looked.mtime_ns
    return Outcome(task, batch, mark, done)


def record_document(task: Task) -> Outcome:
    """A file that is one object: read whole, or rejected whole when it is larger than a line may be."""
    document = read_document(Path(task.path))
    size = document.size
    recording = Recording(task)
    if document.oversize is not None:
        recording.reject(oversize_row(task, document.oversize))
    elif document.content:
        recording.take_document(document.content)
    batch = recording.batch(size, Mark(size))
    batch.seen_size, batch.seen_mtime_ns = size, document.mtime_ns
    return Outcome(task, batch, Mark(size))
