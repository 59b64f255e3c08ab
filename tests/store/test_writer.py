"""A batch is applied whole, once, and only where its cursor still stands."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from codex_loop.errors import StoreError
from codex_loop.model.keys import session_key
from codex_loop.store import sources, writer
from codex_loop.store.batch import Batch, Document, Row, Segment
from codex_loop.store.engine import Database, open_for_writing
from codex_loop.store.sources import NewFile

NOW_MS = 1_795_600_000_000
OWNER = session_key("codex", "early")
FORK = session_key("codex", "late")


@pytest.fixture
def database(place: str) -> Iterator[Database]:
    with open_for_writing(place) as opened:
        yield opened


def file(database: Database, ino: int = 1, generation: int = 0) -> int:
    new = NewFile("codex-rollout", "codex", f"/home/ann/{ino}.jsonl", "lines", 1, ino, generation)
    (known,) = sources.register(database, "host", [new], NOW_MS)
    return known.id


def message(database: Database, key: int, source_id: int, offset: int) -> Row:
    known = {"key": key, "session_key": OWNER, "role": "user", "head": f"text {key}", "length": 6,
             "source_id": source_id, "line_offset": offset}  # fmt: skip
    return tuple(known.get(name) for name in database.columns["messages"])


def batch(database: Database, source_id: int, start: int, keys: list[int], session: int = OWNER) -> Batch:
    """One line and one message for each key, ten bytes each."""
    offsets = [start + 10 * number for number in range(len(keys))]
    rows = [message(database, key, source_id, offset) for key, offset in zip(keys, offsets, strict=True)]
    documents = [Document("prompt", key, session, None, "word", at) for key, at in zip(keys, offsets, strict=True)]
    end = start + 10 * len(keys)
    return Batch(
        source_id=source_id, lane="full", start=start, end=end, read=len(keys), seen_size=end, session_key=session,
        born_ms=1000 if session == OWNER else 2000, line_keys=list(keys), line_offsets=offsets,
        rows={"messages": rows}, documents=documents,
        segments=[Segment(start, end, len(keys), 10, b"offsets", b"data")] if keys else [],
    )  # fmt: skip


def owners(database: Database) -> dict[int, int]:
    return dict(database.rows("SELECT key, source_id FROM lines"))


def messages(database: Database) -> set[tuple[int, int]]:
    return {(key, source_id) for key, source_id in database.rows("SELECT key, source_id FROM messages")}


def test_rows_archive_and_cursor_move_together(database: Database) -> None:
    source_id = file(database)
    (applied,) = writer.apply(database, [batch(database, source_id, 0, [1, 2])], NOW_MS)
    assert applied is not None
    assert (applied.read, applied.stored, applied.duplicate, applied.rejected) == (2, 2, 0, 0)
    cursor = writer.cursor(database, source_id, "full")
    assert cursor is not None
    assert (cursor.position, cursor.read, cursor.stored) == (20, 2, 2)
    assert database.rows("SELECT first_offset, end_offset FROM archive_segments") == [(0, 20)]
    assert messages(database) == {(1, source_id), (2, source_id)}


def test_a_batch_that_another_process_stored_already_changes_nothing(database: Database) -> None:
    source_id = file(database)
    same = batch(database, source_id, 0, [1, 2])
    assert writer.apply(database, [same, same], NOW_MS)[1] is None
    assert writer.apply(database, [batch(database, source_id, 10, [2, 3])], NOW_MS) == [None]
    assert database.one("SELECT count(*) FROM archive_segments") == (1,)
    assert database.one("SELECT count(*) FROM documents") == (2,)


def test_a_batch_that_cannot_be_stored_leaves_no_trace_of_itself_or_its_neighbours(database: Database) -> None:
    source_id = file(database)
    good, bad = batch(database, source_id, 0, [1]), batch(database, source_id, 10, [2])
    bad.rows["approvals"] = [(2,)]
    with pytest.raises(StoreError):
        writer.apply(database, [good, bad], NOW_MS)
    assert writer.cursor(database, source_id, "full") is None
    assert (owners(database), messages(database)) == ({}, set())
    assert database.rows("SELECT * FROM archive_segments") == []


@pytest.mark.parametrize("fork_first", [False, True])
def test_lines_that_two_sessions_share_belong_to_the_earlier_one(database: Database, fork_first: bool) -> None:
    original, fork = file(database, 1), file(database, 2)
    batches = [batch(database, original, 0, [1, 2]), batch(database, fork, 0, [1, 2, 3], FORK)]
    for each in reversed(batches) if fork_first else batches:
        assert writer.apply(database, [each], NOW_MS)[0] is not None
    assert owners(database) == {1: original, 2: original, 3: fork}
    assert messages(database) == {(1, original), (2, original), (3, fork)}
    sums = database.rows("SELECT sum(read), sum(stored) + sum(duplicate), sum(stored) FROM cursors")
    assert sums == [(5, 5, 3)]


def test_a_copy_of_the_same_session_is_not_archived_again(database: Database) -> None:
    for source_id in (file(database, 1), file(database, 2)):
        writer.apply(database, [batch(database, source_id, 0, [1, 2])], NOW_MS)
    assert database.one("SELECT count(*) FROM archive_segments") == (1,)
    assert database.one("SELECT count(*) FROM documents") == (2,)


def test_a_line_that_comes_twice_in_one_file_is_told_once(database: Database) -> None:
    source_id = file(database)
    (applied,) = writer.apply(database, [batch(database, source_id, 0, [1, 1, 2])], NOW_MS)
    assert applied is not None
    assert (applied.stored, applied.duplicate) == (2, 1)


def test_lanes_have_cursors_of_their_own(database: Database) -> None:
    source_id = file(database)
    writer.apply(database, [batch(database, source_id, 0, [1])], NOW_MS)
    counted = Batch(source_id=source_id, lane="accounting", start=0, end=50, read=5, rejected=2)
    (applied,) = writer.apply(database, [counted], NOW_MS)
    assert applied is not None
    assert (applied.read, applied.stored, applied.rejected) == (5, 3, 2)
    positions = database.rows("SELECT lane, position FROM cursors ORDER BY lane")
    assert positions == [("accounting", 50), ("full", 10)]


def test_two_processes_that_register_a_file_get_the_same_one(database: Database) -> None:
    assert file(database) == file(database)
    newer = file(database, generation=1)
    assert newer != file(database)
    states = database.rows("SELECT generation, state FROM source_files ORDER BY generation")
    assert states == [(0, "replaced"), (1, "active")]
