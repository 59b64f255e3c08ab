"""The ledger against the agents' own totals: where they differ is shown, with the likely reason.

Claude Code leaves a total for each session (`cost-state`, `modelUsage`). It counts requests that no transcript shows,
and leaves out interrupted ones, so that a difference is no error of either side. Codex leaves no such total. What both
export over OpenTelemetry is compared in `otel/`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

import msgspec

from codex_loop.store import spending, totals
from codex_loop.store.engine import Database
from codex_loop.store.ledger import QUALITIES
from codex_loop.store.sessions import moment
from codex_loop.store.spending import Asked, SessionSlice, Steps
from codex_loop.store.totals import OwnTotal
from codex_loop.usage.money import Bill, bill, cut_by_price, total
from codex_loop.usage.otel.comparison import OtelReport
from codex_loop.usage.prices import PriceTable, plain
from codex_loop.usage.reports import grouped
from codex_loop.usage.sides import Kinds, ModelCheck, cost_note, side_by_side

Reason = Literal[
    "agrees", "went on", "inherited", "unseen", "interrupted", "partial", "unseen and interrupted", "unknown"
]
REASONS: dict[Reason, str] = {
    "agrees": "both say the same",
    "went on": "it went on after the agent wrote its total",
    "inherited": "the agent counts what the fork inherited",
    "unseen": "the agent counts titles, summaries and the like",
    "interrupted": "the agent leaves interrupted requests out",
    "partial": "answers written before they were complete",
    "unseen and interrupted": "titles and the like counted, interrupted left out",
    "unknown": "no reason that we know",
}
FINAL = QUALITIES.index("final")


class SessionCheck(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One session of which the agent stated a total. Costs are millionths of a dollar."""

    id: str
    agent: str
    session_id: str
    stated_at: str | None
    agrees: bool
    difference_tokens: int
    """The agent's tokens less ours."""
    reason: Reason
    explanation: str
    models: tuple[ModelCheck, ...]
    ledger_cost_micros: int | None
    agents_own_cost_micros: int | None
    cost_note: str | None


