"""The summary: how much was looked at, what went wrong and well, what it cost, and three excerpts for each problem."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from codex_loop.clock import DAY_MS
from codex_loop.store import clusters, problems, signals
from codex_loop.store.engine import Database
from codex_loop.store.problems import Excerpt, Problem
from codex_loop.store.sessions import moment

TREND_DAYS = 7
PROBLEMS = 5
EXCERPTS = 3


class CategoryLine(msgspec.Struct, frozen=True, kw_only=True):
    """A category, and how it moved from the period before to the last one."""

    type: str
    category: str
    signals: int
    sessions: int
    severity: float
    last: int
    before: int
    trend: str
    """up, down, same; new: never seen before the last period."""


class Pointer(msgspec.Struct, frozen=True, kw_only=True):
    """A signal that shows a problem, and the command that shows its session."""

    signal_id: str
    session_id: str | None
    at: str | None
    title: str
    text: str
    show: str | None


class ProblemLine(msgspec.Struct, frozen=True, kw_only=True):
    """A problem, or a success, and what it cost."""

    type: str
    cluster_id: str | None
    name: str
    signals: int
    sessions: int
    severity: float
    cost_ms: int | None
    cost_tokens: int | None
    excerpts: tuple[Pointer, ...]


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """The whole report."""

    days: int | None
    """Only the last days; null: everything."""
    trend_days: int
    until: str | None
    sessions: int
    processed: int
    friction: int
    delight: int
    clusters: int
    categories: tuple[CategoryLine, ...]
    problems: tuple[ProblemLine, ...]
    successes: tuple[ProblemLine, ...]


def summarise(database: Database, now_ms: int, *, days: int | None = None) -> Summary:
    """What the store knows, over the last days or over everything."""
    period = (days or TREND_DAYS) * DAY_MS
    since_ms = None if days is None else now_ms - period
    all_sessions, processed = problems.processed(database)
    totals = problems.totals(database, since_ms)
    return Summary(
        days=days,
        trend_days=days or TREND_DAYS,
        until=moment(now_ms),
        sessions=all_sessions,
        processed=processed,
        friction=totals.get("friction", 0),
        delight=totals.get("delight", 0),
        clusters=len(clusters.shown(database)),
        categories=tuple(
            _category(each, now_ms - period)
            for each in problems.seen(database, since_ms, now_ms - period, now_ms - 2 * period)
        ),
        problems=_lines(database, "friction", since_ms),
        successes=_lines(database, "delight", since_ms),
    )


def _category(seen: problems.Seen, middle_ms: int) -> CategoryLine:
    return CategoryLine(
        type=seen.kind,
        category=seen.category,
        signals=seen.signals,
        sessions=seen.sessions,
        severity=seen.severity,
        last=seen.now,
        before=seen.before,
        trend=_trend(seen, middle_ms),
    )


def _trend(seen: problems.Seen, middle_ms: int) -> str:
    if seen.now and seen.first_ms is not None and seen.first_ms >= middle_ms:
        return "new"
    if seen.now == seen.before:
        return "same"
    return "up" if seen.now > seen.before else "down"


def _lines(database: Database, kind: str, since_ms: int | None) -> tuple[ProblemLine, ...]:
    found = problems.worst(database, kind, since_ms, PROBLEMS)
    best = [problems.excerpts(database, each, since_ms, EXCERPTS) for each in found]
    inside = {each.session_key for excerpts in best for each in excerpts if each.session_key is not None}
    turns = signals.turn_numbers(database, sorted(inside))
    return tuple(_line(each, excerpts, turns) for each, excerpts in zip(found, best, strict=True))


def _line(problem: Problem, excerpts: list[Excerpt], turns: Mapping[int, int]) -> ProblemLine:
    return ProblemLine(
        type=problem.kind,
        cluster_id=None if problem.cluster_key is None else clusters.cluster_id(problem.cluster_key),
        name=problem.name,
        signals=problem.signals,
        sessions=problem.sessions,
        severity=problem.severity,
        cost_ms=problem.cost_ms,
        cost_tokens=problem.cost_tokens,
        excerpts=tuple(_pointer(each, turns) for each in excerpts),
    )


def _pointer(excerpt: Excerpt, turns: Mapping[int, int]) -> Pointer:
    turn = None if excerpt.turn_key is None else turns.get(excerpt.turn_key)
    at = "" if turn is None else f" --turn {turn}"
    session = None if excerpt.native_id is None else f"{excerpt.agent}:{excerpt.native_id}"
    return Pointer(
        signal_id=f"sig_{excerpt.signal_key:016x}",
        session_id=session,
        at=moment(excerpt.time_ms),
        title=excerpt.title,
        text=excerpt.body,
        show=None if excerpt.native_id is None else f"codex-loop show {excerpt.native_id}{at}",
    )
