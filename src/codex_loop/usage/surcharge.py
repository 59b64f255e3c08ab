"""What a provider adds to the public prices and the ledger cannot price: inference in one chosen region.

No row of the ledger says where a request was answered. Claude Code's own total of a session does: its cost is a tenth
more than its own tokens cost at the prices of the table. So the sessions, and what was added, are known from these
totals alone, wherever an agent leaves one.
"""

from __future__ import annotations

import msgspec

from codex_loop.model.text import counted
from codex_loop.store import spending, totals
from codex_loop.store.engine import Database
from codex_loop.store.spending import Asked, Used
from codex_loop.store.totals import OwnTotal
from codex_loop.usage.money import MICRO_PICO, price_of
from codex_loop.usage.prices import PriceTable
from codex_loop.usage.sides import is_region


class NotPriced(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What is in no cost of the report although it is known: told beside it, never added."""

    explanation: str
    sessions: int
    """Whose agent said so; no forks, whose totals say again what they inherited."""
    cost_micros: int
    """By the agent's own totals of these sessions, each whole."""


class _Stated(msgspec.Struct, rename="camel"):
    """One model of a session in the agent's words."""

    cost_usd: float = msgspec.field(name="costUSD", default=0.0)
    input_tokens: int = 0
    output_tokens: int = 0
    cache_read_input_tokens: int = 0
    cache_creation_input_tokens: int = 0
    cache_creation_ephemeral5m_input_tokens: int | None = msgspec.field(
        name="cacheCreationEphemeral5mInputTokens", default=None
    )
    cache_creation_ephemeral1h_input_tokens: int | None = msgspec.field(
        name="cacheCreationEphemeral1hInputTokens", default=None
    )
    web_search_requests: int = 0

    def used(self) -> Used:
        long = self.cache_creation_ephemeral1h_input_tokens or 0
        short = self.cache_creation_ephemeral5m_input_tokens
        return Used(
            self.input_tokens,
            self.cache_read_input_tokens,
            self.cache_creation_input_tokens - long if short is None else short,
            long,
            self.output_tokens,
            None,
            self.web_search_requests,
            0,
            0,
        )


_decoder: msgspec.json.Decoder[dict[str, _Stated]] = msgspec.json.Decoder(dict[str, _Stated])


def not_priced(database: Database, table: PriceTable, asked: Asked) -> NotPriced | None:
    """The surcharge of sessions, forks left out, whose total was stated in the time asked for; None: there is none."""
    more = [(each, _added(each, table)) for each in totals.own_totals(database) if _is_asked(each, asked)]
    forks = _forks(database) if any(added for _, added in more) else set()
    added = [added for each, added in more if added and (each.agent, each.native_id) not in forks]
    if not added:
        return None
    many = f"{counted(len(added), 'session')}"
    return NotPriced(
        explanation=f"not priced: the tenth that the agent adds for inference in one chosen region, in {many}",
        sessions=len(added),
        cost_micros=sum(added),
    )


def _forks(database: Database) -> set[tuple[str, str]]:
    """Sessions whose own total contains what they inherited, which their parent's total says too."""
    return {(each.agent, each.native_id) for each in spending.threads(database).values() if each.forked}


def _is_asked(of: OwnTotal, asked: Asked) -> bool:
    at = of.stated_ms
    return (
        asked.agent in (None, of.agent)
        and (asked.since_ms is None or (at is not None and at >= asked.since_ms))
        and (asked.until_ms is None or (at is not None and at < asked.until_ms))
        and (asked.folders is None or of.cwd in asked.folders)
    )


def _added(of: OwnTotal, table: PriceTable) -> int:
    """Micro-dollars that the agent added to the prices of the table; 0 where it added nothing, or something else."""
    try:
        models = _decoder.decode(of.totals or "{}")
    except (msgspec.DecodeError, RecursionError):  # a total in words of a version that we do not know
        return 0
    added = 0
    for name, stated in models.items():
        rates = table.rates(name, None, 0, of.stated_ms)
        if rates is None:
            continue
        ours = price_of(stated.used(), rates) / MICRO_PICO
        theirs = stated.cost_usd * 1_000_000
        if is_region(ours, theirs):
            added += round(theirs - ours)
    return added