class Reconciled(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """`sessions` are those with a total of the agent's own; of the others there is nothing to compare with."""

    sessions: tuple[SessionCheck, ...]
    agreeing: int
    differing: int
    unexplained: int
    without_own_total: int
    ledger_tokens: int
    """Of the sessions compared."""
    agents_own_tokens: int
    unreadable_totals: int = 0
    """Sessions whose total is in words of a version that we do not know."""
    otel: OtelReport | None = None
    """What `--otel` told, beside the ledger."""


class _Stated(msgspec.Struct, rename="camel"):
    """One model in the agent's words."""

    input_tokens: int = 0
    output_tokens: int = 0
    cache_creation_input_tokens: int = 0
    cache_read_input_tokens: int = 0

    def kinds(self) -> Kinds:
        return Kinds(
            input_tokens=self.input_tokens,
            output_tokens=self.output_tokens,
            cache_creation_tokens=self.cache_creation_input_tokens,
            cache_read_tokens=self.cache_read_input_tokens,
        )


class _Ours(msgspec.Struct, frozen=True):
    models: dict[str, Kinds]
    cost: Bill
    last_ms: int | None
    partial: bool
    interrupted: bool
    forked: bool


_decoder: msgspec.json.Decoder[dict[str, _Stated]] = msgspec.json.Decoder(dict[str, _Stated])


def reconcile(database: Database, table: PriceTable, asked: Asked) -> Reconciled:
    """Every session with a total of the agent's own, the largest difference first.

    A session is compared whole, also when only some of its tokens were used in the time that is asked for.
    """
    ours = _ours(database, table, Asked(agent=asked.agent))
    everything = asked == Asked(agent=asked.agent)
    if not everything:
        threads, chosen = spending.threads(database), spending.sessions(database, asked)
        names = {_session(threads[key]) for key in chosen}
        ours = {name: each for name, each in ours.items() if name in names}
    own = {(each.agent, each.native_id): each for each in totals.own_totals(database) if each.totals}
    stated = [each for name, each in own.items() if name in ours or (everything and asked.agent in (None, each.agent))]
    found = [_check(each, ours.get((each.agent, each.native_id))) for each in stated]
    checks = [each for each in found if each is not None]
    checks.sort(key=lambda each: (-abs(each.difference_tokens), each.id))
    return Reconciled(
        sessions=tuple(checks),
        agreeing=sum(each.agrees for each in checks),
        differing=sum(not each.agrees for each in checks),
        unexplained=sum(each.reason == "unknown" for each in checks),
        without_own_total=len(ours.keys() - own.keys()),
        unreadable_totals=len(found) - len(checks),
        ledger_tokens=sum(sum(model.ledger.all) for each in checks for model in each.models),
        agents_own_tokens=sum(sum(model.agents_own.all) for each in checks for model in each.models),
    )


def _ours(database: Database, table: PriceTable, asked: Asked) -> dict[tuple[str, str], _Ours]:
    threads = spending.threads(database)

    def ask(steps: Steps) -> list[SessionSlice]:
        return spending.by_session(database, asked, steps)

    slices = cut_by_price(table, spending.models(database), ask, lambda each: each.requests.model)
    known = [each for each in slices if each.session_key in threads]
    stopped = totals.interrupted(database)
    found = {}
    for name, rows in grouped(known, lambda each: _session(threads[each.session_key])):
        models = {
            model: _kinds(part) for model, part in grouped(rows, lambda each: plain(each.requests.model or "unknown"))
        }
        found[name] = _Ours(
            models,
            total(bill(table, each.requests, each.used) for each in rows),
            max((each.last_ms for each in rows if each.last_ms is not None), default=None),
            any(each.used.quality < FINAL for each in rows),
            any(each.session_key in stopped for each in rows),
            any(threads[each.session_key].forked for each in rows),
        )
    return found


def _session(thread: spending.Thread) -> tuple[str, str]:
    return thread.agent, thread.root_id


def _kinds(rows: Sequence[SessionSlice]) -> Kinds:
    return Kinds(
        input_tokens=sum(each.used.input for each in rows),
        output_tokens=sum(each.used.output for each in rows),
        cache_creation_tokens=sum(each.used.written for each in rows),
        cache_read_tokens=sum(each.used.cached for each in rows),
    )


def _summed(parts: Iterable[Kinds]) -> Kinds:
    """One model may stand there under two names, such as one with a date or `[1m]`."""
    sums = [sum(numbers) for numbers in zip(*(each.all for each in parts), strict=True)]
    return Kinds(input_tokens=sums[0], output_tokens=sums[1], cache_creation_tokens=sums[2], cache_read_tokens=sums[3])


def _check(stated: OwnTotal, ours: _Ours | None) -> SessionCheck | None:
    try:
        own = _decoder.decode(stated.totals or "{}")
    except (msgspec.DecodeError, RecursionError):  # a total in words of a version that we do not know
        return None
    theirs = {
        name: _summed(each.kinds() for _, each in parts)
        for name, parts in grouped(own.items(), lambda item: plain(item[0]))
    }
    known = {} if ours is None else ours.models
    models = tuple(
        side_by_side(name, known.get(name, Kinds()), theirs.get(name, Kinds())) for name in sorted({*theirs, *known})
    )
    reason = _reason([each.difference for each in models], stated, ours)
    micros = None if stated.cost_usd is None else round(stated.cost_usd * 1_000_000)
    cost = ours.cost.micros if ours is not None else None
    return SessionCheck(
        id=f"{stated.agent}:{stated.native_id}",
        agent=stated.agent,
        session_id=stated.native_id,
        stated_at=moment(stated.stated_ms),
        agrees=reason == "agrees",
        difference_tokens=sum(sum(each.difference.all) for each in models),
        reason=reason,
        explanation=REASONS[reason],
        models=models,
        ledger_cost_micros=cost,
        agents_own_cost_micros=micros,
        cost_note=cost_note(cost, micros) if reason == "agrees" else None,
    )


def _reason(differences: Iterable[Kinds], stated: OwnTotal, ours: _Ours | None) -> Reason:
    """The likely reason. That we count more than the agent needs a sign of it in the session; else it is unknown."""
    numbers = [number for each in differences for number in each.all]
    if not any(numbers):
        return "agrees"
    if ours is None:
        return "unseen"
    if min(numbers) >= 0:
        seen: Reason = "inherited" if ours.forked else "unseen"
        return "partial" if ours.partial and _only_output(numbers) else seen
    if stated.stated_ms is not None and ours.last_ms is not None and ours.last_ms > stated.stated_ms:
        return "went on"
    if not (ours.interrupted or ours.partial):
        return "unknown"
    return "interrupted" if max(numbers) <= 0 else "unseen and interrupted"


def _only_output(numbers: Sequence[int]) -> bool:
    return all(number == 0 for place, number in enumerate(numbers) if place % 4 != 1)
