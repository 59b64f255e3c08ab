"""ccusage's JSON to what a record of the tracker holds, scope by scope. Bad input becomes a tag, never a crash.

A number that the report does not give for Codex alone stays null: the unified report of several agents is split where
it can be, and tagged where it cannot.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import Literal, TypeVar

import msgspec

from codex_loop.clock import DAY_MS, parse_ms
from codex_loop.sources.ccusage import Rejected, Report, Row, parse
from codex_loop.usage.tracker.records import (
    CcusageDay,
    CcusageMonth,
    CcusageSession,
    CcusageWeek,
    DailySummary,
    MonthlySummary,
    Number,
    SessionSummary,
    Summary,
    WeeklySummary,
)

Scope = Literal["session", "daily", "weekly", "monthly"]
MIXED = "mixed-agents"
NOT_CODEX = "not-codex"
MISSING_FIELDS = "missing-fields"
DERIVED = "derived:weekly"
STALE = "stale-cache"
OFFLINE = "offline"
Value = TypeVar("Value", int, float)
_EMPTY: Mapping[Scope, Summary] = {
    "session": SessionSummary(),
    "daily": DailySummary(),
    "weekly": WeeklySummary(),
    "monthly": MonthlySummary(),
}
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class Read(msgspec.Struct, frozen=True):
    """What a text held, and what has to be said beside it."""

    summary: Summary
    notes: tuple[str, ...] = ()
    """For the record: derived:weekly, suspect:v18, stale-cache, offline."""
    reset_at: str | None = None


def summarize(scope: Scope, text: str, captured_ms: int, week_start: str = "monday") -> Read:
    """The record of this text. A text that cannot be read has its tag in `errors` and no numbers."""
    try:
        return _read(scope, text, captured_ms, week_start)
    except Rejected as rejected:
        tag = "invalid-week" if rejected.tag == "no-weeks" else rejected.tag
        empty = msgspec.structs.replace(_EMPTY[scope], errors=(tag,))
        nothing_used = tag.startswith("no-")
        stated = _stated_total(text) if nothing_used else None
        return Read(msgspec.structs.replace(empty, total_tokens=stated))


def _read(scope: Scope, text: str, captured_ms: int, week_start: str) -> Read:
    derived = False
    try:
        report = parse(text, scope)
    except Rejected as rejected:
        if scope != "weekly" or rejected.tag != "no-weeks":
            raise
        report, derived = _daily_for_week(text, rejected), True
    rows, tags = _of_codex(report)
    summary = _derived_week(report, rows, tags, week_start) if derived else _MAKERS[scope](report, rows, tags)
    stale = (STALE,) if _is_stale(report, captured_ms) else ()
    offline = (OFFLINE,) if _says_offline(text) else ()
    return Read(summary, ((DERIVED,) if derived else ()) + report.flags + stale + offline, report.reset_at)


def _daily_for_week(text: str, rejected: Rejected) -> Report:
    try:
        return parse(text, "daily")
    except Rejected:
        raise rejected from None


def _session(report: Report, rows: Sequence[Row], tags: Sequence[str]) -> SessionSummary:
    made = [
        CcusageSession(
            session_id=row.key, total_tokens=row.tokens.total, cost_usd=row.cost_usd, last_activity=row.last_activity
        )
        for row in rows
    ]
    timed = [(row.last_ms, place) for place, row in enumerate(rows) if row.last_ms is not None]
    return SessionSummary(
        session_count=len(made),
        total_tokens=_total(report, rows, tags),
        cost_usd=_cost(report, rows, tags),
        latest_session=made[max(timed)[1]] if timed else None,
        sessions=tuple(made),
        errors=_errors(tags, [row.tokens.total for row in rows]),
    )


def _daily(report: Report, rows: Sequence[Row], tags: Sequence[str]) -> DailySummary:
    return DailySummary(
        generated_at=report.generated_at,
        reset_at=report.reset_at,
        days=tuple(
            CcusageDay(
                date=row.key,
                total_tokens=row.tokens.total,
                percent_used=_short(row.percent_used),
                cost_usd=row.cost_usd,
            )
            for row in rows
        ),
        total_tokens=_total(report, rows, tags),
        cost_usd=_cost(report, rows, tags),
        errors=_errors(tags, [row.tokens.total for row in rows]),
    )


def _weekly(report: Report, rows: Sequence[Row], tags: Sequence[str]) -> WeeklySummary:
    latest = max(rows, key=lambda row: row.key, default=None)
    week = None
    if latest is not None:
        start = latest.start or latest.key or None
        week = CcusageWeek(
            start_date=start,
            end_date=latest.end or (_plus_days(start, 6) if start else None),
            percent_used=_short(latest.percent_used),
            tokens_used=latest.tokens.total,
            tokens_remaining=latest.tokens_remaining,
            cost_usd=latest.cost_usd,
        )
    return WeeklySummary(
        generated_at=report.generated_at,
        reset_at=report.reset_at,
        weekly=week,
        total_tokens=week.tokens_used if week else None,
        errors=_errors(tags, [week.tokens_used] if week else []),
    )


def _derived_week(report: Report, rows: Sequence[Row], tags: Sequence[str], week_start: str) -> WeeklySummary:
    """The calendar week of the latest day, added up from its days. What it has no day for was not used."""
    if not rows:
        return WeeklySummary(generated_at=report.generated_at, reset_at=report.reset_at, errors=tuple(tags))
    latest = date.fromisoformat(max(row.key for row in rows))
    start = latest - timedelta(days=(latest.weekday() - _WEEKDAYS.index(week_start)) % 7)
    inside = [row for row in rows if start.isoformat() <= row.key <= latest.isoformat()]
    tokens = _sum([row.tokens.total for row in inside])
    week = CcusageWeek(
        start_date=start.isoformat(),
        end_date=_plus_days(start.isoformat(), 6),
        tokens_used=tokens,
        cost_usd=_sum([row.cost_usd for row in inside]),
    )
    return WeeklySummary(
        generated_at=report.generated_at,
        reset_at=report.reset_at,
        weekly=week,
        total_tokens=tokens,
        errors=_errors(tags, [row.tokens.total for row in inside]),
    )


def _monthly(report: Report, rows: Sequence[Row], tags: Sequence[str]) -> MonthlySummary:
    return MonthlySummary(
        generated_at=report.generated_at,
        months=tuple(CcusageMonth(month=row.key, total_tokens=row.tokens.total, cost_usd=row.cost_usd) for row in rows),
        total_tokens=_total(report, rows, tags),
        cost_usd=_cost(report, rows, tags),
        errors=_errors(tags, [row.tokens.total for row in rows]),
    )


_MAKERS: Mapping[Scope, Callable[[Report, Sequence[Row], Sequence[str]], Summary]] = {
    "session": _session,
    "daily": _daily,
    "weekly": _weekly,
    "monthly": _monthly,
}


def _of_codex(report: Report) -> tuple[list[Row], list[str]]:
    """The rows as far as they are Codex's, and what is wrong with the others."""
    if report.dialect == "claude-v20":
        return [], [NOT_CODEX]
    if report.dialect != "unified-v20":
        return list(report.rows), []
    found: list[Row] = []
    tags: list[str] = []
    for row in report.rows:
        parts = [part for part in row.parts if part.agent == "codex"]
        if parts:
            found.append(parts[0])
        elif row.agent == "codex" or row.agents == ("codex",):
            found.append(row)
        elif row.agent == "all" and not row.parts and "codex" in row.agents:
            found.append(msgspec.structs.replace(row, tokens=msgspec.structs.replace(row.tokens, total=None)))
            tags.append(MIXED)
        # else: a row of other agents only, in which Codex used nothing
    return found, list(dict.fromkeys(tags)) or ([] if found else [NOT_CODEX])


