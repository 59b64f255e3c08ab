"""An export against the ledger, session by session: both numbers, and the requests that make the difference.

A file may tell of a session by its events or by its counters. Events name their requests, so that each difference has
the requests it comes from; counters are sums, and their reasons are only likely.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Literal

import msgspec

from codex_loop.sources.otlp.told import PICO, Other, Request
from codex_loop.store import requests, runs, spending, totals
from codex_loop.store.engine import Database
from codex_loop.store.requests import Counted
from codex_loop.store.sessions import moment
from codex_loop.store.spending import Asked
from codex_loop.usage.money import bill, cut_by_price, total
from codex_loop.usage.otel import exports, matching
from codex_loop.usage.otel.exports import Export, Session
from codex_loop.usage.otel.reasons import Cause, Known, of_counters, of_pairs
from codex_loop.usage.prices import PriceTable, plain
from codex_loop.usage.sides import Kinds, ModelCheck, cost_note, side_by_side

MICRO_PICO = PICO // 1_000_000


class OtelCheck(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One session of the export. Costs are millionths of a dollar."""

    id: str
    agent: str
    session_id: str
    told_by: Literal["events", "counters"]
    first_at: str | None
    last_at: str | None
    agrees: bool
    difference_tokens: int
    """The export's tokens less ours: what `causes` add up to."""
    causes: tuple[Cause, ...]
    models: tuple[ModelCheck, ...]
    counters_less_events: int | None
    """Where the export tells of the session by both: 0 unless a request was interrupted, which counters alone count, or
    a part of the export is missing."""
    ledger_cost_micros: int | None
    otel_cost_micros: int | None
    cost_note: str | None


