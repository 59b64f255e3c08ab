"""The ledger against the agents' own totals: where they differ is shown, with the likely reason.

Claude Code leaves a total for each session (`cost-state`, `modelUsage`). It counts requests that no transcript shows,
and leaves out interrupted ones, so that a difference is no error of either side. Codex leaves no such total.
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
from codex_loop.usage.prices import PriceTable, plain
from codex_loop.usage.reports import grouped

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
REGION = 1.1
"""What Anthropic takes for inference in one chosen region, which the ledger does not keep."""


class Kinds(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Tokens of a session or a model, by one side."""

    input_tokens: int = 0
    output_tokens: int = 0
    cache_creation_tokens: int = 0
    cache_read_tokens: int = 0

    @property
    def all(self) -> tuple[int, int, int, int]:
        return self.input_tokens, self.output_tokens, self.cache_creation_tokens, self.cache_read_tokens


class ModelCheck(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One model of a session; `difference` is the agent's number less ours."""

    model_name: str
    ledger: Kinds
    agents_own: Kinds
    difference: Kinds


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
    """Every session with a total of the agent's own, the largest difference first."""
    ours = _ours(database, table, asked)
    own = {(each.agent, each.native_id): each for each in totals.own_totals(database) if each.totals}
    checks = [
        check
        for name, stated in own.items()
        if name in ours or (asked == Asked(agent=asked.agent) and asked.agent in (None, stated.agent))
        if (check := _check(stated, ours.get(name))) is not None
    ]
    checks.sort(key=lambda each: (-abs(each.difference_tokens), each.id))
    return Reconciled(
        sessions=tuple(checks),
        agreeing=sum(each.agrees for each in checks),
        differing=sum(not each.agrees for each in checks),
        unexplained=sum(each.reason == "unknown" for each in checks),
        without_own_total=len(ours.keys() - own.keys()),
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


def _check(stated: OwnTotal, ours: _Ours | None) -> SessionCheck | None:
    try:
        own = _decoder.decode(stated.totals or "{}")
    except msgspec.DecodeError:  # a total in words of a version that we do not know
        return None
    theirs = {plain(name): each.kinds() for name, each in own.items()}
    known = {} if ours is None else ours.models
    models = tuple(
        _model(name, known.get(name, Kinds()), theirs.get(name, Kinds())) for name in sorted({*theirs, *known})
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
        cost_note=_cost_note(cost, micros) if reason == "agrees" else None,
    )


def _model(name: str, ours: Kinds, theirs: Kinds) -> ModelCheck:
    less = [b - a for a, b in zip(ours.all, theirs.all, strict=True)]
    difference = Kinds(
        input_tokens=less[0], output_tokens=less[1], cache_creation_tokens=less[2], cache_read_tokens=less[3]
    )
    return ModelCheck(model_name=name, ledger=ours, agents_own=theirs, difference=difference)


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


def _cost_note(ours: int | None, theirs: int | None) -> str | None:
    """Why the same tokens are worth something else to the agent."""
    if ours is None or theirs is None or abs(ours - theirs) <= 1:
        return None
    if ours and abs(theirs / ours - REGION) < 0.0005:
        return "the agent adds a tenth for inference in one chosen region"
    return "the agent has other prices than the table"
