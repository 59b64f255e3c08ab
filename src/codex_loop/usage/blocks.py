"""Five-hour blocks, estimated from when tokens were used; and the windows that providers themselves told of.

A block is a guess at a provider's window: it begins with the hour of the first request, and a request more than five
hours after that, or after the request before it, begins another. What a provider says is `windows`, never a block.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

import msgspec

from codex_loop.clock import HOUR_MS, MINUTE_MS
from codex_loop.store import spending
from codex_loop.store.engine import Database
from codex_loop.store.sessions import moment
from codex_loop.store.spending import Asked, Moment, Steps, WindowTold
from codex_loop.usage.money import Bill, bill, cut_by_price, total
from codex_loop.usage.prices import PriceTable
from codex_loop.usage.reports import Pricing, grouped, missing, pricing

BLOCK_MS = 5 * HOUR_MS
WARNING_PERCENT = 80.0
_JITTER_MS = 5 * MINUTE_MS


class TokenCounts(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    input_tokens: int
    output_tokens: int
    cache_creation_input_tokens: int
    cache_read_input_tokens: int


class BurnRate(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """How fast the active block is used, from its first request to its last."""

    tokens_per_minute: float
    tokens_per_minute_for_indicator: float
    """Without the cache."""
    cost_per_hour: float | None


class Projection(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The active block at its end, if it goes on like this."""

    total_tokens: int
    total_cost: float | None
    remaining_minutes: int


