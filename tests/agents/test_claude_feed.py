"""What a status line told us a moment ago."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from codex_loop.agents import claude_feed
from codex_loop.sources.samples.event import NotSaid

NOW = 1_795_264_800_000


def line(at_ms: int, used: float) -> str:
    limits: dict[str, Any] = {"five_hour": {"used_percentage": used, "resets_at": NOW // 1000 + 3600}}
    return json.dumps({"schema": "codex-loop/statusline/1", "time_ms": at_ms, "rate_limits": limits})


def test_the_newest_line_that_tells_of_limits_counts(tmp_path: Path) -> None:
    (tmp_path / "statusline-20261120.jsonl").write_text(line(NOW - 90_000, 1) + "\n")
    lines = [line(NOW - 60_000, 41), line(NOW - 30_000, 42), '{"rate_limits": {}}', '{"torn']
    (tmp_path / "statusline-20261121.jsonl").write_text("\n".join(lines))
    found = claude_feed.newest(tmp_path, NOW)
    assert (found.windows["session"].used_percent, found.observed_ms) == (42, NOW - 30_000)


def test_what_was_told_yesterday_night_still_counts_after_midnight(tmp_path: Path) -> None:
    (tmp_path / "statusline-20261120.jsonl").write_text(line(NOW - 60_000, 41) + "\n")
    (tmp_path / "statusline-20261121.jsonl").write_text("")
    assert claude_feed.newest(tmp_path, NOW).windows["session"].used_percent == 41


@pytest.mark.parametrize("lines", ["", "garbage\n", line(NOW - 301_000, 41), line(NOW + 60_000, 41)])
def test_what_is_old_or_not_yet_is_not_the_present(tmp_path: Path, lines: str) -> None:
    (tmp_path / "statusline-20261121.jsonl").write_text(lines)
    with pytest.raises(NotSaid, match="5 minutes"):
        claude_feed.newest(tmp_path, NOW)


def test_without_a_status_line_it_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(NotSaid, match="codex-loop statusline"):
        claude_feed.newest(tmp_path / "none", NOW)
