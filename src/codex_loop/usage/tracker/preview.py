"""Where the logbook stands: windows, doubts, providers, outcomes, churn, what ccusage said, every snapshot."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import msgspec

from codex_loop.clock import parse_ms
from codex_loop.store.engine import Database
from codex_loop.usage.tracker import crosscheck, efficiency, reconcile
from codex_loop.usage.tracker.journal import Logbook, read, records
from codex_loop.usage.tracker.records import (
    KINDS,
    Anomaly,
    Bars,
    Ccusage,
    Churned,
    DailySummary,
    Finalized,
    GlmCount,
    MonthlySummary,
    Number,
    ProviderSays,
    SessionSummary,
    Snapshot,
    WeeklySummary,
    agent_of,
)
from codex_loop.usage.tracker.windows import pairs


class Week(msgspec.Struct, frozen=True, kw_only=True):
    """The week: tokens by ccusage, percentages by whoever states them."""

    window: str
    tokens: int | None
    percent_used: Number | None
    percent_remaining: Number | None
    percent_source: str | None
    """`report`: it stood in ccusage's report; else which telling of the provider."""
    percent_missing: str | None
    """Why there is no percentage."""
    tokens_remaining: int | None
    """Only where the report states it: nobody else knows."""
    reset: str | None
    notes: str | None
    errors: tuple[str, ...]


class Day(msgspec.Struct, frozen=True, kw_only=True):
    window: str
    latest: str | None
    tokens: int | None
    percent: Number | None
    reset: str | None
    notes: str | None
    errors: tuple[str, ...]


class Sessions(msgspec.Struct, frozen=True, kw_only=True):
    window: str
    count: int | None
    tokens: int | None
    latest: str | None
    notes: str | None
    errors: tuple[str, ...]


class Months(msgspec.Struct, frozen=True, kw_only=True):
    window: str
    latest: str | None
    latest_tokens: int | None
    tokens: int | None
    notes: str | None
    errors: tuple[str, ...]


class CcusageSays(msgspec.Struct, frozen=True, kw_only=True):
    """The latest report of each scope that could be read, else the latest at all."""

    weekly: Week | None
    daily: Day | None
    session: Sessions | None
    monthly: Months | None


class ChurnSum(msgspec.Struct, frozen=True, kw_only=True):
    window: str
    files: int
    insertions: int
    deletions: int
    errors: tuple[str, ...]


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    window: str
    provider: str
    phase: str | None
    agent: str | None
    captured_at: str
    source: str
    bars: Bars | None
    prompts: int | None
    """Of GLM: cumulative at a beginning, the difference at an end."""
    notes: str | None
    counts: bool
    """Not, where a later one or one by hand of the same end replaced it."""


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """Everything at a glance; of one window only, if it was named."""

    data_dir: str
    window: str | None
    """The only window this is about."""
    windows: tuple[str, ...]
    anomalies: int
    providers: tuple[efficiency.Efficiency, ...]
    outcomes: dict[str, int]
    churn: tuple[ChurnSum, ...]
    ccusage: CcusageSays
    sessions: reconcile.Reconciled
    snapshots: tuple[Taken, ...]
    unreadable: dict[str, int]
    """Lines that are no records, by file."""

    @property
    def is_empty(self) -> bool:
        """Nothing was recorded at all."""
        said = (self.ccusage.weekly, self.ccusage.daily, self.ccusage.session, self.ccusage.monthly)
        return not (self.windows or self.churn or any(each is not None for each in said))


def preview(book: Logbook, database: Database | None, now_ms: int, window: str | None = None) -> Preview:
    """Reads, never writes."""
    finished = [each for each in records(book, "windows", Finalized) if window in (None, each.window)]
    taken = [each for each in _taken(book) if window in (None, each.window)]
    reports = [each for each in records(book, "codex_ccusage", Ccusage) if window in (None, each.window)]
    anomalies = [each for each in records(book, "anomalies", Anomaly) if window in (None, each.window)]
    churned = [each for each in records(book, "churn", Churned) if window in (None, each.window)]
    says = crosscheck.weekly(book, database, now_ms)
    return Preview(
        data_dir=str(book.folder),
        window=window,
        windows=tuple(dict.fromkeys([each.window for each in taken] + [each.window for each in finished])),
        anomalies=len(anomalies),
        providers=efficiency.of_all(finished),
        outcomes=dict(Counter(each.outcome or "unknown" for each in efficiency.latest(finished))),
        churn=tuple(_churn(each) for each in {row.window: row for row in churned}.values()),
        ccusage=_ccusage(reports, says),
        sessions=reconcile.reconcile(book, window),
        snapshots=tuple(taken),
        unreadable={kind: count for kind in KINDS if (count := read(book, kind).unreadable)},
    )


