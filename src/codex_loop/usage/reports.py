"""Tokens and money by day, week, month and session, in the keys of ccusage's unified reports and some more.

Slices come from `store.spending`, prices from `prices`; here they are put together. Nothing is counted or stored.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import tzinfo
from typing import Any, Literal, TypeVar

import msgspec

from codex_loop.settings import Weekday
from codex_loop.store import spending
from codex_loop.store.engine import Database
from codex_loop.store.sessions import moment
from codex_loop.store.spending import Asked, Origin, SessionSlice, Slice, Steps, Thread
from codex_loop.usage.money import LABEL, Bill, bill, cut_by_price, total
from codex_loop.usage.periods import calendar, month_of, week_of
from codex_loop.usage.prices import PriceTable
from codex_loop.usage.surcharge import NotPriced, not_priced

UNKNOWN = "unknown"
ORIGINS: tuple[Origin, ...] = ("main", "subagent", "hidden")
Kind = Literal["daily", "weekly", "monthly"]

Item = TypeVar("Item")
Made = TypeVar("Made", bound="Counts")


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
    responses: int
    """How many answers of the provider were added up."""
    cost_micros: int | None
    """Millionths of a dollar, of the tokens whose price is known; null where none is."""
    unpriced_tokens: int
    """Tokens of unknown price: they are in no cost."""
    unpriced_models: tuple[str, ...]


class Row(Counts, frozen=True, kw_only=True, rename="camel"):
    """A line of a report."""

    total_cost: float | None
    """`costMicros` in dollars."""


class ModelCounts(Counts, frozen=True, kw_only=True, rename="camel"):
    """One model's share."""

    model_name: str | None
    cost: float | None
    priced_as: str | None
    """The model whose price was taken, where it is another name than this one's: the cost is an estimate then."""


class AgentCounts(Row, frozen=True, kw_only=True, rename="camel"):
    """One agent's share."""

    agent: str
    models_used: tuple[str, ...]
    model_breakdowns: tuple[ModelCounts, ...]


class OriginCounts(Row, frozen=True, kw_only=True, rename="camel"):
    """What the session itself used, what its subagents did, and what no transcript shows."""

    origin: str


class PeriodMetadata(msgspec.Struct, frozen=True, kw_only=True):
    agents: tuple[str, ...]


class Period(Row, frozen=True, kw_only=True, rename="camel"):
    """A day, week or month of the chosen zone; `unknown` holds what was used at an unknown time."""

    period: str
    agent: str
    models_used: tuple[str, ...]
    model_breakdowns: tuple[ModelCounts, ...]
    agents: tuple[AgentCounts, ...]
    origins: tuple[OriginCounts, ...]
    metadata: PeriodMetadata


class Day(Period, frozen=True, kw_only=True, rename="camel"):
    date: str


class Week(Period, frozen=True, kw_only=True, rename="camel"):
    """By its first day."""

    week: str


class Month(Period, frozen=True, kw_only=True, rename="camel"):
    month: str


