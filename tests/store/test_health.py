"""The account of what was read, and what needs a look."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from codex_loop.store import sources
from codex_loop.store.health import brief, health
from tests.store.builder import BORN_MS, Builder


@pytest.fixture
def store(place: str) -> Iterator[Builder]:
    builder = Builder(place)
    yield builder
    builder.close()


def reject(store: Builder, offset: int, reason: str, lane: str = "full") -> None:
    values = {"length": 3, "digest": "d", "head": "", "tail": "", "seen_ms": BORN_MS}
    store.row("quarantine", lane=lane, reason=reason, line_offset=offset, **values)


def test_an_account_that_closes_has_no_violation(store: Builder) -> None:
    store.file(read=10, rejected=1, end=900, seen_size=1000)
    reject(store, 5, "not JSON")
    store.write()
    found = health(store.database)
    (lane,) = found.lanes
    assert (lane.lane, lane.files, lane.read, lane.stored, lane.duplicate, lane.rejected) == ("full", 1, 10, 9, 0, 1)
    assert lane.in_flight == 100
    assert found.violations == ()
    assert brief(store.database).not_closing == 0


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ("stored = 8", "read 10 is not stored 8 + duplicate 0 + rejected 0"),
        ("duplicate = -1, stored = 11", "a count is below zero"),
    ],
)
def test_an_account_that_does_not_close_is_named_with_its_file(store: Builder, change: str, sentence: str) -> None:
    store.file(path="/x/one.jsonl", read=10)
    store.write()
    store.database.execute(f"UPDATE cursors SET {change}")
    assert health(store.database).violations == (f"/x/one.jsonl (full lane): {sentence}",)


def test_a_line_in_quarantine_that_no_cursor_counts_is_a_violation(store: Builder) -> None:
    store.file(path="/x/one.jsonl", read=10, rejected=0)
    reject(store, 5, "not JSON")
    store.write()
    assert health(store.database).violations == (
        "/x/one.jsonl (full lane): 1 lines are in quarantine, only 0 were rejected",
    )


def test_a_line_that_both_lanes_reject_counts_once(store: Builder) -> None:
    store.file(rejected=3)
    reject(store, 5, "not JSON")
    reject(store, 5, "not JSON", lane="accounting")
    reject(store, 9, "oversize")
    reject(store, 10, "oversize")
    store.write()
    assert [(each.reason, each.lanes, each.count) for each in health(store.database).quarantine] == [
        ("oversize", "full", 2),
        ("not JSON", "accounting, full", 1),
    ]
    assert brief(store.database).rejected == 3


def test_reasons_are_one_kind_wherever_in_its_line_a_decoder_gave_up(store: Builder) -> None:
    store.file(path="/x/one.jsonl", rejected=3)
    reject(store, 5, "not JSON: JSON is malformed: invalid character (byte 4)")
    reject(store, 9, "not JSON: JSON is malformed: invalid character (byte 17)")
    reject(store, 12, "not JSON: Expecting value: line 1 column 1 (char 0)")
    store.write()
    found = health(store.database)
    assert [(each.reason, each.count) for each in found.quarantine] == [
        ("not JSON: JSON is malformed: invalid character", 2),
        ("not JSON: Expecting value", 1),
    ]
    assert [(each.path, each.offset, each.length) for each in found.rejected_lines] == [
        ("/x/one.jsonl", 5, 3),
        ("/x/one.jsonl", 9, 3),
        ("/x/one.jsonl", 12, 3),
    ]
    assert found.rejected_lines[1].reason.endswith("(byte 17)")


def test_a_file_that_no_lane_could_read_is_named(store: Builder) -> None:
    store.file(path="/x/read.jsonl")
    source_id = store.file(path="/x/closed.jsonl")
    store.write()
    store.database.execute("DELETE FROM cursors WHERE source_id = ?", (source_id,))
    assert health(store.database).unread == ("/x/closed.jsonl",)


def test_a_compressed_file_has_nothing_in_flight_that_its_size_could_tell(store: Builder) -> None:
    source_id = store.file(end=5000, seen_size=900)
    store.write()
    store.database.execute("UPDATE source_files SET unit = 'zstd' WHERE id = ?", (source_id,))
    (file,) = health(store.database).files
    assert file.in_flight is None
    assert file.problems == ()


def test_files_tell_their_state_and_events_are_counted(store: Builder) -> None:
    gone = store.file(path="/x/gone")
    store.file(path="/x/kept")
    store.write()
    sources.mark(store.database, [gone], "gone")
    for number in range(2):
        sources.audit(store.database, BORN_MS + number, gone, "gone", f"look {number}")
    found = health(store.database)
    assert {file.path: file.state for file in found.files} == {"/x/gone": "gone", "/x/kept": "active"}
    assert [(each.event, each.count, each.last_detail) for each in found.audit] == [("gone", 2, "look 1")]
    assert brief(store.database).gone == 1


def test_unknown_types_and_redactions_are_counted_and_show_no_text(store: Builder) -> None:
    times = {"first_seen_ms": BORN_MS, "last_seen_ms": BORN_MS}
    store.row("unknown_types", source="codex-rollout", type="dream", agent_version="0.200", count=3, **times)
    store.row("redactions", rule="jwt", tier="definite", count=2)
    store.file()
    store.row("redactions", rule="jwt", tier="definite", count=5)
    store.row("redactions", rule="guess", tier="candidate", count=1)
    store.write()
    found = health(store.database)
    assert [(each.source, each.type, each.agent_version, each.count) for each in found.unknown_types] == [
        ("codex-rollout", "dream", "0.200", 3)
    ]
    assert [(each.rule, each.tier, each.count) for each in found.redactions] == [
        ("jwt", "definite", 7),
        ("guess", "candidate", 1),
    ]


def test_the_store_says_what_it_is_and_how_big(store: Builder, place: str) -> None:
    store.session("s1")
    store.write()
    found = health(store.database).store
    assert found.engine == store.database.engine
    assert found.engine_version[0].isdigit()
    assert (found.sessions, found.files) == (1, 1)
    assert found.schema == found.schema_known
    assert found.bytes is not None
    assert found.bytes > 10_000
    assert found.archive_bytes == 0
