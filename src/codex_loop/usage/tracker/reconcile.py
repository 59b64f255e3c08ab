"""ccusage's sessions beside the windows of the aliases: a session belongs to the window of its last activity."""

from __future__ import annotations

from collections.abc import Sequence
from operator import itemgetter
from typing import NamedTuple

import msgspec

from codex_loop.clock import parse_ms
from codex_loop.usage.tracker.journal import Logbook, records
from codex_loop.usage.tracker.records import Ccusage, CcusageSession, SessionSummary, Snapshot
from codex_loop.usage.tracker.windows import Pair, pairs


class Matched(msgspec.Struct, frozen=True, kw_only=True):
    """A window, and the sessions whose last activity lies between its beginning and its end."""

    window: str
    agent: str | None
    begins_at: str
    ends_at: str | None
    """Null while the window is open."""
    sessions: tuple[CcusageSession, ...]
    total_tokens: int | None
    """All tokens of these sessions, also those used before the window began: ccusage does not divide a session."""


class Unmatched(msgspec.Struct, frozen=True, kw_only=True):
    session: CcusageSession
    reason: str


class Reconciled(msgspec.Struct, frozen=True, kw_only=True):
    """The latest report of sessions against every window of Codex."""

    captured_at: str | None
    """When that report was taken; null without one."""
    windows: tuple[Matched, ...] = ()
    unmatched: tuple[Unmatched, ...] = ()


class _Span(NamedTuple):
    """When a window was open, and which it is."""

    begins_ms: int
    ends_ms: int | None
    place: int


def reconcile(book: Logbook, window: str | None = None) -> Reconciled:
    """Every session in one window or in none, never in two; of one window only, if it is named."""
    report = _latest(records(book, "codex_ccusage", Ccusage))
    if report is None or not isinstance(report.parsed, SessionSummary):
        return Reconciled(captured_at=None)
    windows = [pair for pair in pairs(records(book, "snapshots", Snapshot)) if pair.provider == "codex"]
    spans = [
        _Span(begins, pair.ends_ms, place)
        for place, pair in enumerate(windows)
        if (begins := pair.begins_ms) is not None
    ]
    held: dict[int, list[CcusageSession]] = {}
    unmatched: list[Unmatched] = []
    for session in report.parsed.sessions:
        place, reason = _place(session, spans)
        if place is None:
            unmatched.append(Unmatched(session=session, reason=reason))
        else:
            held.setdefault(place, []).append(session)
    found = [_matched(pair, held.get(place, [])) for place, pair in enumerate(windows) if pair.before is not None]
    return Reconciled(
        captured_at=report.captured_at,
        windows=tuple(each for each in found if window in (None, each.window)),
        unmatched=tuple(unmatched) if window is None else (),
    )


def _latest(reports: Sequence[Ccusage]) -> Ccusage | None:
    of_sessions = [
        each for each in reports if isinstance(each.parsed, SessionSummary) and each.parsed.session_count is not None
    ]
    return of_sessions[-1] if of_sessions else None


def _place(session: CcusageSession, spans: Sequence[_Span]) -> tuple[int | None, str]:
    """Which window; where two meet or overlap, the one that began last."""
    at = parse_ms(session.last_activity) if session.last_activity else None
    if at is None:
        return None, "its last activity is not told"
    holding = [each for each in spans if each.begins_ms <= at and (each.ends_ms is None or at <= each.ends_ms)]
    if not holding:
        return None, "no window was open at its last activity"
    return max(holding, key=itemgetter(0, 2)).place, ""


def _matched(pair: Pair, sessions: Sequence[CcusageSession]) -> Matched:
    assert pair.before is not None
    tokens = [each.total_tokens for each in sessions]
    known = [count for count in tokens if count is not None]
    return Matched(
        window=pair.window,
        agent=pair.agent,
        begins_at=pair.before.captured_at,
        ends_at=pair.after.captured_at if pair.after else None,
        sessions=tuple(sessions),
        total_tokens=sum(known) if len(known) == len(tokens) else None,
    )
