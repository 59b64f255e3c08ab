"""`usage-YYYYMMDD.jsonl`: ours, those of Claude alone, and every spelling of a window."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_loop.capture.counting import own_files
from codex_loop.capture.counting.base import Into
from codex_loop.capture.counting.own_files import Remembered as NothingKept
from codex_loop.model.records import LimitObserved, Unknown
from codex_loop.sources.base import Homes
from codex_loop.sources.lines import split
from codex_loop.sources.own_files import OwnState
from codex_loop.sources.samples.files import StatusSamples

AT = "2026-11-21T09:00:00Z"
AT_MS = 1_795_251_600_000
RESET = "2026-11-21T11:00:00Z"
RESET_MS = AT_MS + 7_200_000


def line(**event: Any) -> bytes:
    return json.dumps({"source_tool": "codex", "seq_no": 7, "timestamp": AT, "hostname": "h"} | event).encode()


def limits(*lines: bytes) -> list[LimitObserved]:
    return (
        own_files.samples()
        .count(NothingKept(), Into("usage-20261121.jsonl", "codex"), b"\n".join(lines) + b"\n", 0)
        .limits
    )


def limit(window: object, name: str = "5h_limit", **event: Any) -> LimitObserved:
    (found,) = limits(line(windows={name: window}, **event))
    return found


def test_a_line_tells_the_limits_of_its_agent_who_told_them_and_whose_they_are() -> None:
    window = {"used_percent": 12.5, "resets_at": RESET, "window_minutes": 300, "limit_id": "codex", "slot": "primary"}
    found = limit(window, via="app-server", account="k1", plan="pro", credits="9.99")
    assert (found.agent, found.account, found.via, found.session) == ("codex", "k1", "app-server", "")
    assert (found.limit_id, found.slot, found.window_minutes, found.used_percent) == ("codex", "primary", 300, 12.5)
    assert (found.time_ms, found.resets_ms, found.plan, found.credits) == (AT_MS, RESET_MS, "pro", "9.99")


def test_a_program_that_does_not_say_how_it_knows_is_not_taken_for_the_agents_own_files() -> None:
    assert limit({"used_percent": 42}).via == "program"


@pytest.mark.parametrize(
    ("window", "used"),
    [
        ({"used_percent": 42}, 42.0),
        ({"percent_used": "42%"}, 42.0),
        ({"utilization": 0, "reset": RESET}, 0.0),
        ({"used": 42.5}, 42.5),
        ({"percent_left": 58}, 42.0),
        ({"remaining_percent": 100}, 0.0),
        ({"left": "0 %", "used_percent": None}, 100.0),
        ({"usage_ratio": 0.42}, 42.0),
    ],
)
def test_every_spelling_of_used_and_left_is_percent_used(window: dict[str, object], used: float) -> None:
    assert limit(window).used_percent == used


@pytest.mark.parametrize("value", [None, True, "N/A", -1, 1_795_251_600, "NaN", [], {}])
def test_what_is_no_percentage_is_not_known_and_never_0(value: object) -> None:
    assert limit({"used_percent": value, "resets_at": RESET}).used_percent is None


def test_more_than_all_is_believed_only_where_credits_let_it_go_on() -> None:
    assert limit({"used_percent": 130, "resets_at": RESET}).used_percent is None
    assert limit({"used_percent": 130, "resets_at": RESET}, credits="3.00").used_percent == 130.0


@pytest.mark.parametrize(
    "reset",
    [
        {"resets_at": RESET},
        {"reset": RESET_MS / 1000},
        {"reset_at": RESET_MS},
        {"resets": "2026-11-21T12:00:00+01:00"},
        {"resets_in_seconds": 7200},
    ],
)
def test_every_spelling_of_a_reset_is_one_instant(reset: dict[str, object]) -> None:
    assert limit({"used_percent": 1, **reset}).resets_ms == RESET_MS


def test_a_reset_beyond_all_calendars_is_not_known() -> None:
    assert limit({"used_percent": 1, "resets_in_seconds": 9e8}, timestamp="9999-12-31T00:00:00Z").resets_ms is None


def test_a_local_time_of_day_is_no_instant() -> None:
    assert limit({"used_percent": 1, "resets_at": "08:19"}).resets_ms is None


@pytest.mark.parametrize(
    ("tool", "name", "minutes", "slot"),
    [
        ("codex", "5h_limit", 300, None),
        ("codex", "weekly_limit", 10_080, None),
        ("codex", "90m", 90, None),
        ("codex", "30d_limit", 43_200, None),
        ("codex", "mystery", None, "mystery"),
        ("claude", "session", 300, "five_hour"),
        ("claude", "weekly_all", 10_080, "seven_day"),
        ("claude", "weekly_opus", 10_080, "seven_day_opus"),
        ("claude", "seven_day_sonnet", 10_080, "seven_day_sonnet"),
    ],
)
def test_a_window_is_known_by_its_name_where_its_length_is_not_told(
    tool: str, name: str, minutes: int | None, slot: str | None
) -> None:
    found = limit({"used_percent": 1}, name, source_tool=tool)
    assert (found.agent, found.limit_id, found.window_minutes, found.slot) == (tool, tool, minutes, slot)


def test_files_of_claude_alone_name_no_tool() -> None:
    old = b'{"seq_no":1,"ts":1795251600,"windows":{"session":{"used":3,"reset":"2026-11-21T11:00:00Z"}}}'
    (found,) = limits(old)
    assert (found.agent, found.slot, found.time_ms, found.resets_ms) == ("claude", "five_hour", AT_MS, RESET_MS)


def test_a_window_of_which_nothing_is_known_says_nothing() -> None:
    assert limits(line(windows={"5h_limit": {"used_percent": None}, "weekly_limit": None})) == []
    (found,) = limits(line(windows={}, credits="unlimited"))
    assert (found.used_percent, found.credits) == (None, "unlimited")


def test_a_window_that_nobody_can_read_is_named_and_the_others_are_told() -> None:
    data = line(windows={"5h_limit": 42, "weekly_limit": {"used_percent": 1}})
    found = StatusSamples().decode(OwnState(), "usage-20261121.jsonl", split(data, 0)).records
    assert [type(record) for record in found] == [LimitObserved, Unknown]
    assert [record.type for record in found if isinstance(record, Unknown)] == ["window 5h_limit"]


def test_what_is_no_event_is_rejected_by_both_lanes() -> None:
    block = b'{"windows":{}}\n{"seq_no":1}\n[]\n\n{"source_tool":"co\n' + line(error={"reason": "auth"}) + b"\n"
    counted = own_files.samples().count(NothingKept(), Into("usage-20261121.jsonl", "codex"), block, 0)
    decoded = StatusSamples().decode(OwnState(), "usage-20261121.jsonl", split(block, 0))
    assert (counted.lines, counted.limits) == (5, [])
    assert [at for at, _ in counted.rejected] == [reject.offset for reject in decoded.rejects] == [15, 28, 32]


def test_the_same_line_has_the_same_key_in_a_copy_and_another_one_when_it_is_repeated() -> None:
    one = line(windows={})
    keys = StatusSamples().identify(OwnState(), "usage-20261121.jsonl", [one, one])
    assert len(set(keys)) == 2
    assert keys == StatusSamples().identify(OwnState(), "copy.jsonl", [one + b"\r", one])


def test_files_are_found_in_our_data_folder_and_in_those_the_user_names(tmp_path: Path) -> None:
    ours, theirs = tmp_path / "data", tmp_path / "cctrack"
    for folder in (ours / "samples", theirs):
        folder.mkdir(parents=True)
        (folder / "usage-20261121.jsonl").touch()
        (folder / "usage-notes.jsonl").touch()
    found = list(StatusSamples().discover(Homes(data=(ours,), extra=(theirs, tmp_path / "absent"))))
    assert [each.path for each in found] == [ours / "samples/usage-20261121.jsonl", theirs / "usage-20261121.jsonl"]
    (named,) = StatusSamples().discover(Homes(extra=(theirs / "usage-20261121.jsonl",)))
    assert named.path == theirs / "usage-20261121.jsonl"


def test_it_is_recognised_by_its_windows() -> None:
    source = StatusSamples()
    assert source.fingerprint(Path("any.jsonl"), line(windows={}))
    assert source.fingerprint(Path("usage-20261121.jsonl"), b'{"windows":{"session":{}}}')
    assert not source.fingerprint(Path("usage-20261121.jsonl"), b'{"type":"user"}')


_names = st.sampled_from(
    ["windows", "session", "used_percent", "left", "resets_at", "resets_in_seconds", "window_minutes", "timestamp",
     "error", "reason", "seq_no", "credits", "source_tool", "x"]
)  # fmt: skip
_json = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_names, inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(_names, _json, max_size=5))
def test_any_object_is_answered_and_what_is_told_is_possible(event: dict[str, object]) -> None:
    data = json.dumps(event).encode() + b"\n"
    counted = own_files.samples().count(NothingKept(), Into("usage-20261121.jsonl", "codex"), data, 0)
    assert counted.lines == 1
    assert all(each.used_percent is None or each.used_percent >= 0 for each in counted.limits)
    assert all(each.resets_ms is None or 0 < each.resets_ms < 1 << 48 for each in counted.limits)