class NotCompared(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Events or data points of the export that are held against nothing, and why."""

    name: str
    what: str
    why: str
    count: int


class OtelReport(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The export as a whole; `sessions` has the largest difference first."""

    files: int
    documents: int
    unreadable: tuple[exports.Unreadable, ...]
    torn_files: int
    duplicates: int
    sessions: tuple[OtelCheck, ...]
    agreeing: int
    differing: int
    unexplained: int
    without_export: int
    """Sessions of the ledger with tokens in the time asked for, of which the export tells nothing."""
    ledger_tokens: int
    otel_tokens: int
    not_compared: tuple[NotCompared, ...]


class _Ledger(msgspec.Struct, frozen=True):
    """What the ledger has of the sessions of an export."""

    rows: dict[Session, list[Counted]]
    micros: dict[Session, int | None]
    stopped: set[Session]
    sessions: set[Session]
    asked: set[Session]
    """Also those that the export does not tell of."""
    read_until_ms: int | None


def compare(database: Database, table: PriceTable, asked: Asked, export: Export) -> OtelReport:
    """Every session that the export tells of and that is asked for, by the ledger's tokens or by the export's."""
    names = sorted({*export.requests, *export.counted})
    ledger = _ledger(database, table, asked, names)
    checks = [
        _check(database, name, export, ledger)
        for name in names
        if asked.agent in (None, name[0]) and (name in ledger.asked or _is_asked(name, export, asked))
    ]
    checks.sort(key=lambda each: (-abs(each.difference_tokens), each.id))
    return OtelReport(
        files=export.files,
        documents=export.documents,
        unreadable=export.unreadable,
        torn_files=export.torn,
        duplicates=export.duplicates,
        sessions=tuple(checks),
        agreeing=sum(each.agrees for each in checks),
        differing=sum(not each.agrees for each in checks),
        unexplained=sum(any(cause.reason == "unknown" for cause in each.causes) for each in checks),
        without_export=len(ledger.asked - set(names)),
        ledger_tokens=sum(sum(model.ledger.all) for each in checks for model in each.models),
        otel_tokens=sum(sum(model.agents_own.all) for each in checks for model in each.models),
        not_compared=tuple(map(_not_compared, export.others)),
    )


def _is_asked(name: Session, export: Export, asked: Asked) -> bool:
    """Whether the export's own times are asked for; of a session that the ledger lacks nobody knows the project."""
    if asked.folders is not None:
        return False
    if asked.since_ms is None and asked.until_ms is None:
        return True
    events, counted = export.requests.get(name, ()), export.counted.get(name, ())
    spans = [*((each.time_ms, each.time_ms) for each in events), *((each.first_ms, each.last_ms) for each in counted)]
    return any(
        first is not None
        and last is not None
        and (asked.since_ms is None or last >= asked.since_ms)
        and (asked.until_ms is None or first < asked.until_ms)
        for first, last in spans
    )


def _not_compared(other: Other) -> NotCompared:
    return NotCompared(name=other.name, what=other.what, why=other.why, count=other.count)


def _ledger(database: Database, table: PriceTable, asked: Asked, names: Iterable[Session]) -> _Ledger:
    wanted = set(names)
    threads = spending.threads(database)
    keys = {key: name for key, thread in threads.items() if (name := _session(thread)) in wanted}
    rows: dict[Session, list[Counted]] = defaultdict(list)
    for row in requests.of_sessions(database, sorted(keys)):
        rows[keys[row.session_key]].append(row)
    slices = cut_by_price(
        table,
        spending.models(database),
        lambda steps: spending.by_session(database, Asked(agent=asked.agent), steps),
        lambda each: each.requests.model,
    )
    bills = defaultdict(list)
    for each in slices:
        if each.session_key in keys:
            bills[keys[each.session_key]].append(bill(table, each.requests, each.used))
    return _Ledger(
        dict(rows),
        {name: total(each).micros for name, each in bills.items()},
        {keys[key] for key in totals.interrupted(database) if key in keys},
        set(keys.values()),
        {_session(threads[key]) for key in spending.sessions(database, asked) if key in threads},
        runs.last_started(database, "ingest"),
    )


def _session(thread: spending.Thread) -> Session:
    """As exports name it: Claude's subagents by their session, Codex's by themselves."""
    return thread.agent, thread.root_id if thread.agent == "claude" else thread.native_id


def _check(database: Database, name: Session, export: Export, ledger: _Ledger) -> OtelCheck:
    events, counted = export.requests.get(name, []), export.counted.get(name, [])
    rows = ledger.rows.get(name, [])
    known = Known(name in ledger.sessions, name in ledger.stopped, ledger.read_until_ms)
    theirs = _of_events(events) if events else _of_counters(counted)
    ours = _of_rows(rows)
    names = sorted({*ours, *theirs})
    models = tuple(side_by_side(each, ours.get(each, Kinds()), theirs.get(each, Kinds())) for each in names)
    if events:
        pairs = matching.pairs(sorted(events, key=lambda each: each.time_ms or 0), rows)
        causes = of_pairs(pairs, known, _elsewhere(database, pairs))
        times = [each.time_ms for each in events if each.time_ms is not None]
        first, last = (min(times), max(times)) if times else (None, None)
    else:
        first = min((each.first_ms for each in counted if each.first_ms is not None), default=None)
        last = max((each.last_ms for each in counted if each.last_ms is not None), default=None)
        causes = of_counters(models, rows, known, (first, last), counted)
    ours_micros, their_micros = ledger.micros.get(name), _cost(events, counted)
    return OtelCheck(
        id=":".join(name),
        agent=name[0],
        session_id=name[1],
        told_by="events" if events else "counters",
        first_at=moment(first),
        last_at=moment(last),
        agrees=not causes,
        difference_tokens=sum(sum(each.difference.all) for each in models),
        causes=causes,
        models=models,
        counters_less_events=_tokens(_of_counters(counted)) - _tokens(theirs) if events and counted else None,
        ledger_cost_micros=ours_micros,
        otel_cost_micros=their_micros,
        cost_note=None if causes else cost_note(ours_micros, their_micros),
    )


def _elsewhere(database: Database, pairs: Sequence[matching.Pair]) -> set[str]:
    """Requests of the export that the ledger counts in another session."""
    alone = (each.theirs.request_id for each in pairs if each.ours is None and each.theirs is not None)
    return requests.known(database, sorted({each for each in alone if each is not None}))


def _of_events(events: Iterable[Request]) -> dict[str, Kinds]:
    return _added((each.model, each.input, each.output, each.cache_creation, each.cache_read) for each in events)


def _of_rows(rows: Iterable[Counted]) -> dict[str, Kinds]:
    return _added(
        (each.model or "unknown", each.input, each.output, each.cache_creation, each.cache_read) for each in rows
    )


def _of_counters(counted: Iterable[exports.Counted]) -> dict[str, Kinds]:
    # A model of which only the cost was told has no tokens to compare.
    told = ((each.model, each.sums) for each in counted if set(each.sums) - {"cost"})
    return _added(
        (model, of.get("input", 0), of.get("output", 0), of.get("cache_creation", 0), of.get("cache_read", 0))
        for model, of in told
    )


def _added(parts: Iterable[tuple[str, int, int, int, int]]) -> dict[str, Kinds]:
    found: dict[str, list[int]] = {}
    for model, *numbers in parts:
        sums = found.setdefault(plain(model), [0, 0, 0, 0])
        for place, number in enumerate(numbers):
            sums[place] += number
    return {
        model: Kinds(input_tokens=of[0], output_tokens=of[1], cache_creation_tokens=of[2], cache_read_tokens=of[3])
        for model, of in sorted(found.items())
    }


def _tokens(kinds: dict[str, Kinds]) -> int:
    return sum(sum(each.all) for each in kinds.values())


def _cost(events: Sequence[Request], counted: Sequence[exports.Counted]) -> int | None:
    """Micro-dollars: of the events when each has a cost, else of the counters; None where neither is told."""
    costs = [each.cost_pico for each in events]
    if costs and None not in costs:
        return _micros(sum(each for each in costs if each is not None))
    told = [each.sums["cost"] for each in counted if "cost" in each.sums]
    return _micros(sum(told)) if told else None


def _micros(pico: int) -> int:
    return (pico + MICRO_PICO // 2) // MICRO_PICO
