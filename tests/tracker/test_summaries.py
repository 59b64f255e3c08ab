"""ccusage's reports in every dialect, as records of the tracker."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_loop.clock import parse_ms
from codex_loop.usage.tracker.records import DailySummary, MonthlySummary, SessionSummary, WeeklySummary
from codex_loop.usage.tracker.summaries import Read, Scope, summarize

NOW = parse_ms("2026-05-04T12:00:00Z") or 0
V20 = {"inputTokens": 280, "cacheCreationTokens": 0, "cacheReadTokens": 20, "outputTokens": 60, "totalTokens": 360}
V18 = {"inputTokens": 300, "cachedInputTokens": 20, "outputTokens": 60, "totalTokens": 360}
SCOPES: tuple[Scope, ...] = ("session", "daily", "weekly", "monthly")


def read(scope: Scope, report: object, week_start: str = "monday") -> Read:
    return summarize(scope, json.dumps(report), NOW, week_start)


def unified(agent: str, tokens: int, **facts: Any) -> dict[str, Any]:
    counts = {"inputTokens": tokens, "cacheCreationTokens": 0, "cacheReadTokens": 0, "outputTokens": 0}
    return {"agent": agent, "period": "2026-04-27", **counts, "totalTokens": tokens, "totalCost": 1.5, **facts}


def test_days_of_version_20() -> None:
    summary = read("daily", {"daily": [{"date": "2026-05-01", "costUSD": 0.5, "models": {}, **V20}]}).summary
    assert isinstance(summary, DailySummary)
    assert [(day.date, day.total_tokens, day.cost_usd) for day in summary.days] == [("2026-05-01", 360, 0.5)]
    assert (summary.total_tokens, summary.days[0].percent_used, summary.errors) == (360, None, ())


def test_days_of_version_18_have_iso_dates_and_are_suspect() -> None:
    found = read("daily", {"daily": [{"date": "May 01, 2026", "costUSD": 0.5, "models": {}, **V18}]})
    assert isinstance(found.summary, DailySummary)
    assert found.summary.days[0].date == "2026-05-01"
    assert "suspect:v18" in found.notes


def test_months_of_both_versions() -> None:
    for name, row in (("2026-05", V20), ("May 2026", V18)):
        summary = read("monthly", {"monthly": [{"month": name, "costUSD": 0.5, "models": {}, **row}]}).summary
        assert isinstance(summary, MonthlySummary)
        assert [(month.month, month.total_tokens) for month in summary.months] == [("2026-05", 360)]


def test_stated_totals_go_before_sums() -> None:
    days = [{"date": "2026-05-01", "totalTokens": 1}, {"date": "2026-05-02", "totalTokens": 2}]
    assert read("daily", {"days": days}).summary.total_tokens == 3
    assert read("daily", {"days": days, "totals": {"totalTokens": 0}}).summary.total_tokens == 0


def test_zero_is_a_value_in_every_field() -> None:
    week = {"currentWeek": {"startDate": "2026-04-27", "percentUsed": 0, "tokensUsed": 0, "tokensRemaining": 0}}
    summary = read("weekly", week).summary
    assert isinstance(summary, WeeklySummary)
    assert summary.weekly is not None
    assert (summary.weekly.percent_used, summary.weekly.tokens_used, summary.weekly.tokens_remaining) == (0, 0, 0)
    assert (summary.total_tokens, summary.errors) == (0, ())


def test_the_latest_session_is_the_last_active_one_and_of_equals_the_later_row() -> None:
    active = "2026-05-01T10:00:00"
    rows = [("a", f"{active}+02:00"), ("b", f"{active}Z"), ("c", f"{active}Z"), ("d", "2026-05-01T09:59:00Z")]
    sessions = [{"sessionId": name, "totalTokens": 1, "lastActivity": at} for name, at in rows]
    summary = read("session", {"sessions": sessions}).summary
    assert isinstance(summary, SessionSummary)
    assert summary.latest_session is not None
    assert (summary.latest_session.session_id, summary.session_count) == ("c", 4)


def test_sessions_without_a_time_have_no_latest() -> None:
    summary = read("session", {"sessions": [{"sessionId": "a", "totalTokens": 1}]}).summary
    assert isinstance(summary, SessionSummary)
    assert (summary.latest_session, summary.total_tokens) == (None, 1)


def test_of_a_report_of_all_agents_only_codex_counts() -> None:
    row = unified("all", 110, agents=[unified("codex", 100), unified("claude", 10)], metadata={"agents": ["codex"]})
    summary = read("weekly", {"weekly": [row], "totals": V20 | {"totalTokens": 110}}).summary
    assert isinstance(summary, WeeklySummary)
    assert summary.weekly is not None
    assert (summary.total_tokens, summary.weekly.start_date, summary.weekly.end_date) == (
        100,
        "2026-04-27",
        "2026-05-03",
    )


def test_a_sum_of_several_agents_is_nobodys_number() -> None:
    row = unified("all", 110, metadata={"agents": ["claude", "codex"]})
    summary = read("weekly", {"weekly": [row]}).summary
    assert summary.total_tokens is None
    assert summary.errors == ("mixed-agents",)


def test_a_report_of_claude_alone_says_nothing_of_codex() -> None:
    day = {"date": "2026-05-01", **V20, "totalCost": 1, "modelsUsed": [], "modelBreakdowns": []}
    summary = read("daily", {"daily": [day]}).summary
    assert (summary.total_tokens, summary.errors) == (None, ("not-codex",))


@pytest.mark.parametrize(
    ("week_start", "start", "tokens"),
    [("monday", "2026-04-27", 6), ("sunday", "2026-05-03", 4), ("friday", "2026-05-01", 6)],
)
def test_a_week_is_derived_from_the_days_of_the_calendar(week_start: str, start: str, tokens: int) -> None:
    days = [("2026-04-26", 1), ("2026-05-01", 2), ("2026-05-03", 4)]
    report = {"days": [{"date": date, "totalTokens": count} for date, count in days]}
    found = read("weekly", report, week_start)
    assert isinstance(found.summary, WeeklySummary)
    assert found.summary.weekly is not None
    assert (found.summary.weekly.start_date, found.summary.total_tokens) == (start, tokens)
    assert found.summary.weekly.percent_used is None
    assert found.notes == ("derived:weekly",)


def test_an_empty_report_says_that_nothing_was_used() -> None:
    found = read("daily", {"daily": [], "totals": {"totalTokens": 0, "costUSD": -0.0}})
    assert (found.summary.total_tokens, found.summary.errors) == (0, ("no-days",))


@pytest.mark.parametrize(
    ("facts", "stale"),
    [
        ({"generatedAt": "2026-05-03T11:59:59Z"}, True),
        ({"generatedAt": "2026-05-03T12:00:01Z"}, False),
        ({"resetAt": "2026-05-04T12:00:00Z"}, True),
        ({"resetAt": "2026-05-04T12:00:01Z"}, False),
        ({}, False),
    ],
)
def test_a_report_is_stale_when_it_says_so_itself(facts: dict[str, str], stale: bool) -> None:
    found = read("daily", {"days": [{"date": "2026-05-01", "totalTokens": 1}], **facts})
    assert ("stale-cache" in found.notes) is stale


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["days", "daily", "sessions", "currentWeek", "weekly", "totals", "date", "totalTokens", "x"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(st.sampled_from(SCOPES), _JSON)
def test_no_json_is_too_strange_and_what_cannot_be_read_has_a_tag(scope: Scope, value: object) -> None:
    summary = summarize(scope, json.dumps(value), NOW).summary
    assert type(summary).__struct_config__.tag == scope
    assert summary.total_tokens is not None or summary.errors


@given(st.sampled_from(SCOPES), st.text(max_size=60))
def test_no_text_is_too_strange(scope: Scope, text: str) -> None:
    assert summarize(scope, text, NOW).summary.errors
