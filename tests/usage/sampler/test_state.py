"""The sampler's state: replaced as a whole, and brought up to what the samples say."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from codex_loop.sources.samples.event import StatusEvent
from codex_loop.usage.sampler.state import SamplerState, load, save

AT_MS = 1_795_251_600_000
AT = "2026-11-21T09:00:00.000Z"


def event(seq_no: int, tool: str) -> StatusEvent:
    return StatusEvent(source_tool=tool, seq_no=seq_no, timestamp=AT)


def test_the_file_says_what_older_readers_look_for(tmp_path: Path) -> None:
    save(tmp_path, SamplerState().captured(event(100, "claude"), AT_MS).captured(event(101, "codex"), AT_MS))
    written = json.loads((tmp_path / "sampler-state.json").read_text())
    assert {name: written[name] for name in ("seq_no", "consecutive_failures", "last_capture_time")} == {
        "seq_no": 101, "consecutive_failures": 0, "last_capture_time": AT
    }  # fmt: skip
    assert (written["last_claude_seq_no"], written["last_codex_seq_no"]) == (100, 101)


def test_what_is_saved_is_what_is_loaded_and_nothing_else_is_left(tmp_path: Path) -> None:
    state = SamplerState().captured(event(1, "claude"), AT_MS).failed("codex", "timeout", "slow", AT_MS)
    save(tmp_path, SamplerState())
    save(tmp_path, state)
    assert load(tmp_path) == state
    assert [path.name for path in tmp_path.iterdir()] == ["sampler-state.json"]


def test_a_state_of_the_first_sampler_is_understood(tmp_path: Path) -> None:
    old = {"seq_no": 5, "consecutive_failures": 2, "last_capture_time": AT, "last_claude_seq_no": 5, "version": "0.1"}
    (tmp_path / "sampler-state.json").write_text(json.dumps(old))
    state = load(tmp_path)
    assert state is not None
    assert (state.seq_no, state.last_claude_seq_no, state.last_codex_seq_no, state.captures) == (5, 5, None, {})


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"seq_no":"x"}', b"\xff\xfe"])
def test_a_state_that_cannot_be_read_is_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "sampler-state.json").write_bytes(content)
    assert load(tmp_path) is None


def test_a_state_behind_its_samples_counts_them(tmp_path: Path) -> None:
    state = SamplerState().captured(event(1, "claude"), AT_MS)
    found = state.caught_up([event(1, "claude"), event(2, "codex"), event(3, "claude")], counting=True)
    assert (found.seq_no, found.last_claude_seq_no, found.last_codex_seq_no) == (3, 3, 2)
    assert found.captures == {"claude": 2, "codex": 1}


def test_a_lost_state_goes_on_with_the_numbers_and_begins_to_count_anew() -> None:
    found = SamplerState().caught_up([event(7, "claude"), event(8, "codex")], counting=False)
    assert (found.seq_no, found.last_codex_seq_no, found.captures) == (8, 8, {})


def test_failures_are_counted_by_source_and_reason() -> None:
    state = SamplerState()
    for reason in ("timeout", "timeout", "auth"):
        state = state.failed("codex", reason, "why", AT_MS)
    assert state.failures == {"codex": {"timeout": 2, "auth": 1}}
    assert state.last_failure["codex"].reason == "auth"
