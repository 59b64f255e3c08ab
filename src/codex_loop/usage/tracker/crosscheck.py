"""What Codex itself last said of its weekly window, and whether ccusage agrees."""

from __future__ import annotations

from operator import itemgetter

import msgspec

from codex_loop.clock import DAY_MS, format_ms, parse_ms
from codex_loop.store import tracker
from codex_loop.store.engine import Database
from codex_loop.usage.tracker import resets
from codex_loop.usage.tracker.journal import Logbook, records
from codex_loop.usage.tracker.records import ProviderSays, Snapshot, Summary, WeeklySummary

DIVERGENT = "divergent:ccusage"
TOLERATED_POINTS = 10
_NOTHING = "no status pane and no limit sample says it"


def weekly(book: Logbook, database: Database | None, now_ms: int) -> ProviderSays:
    """The newest of pasted panes and limit samples; null with the reason when nothing is known that still holds."""
    found = [each for each in (_by_pane(book, now_ms), _by_sample(database, now_ms)) if each is not None]
    if not found:
        return ProviderSays(missing=_NOTHING)
    return max(found, key=lambda each: (each.percent_used is not None, each.observed_at or ""))


def divergence(summary: Summary, says: ProviderSays) -> str | None:
    """A sentence when ccusage's percentage is more than ten points off the provider's; None else, or when unknown."""
    week = summary.weekly if isinstance(summary, WeeklySummary) else None
    if week is None or week.percent_used is None or says.percent_used is None:
        return None
    if abs(week.percent_used - says.percent_used) <= TOLERATED_POINTS:
        return None
    return f"ccusage says {week.percent_used:g} % of the week are used, {says.source} says {says.percent_used:g} %"


def _by_pane(book: Logbook, now_ms: int) -> ProviderSays | None:
    panes = [
        (seen_ms, place, each)
        for place, each in enumerate(records(book, "snapshots", Snapshot))
        if each.provider == "codex"
        and each.parsed.percent("weekly") is not None
        and (seen_ms := parse_ms(each.captured_at)) is not None
    ]
    if not panes:
        return None
    seen_ms, _, pane = max(panes, key=itemgetter(0, 1))
    used = pane.parsed.percent("weekly")
    return _said(used, resets.instant(pane.parsed.resets("weekly"), seen_ms), seen_ms, "snapshot", now_ms)


def _by_sample(database: Database | None, now_ms: int) -> ProviderSays | None:
    seen = tracker.latest_week(database, "codex", now_ms) if database else None
    if seen is None or seen.observed_ms is None:
        return None
    source = f"limit-samples:{seen.via or 'rollout'}"
    return _said(seen.used_percent, seen.resets_ms, seen.observed_ms, source, now_ms)


def _said(used: float | None, resets_ms: int | None, seen_ms: int, source: str, now_ms: int) -> ProviderSays:
    at = format_ms(resets_ms) if resets_ms is not None else None
    told = ProviderSays(resets_at=at, observed_at=format_ms(seen_ms), source=source)
    if resets_ms is not None and resets_ms <= now_ms:
        missing = "the week has begun anew since it was seen"
    elif resets_ms is None and now_ms - seen_ms > DAY_MS:
        missing = "it was seen more than a day ago"
    elif used is None:
        missing = _NOTHING
    else:
        left = max(100 - float(used), 0.0)
        return _with(told, percent_used=float(used), percent_remaining=left)
    return _with(told, missing=missing)


def _with(told: ProviderSays, **facts: float | str) -> ProviderSays:
    return msgspec.structs.replace(told, **facts)
