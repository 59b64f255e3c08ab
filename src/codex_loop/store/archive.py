"""The redacted foreign lines, as they were: what outlives the agents' own logs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from codex_loop.store.engine import Database

_TELLING = ("turns", "messages", "tool_calls", "compactions", "events")
Unpack = Callable[[bytes, bytes], list[tuple[int, bytes]]]


class Archived(NamedTuple):
    """A file whose lines are in the archive, and by which versions they were decoded and redacted."""

    source_id: int
    source: str
    agent: str
    host: str
    path: str
    unit: str
    oldest_decoder: int
    rules: int
    """How many different versions of the redaction rules its segments carry."""


def files(database: Database) -> list[Archived]:
    """Every file with archived lines, in the order they were first seen."""
    rows = database.rows(
        "SELECT f.id, f.source, f.agent, f.host, f.path, f.unit, min(a.decoder), count(DISTINCT a.rules)"
        " FROM source_files f JOIN archive_segments a ON a.source_id = f.id"
        " GROUP BY f.id, f.source, f.agent, f.host, f.path, f.unit ORDER BY f.id"
    )
    return [Archived(*row) for row in rows]


def files_of(database: Database, session_key: int) -> list[Archived]:
    """The archived files some row of this session was read from."""
    ids = {
        int(row[0])
        for table in _TELLING
        for row in database.rows(f"SELECT DISTINCT source_id FROM {table} WHERE session_key = ?", (session_key,))
    }
    return [file for file in files(database) if file.source_id in ids]


def segments(database: Database, source_id: int) -> Iterator[tuple[int, str, bytes, bytes]]:
    """(id, rules version, packed offsets, packed lines) of a file's segments in file order, one at a time."""
    ids = database.rows("SELECT id FROM archive_segments WHERE source_id = ? ORDER BY first_offset, id", (source_id,))
    for (segment_id,) in ids:
        row = database.one("SELECT id, rules, offsets, data FROM archive_segments WHERE id = ?", (segment_id,))
        if row is not None:
            yield int(row[0]), str(row[1]), bytes(row[2]), bytes(row[3])


def lines(database: Database, source_id: int) -> Iterator[tuple[int, bytes]]:
    """(offset in the file, redacted line) of everything archived of a file, in file order."""
    unpack = unpacker()
    for _, _, offsets, data in segments(database, source_id):
        yield from unpack(offsets, data)


def unpacker() -> Unpack:
    """A function that gives back the (offset, line) pairs of a segment's `offsets` and `data`."""
    # Only commands that read long text pay for the decompressor.
    from array import array

    import zstandard

    decompressor = zstandard.ZstdDecompressor()

    def unpack(offsets: bytes, data: bytes) -> list[tuple[int, bytes]]:
        starts = array("Q")
        starts.frombytes(decompressor.decompress(offsets))
        return list(zip(starts, decompressor.decompress(data).split(b"\n"), strict=True))

    return unpack


def rewrite(database: Database, segment_id: int, rules: str, raw_bytes: int, data: bytes) -> None:
    """Replace a segment's lines by the same lines redacted with newer rules; the offsets stay."""
    database.execute(
        "UPDATE archive_segments SET rules = ?, raw_bytes = ?, data = ? WHERE id = ?",
        (rules, raw_bytes, data, segment_id),
    )


def size(database: Database) -> int:
    """Bytes of all segments."""
    row = database.one("SELECT coalesce(sum(length(data) + length(offsets)), 0) FROM archive_segments")
    return int(row[0]) if row else 0