def _taken(book: Logbook) -> list[Taken]:
    snapshots, prompts = records(book, "snapshots", Snapshot), records(book, "glm_counts", GlmCount)
    ends = [end for pair in pairs(snapshots) for end in (pair.before, pair.after) if end is not None]
    last = {(each.window, each.phase, agent_of(each.notes)): each for each in prompts}
    counting = {id(each) for each in (*ends, *last.values())}
    panes = [
        Taken(
            window=each.window,
            provider=each.provider,
            phase=each.phase,
            agent=agent_of(each.notes),
            captured_at=each.captured_at,
            source=each.source,
            bars=each.parsed,
            prompts=None,
            notes=each.notes,
            counts=id(each) in counting,
        )
        for each in snapshots
    ]
    counted = [
        Taken(
            window=each.window,
            provider=each.provider,
            phase=each.phase,
            agent=agent_of(each.notes),
            captured_at=each.captured_at,
            source=each.source,
            bars=None,
            prompts=each.delta if each.phase == "after" else each.prompts,
            notes=each.notes,
            counts=id(each) in counting,
        )
        for each in prompts
    ]
    return sorted([*panes, *counted], key=lambda each: parse_ms(each.captured_at) or 0)


def _churn(row: Churned) -> ChurnSum:
    return ChurnSum(
        window=row.window, files=row.files, insertions=row.insertions, deletions=row.deletions, errors=row.errors
    )


def _ccusage(reports: Sequence[Ccusage], says: ProviderSays) -> CcusageSays:
    weekly, daily = _latest(reports, "weekly"), _latest(reports, "daily")
    session, monthly = _latest(reports, "session"), _latest(reports, "monthly")
    return CcusageSays(
        weekly=_week(weekly, says) if weekly else None,
        daily=_day(daily) if daily else None,
        session=_sessions(session) if session else None,
        monthly=_months(monthly) if monthly else None,
    )


def _latest(reports: Sequence[Ccusage], scope: str) -> Ccusage | None:
    of_scope = [each for each in reports if each.scope == scope]
    readable = [each for each in of_scope if each.parsed.total_tokens is not None]
    found = readable or of_scope
    return found[-1] if found else None


def _week(report: Ccusage, says: ProviderSays) -> Week:
    assert isinstance(report.parsed, WeeklySummary)
    summary, week = report.parsed, report.parsed.weekly
    used: Number | None = week.percent_used if week else None
    left: Number | None = None if used is None else max(100 - used, 0)
    source: str | None = "report"
    if used is None:
        used, left, source = says.percent_used, says.percent_remaining, says.source
    return Week(
        window=report.window,
        tokens=summary.total_tokens,
        percent_used=used,
        percent_remaining=left,
        percent_source=source if used is not None else None,
        percent_missing=None if used is not None else says.missing,
        tokens_remaining=week.tokens_remaining if week else None,
        reset=summary.reset_at or says.resets_at,
        notes=report.notes,
        errors=summary.errors,
    )


def _day(report: Ccusage) -> Day:
    assert isinstance(report.parsed, DailySummary)
    latest = max(report.parsed.days, key=lambda day: day.date or "", default=None)
    return Day(
        window=report.window,
        latest=latest.date if latest else None,
        tokens=latest.total_tokens if latest else None,
        percent=latest.percent_used if latest else None,
        reset=report.parsed.reset_at,
        notes=report.notes,
        errors=report.parsed.errors,
    )


def _sessions(report: Ccusage) -> Sessions:
    assert isinstance(report.parsed, SessionSummary)
    latest = report.parsed.latest_session
    return Sessions(
        window=report.window,
        count=report.parsed.session_count,
        tokens=report.parsed.total_tokens,
        latest=latest.session_id if latest else None,
        notes=report.notes,
        errors=report.parsed.errors,
    )


def _months(report: Ccusage) -> Months:
    assert isinstance(report.parsed, MonthlySummary)
    latest = max(report.parsed.months, key=lambda each: each.month or "", default=None)
    return Months(
        window=report.window,
        latest=latest.month if latest else None,
        latest_tokens=latest.total_tokens if latest else None,
        tokens=report.parsed.total_tokens,
        notes=report.notes,
        errors=report.parsed.errors,
    )
