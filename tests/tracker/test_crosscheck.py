"""What the provider last said of its week, as long as that holds; and the archive of months."""

from __future__ import annotations

from pathlib import Path

import pytest

from codex_loop.clock import DAY_MS, HOUR_MS, format_ms
from codex_loop.usage.tracker import archive, crosscheck, reconcile
from codex_loop.usage.tracker.journal import Logbook, append
from codex_loop.usage.tracker.records import (
    Bars,
    Ccusage,
    CcusageDay,
    CcusageMonth,
    CcusageSession,
    CcusageWeek,
    Churned,
    DailySummary,
    MonthlySummary,
    ProviderSays,
    SessionSummary,
    Snapshot,
    Summary,
    WeeklySummary,
)
from tests.store.builder import BORN_MS, Builder

NOW = BORN_MS


@pytest.fixture
def book(tmp_path: Path) -> Logbook:
    return Logbook(tmp_path / "live", tmp_path / "state")


def pane(book: Logbook, seen_ms: int, used: float, resets_ms: int | None) -> None:
    bars = Bars(weekly_pct=used, weekly_resets=None if resets_ms is None else format_ms(resets_ms))
    append(book, "snapshots", Snapshot(window="W", provider="codex", captured_at=format_ms(seen_ms), parsed=bars))


def reported(book: Logbook, summary: Summary) -> None:
    scope = str(type(summary).__struct_config__.tag)
    append(book, "codex_ccusage", Ccusage(window="W", scope=scope, captured_at=format_ms(NOW), parsed=summary))


def test_a_week_that_has_begun_anew_is_unknown(book: Logbook) -> None:
    pane(book, NOW - 2 * HOUR_MS, 40, NOW - HOUR_MS)
    says = crosscheck.weekly(book, None, NOW)
    assert (says.percent_used, says.missing) == (None, "the week has begun anew since it was seen")


def test_without_a_reset_a_word_holds_for_a_day(book: Logbook) -> None:
    pane(book, NOW - DAY_MS, 40, None)
    assert crosscheck.weekly(book, None, NOW).percent_used == 40
    says = crosscheck.weekly(book, None, NOW + 1)
    assert (says.percent_used, says.missing) == (None, "it was seen more than a day ago")


@pytest.mark.parametrize(("minutes", "used", "source"), [(5, 40, "snapshot"), (15, 70, "limit-samples:rollout")])
def test_the_newer_of_pane_and_sample_is_believed(
    book: Logbook, tmp_path: Path, minutes: int, used: float, source: str
) -> None:
    pane(book, NOW - minutes * 60_000, 40, NOW + DAY_MS)
    builder = Builder(str(tmp_path / "loop.db"))
    times = {"time_ms": NOW - 10 * 60_000, "resets_ms": NOW + DAY_MS}
    week = {"agent": "codex", "host": "h", "limit_id": "codex", "window_minutes": 10080, "used_percent": 70.0}
    builder.row("limit_samples", **week, **times)
    builder.write()
    says = crosscheck.weekly(book, builder.database, NOW)
    builder.close()
    assert (says.percent_used, says.percent_remaining, says.source) == (used, 100 - used, source)


def test_overage_leaves_nothing_and_not_less(book: Logbook) -> None:
    pane(book, NOW, 104, None)
    assert crosscheck.weekly(book, None, NOW).percent_remaining == 0


@pytest.mark.parametrize(
    ("theirs", "apart"), [(52, True), (51.5, True), (51, False), (31, False), (30, True), (None, False)]
)
def test_more_than_ten_points_apart_is_divergent(theirs: float | None, apart: bool) -> None:
    summary = WeeklySummary(weekly=CcusageWeek(percent_used=theirs))
    says = ProviderSays(percent_used=41.0, source="snapshot")
    assert (crosscheck.divergence(summary, says) is not None) is apart
    assert crosscheck.divergence(summary, ProviderSays(missing="x")) is None


def month(name: str, tokens: int | None) -> CcusageMonth:
    return CcusageMonth(month=name, total_tokens=tokens)


def verdicts(book: Logbook) -> dict[str, str]:
    return {each.what: each.verdict for each in archive.check(book).checks}


def test_months_that_do_not_add_up_are_found(book: Logbook) -> None:
    reported(book, MonthlySummary(months=(month("2026-04", 1), month("2026-05", 2)), total_tokens=4))
    assert verdicts(book) == {"the months add up to the total": "differs"}
    assert not archive.check(book).agrees
    reported(book, MonthlySummary(months=(month("2026-05", None),), total_tokens=4))
    assert verdicts(book) == {"the months add up to the total": "missing"}


@pytest.mark.parametrize(("tokens", "verdict"), [(5, "agrees"), (4, "partial"), (6, "differs")])
def test_days_cannot_be_more_than_their_month(book: Logbook, tokens: int, verdict: str) -> None:
    days = (CcusageDay(date="2026-05-31", total_tokens=tokens), CcusageDay(date="2026-06-01", total_tokens=9))
    reported(book, DailySummary(days=days))
    reported(book, MonthlySummary(months=(month("2026-05", 5),), total_tokens=5))
    assert verdicts(book)["2026-05: its days"] == verdict


@pytest.mark.parametrize(("now", "verdict"), [(5, "agrees"), (6, "partial"), (4, "differs"), (None, "missing")])
def test_churn_refers_to_a_month_that_may_grow_but_not_shrink(book: Logbook, now: int | None, verdict: str) -> None:
    append(book, "churn", Churned(window="W0-01", month="2026-05", month_tokens=5))
    append(book, "churn", Churned(window="W0-02", month="2026-05", month_tokens=None))
    if now is not None:
        reported(book, MonthlySummary(months=(month("2026-05", now),), total_tokens=now))
    assert verdicts(book)["2026-05: churn of W0-01 refers to it"] == verdict
    assert not any("W0-02" in what for what in verdicts(book))


def test_a_session_whose_time_is_unknown_is_in_no_window(book: Logbook) -> None:
    sessions = (CcusageSession(session_id="a", total_tokens=1), CcusageSession(session_id="b", last_activity="noon"))
    reported(book, SessionSummary(session_count=2, sessions=sessions))
    found = reconcile.reconcile(book)
    assert {each.reason for each in found.unmatched} == {"its last activity is not told"}
    assert reconcile.reconcile(book, "W0-01").unmatched == ()


def test_a_session_at_the_border_of_two_windows_is_in_the_later_one_only(book: Logbook) -> None:
    at = format_ms(NOW)
    for window, phase in (("W0-01", "before"), ("W0-01", "after"), ("W0-02", "before")):
        when = format_ms(NOW - HOUR_MS) if (window, phase) == ("W0-01", "before") else at
        append(book, "snapshots", Snapshot(window=window, provider="codex", phase=phase, captured_at=when))
    session = CcusageSession(session_id="a", total_tokens=7, last_activity=at)
    reported(book, SessionSummary(session_count=1, sessions=(session,)))
    found = {each.window: each.total_tokens for each in reconcile.reconcile(book).windows}
    assert found == {"W0-01": 0, "W0-02": 7}
