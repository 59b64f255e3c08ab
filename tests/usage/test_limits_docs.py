"""docs/limits.md says what the limits do."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import get_args

import pytest

from codex_loop.cli import dials, feed
from codex_loop.clock import HOUR_MS, MINUTE_MS
from codex_loop.settings import FIELDS
from codex_loop.usage import forecast, limits, notices
from codex_loop.usage.forecast import Use
from tests.usage.test_notices import notice

PAGE = (Path(__file__).parents[2] / "docs" / "limits.md").read_text(encoding="utf-8")
NOW = 1_795_251_600_000


@pytest.mark.parametrize("state", get_args(limits.State))
def test_every_state_is_explained(state: str) -> None:
    assert f"| `{state}` |" in PAGE


@pytest.mark.parametrize("confidence", get_args(forecast.Confidence))
def test_every_confidence_is_explained(confidence: str) -> None:
    assert f"| `{confidence}` |" in PAGE


@pytest.mark.parametrize("name", [name for name in FIELDS if name.startswith("notify_")])
def test_every_setting_of_notices_stands_there_with_its_variable(name: str) -> None:
    assert f"| `{name}` | `{FIELDS[name].variables[0]}` |" in PAGE


@pytest.mark.parametrize("form", dials.FORMATS)
def test_every_format_of_the_widget_stands_there(form: str) -> None:
    assert f"--format {form}" in PAGE


def test_the_numbers_of_the_page_are_those_of_the_code() -> None:
    assert (dials.WARNING, dials.CRITICAL, dials.URGENT) == (80, 95, 33)
    assert (limits.stale_after_ms(300), limits.stale_after_ms(10_080)) == (15 * MINUTE_MS, HOUR_MS)
    assert limits.HORIZON_MS == 16 * 24 * HOUR_MS
    assert (limits.FULL, limits.AHEAD_MS, forecast.EARLIEST_PERCENT) == (101.0, 5 * MINUTE_MS, 3.0)
    assert feed.DEADLINE_S == 2.0


def test_the_example_of_a_forecast_is_right() -> None:
    use = Use(used=62.0, at_ms=NOW, minutes=10_080, resets_ms=NOW + 84 * HOUR_MS)
    found = forecast.mean(use)
    assert found is not None
    assert found.exhausts_ms is not None
    said = (f"{found.percent_per_hour:.2f} %", f"{(found.exhausts_ms - NOW) / HOUR_MS:.1f} hours")
    assert all(each in PAGE for each in (*said, "32.5 hours before", "pace 1.24"))


def test_the_notice_of_the_page_has_the_fields_of_a_notice() -> None:
    (shown,) = (json.loads(line) for line in PAGE.splitlines() if '"codex-loop/notice/1"' in line)
    assert list(shown) == list(json.loads(notices.body(notice())))


def test_the_line_of_the_page_is_one_that_the_statusline_prints(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    seconds = NOW // 1000
    told = {"model": {"display_name": "Sonnet 4.5"}, "context_window": {"used_percentage": 7}}
    windows = {
        "five_hour": {"used_percentage": 42.0, "resets_at": seconds + 7300.0},
        "seven_day": {"used_percentage": 17.0, "resets_at": seconds + 350_000.0},
    }
    dial = {"dial": "C5", "used_percent": 12, "observed_ms": NOW, "stale_after_ms": 1, "resets_ms": NOW + 1}
    assert f"`{feed.line(told, windows, {'dials': [dial]}, NOW)}`" in PAGE


def test_the_setting_of_claude_code_is_json() -> None:
    (setting,) = re.findall(r'^\{"statusLine".*$', PAGE, re.MULTILINE)
    assert json.loads(setting)["statusLine"]["command"] == "codex-loop statusline"
