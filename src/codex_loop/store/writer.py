"""The one transaction in which rows, archive and cursor move together.

A batch says where it began to read. If the cursor is not there any more, another process was faster: the batch is
dropped whole and nothing is stored twice. Otherwise everything of it commits at once, so a crash at any point leaves
either all of it and the moved cursor, or nothing and the old cursor.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from operator import itemgetter
from typing import NamedTuple

from codex_loop.store.batch import Applied, Batch, Document, Row
from codex_loop.store.engine import Database
from codex_loop.store.words import spaced

ROW_TABLES = ("turns", "messages", "tool_calls", "approvals", "file_changes", "compactions", "events")
_END_OF_TIME = (1 << 62) - 1

_Rows = defaultdict[str, list[Row]]


class Cursor(NamedTuple):
    """Where a lane stands in a file, and what it must remember to go on."""

    source_id: int
    lane: str
    position: int
    read: int
    stored: int
    duplicate: int
    rejected: int
    seen_size: int
    seen_mtime_ns: int
    tail_length: int
    tail_key: int
    head_length: int
    head_key: int
    line_sum: int
    state: bytes
    decoder: int
    rules: str
    updated_ms: int


class _Shared(NamedTuple):
    """Lines of a batch that the store already has."""

    skipped: frozenset[int]
    """Offsets whose rows belong to another file."""
    copies: frozenset[int]
    """Offsets that the same session already has, so not even the archive needs them."""
    lines: int
    losers: frozenset[int] = frozenset()
    """Files that held lines which belong to this batch's file now."""


_NOTHING_SHARED = _Shared(frozenset(), frozenset(), 0)
_CALL_NAME = 4


def cursor(database: Database, source_id: int, lane: str) -> Cursor | None:
    rows = database.named("cursor", (source_id, lane))
    return Cursor(*rows[0]) if rows else None


def apply(database: Database, batches: Iterable[Batch], now_ms: int) -> list[Applied | None]:
    """Store batches in one transaction; None for each that another process had already read."""
    free: _Rows = defaultdict(list)
    with database.transaction():
        applied = [_apply(database, batch, free, now_ms) for batch in batches]
        for table, rows in free.items():
            # In the order of the table: inserting two thousand rows at random places costs half as much again.
            rows.sort(key=itemgetter(0))
            database.many(f"upsert {table}", rows)
    return applied


def _apply(database: Database, batch: Batch, free: _Rows, now_ms: int) -> Applied | None:
    before = cursor(database, batch.source_id, batch.lane)
    if batch.start != (before.position if before else 0):
        return None
    batch.unpack()
    _identify(database, batch, now_ms)
    shared = _store_lines(database, batch)
    if batch.start == 0 and batch.line_keys and not shared.lines:
        _forget_older_document(database, batch.source_id)
    _store_rows(database, batch, shared, free)
    _unsettle(database, batch)
    _store_counts(database, batch, shared, now_ms)
    _store_documents(database, batch, shared)
    _store_segments(database, batch, shared)
    applied = Applied(
        read=batch.read,
        stored=batch.read - batch.rejected - shared.lines,
        duplicate=shared.lines,
        rejected=batch.rejected,
    )
    torn = shared.losers | _torn(database, batch)
    if torn:
        database.many("upsert torn_files", [(source_id,) for source_id in sorted(torn)])
    _move(database, batch, before, applied, now_ms)
    return applied


def _identify(database: Database, batch: Batch, now_ms: int) -> None:
    database.execute(
        "UPDATE source_files SET session_key = coalesce(?, session_key), born_ms = coalesce(?, born_ms),"
        " agent_version = coalesce(?, agent_version), last_seen_ms = ?,"
        " state = CASE WHEN state IN ('second', 'unreadable') THEN 'active' ELSE state END WHERE id = ?",
        (batch.session_key, batch.born_ms, batch.agent_version, now_ms, batch.source_id),
    )


def _forget_older_document(database: Database, source_id: int) -> None:
    """A file that is one object is written anew each time it grows: its rows are told by the newest writing alone."""
    older = database.rows(
        "SELECT old.id FROM source_files new JOIN source_files old ON old.host = new.host AND old.source = new.source"
        " AND old.dev = new.dev AND old.ino = new.ino AND old.generation < new.generation"
        " WHERE new.id = ? AND new.unit = 'document'",
        (source_id,),
    )
    for (old_id,) in older:
        forget(database, old_id, lambda _: True)


