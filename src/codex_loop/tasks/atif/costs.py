"""What a reply of a model would cost at public prices."""

from __future__ import annotations

from codex_loop.model.records import Usage
from codex_loop.store.spending import Used
from codex_loop.tasks.atif.finish import Price, prompt_of
from codex_loop.usage.money import price_of
from codex_loop.usage.prices import PriceTable

_PICO = 1e12


def at_public_prices(table: PriceTable) -> Price:
    """Dollars of one reply; None for a model, or a tier of it, whose price nobody knows."""

    def price(usage: Usage) -> float | None:
        rates = table.rates(usage.model, usage.tier, prompt_of(usage) - 1, usage.time_ms)
        if rates is None:
            return None
        used = Used(
            input=usage.input,
            cached=usage.cached,
            write_5m=usage.cache_write_5m,
            write_1h=usage.cache_write_1h,
            output=usage.output,
            reasoning=usage.reasoning,
            searches=usage.web_searches,
            quality=0,
            responses=1,
        )
        return price_of(used, rates) / _PICO

    return price
