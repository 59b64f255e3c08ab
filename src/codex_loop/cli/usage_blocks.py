"""`codex-loop usage blocks`: estimated five-hour blocks, and the windows that the providers told of."""

from collections.abc import Iterator
from typing import Literal

import msgspec

from codex_loop.cli.moments import when
from codex_loop.cli.render import UNKNOWN, Cell, Column, duration, number, show, style, table
from codex_loop.cli.sessions import short_count
from codex_loop.cli.usage import asked, days, dollars, prices
from codex_loop.clock import MINUTE_MS, now_ms
from codex_loop.errors import Exit, UsageError
from codex_loop.settings import load
from codex_loop.store.engine import open_for_reading
from codex_loop.usage import blocks as usage_blocks
from codex_loop.usage.blocks import Block, Blocks, ProviderWindow

SCREEN = 20
"""So many blocks and windows, the latest, are shown in a table; JSON has all."""


def blocks(
    *,
    source: str | None = None,
    since: str | None = None,
    until: str | None = None,
    project: str | None = None,
    by_agent: bool = False,
    active: bool = False,
    token_limit: str | None = None,
    timezone: str | None = None,
    db: str | None = None,
    json: bool = False,
) -> int:
    """Show estimated five-hour blocks, and the windows that the providers told of.

    A block is an estimate: it begins with the hour of the first request and lasts five hours. What a provider itself
    said of its windows stands apart from it, labelled so; `usage limits` says how much is left.

    Examples:
        codex-loop usage blocks --since 3d
        codex-loop usage blocks --active --token-limit max
        codex-loop usage blocks --source all --json

    Args:
        source: Only this agent: codex, claude, another one's name, or all. Without it claude.
        since: Used since then: 2026-11-20, 20261120, 2026-11-20T14:00, 24h, 7d, today, yesterday.
        until: Used before the end of that day, or before that time.
        project: Only sessions whose folder or repository has this in its name.
        by_agent: Every agent's blocks; each has blocks of its own.
        active: Only what is not over yet.
        token_limit: Compare with so many tokens, or with the largest block so far: max. No provider states one.
        timezone: Days of --since and --until are of this zone; by default the setting's, else this machine's.
        db: Database file or postgresql:// URL; by default a file in the data folder of this machine.
        json: Print one JSON object.
    """
    settings = load({"db": db})
    limit = _limit(token_limit)
    whose = source or ("all" if by_agent else "claude")
    with open_for_reading(settings.db) as database:
        wanted = asked(database, days(settings, timezone), source=whose, since=since, until=until, project=project)
        report = usage_blocks.blocks(database, prices(settings), wanted, now_ms=now_ms(), limit=limit)
    if active:
        report = msgspec.structs.replace(
            report,
            blocks=tuple(each for each in report.blocks if each.is_active),
            windows=tuple(each for each in report.windows if each.is_active),
        )

    def draw(found: Blocks) -> Iterator[str]:
        return _draw(found, "" if whose == "all" else whose)

    show(report, draw, schema="usage-blocks", as_json=json)
    return Exit.OK


def _limit(text: str | None) -> int | Literal["max"] | None:
    if text is None:
        return None
    if text == "max":
        return "max"
    if not text.isascii() or not text.isdigit() or int(text) == 0:
        raise UsageError(f"--token-limit {text}: not a number of tokens; write one like 500000, or max")
    return int(text)


def _draw(report: Blocks, agent: str) -> Iterator[str]:
    now = now_ms()
    if not report.blocks and not report.windows:
        whose = f" of {agent}" if agent else ""
        yield f"No tokens{whose} were recorded in that time.{' --source all asks for every agent.' if agent else ''}"
        return
    if report.blocks:
        yield from _draw_blocks(report.blocks, now)
    for each in report.blocks:
        if each.is_active:
            yield from _pace(each)
    if report.windows:
        yield ""
        yield from _draw_windows(report.windows, now)
    if report.costs_missing:
        yield style(report.costs_missing, "yellow")


def _draw_blocks(blocks: tuple[Block, ...], now: int) -> Iterator[str]:
    columns = (
        Column("block from"),
        Column("agent", shrinks=True),
        Column("until"),
        Column("entries", right=True),
        Column("tokens", right=True),
        Column("cost", right=True),
        Column("state"),
    )
    shown = blocks[-SCREEN:]
    yield from table(columns, [_cells(each, now) for each in shown])
    yield style("blocks are estimated from when tokens were used, not told by the provider", "dim")
    if len(shown) < len(blocks):
        yield style(f"the latest {len(shown)} of {len(blocks)} blocks and gaps; JSON has all", "dim")


def _cells(each: Block, now: int) -> list[Cell]:
    state = "gap" if each.is_gap else "active" if each.is_active else ""
    if each.token_limit_status:
        share = f"{number(each.token_limit_status.percent_used)} % of limit"
        state = f"to {share}" if each.is_active else share
    times: list[Cell] = [when(each.start_time, now), each.agent, when(each.actual_end_time or each.end_time, now)]
    if each.is_gap:
        return [*times, "", "", "", state]
    more = "+" if each.unpriced_tokens and each.cost_micros is not None else ""
    return [*times, each.entries, short_count(each.total_tokens), f"{dollars(each.cost_micros)}{more}", state]


def _pace(each: Block) -> Iterator[str]:
    if each.burn_rate is None or each.projection is None:
        return
    per_minute = number(each.burn_rate.tokens_per_minute)
    cost = "" if each.projection.total_cost is None else f", {dollars(round(each.projection.total_cost * 1_000_000))}"
    left = duration(each.projection.remaining_minutes * MINUTE_MS)
    tokens = short_count(each.projection.total_tokens)
    yield f"{each.agent} is active: {per_minute} tokens a minute; {tokens}{cost} at the block's end in {left}"


def _draw_windows(windows: tuple[ProviderWindow, ...], now: int) -> Iterator[str]:
    columns = (
        Column("window from"),
        Column("agent"),
        Column("limit", shrinks=True),
        Column("length", right=True),
        Column("resets"),
        Column("most used", right=True),
        Column("state"),
    )
    rows: list[list[Cell]] = [
        [
            when(each.start_time, now),
            each.agent,
            each.limit_id,
            duration(each.window_minutes * MINUTE_MS),
            when(each.end_time, now),
            UNKNOWN if each.used_percent is None else f"{each.used_percent:.0f} %",
            "current" if each.is_active else "",
        ]
        for each in windows[-SCREEN:]
    ]
    yield from table(columns, rows)
    yield style("windows are as their provider told of them, with the most that was seen used", "dim")