class LimitStatus(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Against a number of tokens that you chose; no provider states one."""

    limit: int
    projected_usage: int
    percent_used: float
    status: Literal["ok", "warning", "exceeds"]


class Block(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A block, or the gap between two."""

    id: str
    start_time: str | None
    end_time: str | None
    actual_end_time: str | None
    """The last request in it."""
    is_active: bool
    is_gap: bool
    entries: int
    token_counts: TokenCounts
    total_tokens: int
    cost_usd: float | None = msgspec.field(name="costUSD")
    cost_micros: int | None
    unpriced_tokens: int
    models: tuple[str, ...]
    burn_rate: BurnRate | None
    projection: Projection | None
    token_limit_status: LimitStatus | None
    agent: str
    kind: str = "estimated"


class ProviderWindow(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A window as its provider told of it."""

    agent: str
    limit_id: str
    window_minutes: int
    start_time: str | None
    """The reset less the length: when the window began, if it was as long as told."""
    end_time: str | None
    """When the provider said it would begin anew."""
    used_percent: float | None
    """The most that was seen; null when no telling had a number."""
    first_seen: str | None
    last_seen: str | None
    samples: int
    is_active: bool
    kind: str = "provider"


class Blocks(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    blocks: tuple[Block, ...]
    windows: tuple[ProviderWindow, ...]
    pricing: Pricing
    costs_missing: str | None


Spent = tuple[Moment, Bill]


def blocks(
    database: Database, table: PriceTable, asked: Asked, *, now_ms: int, limit: int | Literal["max"] | None = None
) -> Blocks:
    """Every block of every agent asked for, in the order of time."""

    def ask(steps: Steps) -> list[Moment]:
        return spending.by_moment(database, asked, steps)

    moments = cut_by_price(table, spending.models(database), ask, lambda each: each.requests.model)
    spent = [(each, bill(table, each.requests, each.used)) for each in moments]
    found: list[Block] = []
    for agent, rows in grouped(spent, lambda each: each[0].agent):
        parts = list(split(rows))
        most = _limit(parts, limit)
        for index, part in enumerate(parts):
            if index:
                found += _gap(agent, parts[index - 1], part)
            found.append(_block(agent, part, now_ms, most))
    told = spending.windows(database, asked)
    return Blocks(
        blocks=tuple(sorted(found, key=lambda each: (each.start_time or "", each.is_gap))),
        windows=tuple(_window(each, now_ms) for each in sorted(_cycles(told), key=lambda each: each.resets_ms)),
        pricing=pricing(table),
        costs_missing=missing(total(each for _, each in spent)),
    )


def split(spent: Sequence[Spent]) -> Iterator[list[Spent]]:
    """The rows of each block. Rows hold a quarter of an hour, which no border of a block cuts: see `by_moment`."""
    part: list[Spent] = []
    start_ms = last_ms = 0
    for row in spent:
        at_ms = row[0].first_ms
        if part and (at_ms - start_ms > BLOCK_MS or at_ms - last_ms > BLOCK_MS):
            yield part
            part = []
        if not part:
            start_ms, last_ms = _hour(at_ms), at_ms
        part.append(row)
        last_ms = max(last_ms, row[0].last_ms)
    if part:
        yield part


def _hour(instant_ms: int) -> int:
    return instant_ms // HOUR_MS * HOUR_MS


def _last_ms(part: Sequence[Spent]) -> int:
    return max(each.last_ms for each, _ in part)


def _limit(parts: Sequence[Sequence[Spent]], limit: int | Literal["max"] | None) -> int | None:
    if limit != "max":
        return limit
    return max((total(each for _, each in part).used.total for part in parts), default=None)  # type: ignore[union-attr]


def _block(agent: str, part: Sequence[Spent], now_ms: int, limit: int | None) -> Block:
    whole = total(each for _, each in part)
    used = whole.used
    assert used is not None
    first_ms, last_ms = part[0][0].first_ms, _last_ms(part)
    start_ms = _hour(first_ms)
    end_ms = start_ms + BLOCK_MS
    active = now_ms - last_ms < BLOCK_MS and start_ms <= now_ms < end_ms
    minutes = (last_ms - first_ms) / MINUTE_MS
    burn = _burn(whole, minutes) if active and minutes > 0 else None
    projection = _projection(whole, burn, round((end_ms - now_ms) / MINUTE_MS)) if burn else None
    micros = whole.micros
    return Block(
        id=moment(start_ms) or str(start_ms),
        start_time=moment(start_ms),
        end_time=moment(end_ms),
        actual_end_time=moment(last_ms),
        is_active=active,
        is_gap=False,
        entries=used.responses,
        token_counts=TokenCounts(
            input_tokens=used.input,
            output_tokens=used.output,
            cache_creation_input_tokens=used.written,
            cache_read_input_tokens=used.cached,
        ),
        total_tokens=used.total,
        cost_usd=None if micros is None else micros / 1_000_000,
        cost_micros=micros,
        unpriced_tokens=whole.unpriced_tokens,
        models=tuple(sorted({each.requests.model for each, _ in part if each.requests.model})),
        burn_rate=burn,
        projection=projection,
        token_limit_status=_status(limit, projection.total_tokens if projection else used.total) if limit else None,
        agent=agent,
    )


def _burn(whole: Bill, minutes: float) -> BurnRate:
    used, micros = whole.used, whole.micros
    assert used is not None
    return BurnRate(
        tokens_per_minute=used.total / minutes,
        tokens_per_minute_for_indicator=(used.input + used.output) / minutes,
        cost_per_hour=None if micros is None else micros / 1_000_000 / minutes * 60,
    )


def _projection(whole: Bill, burn: BurnRate, minutes: int) -> Projection:
    used, micros = whole.used, whole.micros
    assert used is not None
    cost = None
    if micros is not None and burn.cost_per_hour is not None:
        cost = round(micros / 1_000_000 + burn.cost_per_hour / 60 * minutes, 2)
    tokens = round(used.total + burn.tokens_per_minute * minutes)
    return Projection(total_tokens=tokens, total_cost=cost, remaining_minutes=minutes)


def _status(limit: int, projected: int) -> LimitStatus:
    percent = 100 * projected / limit
    status: Literal["ok", "warning", "exceeds"] = (
        "exceeds" if percent > 100 else "warning" if percent > WARNING_PERCENT else "ok"
    )
    return LimitStatus(limit=limit, projected_usage=projected, percent_used=percent, status=status)


def _gap(agent: str, before: Sequence[Spent], after: Sequence[Spent]) -> Iterator[Block]:
    """The time in which nothing was used, when it is longer than a block."""
    start_ms, end_ms = _last_ms(before) + BLOCK_MS, after[0][0].first_ms
    if end_ms <= start_ms:
        return
    nothing = TokenCounts(input_tokens=0, output_tokens=0, cache_creation_input_tokens=0, cache_read_input_tokens=0)
    yield Block(
        id=f"gap-{moment(start_ms)}",
        start_time=moment(start_ms),
        end_time=moment(end_ms),
        actual_end_time=None,
        is_active=False,
        is_gap=True,
        entries=0,
        token_counts=nothing,
        total_tokens=0,
        cost_usd=0.0,
        cost_micros=0,
        unpriced_tokens=0,
        models=(),
        burn_rate=None,
        projection=None,
        token_limit_status=None,
        agent=agent,
    )


def _cycles(told: Sequence[WindowTold]) -> Iterator[WindowTold]:
    """One for each time a window ran: a reset that moves by minutes is the same one."""
    for _, rows in grouped(told, lambda each: (each.agent, each.limit_id, each.window_minutes)):
        current: WindowTold | None = None
        for row in sorted(rows, key=lambda each: each.resets_ms):
            jitter_ms = max(row.window_minutes * MINUTE_MS // 2, _JITTER_MS)
            if current is not None and row.resets_ms - current.resets_ms <= jitter_ms:
                current = _joined(current, row)
                continue
            if current is not None:
                yield current
            current = row
        if current is not None:
            yield current


def _joined(one: WindowTold, other: WindowTold) -> WindowTold:
    newer = max(one, other, key=lambda each: each.last_ms if each.last_ms is not None else -1)
    used = [each.used_percent for each in (one, other) if each.used_percent is not None]
    first = [each.first_ms for each in (one, other) if each.first_ms is not None]
    return msgspec.structs.replace(
        newer,
        used_percent=max(used, default=None),
        first_ms=min(first, default=None),
        samples=one.samples + other.samples,
    )


def _window(told: WindowTold, now_ms: int) -> ProviderWindow:
    start_ms = told.resets_ms - told.window_minutes * MINUTE_MS
    return ProviderWindow(
        agent=told.agent,
        limit_id=told.limit_id,
        window_minutes=told.window_minutes,
        start_time=moment(start_ms),
        end_time=moment(told.resets_ms),
        used_percent=told.used_percent,
        first_seen=moment(told.first_ms),
        last_seen=moment(told.last_ms),
        samples=told.samples,
        is_active=start_ms <= now_ms < told.resets_ms,
    )
