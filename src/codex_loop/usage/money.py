"""What tokens would have cost at the providers' public prices: the value of their use, not a bill.

Whole pico-dollars are added up and rounded once, at the very end, to whole micro-dollars. An unknown price is never 0:
such tokens are counted by the name of their model, and what is left is the sum of the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

import msgspec

from codex_loop.store.spending import Class, Steps, Used, both
from codex_loop.usage.prices import PriceTable, Rates

MICRO_PICO = 1_000_000
LABEL = "API-equivalent value at public prices, not a bill"

Part = TypeVar("Part")


class Bill(msgspec.Struct, frozen=True):
    """Tokens and what is known of their price."""

    used: Used | None = None
    pico: int | None = None
    """What the tokens of known price cost; None when the price of none is known."""
    unpriced: tuple[tuple[str, int], ...] = ()
    """(model, tokens) of unknown price; a tier stands in parentheses behind its model."""

    @property
    def micros(self) -> int | None:
        """Micro-dollars, rounded half up."""
        return None if self.pico is None else (self.pico + MICRO_PICO // 2) // MICRO_PICO

    @property
    def unpriced_tokens(self) -> int:
        return sum(tokens for _, tokens in self.unpriced)


NOTHING = Bill()


def price_of(used: Used, rates: Rates) -> int:
    """Pico-dollars. Reasoning is inside the output and costs nothing more."""
    return (
        used.input * rates.input
        + used.cached * rates.cached
        + used.write_5m * rates.write_5m
        + used.write_1h * rates.write_1h
        + used.output * rates.output
        + used.searches * rates.search
    )


def bill(table: PriceTable, requests: Class, used: Used) -> Bill:
    """One slice with its price."""
    rates = table.rates(requests.model, requests.tier, requests.above, requests.since_ms)
    if rates is not None:
        return Bill(used, price_of(used, rates))
    if not used.total and not used.searches:
        return Bill(used, 0)
    name = requests.model or "unknown"
    priced_otherwise = table.model(requests.model) is not None and requests.tier is not None
    return Bill(used, None, ((f"{name} ({requests.tier})" if priced_otherwise else name, used.total),))


def total(bills: Iterable[Bill]) -> Bill:
    """The sum; of nothing, `NOTHING`."""
    used: Used | None = None
    pico: int | None = None
    unpriced: dict[str, int] = {}
    for each in bills:
        if each.used is not None:
            used = each.used if used is None else both(used, each.used)
        if each.pico is not None:
            pico = each.pico + (pico or 0)
        for name, tokens in each.unpriced:
            unpriced[name] = unpriced.get(name, 0) + tokens
    return Bill(used, pico, tuple(sorted(unpriced.items())))


def cut_by_price(
    table: PriceTable, names: Sequence[str], ask: Callable[[Steps], list[Part]], model_of: Callable[[Part], str | None]
) -> list[Part]:
    """The parts that `ask` cuts where prices change. `names` are the models expected; for others it asks again."""
    steps = table.cuts(names)
    parts = ask(steps)
    needed = table.cuts({*names, *map(model_of, parts)})
    return parts if needed == steps else ask(needed)
