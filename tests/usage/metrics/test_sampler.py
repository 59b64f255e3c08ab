"""The sampler's state as samples."""

from __future__ import annotations

import msgspec

from codex_loop.clock import MINUTE_MS, format_ms
from codex_loop.sources.samples.event import StatusEvent
from codex_loop.usage.metrics.sampler import last_captures, sampler_families
from codex_loop.usage.sampler.state import SamplerState
from tests.usage.metrics.month import named

FAILURES = "codexloop_sampler_capture_failures_total"


def event(tool: str, number: int, at_ms: int) -> StatusEvent:
    return StatusEvent(source_tool=tool, seq_no=number, timestamp=format_ms(at_ms))


def test_counters_stand_at_zero_before_anything_happened() -> None:
    found = named(sampler_families(None, {}))
    assert found['cctrack_sampler_capture_failures_total{source="codex"}'] == 0
    assert found['cctrack_sampler_captures_total{source="claude"}'] == 0
    assert found[f'{FAILURES}{{reason="timeout",source="codex"}}'] == 0
    assert set(found.values()) == {0.0}


def test_two_cycles_of_both_sources_are_two_captures_of_each() -> None:
    state = SamplerState()
    for cycle in (1, 2):
        for place, tool in enumerate(("claude", "codex")):
            state = state.captured(event(tool, 2 * cycle + place, 0), cycle * MINUTE_MS)
    found = named(sampler_families(state, last_captures(state, list)))
    for tool in ("claude", "codex"):
        assert found[f'cctrack_sampler_captures_total{{source="{tool}"}}'] == 2
        assert found[f'cctrack_sampler_last_capture_timestamp_seconds{{source="{tool}"}}'] == 120
        assert found[f'codexloop_sampler_last_capture_timestamp_seconds{{source="{tool}"}}'] == 120


def test_failures_are_counted_by_source_and_reason_also_by_a_reason_of_a_later_version() -> None:
    state = SamplerState().failed("codex", "timeout", "", 1).failed("codex", "timeout", "", 2)
    found = named(sampler_families(state.failed("codex", "moon", "", 3), {}))
    assert found[f'{FAILURES}{{reason="timeout",source="codex"}}'] == 2
    assert found[f'{FAILURES}{{reason="moon",source="codex"}}'] == 1
    assert found['cctrack_sampler_capture_failures_total{source="codex"}'] == 3
    assert found['cctrack_sampler_capture_failures_total{source="claude"}'] == 0


def test_a_source_that_is_not_asked_is_told_apart_from_one_that_is_silent() -> None:
    found = named(sampler_families(SamplerState(disabled={"codex": "CODEX_STATUS_PATH is empty"}), {}))
    assert found['codexloop_sampler_enabled{source="codex"}'] == 0
    assert found['codexloop_sampler_enabled{source="claude"}'] == 1


def test_of_an_older_samplers_state_the_last_lines_say_when_each_source_was_captured() -> None:
    old = b'{"seq_no":101,"consecutive_failures":0,"last_capture_time":"2026-11-21T10:00:00Z","last_claude_seq_no":100}'
    state = msgspec.json.decode(old, type=SamplerState)
    events = [event("claude", 98, 1000), event("claude", 100, 5000), event("codex", 101, 6000)]
    assert last_captures(state, lambda: events) == {"claude": 5000, "codex": 6000}


def test_what_the_state_says_is_believed_before_older_lines() -> None:
    state = SamplerState().captured(event("claude", 9, 0), 7000)
    events = [event("claude", 8, 1000), event("codex", 7, 2000)]
    assert last_captures(state, lambda: events) == {"claude": 7000, "codex": 2000}
