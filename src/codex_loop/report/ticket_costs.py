"""What a problem cost: its moments laid over the ledger, so that two that overlap count once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

import msgspec

from codex_loop.store import tickets as store
from codex_loop.store.engine import Database
from codex_loop.store.spending import Class, Used
from codex_loop.store.tickets import Moment, Spent
from codex_loop.usage import money
from codex_loop.usage.prices import PriceTable

Span = tuple[int, int]


class Cost(msgspec.Struct, frozen=True, kw_only=True):
    """Lost from the first evidence of each signal until the agent went on. None: no clock, no counter or no price."""

    time_ms: int | None
    tokens: int | None
    microusd: int | None
    """At public prices; of the tokens whose price is known."""
    unpriced_tokens: int
    measured: int
    """Of so many signals clocks told how long they took."""
    signals: int


def cost(database: Database, moments: Sequence[Moment], table: PriceTable) -> Cost:
    spans = _spans(moments)
    bills = [_bill(each, table) for each in store.spent(database, sorted(spans)) if _inside(each, spans)]
    found = money.total(bills)
    return Cost(
        time_ms=sum(end - begin for each in spans.values() for begin, end in each) if spans else None,
        tokens=None if found.used is None else found.used.total,
        microusd=found.micros,
        unpriced_tokens=found.unpriced_tokens,
        measured=sum(1 for each in moments if _span(each) is not None),
        signals=len(moments),
    )


def _spans(moments: Iterable[Moment]) -> dict[int, list[Span]]:
    """The times of each session in which the problem was at work, none of them twice."""
    found: dict[int, list[Span]] = defaultdict(list)
    for each in moments:
        span = _span(each)
        if each.session_key is not None and span is not None:
            found[each.session_key].append(span)
    return {number: _merged(sorted(spans)) for number, spans in found.items()}


def _span(moment: Moment) -> Span | None:
    if moment.time_ms is None or moment.cost_ms is None:
        return None
    return moment.time_ms, moment.time_ms + moment.cost_ms


def _merged(spans: Iterable[Span]) -> list[Span]:
    found: list[Span] = []
    for begin, end in spans:
        if found and begin <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((begin, end))
    return found


def _inside(spent: Spent, spans: dict[int, list[Span]]) -> bool:
    return any(begin <= spent.time_ms <= end for begin, end in spans[spent.session_key])


def _bill(spent: Spent, table: PriceTable) -> money.Bill:
    read = spent.input + spent.cached + spent.write_5m + spent.write_1h
    used = Used(
        spent.input, spent.cached, spent.write_5m, spent.write_1h, spent.output, None, spent.searches, 2, 1
    )  # fmt: skip
    # A price for requests of more than so many tokens holds from the next token on.
    return money.bill(table, Class(spent.model, spent.tier, read - 1, spent.time_ms), used)