def _store_lines(database: Database, batch: Batch) -> _Shared:
    """Claim the lines. Those that are claimed already go to whoever's session began first."""
    if not batch.line_keys:
        return _NOTHING_SHARED
    claims = [(key, batch.source_id, offset) for key, offset in zip(batch.line_keys, batch.line_offsets, strict=True)]
    claims.sort()
    if database.many("upsert lines", claims) == len(claims):
        return _NOTHING_SHARED
    return _settle(database, batch, claims)


def _settle(database: Database, batch: Batch, claims: list[Row]) -> _Shared:
    elsewhere: dict[int, list[Row]] = defaultdict(list)
    count = 0
    for key, source_id, offset in claims:
        ((owner_id, owner_offset),) = database.named("line owner", (key,))
        if (owner_id, owner_offset) != (source_id, offset):
            elsewhere[owner_id].append((key, offset, owner_offset))
            count += 1
    skipped: set[int] = set()
    copies: set[int] = set()
    losers: set[int] = set()
    mine = _claim(database, batch.source_id)
    for owner_id, lines in elsewhere.items():
        theirs = _claim(database, owner_id)
        offsets = {offset for _, offset, _ in lines}
        if theirs[1] == mine[1] or owner_id == batch.source_id:
            copies |= offsets
            skipped |= offsets
        elif theirs <= mine:
            skipped |= offsets
        else:
            _take_over(database, batch.source_id, owner_id, lines)
            losers.add(owner_id)
    return _Shared(frozenset(skipped), frozenset(copies), count, frozenset(losers))


def _torn(database: Database, batch: Batch) -> frozenset[int]:
    """This file, if it brings the result of a call whose own line, in an earlier look, was another file's."""
    if not batch.line_keys or batch.start == 0:
        return frozenset()
    nameless = [row[0] for row in batch.rows.get("tool_calls", ()) if row[_CALL_NAME] is None]
    known = [key for key in nameless if database.one("SELECT name FROM tool_calls WHERE key = ?", (key,)) == (None,)]
    return frozenset({batch.source_id} if known else ())


def _claim(database: Database, source_id: int) -> tuple[int, int]:
    row = database.one("SELECT born_ms, session_key FROM source_files WHERE id = ?", (source_id,))
    born_ms, session_key = row or (None, None)
    return (_END_OF_TIME if born_ms is None else born_ms, session_key or 0)


def _take_over(database: Database, source_id: int, owner_id: int, lines: list[Row]) -> None:
    lost = {old for _, _, old in lines}
    forget(database, owner_id, lost.__contains__)
    database.many("move line", [_move_line(database, key, source_id, offset) for key, offset, _ in lines])


def _move_line(database: Database, key: int, source_id: int, offset: int) -> Row:
    values = {"line_key": key, "new_source_id": source_id, "new_line_offset": offset}
    return tuple(values[name] for name in database.order("move line"))


def forget(database: Database, source_id: int, lost: Callable[[int], bool], tables: Sequence[str] = ROW_TABLES) -> int:
    """Remove the rows that were read from lost lines of a file; the archive keeps the lines.

    One pass over each table: forks that arrive before their origin are rare, an index for them would cost every row.
    """
    count = 0
    for table in tables:
        rows = database.rows(f"SELECT key, line_offset FROM {table} WHERE source_id = ?", (source_id,))
        count += database.many(f"forget {table}", [(key,) for key, offset in rows if lost(offset)])
    return count


def _store_rows(database: Database, batch: Batch, shared: _Shared, free: _Rows) -> None:
    """Rows of lines are stored at once, so that a later batch can take them over; rows of no line go to `free`."""
    if not batch.line_keys:
        for table, rows in batch.rows.items():
            free[table] += rows
        return
    for table, rows in batch.rows.items():
        kept = rows
        if table == "turns":
            kept = [row for row in rows if _turn_stays(database, batch, shared, row)]
        elif shared.skipped and table in ROW_TABLES:
            kept = [row for row in (_unshared(batch, shared, row) for row in rows) if row is not None]
        # In key order, pages fill up: a tenth less to write and to keep than in the order of lines.
        database.many(f"upsert {table}", sorted(kept, key=itemgetter(0)))


