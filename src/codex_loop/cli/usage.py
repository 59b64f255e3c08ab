"""`codex-loop usage …`: tokens by day and by session, in the keys that ccusage's JSON has."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeVar

import msgspec

from codex_loop.cli.moments import beginning, day_of, end, when, zone_named
from codex_loop.cli.render import Cell, Column, number, show, style, table
from codex_loop.cli.sessions import short_count
from codex_loop.clock import now_ms
from codex_loop.errors import Exit
from codex_loop.settings import load
from codex_loop.store import ledger
from codex_loop.store.engine import open_for_reading
from codex_loop.store.ledger import SessionSpent, Spent, Tokens
from codex_loop.store.sessions import moment, repo_name

NO_COSTS = "costs are not shown yet: prices come with a later version"
UNKNOWN_DAY = "unknown"
SCREEN = 40
"""So many sessions, the latest, are shown in the table; JSON has all."""

Item = TypeVar("Item")
Row = TypeVar("Row", bound="Counts")


class Counts(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """`inputTokens` leaves out what the cache gave or took; `totalTokens` is the sum of the first four."""

    input_tokens: int
    output_tokens: int
    cache_creation_tokens: int
    cache_read_tokens: int
    total_tokens: int
    reasoning_output_tokens: int | None
    """Contained in `outputTokens`; null where nobody states it."""
    quality: str | None
    """The worst of what was added up: final, partial, estimated."""


class ModelCounts(Counts, frozen=True, kw_only=True, rename="camel"):
    model_name: str | None


class AgentCounts(Counts, frozen=True, kw_only=True, rename="camel"):
    agent: str
    models_used: tuple[str, ...]


class Day(Counts, frozen=True, kw_only=True, rename="camel"):
    """A day of the chosen zone; `unknown` holds what was used at an unknown time."""

    period: str
    date: str
    agent: str
    models_used: tuple[str, ...]
    model_breakdowns: tuple[ModelCounts, ...]
    agents: tuple[AgentCounts, ...]


class Daily(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    timezone: str
    daily: tuple[Day, ...]
    totals: Counts
    costs_missing: str = NO_COSTS


class SessionRow(Counts, frozen=True, kw_only=True, rename="camel"):
    """A session. Subagents of Claude Code have no session of their own in it: they count in the one they belong to."""

    period: str
    session_id: str
    id: str
    agent: str
    project_path: str | None
    first_activity: str | None
    last_activity: str | None
    models_used: tuple[str, ...]
    model_breakdowns: tuple[ModelCounts, ...]


class BySession(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    timezone: str
    session: tuple[SessionRow, ...]
    totals: Counts
    costs_missing: str = NO_COSTS


def daily(
    *,
    since: str | None = None,
    until: str | None = None,
    timezone: str | None = None,
    db: str | None = None,
    json: bool = False,
) -> int:
    """Show the tokens of each day.

    Examples:
        codex-loop usage daily --since 7d
        codex-loop usage daily --timezone Europe/Berlin --json

    Args:
        since: Used since then: 2026-11-20, 2026-11-20T14:00, 24h, 7d, today, yesterday.
        until: Used before the end of that day, or before that time.
        timezone: Days of this zone, like Europe/Berlin or UTC; by default this machine's.
        db: Database file or postgresql:// URL; by default a file in the data folder of this machine.
        json: Print one JSON object.
    """
    zone = zone_named(timezone)
    since_ms, until_ms = beginning(since, "--since", zone), end(until, "--until", zone)
    with open_for_reading(load({"db": db}).db) as database:
        spent = ledger.by_day(database, day_of(zone), since_ms, until_ms)
    report = Daily(
        timezone=timezone or "local",
        daily=tuple(_day(day, rows) for day, rows in _grouped(spent, lambda each: each.day or UNKNOWN_DAY)),
        totals=_counts(Counts, [each.tokens for each in spent]),
    )
    show(report, _draw_daily, schema="usage-daily", as_json=json)
    return Exit.OK


def session(
    *,
    since: str | None = None,
    until: str | None = None,
    timezone: str | None = None,
    db: str | None = None,
    json: bool = False,
) -> int:
    """Show the tokens of each session, the latest last.

    Examples:
        codex-loop usage session --since 7d
        codex-loop usage session --json

    Args:
        since: Used since then: 2026-11-20, 2026-11-20T14:00, 24h, 7d, today, yesterday.
        until: Used before the end of that day, or before that time.
        timezone: Days of this zone, like Europe/Berlin or UTC; by default this machine's.
        db: Database file or postgresql:// URL; by default a file in the data folder of this machine.
        json: Print one JSON object.
    """
    zone = zone_named(timezone)
    since_ms, until_ms = beginning(since, "--since", zone), end(until, "--until", zone)
    with open_for_reading(load({"db": db}).db) as database:
        spent = ledger.sessions_spent(database, since_ms, until_ms)
    rows = [_session(rows) for _, rows in _grouped(spent, lambda each: f"{each.agent}:{each.native_id}")]
    report = BySession(
        timezone=timezone or "local",
        session=tuple(sorted(rows, key=lambda row: (row.last_activity or "", row.id))),
        totals=_counts(Counts, [each.tokens for each in spent]),
    )
    show(report, _draw_sessions, schema="usage-session", as_json=json)
    return Exit.OK


def _day(day: str, spent: Sequence[Spent]) -> Day:
    agents = tuple(
        _counts(AgentCounts, [each.tokens for each in rows], agent=agent, models_used=_models(rows))
        for agent, rows in _grouped(spent, lambda each: each.agent)
    )
    return _counts(
        Day,
        [each.tokens for each in spent],
        period=day,
        date=day,
        agent="all",
        models_used=_models(spent),
        model_breakdowns=_breakdowns(spent),
        agents=agents,
    )


def _session(spent: Sequence[SessionSpent]) -> SessionRow:
    one = spent[0]
    first = [each.first_ms for each in spent if each.first_ms is not None]
    last = [each.last_ms for each in spent if each.last_ms is not None]
    return _counts(
        SessionRow,
        [each.tokens for each in spent],
        period=one.native_id,
        session_id=one.native_id,
        id=f"{one.agent}:{one.native_id}",
        agent=one.agent,
        project_path=next((each.cwd for each in spent if each.cwd), None),
        first_activity=moment(min(first, default=None)),
        last_activity=moment(max(last, default=None)),
        models_used=_models(spent),
        model_breakdowns=_breakdowns(spent),
    )


def _models(spent: Iterable[Spent | SessionSpent]) -> tuple[str, ...]:
    return tuple(sorted({each.model for each in spent if each.model}))


def _breakdowns(spent: Iterable[Spent | SessionSpent]) -> tuple[ModelCounts, ...]:
    groups = _grouped(spent, lambda each: each.model or "")
    return tuple(
        _counts(ModelCounts, [each.tokens for each in rows], model_name=model or None) for model, rows in sorted(groups)
    )


def _grouped(items: Iterable[Item], name: Callable[[Item], str]) -> list[tuple[str, list[Item]]]:
    groups: dict[str, list[Item]] = {}
    for item in items:
        groups.setdefault(name(item), []).append(item)
    return list(groups.items())


def _counts(kind: type[Row], parts: Iterable[Tokens], **facts: Any) -> Row:
    total = ledger.add(parts)
    return kind(
        input_tokens=total.input if total else 0,
        output_tokens=total.output if total else 0,
        cache_creation_tokens=total.cache_write if total else 0,
        cache_read_tokens=total.cached if total else 0,
        total_tokens=total.total if total else 0,
        reasoning_output_tokens=total.reasoning if total else None,
        quality=total.quality if total else None,
        **facts,
    )


_NUMBERS = tuple(Column(name, right=True) for name in ("input", "cache read", "written", "output", "total"))


def _cells(counts: Counts) -> list[Cell]:
    parts = (counts.input_tokens, counts.cache_read_tokens, counts.cache_creation_tokens, counts.output_tokens)
    return [*map(short_count, parts), number(counts.total_tokens)]


def _draw_daily(report: Daily) -> Iterator[str]:
    rows: list[list[Cell]] = []
    for day in report.daily:
        rows.append([day.date, ", ".join(agent.agent for agent in day.agents), *_cells(day)])
        if len(day.agents) > 1:
            rows += [["", f"  {agent.agent}", *_cells(agent)] for agent in day.agents]
    columns = (Column("day"), Column("agent", shrinks=True), *_NUMBERS)
    yield from _drawn(columns, rows, ["total", "", *_cells(report.totals)], report.totals)


def _draw_sessions(report: BySession) -> Iterator[str]:
    now = now_ms()
    shown = report.session[-SCREEN:]
    rows: list[list[Cell]] = [
        [row.session_id[:8], row.agent, when(row.last_activity, now), repo_name(None, row.project_path), *_cells(row)]
        for row in shown
    ]
    columns = (Column("session"), Column("agent"), Column("last used"), Column("folder", shrinks=True), *_NUMBERS)
    yield from _drawn(columns, rows, ["total", "", "", "", *_cells(report.totals)], report.totals)
    if len(shown) < len(report.session):
        yield style(f"the latest {len(shown)} of {len(report.session)} sessions; the total is of all", "dim")


def _drawn(columns: Sequence[Column], rows: list[list[Cell]], total: list[Cell], totals: Counts) -> Iterator[str]:
    if not rows:
        yield "No tokens were recorded in that time."
        return
    *lines, last = table(columns, [*rows, total])
    yield from lines
    yield style(last, "bold")
    if totals.quality not in (None, "final"):
        yield style("some of these tokens are not final: the agent's files give them only in part", "dim")
    yield style(NO_COSTS, "dim")