def _total(report: Report, rows: Sequence[Row], tags: Sequence[str]) -> int | None:
    whole = report.dialect != "unified-v20" and not tags
    if whole and report.totals is not None and report.totals.total is not None:
        return report.totals.total
    return _sum([row.tokens.total for row in rows])


def _cost(report: Report, rows: Sequence[Row], tags: Sequence[str]) -> float | None:
    whole = report.dialect != "unified-v20" and not tags
    if whole and report.cost_usd is not None:
        return report.cost_usd
    return None if tags else _sum([row.cost_usd for row in rows])


def _sum(values: Sequence[Value | None]) -> Value | None:
    """The sum of what is known; None when nothing, or not everything, is."""
    known = [value for value in values if value is not None]
    return sum(known) if known and len(known) == len(values) else None


def _errors(tags: Sequence[str], needed: Sequence[object]) -> tuple[str, ...]:
    missing = [MISSING_FIELDS] if any(value is None for value in needed) and MIXED not in tags else []
    return (*tags, *missing)


def _is_stale(report: Report, captured_ms: int) -> bool:
    """The report says of itself that it is old: made a day ago, or of a window that has begun anew since."""
    made = parse_ms(report.generated_at) if report.generated_at else None
    resets = parse_ms(report.reset_at) if report.reset_at else None
    return (made is not None and captured_ms - made > DAY_MS) or (resets is not None and resets <= captured_ms)


class _Head(msgspec.Struct):
    offline: bool = False


class _Totals(msgspec.Struct, rename="camel"):
    total_tokens: int | None = None


class _WithTotals(msgspec.Struct):
    totals: _Totals | None = None


def _says_offline(text: str) -> bool:
    try:
        return msgspec.json.decode(text, type=_Head).offline
    except msgspec.DecodeError:
        return False


def _stated_total(text: str) -> int | None:
    """Of a report without rows: what it says that was used."""
    try:
        totals = msgspec.json.decode(text, type=_WithTotals, strict=False).totals
    except msgspec.DecodeError:
        return None
    return totals.total_tokens if totals else None


def _plus_days(day: str, count: int) -> str | None:
    try:
        return (date.fromisoformat(day) + timedelta(days=count)).isoformat()
    except ValueError:
        return None


def _short(value: float | None) -> Number | None:
    return int(value) if value is not None and value.is_integer() else value
