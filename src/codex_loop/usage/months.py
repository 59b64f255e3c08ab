"""The check of the months: added up from days, from sessions, and held against the account of every file."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from codex_loop.store import health, spending
from codex_loop.store.engine import Database
from codex_loop.store.spending import Asked, Steps
from codex_loop.usage.periods import month_bounds
from codex_loop.usage.prices import PriceTable
from codex_loop.usage.reports import UNKNOWN, Check, Days, Month, MonthChecked, daily


def check(database: Database, table: PriceTable, months: Sequence[Month], asked: Asked, days: Days) -> Check:
    """Every month of known time, each sum asked of the ledger by itself."""
    by_day = daily(database, table, asked, days).daily
    found = tuple(
        _checked(database, month, sum(day.total_tokens for day in by_day if day.date[:7] == month.month), asked, days)
        for month in months
        if month.month != UNKNOWN
    )
    not_closing = health.brief(database).not_closing
    return Check(
        agrees=all(each.agrees for each in found) and not not_closing, months=found, accounts_not_closing=not_closing
    )


def _checked(database: Database, month: Month, day_tokens: int, asked: Asked, days: Days) -> MonthChecked:
    first_ms, end_ms = month_bounds(month.month, days.zone)
    since_ms = first_ms if asked.since_ms is None else max(first_ms, asked.since_ms)
    until_ms = end_ms if asked.until_ms is None else min(end_ms, asked.until_ms)
    within = msgspec.structs.replace(asked, since_ms=since_ms, until_ms=until_ms)
    session_tokens = sum(each.used.total for each in spending.by_session(database, within, Steps()))
    return MonthChecked(
        month=month.month,
        report_tokens=month.total_tokens,
        day_tokens=day_tokens,
        session_tokens=session_tokens,
        agrees=month.total_tokens == day_tokens == session_tokens,
    )