def _turn_stays(database: Database, batch: Batch, shared: _Shared, row: Row) -> bool:
    """A turn belongs to whom its first line belongs to, however many looks it took to read the rest."""
    first = row[-1]
    if first < batch.start:
        return database.one("SELECT 1 FROM turns WHERE key = ?", (row[0],)) is not None
    if first in shared.copies:
        return batch.extended.get(row[0], first) not in shared.skipped
    return first not in shared.skipped


def _unshared(batch: Batch, shared: _Shared, row: Row) -> Row | None:
    """The row if any of it is new: a copied call may have a result that was not there before."""
    if row[-1] not in shared.skipped:
        return row
    last = batch.extended.get(row[0], row[-1])
    return None if last in shared.skipped else (*row[:-1], last)


def _unsettle(database: Database, batch: Batch) -> None:
    """What a fork inherits is open again when its history or that of its origin grew; `families.settle` decides."""
    if batch.lane == "full" and batch.session_key is not None and batch.line_keys:
        database.execute(
            "UPDATE sessions SET inherited_until = NULL WHERE inherited_until IS NOT NULL AND"
            " (key = ? OR forked_from = (SELECT native_id FROM sessions WHERE key = ?))",
            (batch.session_key, batch.session_key),
        )


def _store_counts(database: Database, batch: Batch, shared: _Shared, now_ms: int) -> None:
    """What is counted per line is counted for lines that are new: a copy says nothing new."""
    unknown = Counter(name for name, offset in batch.unknown if offset not in shared.skipped)
    version = batch.agent_version or ""
    database.many(
        "upsert unknown_types",
        [(batch.source, name, version, count, now_ms, now_ms) for name, count in sorted(unknown.items())],
    )
    found: Counter[tuple[str, str]] = Counter()
    for rule, tier, count, offset in batch.findings:
        if offset not in shared.skipped:
            found[(rule, tier)] += count
    database.many("upsert redactions", [(batch.source_id, *name, count) for name, count in sorted(found.items())])


def _store_documents(database: Database, batch: Batch, shared: _Shared) -> None:
    store_documents(database, [doc for doc in batch.documents if doc.line_offset not in shared.skipped])


def store_documents(database: Database, documents: Sequence[Document]) -> None:
    """Add texts to the full-text index, within the transaction of their rows."""
    if not documents:
        return
    ((last,),) = database.named("last document", ())
    numbered = list(enumerate(documents, start=last + 1))
    database.many(
        "insert documents",
        [(number, doc.kind, doc.row_key, doc.session_key, doc.time_ms) for number, doc in numbered],
    )
    words = str if database.engine == "sqlite" else spaced
    database.many("index document", [(number, words(doc.body)) for number, doc in numbered])


def _store_segments(database: Database, batch: Batch, shared: _Shared) -> None:
    kept = batch.segments
    if shared.copies:
        offsets = set(batch.line_offsets)
        kept = [
            segment
            for segment in kept
            if any(
                offset not in shared.copies for offset in offsets if segment.first_offset <= offset < segment.end_offset
            )
        ]
    for segment in kept:
        database.named(
            "insert archive_segments",
            (
                batch.source_id,
                segment.first_offset,
                segment.end_offset,
                segment.line_count,
                segment.raw_bytes,
                batch.decoder,
                batch.rules,
                segment.offsets,
                segment.data,
            ),
        )


def _move(database: Database, batch: Batch, before: Cursor | None, applied: Applied, now_ms: int) -> None:
    database.named(
        "move cursor",
        (
            batch.source_id,
            batch.lane,
            batch.end,
            (before.read if before else 0) + applied.read,
            (before.stored if before else 0) + applied.stored,
            (before.duplicate if before else 0) + applied.duplicate,
            (before.rejected if before else 0) + applied.rejected,
            batch.seen_size,
            batch.seen_mtime_ns,
            batch.tail_length,
            batch.tail_key,
            batch.head_length,
            batch.head_key,
            ((before.line_sum if before else 0) + batch.line_sum) & ((1 << 63) - 1),
            batch.state,
            batch.decoder,
            batch.rules,
            now_ms,
        ),
    )
