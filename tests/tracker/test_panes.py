"""Status panes as they are pasted: every layout, several at once, with the terminal's colours."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_loop.usage.tracker import counts, heard, panes
from tests.tracker.conftest import fixture_text


def test_a_pane_keeps_its_words_for_the_reset() -> None:
    bars = panes.codex(fixture_text("panes/wide_status_82_1.txt"))
    assert (bars.fiveh_resets, bars.weekly_resets) == ("05:15", "14:52 on 23 Nov")
    bars = panes.claude(fixture_text("panes/claude_usage.txt"))
    assert (bars.session_resets, bars.all_models_resets) == ("11:59am (UTC)", "Nov 26, 3:59am (UTC)")


def test_the_week_of_opus_is_told_apart_from_that_of_all_models() -> None:
    text = fixture_text("panes/claude_usage.txt").replace("Sonnet only", "Opus")
    assert panes.claude(text).percent("opus") == 5
    assert panes.claude(text).percent("all_models") == 90


def test_colours_of_the_terminal_do_not_matter() -> None:
    text = "\x1b[1m5h limit:\x1b[0m [\x1b[32m██░░\x1b[0m] \x1b[33m59%\x1b[0m left (resets 08:19)\r\n"
    assert panes.codex(text).percent("fiveh") == 41


def test_a_bar_without_a_neighbour_leaves_that_one_unknown() -> None:
    bars = panes.codex("Weekly limit: [█░] 8% used (resets 14:52 on 23 Nov)")
    assert (bars.percent("fiveh"), bars.percent("weekly"), bars.errors) == (None, 8, ())


def test_limits_that_are_not_available_are_no_zero() -> None:
    bars = panes.codex("  Limits:  data not available yet\n  Context window: 100% left")
    assert (bars.percent("fiveh"), bars.errors) == (None, ("insufficient-data",))


def test_several_panes_of_claude_are_trimmed_to_the_last() -> None:
    text = fixture_text("panes/claude_usage.txt")
    bars = panes.claude(text + text.replace(" 1% used", " 2% used"))
    assert (bars.percent("session"), bars.errors) == (2, ("multi-pane-trimmed",))


@given(st.integers(0, 100), st.integers(0, 100), st.sampled_from(["used", "left"]))
def test_used_and_left_are_the_same_thing_said_twice(fiveh: int, weekly: int, sense: str) -> None:
    text = f"5h limit: [█░] {fiveh}% {sense} (resets 08:19)\nWeekly limit: [█░] {weekly}% {sense} (resets 08:19)"
    bars = panes.codex(text)
    expected = (fiveh, weekly) if sense == "used" else (100 - fiveh, 100 - weekly)
    assert (bars.percent("fiveh"), bars.percent("weekly")) == expected


@given(st.text())
def test_no_pane_is_too_strange(text: str) -> None:
    for read in panes.READERS.values():
        assert isinstance(read(text).errors, tuple)


@pytest.mark.parametrize(
    ("text", "prompts"),
    [
        ("12", 12),
        (" 0 \n", 0),
        ("prompts: 25", 25),
        ("30 prompts", 30),
        ('{"prompts_used": 7}', 7),
        ('{"blocks":[{"entries":3},{"entries":0,"isGap":true},{"entries":9}]}', 12),
        ('{"blocks":[]}', 0),
    ],
)
def test_prompts_are_counted_from_what_is_pasted(text: str, prompts: int) -> None:
    assert counts.read(text) == counts.Count(prompts)


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("many", "invalid-json"),
        ("[1]", "no-prompt-count"),
        ("{}", "no-prompt-count"),
        ('{"blocks":[{}]}', "no-prompt-count"),
        ('{"prompts":"x"}', "no-prompt-count"),
    ],
)
def test_what_is_no_count_has_a_tag(text: str, tag: str) -> None:
    assert counts.read(text) == counts.Count(None, (tag,))


def test_a_monitor_is_read_as_far_as_it_goes() -> None:
    told = heard.monitor('{"source":{"kind":"api"},"limits":{"five_hour":{"used_percentage":0,"resets_at":"x"}}}')
    assert (told["session_pct"], told["all_models_pct"], told["source"], told["errors"]) == (0, None, "api", [])
    assert heard.monitor("{}")["errors"] == ["insufficient-data"]
    assert heard.monitor("[]")["errors"] == ["insufficient-data"]
    assert heard.monitor(fixture_text("panes/claude_usage.txt"))["session_pct"] == 1


def test_telemetry_is_added_up_only_where_every_record_tells() -> None:
    told = {"records": 2, "total_tokens": 3, "errors": []}
    assert heard.telemetry('{"tokens":1}\n{"total_tokens":2}\n') == told
    assert heard.telemetry('{"tokens":1}\n{}\n') == told | {"total_tokens": None}
    assert heard.telemetry("x")["errors"] == ["invalid-json"]
