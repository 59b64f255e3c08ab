"""Lines are whole, appended once, never rewritten, and survive what happens to files."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from codex_loop.usage.tracker.journal import Logbook, append, delete, live, locked, logbook, mine, read, records
from codex_loop.usage.tracker.records import Bars, Snapshot, agent_of, noted


@pytest.fixture
def book(tmp_path: Path) -> Logbook:
    return Logbook(tmp_path / "live", tmp_path / "live" / "state")


def snapshot(window: str, notes: str | None = None) -> Snapshot:
    return Snapshot(window=window, provider="codex", phase="before", captured_at="x", notes=notes)


def test_what_is_appended_is_read_back(book: Logbook) -> None:
    one = Snapshot(window="W0-01", provider="codex", phase="before", parsed=Bars(fiveh_pct=0, weekly_pct=None))
    append(book, "snapshots", one)
    assert records(book, "snapshots", Snapshot) == [one]


def test_a_file_is_only_ever_appended_to(book: Logbook) -> None:
    place = book.folder / "snapshots.jsonl"
    append(book, "snapshots", snapshot("W0-01"))
    before = place.read_bytes()
    append(book, "snapshots", snapshot("W0-02"))
    delete(book, live(book, "snapshots", Snapshot)[0], 0)
    assert place.read_bytes().startswith(before)
    assert [each.window for each in records(book, "snapshots", Snapshot)] == ["W0-02"]


def test_of_equal_lines_only_the_deleted_one_is_gone(book: Logbook) -> None:
    for _ in range(3):
        append(book, "snapshots", snapshot("W0-01"))
    delete(book, live(book, "snapshots", Snapshot)[1], 0)
    assert [each.nth for each in live(book, "snapshots", Snapshot)] == [0, 2]


def test_half_a_line_of_a_killed_writer_stays_and_spoils_no_other(book: Logbook) -> None:
    append(book, "snapshots", snapshot("W0-01"))
    place = book.folder / "snapshots.jsonl"
    place.write_bytes(place.read_bytes() + b'{"window":"W0-0')
    append(book, "snapshots", snapshot("W0-02"))
    found = read(book, "snapshots")
    assert [each.record.window for each in found.entries] == ["W0-01", "W0-02"]
    assert found.unreadable == 1


@pytest.mark.parametrize(
    "line", [b"not json", b"[1]", b'{"window": 3}', b"\xff\xfe", b'{"parsed": {"fiveh_pct": "x"}}']
)
def test_a_line_that_is_no_record_is_counted_and_left(book: Logbook, line: bytes) -> None:
    append(book, "snapshots", snapshot("W0-01"))
    with (book.folder / "snapshots.jsonl").open("ab") as file:
        file.write(line + b"\n")
    found = read(book, "snapshots")
    assert (len(found.entries), found.unreadable) == (1, 1)


def test_lines_of_the_first_tracker_are_read(book: Logbook) -> None:
    book.folder.mkdir()
    (book.folder / "snapshots.jsonl").write_text(
        '{"window":"W0-19","provider":"codex","phase":"before","captured_at":"2025-10-19T01:00:00Z","notes":null,'
        '"raw_text":"x","parsed":{"fiveh_pct":1,"fiveh_resets":"05:15","weekly_pct":82,"weekly_resets":null,'
        '"errors":[]},"source":"alias","schema_version":"1.0.0","tool_version":"0.1.0"}\n',
        encoding="utf-8",
    )
    (one,) = records(book, "snapshots", Snapshot)
    assert (one.parsed.percent("fiveh"), one.parsed.percent("weekly"), one.parsed.percent("session")) == (1, 82, None)


def test_many_writers_lose_no_line(book: Logbook, tmp_path: Path) -> None:
    program = textwrap.dedent(
        """
        import sys
        from pathlib import Path
        from codex_loop.usage.tracker.journal import Logbook, append
        from codex_loop.usage.tracker.records import Snapshot
        book = Logbook(Path(sys.argv[1]), Path(sys.argv[1]) / "state")
        for number in range(20):
            append(book, "snapshots", Snapshot(window=f"{sys.argv[2]}-{number}", raw_text="x" * 20000))
        """
    )
    writers = [subprocess.Popen([sys.executable, "-c", program, str(book.folder), name]) for name in "abc"]
    assert [writer.wait(timeout=60) for writer in writers] == [0, 0, 0]
    found = read(book, "snapshots")
    assert found.unreadable == 0
    assert {each.record.window for each in found.entries} == {f"{name}-{n}" for name in "abc" for n in range(20)}


def test_a_lock_ends_with_its_process(book: Logbook) -> None:
    program = (
        "import os, sys; from pathlib import Path; from codex_loop.usage.tracker.journal import locked\n"
        "with locked(Path(sys.argv[1])): os._exit(9)"
    )
    place = book.folder / ".lock"
    assert subprocess.run([sys.executable, "-c", program, str(place)], check=False).returncode == 9
    with locked(place):
        pass


def test_flags_go_before_variables_and_an_agent_has_a_state_of_its_own(tmp_path: Path) -> None:
    environ = {"TRACKER_DATA_DIR": str(tmp_path / "named"), "AGENT_ID": "sub1"}
    assert logbook(None, None, environ).folder == tmp_path / "named"
    assert logbook(tmp_path / "flag", None, environ).folder == tmp_path / "flag"
    assert logbook(None, None, environ).state_dir == tmp_path / "named" / "state" / "sub1"
    assert logbook(None, None, {}) == Logbook(Path("data/week0/live"), Path("data/week0/live/state"))
    environ["TRACKER_ALIAS_STATE_DIR"] = str(tmp_path / "state")
    assert logbook(None, None, environ).state_dir == tmp_path / "state"


def test_only_lines_of_the_agent_are_its_own(book: Logbook) -> None:
    append(book, "snapshots", snapshot("W0-01", notes="AGENT_ID=main"))
    append(book, "snapshots", snapshot("W0-02"))
    entries = live(book, "snapshots", Snapshot)
    assert [each.record.window for each in mine(book, entries)] == ["W0-02"]
    other = Logbook(book.folder, book.state_dir, "main")
    assert [each.record.window for each in mine(other, entries)] == ["W0-01"]


def test_notes_are_joined_and_the_agent_found_among_them() -> None:
    assert noted(None, "") is None
    assert noted("by hand", None, "AGENT_ID=main") == "by hand; AGENT_ID=main"
    assert agent_of("by hand; AGENT_ID=main; late-after") == "main"
    assert agent_of("an AGENT_ID=no") is None
