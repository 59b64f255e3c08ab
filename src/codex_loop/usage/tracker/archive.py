"""ccusage's months as an archive: do they add up, do the days agree, does the churn ledger refer to them rightly?"""

from __future__ import annotations

from typing import Literal

import msgspec

from codex_loop.usage.tracker.journal import Logbook, records
from codex_loop.usage.tracker.records import Ccusage, CcusageMonth, Churned, DailySummary, MonthlySummary

Verdict = Literal["agrees", "differs", "partial", "missing"]


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """One comparison."""

    what: str
    expected: int | None
    found: int | None
    verdict: Verdict
    """`partial`: the days do not cover the month as far as can be told, so that less is no contradiction."""


class ArchiveCheck(msgspec.Struct, frozen=True, kw_only=True):
    """The latest report of months against its own total, the reported days, and the churn that names a month."""

    captured_at: str | None
    checks: tuple[Check, ...]

    @property
    def agrees(self) -> bool:
        return all(each.verdict in ("agrees", "partial") for each in self.checks)


def month_tokens(book: Logbook, month: str) -> int | None:
    """What the latest report of months says of this one; None without a report or without this month in it."""
    archive = _latest(book)
    return _months(archive[1]).get(month) if archive else None


def check(book: Logbook) -> ArchiveCheck:
    """Every comparison that the logbook allows."""
    archive = _latest(book)
    churned = [each for each in records(book, "churn", Churned) if each.month and each.month_tokens is not None]
    if archive is None:
        checks = [_against_churn(each, {}) for each in churned]
        return ArchiveCheck(captured_at=None, checks=tuple(checks))
    captured_at, summary = archive
    months = _months(summary)
    checks = [_sum_of_months(summary)]
    checks += [each for month in summary.months if (each := _against_days(book, month)) is not None]
    checks += [_against_churn(each, months) for each in churned]
    return ArchiveCheck(captured_at=captured_at, checks=tuple(checks))


def _latest(book: Logbook) -> tuple[str, MonthlySummary] | None:
    found = [
        (each.captured_at, each.parsed)
        for each in records(book, "codex_ccusage", Ccusage)
        if isinstance(each.parsed, MonthlySummary) and each.parsed.months
    ]
    return found[-1] if found else None


def _months(summary: MonthlySummary) -> dict[str, int]:
    return {
        each.month: each.total_tokens
        for each in summary.months
        if each.month is not None and each.total_tokens is not None
    }


def _sum_of_months(summary: MonthlySummary) -> Check:
    tokens = [each.total_tokens for each in summary.months]
    known = [count for count in tokens if count is not None]
    found = sum(known) if len(known) == len(tokens) else None
    return Check(
        what="the months add up to the total",
        expected=summary.total_tokens,
        found=found,
        verdict="missing"
        if found is None or summary.total_tokens is None
        else "agrees"
        if found == summary.total_tokens
        else "differs",
    )


def _against_days(book: Logbook, month: CcusageMonth) -> Check | None:
    """The latest report of days that has any day of this month."""
    name = month.month
    if name is None or month.total_tokens is None:
        return None
    reports = [
        each.parsed
        for each in records(book, "codex_ccusage", Ccusage)
        if isinstance(each.parsed, DailySummary) and any((day.date or "").startswith(name) for day in each.parsed.days)
    ]
    if not reports:
        return None
    days = [day.total_tokens for day in reports[-1].days if (day.date or "").startswith(name)]
    known = [count for count in days if count is not None]
    found = sum(known)
    verdict: Verdict = (
        "agrees" if found == month.total_tokens else "differs" if found > month.total_tokens else "partial"
    )
    return Check(what=f"{name}: its days", expected=month.total_tokens, found=found, verdict=verdict)


def _against_churn(row: Churned, months: dict[str, int]) -> Check:
    found = months.get(row.month or "")
    grown = found is not None and row.month_tokens is not None and found > row.month_tokens
    return Check(
        what=f"{row.month}: churn of {row.window} refers to it",
        expected=row.month_tokens,
        found=found,
        verdict="missing"
        if found is None
        else "agrees"
        if found == row.month_tokens
        else "partial"
        if grown
        else "differs",
    )
