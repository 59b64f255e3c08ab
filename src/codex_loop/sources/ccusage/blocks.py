"""`ccusage blocks`: five hours from a first request on, an estimate of Claude's window, never the window."""

from __future__ import annotations

from codex_loop.sources.ccusage import periods, values
from codex_loop.sources.ccusage.report import Row, Tokens
from codex_loop.sources.ccusage.values import At, Body


def block(of: Body, at: At) -> Row:
    counts = values.body(of.get("tokenCounts"), at.inside("tokenCounts"))
    start, _ = periods.activity(of, at, "startTime")
    end, _ = periods.activity(of, at, "endTime")
    last_activity, last_ms = periods.activity(of, at, "actualEndTime")
    if start is None or end is None:
        raise at.wrong("startTime or endTime is missing")
    return Row(
        key=periods.key(of, at),
        tokens=Tokens(
            input=values.counted(counts, at, "inputTokens"),
            cache_read=values.counted(counts, at, "cacheReadInputTokens"),
            cache_write=values.counted(counts, at, "cacheCreationInputTokens"),
            output=values.counted(counts, at, "outputTokens"),
            total=values.counted(of, at, "totalTokens"),
        ),
        agent="claude",
        agents=("claude",),
        cost_usd=values.amount(of, at, "costUSD"),
        model_names=values.names_of(of, at, "models"),
        last_activity=last_activity,
        last_ms=last_ms,
        start=start,
        end=end,
        gap=values.flag(of, at, "isGap"),
        active=values.flag(of, at, "isActive"),
    )
