"""`inbox/statusline-YYYYMMDD.jsonl`: limits that Claude Code told its statusline."""

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
from codex_loop.model.records import LimitObserved
from codex_loop.sources.base import Homes
from codex_loop.sources.inbox.statusline import ClaudeStatusline
from codex_loop.sources.lines import split
from codex_loop.sources.own_files import OwnState

AT_MS = 1_795_251_600_000
RESET_S = AT_MS // 1000 + 7200
FILE = "statusline-20261121.jsonl"


def line(**windows: Any) -> bytes:
    said = {"schema": "codex-loop/statusline/1", "time_ms": AT_MS, "session_id": "s-1", "version": "2.1.329"}
    return json.dumps(said | {"rate_limits": windows}, separators=(",", ":")).encode()


def limits(*lines: bytes) -> list[LimitObserved]:
    return own_files.statusline().count(NothingKept(), Into(FILE, "claude"), b"\n".join(lines) + b"\n", 0).limits


def test_each_window_is_a_limit_of_the_account_and_of_no_session() -> None:
    found = limits(
        line(
            five_hour={"used_percentage": 42.5, "resets_at": RESET_S},
            seven_day={"used_percentage": 0, "resets_at": RESET_S},
            seven_day_opus={"used_percentage": 3},
        )
    )
    assert [(each.slot, each.window_minutes, each.used_percent, each.resets_ms) for each in found] == [
        ("five_hour", 300, 42.5, RESET_S * 1000),
        ("seven_day", 10_080, 0.0, RESET_S * 1000),
        ("seven_day_opus", 10_080, 3.0, None),
    ]
    assert {(each.agent, each.via, each.session, each.limit_id) for each in found} == {
        ("claude", "statusline", "", "claude")
    }
    assert {each.time_ms for each in found} == {AT_MS}


@pytest.mark.parametrize("value", [None, True, "42", -1, 101.5, RESET_S])
def test_what_is_no_percentage_is_not_known_and_never_0(value: object) -> None:
    (found,) = limits(line(five_hour={"used_percentage": value, "resets_at": RESET_S}))
    assert (found.used_percent, found.resets_ms) == (None, RESET_S * 1000)
    assert limits(line(five_hour={"used_percentage": value})) == []


@pytest.mark.parametrize("value", [None, True, "soon", -5, 0, 1e300, 1 << 62])
def test_a_reset_that_cannot_be_is_not_known(value: object) -> None:
    (found,) = limits(line(five_hour={"used_percentage": 1, "resets_at": value}))
    assert found.resets_ms is None


def test_lines_read_are_lines_told_and_rejected_in_both_lanes() -> None:
    block = b"\n".join([line(five_hour={"used_percentage": 1}), b"{", b'{"rate_limits":{}}', b"", line(), b""])
    counted = own_files.statusline().count(NothingKept(), Into(FILE, "claude"), block, 0)
    decoded = ClaudeStatusline().decode(OwnState(), FILE, split(block, 0))
    assert counted.lines == 4
    assert [at for at, _ in counted.rejected] == [reject.offset for reject in decoded.rejects]
    assert (len(counted.rejected), len(decoded.records), decoded.version) == (2, 1, "2.1.329")


def test_files_are_found_in_the_inbox_of_our_data_folder(tmp_path: Path) -> None:
    inbox = tmp_path / "data" / "inbox"
    inbox.mkdir(parents=True)
    for name in (FILE, "statusline-notes.jsonl", "statusline-20261120.jsonl"):
        (inbox / name).touch()
    found = [each.path.name for each in ClaudeStatusline().discover(Homes(data=(tmp_path / "data", tmp_path / "no")))]
    assert found == ["statusline-20261120.jsonl", FILE]


def test_it_is_recognised_by_its_schema() -> None:
    assert ClaudeStatusline().fingerprint(Path("any.jsonl"), line())
    assert not ClaudeStatusline().fingerprint(Path(FILE), b'{"rate_limits":{}}')


def test_the_same_line_has_the_same_key_in_a_copy_and_another_one_when_it_is_repeated() -> None:
    one = line(five_hour={"used_percentage": 1})
    keys = ClaudeStatusline().identify(OwnState(), FILE, [one, one])
    assert len(set(keys)) == 2
    assert keys == ClaudeStatusline().identify(OwnState(), "copy.jsonl", [one + b"\r", one])


_json = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
    lambda inner: st.dictionaries(st.sampled_from(["used_percentage", "resets_at", "five_hour"]), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(["schema", "time_ms", "rate_limits"]), _json), st.booleans())
def test_any_object_is_answered_and_what_is_told_is_possible(of: dict[str, object], ours: bool) -> None:
    data = json.dumps(of | ({"schema": "codex-loop/statusline/1"} if ours else {})).encode() + b"\n"
    counted = own_files.statusline().count(NothingKept(), Into(FILE, "claude"), data, 0)
    assert counted.lines == 1
    assert all(each.used_percent is None or 0 <= each.used_percent <= 101 for each in counted.limits)
    assert all(each.resets_ms is None or 0 < each.resets_ms < 1 << 48 for each in counted.limits)
