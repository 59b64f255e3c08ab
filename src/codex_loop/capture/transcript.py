"""A session read again from the archive: its redacted foreign lines, each with the records it decodes to.

Rows keep heads of long texts; whoever needs whole prompts, outputs, diffs or the line itself reads them here. The
lines are decoded by the source that read them first, so this works after the agent deleted its files.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from codex_loop.model.records import AnyRecord
from codex_loop.sources import registry
from codex_loop.sources.base import Line, Source
from codex_loop.store import archive, rebuilding
from codex_loop.store.archive import Archived
from codex_loop.store.engine import Database
from codex_loop.store.places import Place


class Told(NamedTuple):
    """One archived line of a session."""

    seq: int
    """Its place in the whole session, from 1 on: what `--start-seq` and `--end-seq` count."""
    file: Archived
    offset: int
    data: bytes
    """The redacted line as the agent wrote it."""
    records: tuple[AnyRecord, ...]
    """What it says of this session; empty for lines that say nothing we know."""
    inherited: bool
    """A copy of another session's line, which that session owns."""


def transcript(database: Database, place: Place) -> list[Told]:
    """Every archived line of the session; files one after another as their first lines are dated, each in its order.

    Copies of lines that another session owns are there too, marked: they are what the agent saw.
    """
    files = archive.files_of(database, place.key)
    owned = rebuilding.owned(database, {file.source_id for file in files}) if files else {}
    told = [list(_told(database, place, file, owned.get(file.source_id, {}))) for file in files]
    told.sort(key=_first_ms)
    return [line._replace(seq=seq) for seq, line in enumerate((line for lines in told for line in lines), start=1)]


def decoded(database: Database, file: Archived) -> Iterator[tuple[Line, list[AnyRecord]]]:
    """Each archived line of a file with its records. Nothing, where the source is not installed any more."""
    try:
        source: Source = registry.by_name(file.source)
    except (KeyError, ImportError, AttributeError):
        return
    state = source.state()
    unpack = archive.unpacker()
    for _, _, offsets, data in archive.segments(database, file.source_id):
        lines = [Line(offset, line) for offset, line in unpack(offsets, data)]
        # Some sources learn from it which session a line belongs to.
        source.identify(state, file.path, [line.data for line in lines])
        records: dict[int, list[AnyRecord]] = defaultdict(list)
        for record in source.decode(state, file.path, lines).records:
            records[record.offset].append(record)
        for line in lines:
            yield line, records[line.offset]


def _told(database: Database, place: Place, file: Archived, owned: dict[int, int]) -> Iterator[Told]:
    for line, records in decoded(database, file):
        mine = tuple(record for record in records if record.session == place.native_id)
        if mine or not records:
            yield Told(0, file, line.offset, line.data, mine, line.offset not in owned)


def _first_ms(lines: list[Told]) -> tuple[int, int]:
    times = (record.time_ms for line in lines for record in line.records if record.time_ms is not None)
    return next(times, 0), lines[0].file.source_id if lines else 0