class SessionMetadata(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    last_activity: str | None
    reasoning_output_tokens: int | None


class SessionRow(Row, frozen=True, kw_only=True, rename="camel"):
    """A session with all that its subagents used."""

    period: str
    session_id: str
    id: str
    agent: str
    project_path: str | None
    first_activity: str | None
    last_activity: str | None
    subagents: int
    """Threads that the session began, with tokens of their own."""
    models_used: tuple[str, ...]
    model_breakdowns: tuple[ModelCounts, ...]
    origins: tuple[OriginCounts, ...]
    metadata: SessionMetadata


class Pricing(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Where the prices come from; the same version gives the same cost."""

    cost_source: str
    """`computed`: tokens by price. Costs that an agent reports itself are in `usage reconcile`."""
    source: str
    version: str
    overridden: tuple[str, ...]
    """Models whose prices you stated yourself."""
    label: str


class Daily(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    timezone: str
    daily: tuple[Day, ...]
    totals: Row
    pricing: Pricing
    costs_missing: str | None
    """Which tokens are in no cost, and why; null when all are."""
    not_priced: NotPriced | None = None
    """What the agents add to the public prices, as far as they say so; in no cost."""


class Weekly(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    timezone: str
    week_start: str
    weekly: tuple[Week, ...]
    totals: Row
    pricing: Pricing
    costs_missing: str | None
    not_priced: NotPriced | None = None


class MonthChecked(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A month's tokens, added up in three ways."""

    month: str
    report_tokens: int
    day_tokens: int
    """The sum of its days."""
    session_tokens: int
    """The sum of what each session used between its first and its last instant."""
    agrees: bool


class Check(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Whether the months can be believed."""

    agrees: bool
    months: tuple[MonthChecked, ...]
    accounts_not_closing: int
    """Files of which read is not stored + duplicate + rejected: `codex-loop doctor` names them."""


class Monthly(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    timezone: str
    monthly: tuple[Month, ...]
    totals: Row
    pricing: Pricing
    costs_missing: str | None
    not_priced: NotPriced | None = None
    check: Check | None = None
    """Only where it was asked for."""


class BySession(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    timezone: str
    session: tuple[SessionRow, ...]
    totals: Row
    pricing: Pricing
    costs_missing: str | None
    not_priced: NotPriced | None = None


class Days(msgspec.Struct, frozen=True, kw_only=True):
    """The days a report is about."""

    zone: tzinfo | None
    zone_name: str
    day_of: Callable[[int], str]
    week_start: Weekday = "monday"


Spent = tuple[Slice, Bill]
SessionSpent = tuple[SessionSlice, Bill]


def daily(database: Database, table: PriceTable, asked: Asked, days: Days) -> Daily:
    """Tokens and costs of each day."""
    spent = by_day(database, table, asked, days)
    rows = tuple(_period(Day, name, rows, table, date=name) for name, rows in _periods(spent, _same))
    return Daily(timezone=days.zone_name, daily=rows, **_summary(database, table, asked, spent))


def weekly(database: Database, table: PriceTable, asked: Asked, days: Days) -> Weekly:
    """Tokens and costs of each week; a week is named by its first day."""
    spent = by_day(database, table, asked, days)
    found = _periods(spent, lambda day: week_of(day, days.week_start))
    rows = tuple(_period(Week, name, rows, table, week=name) for name, rows in found)
    return Weekly(
        timezone=days.zone_name, week_start=days.week_start, weekly=rows, **_summary(database, table, asked, spent)
    )


def monthly(database: Database, table: PriceTable, asked: Asked, days: Days) -> Monthly:
    """Tokens and costs of each month."""
    spent = by_day(database, table, asked, days)
    rows = tuple(_period(Month, name, rows, table, month=name) for name, rows in _periods(spent, month_of))
    return Monthly(timezone=days.zone_name, monthly=rows, **_summary(database, table, asked, spent))


def by_session(database: Database, table: PriceTable, asked: Asked, zone_name: str) -> BySession:
    """Tokens and costs of each session, the latest last."""
    threads = spending.threads(database)

    def ask(steps: Steps) -> list[SessionSlice]:
        return spending.by_session(database, asked, steps)

    slices = cut_by_price(table, spending.models(database), ask, lambda each: each.requests.model)
    spent = [(each, bill(table, each.requests, each.used)) for each in slices]
    groups = grouped(spent, lambda each: _session_of(threads, each[0]))
    rows = [_session(agent, session, rows, threads, table) for (agent, session), rows in groups]
    return BySession(
        timezone=zone_name,
        session=tuple(sorted(rows, key=lambda row: (row.last_activity or "", row.id))),
        **_summary(database, table, asked, spent),
    )


def since(database: Database, table: PriceTable, since_ms: int) -> Bill:
    """What was used from this instant on, and what it is worth."""

    def ask(steps: Steps) -> list[SessionSlice]:
        return spending.by_session(database, Asked(since_ms=since_ms), steps)

    slices = cut_by_price(table, spending.models(database), ask, lambda each: each.requests.model)
    return total(bill(table, each.requests, each.used) for each in slices)


def by_day(database: Database, table: PriceTable, asked: Asked, days: Days) -> list[Spent]:
    """The slices of each day with their prices."""
    found = calendar(days.zone)

    def ask(steps: Steps) -> list[Slice]:
        return spending.by_day(database, asked, steps, found, days.day_of)

    slices = cut_by_price(table, spending.models(database), ask, lambda each: each.requests.model)
    return [(each, bill(table, each.requests, each.used)) for each in slices]


def grouped(items: Iterable[Item], name: Callable[[Item], Any]) -> list[tuple[Any, list[Item]]]:
    """Items by name, in the order in which the names first come."""
    groups: dict[Any, list[Item]] = {}
    for item in items:
        groups.setdefault(name(item), []).append(item)
    return list(groups.items())


def counts(kind: type[Made], found: Bill, **facts: Any) -> Made:
    """A line of this kind; of nothing, zeros, and nothing is what it cost."""
    used = found.used
    micros = found.micros if used is not None else 0
    return kind(
        input_tokens=used.input if used else 0,
        output_tokens=used.output if used else 0,
        cache_creation_tokens=used.written if used else 0,
        cache_read_tokens=used.cached if used else 0,
        total_tokens=used.total if used else 0,
        reasoning_output_tokens=used.reasoning if used else None,
        quality=used.quality_name if used else None,
        responses=used.responses if used else 0,
        cost_micros=micros,
        unpriced_tokens=found.unpriced_tokens,
        unpriced_models=tuple(name for name, _ in found.unpriced),
        **{"cost" if kind is ModelCounts else "total_cost": None if micros is None else micros / 1_000_000},
        **facts,
    )


def pricing(table: PriceTable) -> Pricing:
    return Pricing(
        cost_source="computed", source=table.source, version=table.version, overridden=table.overridden, label=LABEL
    )


def missing(found: Bill) -> str | None:
    """Which tokens are in no cost."""
    if not found.unpriced:
        return None
    names = ", ".join(name for name, _ in found.unpriced)
    return f"{found.unpriced_tokens} tokens have no known price and are in no cost: {names}"


def _summary(database: Database, table: PriceTable, asked: Asked, spent: Sequence[tuple[Any, Bill]]) -> dict[str, Any]:
    whole = total(each for _, each in spent)
    return {
        "totals": counts(Row, whole),
        "pricing": pricing(table),
        "costs_missing": missing(whole),
        "not_priced": not_priced(database, table, asked),
    }


def _same(day: str) -> str:
    return day


def _periods(spent: Iterable[Spent], name_of: Callable[[str], str]) -> list[tuple[str, list[Spent]]]:
    return grouped(spent, lambda each: UNKNOWN if each[0].day is None else _period_name(each[0].day, name_of))


def _period_name(day: str, name_of: Callable[[str], str]) -> str:
    try:
        return name_of(day)
    except (
        ValueError,
        OverflowError,
    ):  # the calendar of this machine may not know the year, and no week begins before 1
        return day


def _period(kind: type[Made], name: str, spent: list[Spent], table: PriceTable, **facts: str) -> Made:
    agents = tuple(
        counts(
            AgentCounts,
            total(each for _, each in rows),
            agent=agent,
            models_used=_models(rows),
            model_breakdowns=_breakdowns(rows, table),
        )
        for agent, rows in sorted(grouped(spent, lambda each: each[0].agent))
    )
    return counts(
        kind,
        total(each for _, each in spent),
        period=name,
        agent="all",
        models_used=_models(spent),
        model_breakdowns=_breakdowns(spent, table),
        agents=agents,
        origins=_origins(spent, lambda each: each[0].origin),
        metadata=PeriodMetadata(agents=tuple(each.agent for each in agents)),
        **facts,
    )


def _session_of(threads: dict[int, Thread], each: SessionSlice) -> tuple[str, str]:
    thread = threads.get(each.session_key)
    return (UNKNOWN, UNKNOWN) if thread is None else (thread.agent, thread.root_id)


def _session(
    agent: str, session: str, spent: list[SessionSpent], threads: dict[int, Thread], table: PriceTable
) -> SessionRow:
    whole = total(each for _, each in spent)
    keys = sorted({each.session_key for each, _ in spent}, key=lambda key: _is_subagent(threads, key))
    own = [threads[key] for key in keys if key in threads]
    last = moment(max((each.last_ms for each, _ in spent if each.last_ms is not None), default=None))
    return counts(
        SessionRow,
        whole,
        period=session,
        session_id=session,
        id=f"{agent}:{session}",
        agent=agent,
        project_path=next((each.cwd for each in own if each.cwd), None),
        first_activity=moment(min((each.first_ms for each, _ in spent if each.first_ms is not None), default=None)),
        last_activity=last,
        subagents=sum(each.subagent for each in own),
        models_used=_models(spent),
        model_breakdowns=_breakdowns(spent, table),
        origins=_origins(spent, lambda each: _session_origin(threads, each[0])),
        metadata=SessionMetadata(
            last_activity=last, reasoning_output_tokens=whole.used.reasoning if whole.used else None
        ),
    )


def _is_subagent(threads: dict[int, Thread], key: int) -> bool:
    return key in threads and threads[key].subagent


def _session_origin(threads: dict[int, Thread], each: SessionSlice) -> Origin:
    if each.hidden:
        return "hidden"
    return "subagent" if _is_subagent(threads, each.session_key) else "main"


def _models(spent: Iterable[tuple[Slice | SessionSlice, Bill]]) -> tuple[str, ...]:
    return tuple(sorted({each.requests.model for each, _ in spent if each.requests.model}))


def _breakdowns(spent: Iterable[tuple[Slice | SessionSlice, Bill]], table: PriceTable) -> tuple[ModelCounts, ...]:
    groups = grouped(spent, lambda each: each[0].requests.model or "")
    return tuple(
        counts(
            ModelCounts,
            total(each for _, each in rows),
            model_name=model or None,
            priced_as=table.said_otherwise(model) if model else None,
        )
        for model, rows in sorted(groups, key=lambda group: str(group[0]))
    )


def _origins(
    spent: Sequence[tuple[Item, Bill]], name: Callable[[tuple[Item, Bill]], Origin]
) -> tuple[OriginCounts, ...]:
    groups = dict(grouped(spent, name))
    return tuple(
        counts(OriginCounts, total(each for _, each in groups[origin]), origin=origin)
        for origin in ORIGINS
        if origin in groups
    )
