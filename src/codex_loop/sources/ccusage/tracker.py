"""The shape that the tracker's own samples have, and no ccusage ever printed: few fields, percentages, a week apart."""

from __future__ import annotations

from codex_loop.sources.ccusage import periods, values
from codex_loop.sources.ccusage.dates import iso_day
from codex_loop.sources.ccusage.report import Row, Tokens
from codex_loop.sources.ccusage.values import At, Body

CLOCK_FIELDS = ("resetAt", "reset_at", "generatedAt", "generated_at")
WEEK_FIELDS = ("currentWeek", "week")
PERCENT_FIELDS = ("percentUsed", "percent")
_TOKENS = ("totalTokens", "tokens", "tokensUsed")
_COST = ("costUSD", "cost", "totalCost")


def row(of: Body, at: At) -> Row:
    """A day, a month or a session: only its name must be there."""
    last_activity, last_ms = periods.activity(of, at, "lastActivity", "last_activity")
    names = {"session": ("sessionId", "session_id"), "weekly": ("startDate", "start", "week", "period")}
    return Row(
        key=periods.key(of, at, *names.get(at.kind, ())),
        tokens=Tokens(total=values.count(of, at, *_TOKENS)),
        agent="codex",
        cost_usd=values.amount(of, at, *_COST),
        last_activity=last_activity,
        last_ms=last_ms,
        percent_used=values.amount(of, at, *PERCENT_FIELDS),
    )


def week(of: Body, at: At) -> Row:
    """The only week there is. Its first day may be missing: then its key is empty."""
    start, end = values.text(of, at, "startDate", "start"), values.text(of, at, "endDate", "end")
    return Row(
        key=(iso_day(start) if start else None) or "",
        tokens=Tokens(total=values.count(of, at, "tokensUsed", "totalTokens")),
        agent="codex",
        cost_usd=values.amount(of, at, "costUSD", "cost"),
        start=start,
        end=end,
        percent_used=values.amount(of, at, *PERCENT_FIELDS),
        tokens_remaining=values.count(of, at, "tokensRemaining"),
    )
