"""The files of samples: whole lines, on the disk, whatever happens in between."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_loop.sources.samples.event import StatusEvent
from codex_loop.usage.sampler.files import append, file_name, last_events

AT_MS = 1_795_251_600_000  # 2026-11-21T09:00:00Z
DAY_MS = 86_400_000
NAME = "usage-20261121.jsonl"


def event(seq_no: int, tool: str = "claude") -> StatusEvent:
    return StatusEvent(source_tool=tool, seq_no=seq_no, timestamp="2026-11-21T09:00:00Z")


def numbers(folder: Path) -> list[int | None]:
    return [each.seq_no for each in last_events(folder)]


@pytest.mark.parametrize(
    ("at_ms", "name"),
    [(AT_MS, NAME), (AT_MS + 15 * 3_600_000 - 1, NAME), (AT_MS + 15 * 3_600_000, "usage-20261122.jsonl")],
)
def test_a_day_is_one_in_utc(at_ms: int, name: str) -> None:
    assert file_name(at_ms) == name


def test_a_line_is_one_event_and_the_file_belongs_to_its_owner(tmp_path: Path) -> None:
    append(tmp_path, AT_MS, event(1))
    append(tmp_path, AT_MS, event(2))
    lines = (tmp_path / NAME).read_bytes().splitlines(keepends=True)
    assert [json.loads(line)["seq_no"] for line in lines] == [1, 2]
    assert all(line.endswith(b"\n") for line in lines)
    if sys.platform != "win32":
        assert (tmp_path / NAME).stat().st_mode & 0o077 == 0


def test_a_torn_line_costs_only_itself(tmp_path: Path) -> None:
    append(tmp_path, AT_MS, event(1))
    with (tmp_path / NAME).open("ab") as file:
        file.write(b'{"source_tool":"codex","seq_no":2,"win')
    assert numbers(tmp_path) == [1]
    append(tmp_path, AT_MS, event(2))
    lines = (tmp_path / NAME).read_bytes().splitlines()
    assert [line[:1] + line[-1:] for line in lines] == [b"{}", b"{n", b"{}"]
    assert numbers(tmp_path) == [1, 2]


def test_a_last_line_that_lacks_only_its_newline_counts(tmp_path: Path) -> None:
    append(tmp_path, AT_MS, event(1))
    (tmp_path / NAME).write_bytes((tmp_path / NAME).read_bytes().rstrip(b"\n"))
    assert numbers(tmp_path) == [1]
    append(tmp_path, AT_MS, event(2))
    assert numbers(tmp_path) == [1, 2]


def test_a_line_for_which_there_is_no_room_is_taken_back(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource")
    append(tmp_path, AT_MS, event(1))
    before = (tmp_path / NAME).read_bytes()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 20, hard))
    try:
        with pytest.raises(OSError, match="no room"):
            append(tmp_path, AT_MS, event(2))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert (tmp_path / NAME).read_bytes() == before


def test_a_clock_that_went_back_does_not_hide_the_last_number(tmp_path: Path) -> None:
    for day in range(5):
        append(tmp_path, AT_MS + day * DAY_MS, event(day + 1))
        os.utime(tmp_path / file_name(AT_MS + day * DAY_MS), (1000 + day, 1000 + day))
    append(tmp_path, AT_MS, event(6))
    assert numbers(tmp_path)[-1] == 6


def test_only_the_end_of_a_large_file_is_looked_at(tmp_path: Path) -> None:
    line = b'{"seq_no":1,"windows":{},"x":"' + b"x" * 10_000 + b'"}\n'
    (tmp_path / NAME).write_bytes(line * 100)
    append(tmp_path, AT_MS, event(2))
    assert numbers(tmp_path)[-1] == 2
    assert len(numbers(tmp_path)) < 10


def test_a_folder_that_is_not_there_has_no_events(tmp_path: Path) -> None:
    assert last_events(tmp_path / "absent") == []


@given(cut=st.integers(0, 400), kept=st.integers(1, 4))
def test_wherever_a_crash_cut_the_last_line_no_number_comes_twice(
    tmp_path_factory: pytest.TempPathFactory, cut: int, kept: int
) -> None:
    folder = tmp_path_factory.mktemp("cut")
    for seq_no in range(1, kept + 2):
        append(folder, AT_MS, event(seq_no))
    whole = (folder / NAME).read_bytes()
    last = whole.rstrip(b"\n").rfind(b"\n") + 1
    (folder / NAME).write_bytes(whole[: min(len(whole), last + cut)])
    append(folder, AT_MS, event((numbers(folder)[-1] or 0) + 1))
    found = numbers(folder)
    assert len(set(found)) == len(found)
    assert found == sorted(found, key=lambda seq_no: seq_no or 0)
