"""Tokens and their value as samples: sums of the ledger, by agent and model."""

from __future__ import annotations

import threading
from collections.abc import Iterator

from codex_loop.settings import Settings
from codex_loop.store.engine import Database
from codex_loop.store.ledger import local_day
from codex_loop.store.memo import ledger_mark
from codex_loop.store.spending import Asked, Used
from codex_loop.usage.metrics.family import Family, Sample, counter
from codex_loop.usage.prices import PriceTable, price_table
from codex_loop.usage.reports import Days, Spent, by_day

PICO = 1_000_000_000_000
UNKNOWN = "unknown"

# The days of this machine, though days do not matter here: `usage daily` asks the same, and one answer serves both.
_DAYS = Days(zone=None, zone_name="local", day_of=local_day)


class TokenSums:
    """Added up anew only when something was counted: a year takes a second, and a sample of limits changes nothing."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._mark: str | None = None
        self._families: tuple[Family, ...] = ()

    def families(self, database: Database, settings: Settings) -> tuple[Family, ...]:
        """As of what is counted now; of two who ask at once, the second waits for the first one's answer."""
        table = price_table(settings.data_dir, settings.prices)
        with self._lock:
            mark = f"{table.mark} {ledger_mark(database)}"
            if mark != self._mark:
                self._families, self._mark = tuple(token_families(database, table)), mark
            return self._families


def token_families(database: Database, table: PriceTable) -> Iterator[Family]:
    """A price that is not known is no 0: such tokens are told by themselves."""
    spent = by_day(database, table, Asked(), _DAYS)
    yield counter(
        "codexloop_tokens_total",
        "Tokens by kind. Input leaves out the cache; reasoning is contained in output: do not add it.",
        (each for part in spent for each in _tokens(part)),
    )
    yield counter(
        "codexloop_cost_usd_total",
        "Value of the tokens of known price at public prices in dollars; not a bill.",
        (Sample(_labels(part), part[1].pico / PICO) for part in spent if part[1].pico is not None),
    )
    yield counter(
        "codexloop_unpriced_tokens_total",
        "Tokens whose price nobody knows; they are in no cost.",
        (Sample(_labels(part), part[1].unpriced_tokens) for part in spent),
    )


def _tokens(part: Spent) -> Iterator[Sample]:
    for kind, count in _kinds(part[0].used):
        yield Sample({**_labels(part), "kind": kind}, count)


def _kinds(used: Used) -> Iterator[tuple[str, int]]:
    yield "input", used.input
    yield "cached", used.cached
    yield "cache_write", used.written
    yield "output", used.output
    if used.reasoning is not None:
        yield "reasoning", used.reasoning


def _labels(part: Spent) -> dict[str, str]:
    found, _ = part
    return {"source": found.agent, "model": found.requests.model or UNKNOWN}
