"""The ledger's questions: how many tokens, by session, by day and model, and what the providers said of their limits.

Counting is capture's job; here rows are only added up. A sum over no rows is None, never 0.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import msgspec

from codex_loop.clock import MINUTE_MS, SECOND_MS
from codex_loop.store.engine import Database, Row

QUALITIES = ("estimated", "partial", "final")
"""By the number that a row carries; a sum is as good as its worst row."""

_SUMS = (
    "sum(u.input), sum(u.cached), sum(u.cache_write_5m + u.cache_write_1h), sum(u.output), sum(u.reasoning),"
    " min(u.quality), count(*)"
)
# Every zone in use is a multiple of this away from UTC, so a quarter of an hour never spans two local days.
_QUARTER_MS = 15 * MINUTE_MS
_CHUNK = 500


class Tokens(msgspec.Struct, frozen=True):
    """Tokens by kind. `input` leaves out what the cache gave or took; `output` contains `reasoning`."""

    input: int
    cached: int
    cache_write: int
    output: int
    reasoning: int | None
    total: int
    """input + cached + cache_write + output"""
    quality: str
    """The worst of the rows added up: final, partial, estimated."""
    responses: int
    """How many answers of the provider were added up."""


class Spent(msgspec.Struct, frozen=True):
    """Tokens of one agent and one model on one local day; an unknown day or model is None."""

    day: str | None
    agent: str
    model: str | None
    tokens: Tokens


class SessionSpent(msgspec.Struct, frozen=True):
    """Tokens of one session and one model, and when they were used."""

    agent: str
    native_id: str
    cwd: str | None
    model: str | None
    first_ms: int | None
    last_ms: int | None
    tokens: Tokens


class Limit(msgspec.Struct, frozen=True):
    """The latest word of a provider about one window of one limit."""

    agent: str
    limit_id: str
    slot: str | None
    window_minutes: int | None
    used_percent: float | None
    resets_ms: int | None
    observed_ms: int | None
    plan: str | None
    reached: str | None


def add(parts: Iterable[Tokens]) -> Tokens | None:
    """The sum; None when there is nothing to add."""
    items = list(parts)
    if not items:
        return None
    reasoning = [item.reasoning for item in items if item.reasoning is not None]
    return Tokens(
        input=sum(item.input for item in items),
        cached=sum(item.cached for item in items),
        cache_write=sum(item.cache_write for item in items),
        output=sum(item.output for item in items),
        reasoning=sum(reasoning) if reasoning else None,
        total=sum(item.total for item in items),
        quality=min((item.quality for item in items), key=QUALITIES.index),
        responses=sum(item.responses for item in items),
    )


def by_session(database: Database, keys: Sequence[int]) -> dict[int, Tokens]:
    """What each of these sessions itself used; sessions without a single counted answer are not in it."""
    found: dict[int, Tokens] = {}
    for part in chunks(keys):
        rows = database.rows(
            f"SELECT u.session_key, {_SUMS} FROM usage_events u"
            f" WHERE u.session_key IN ({marks(part)}) GROUP BY u.session_key",
            part,
        )
        found.update((key, _tokens(sums)) for key, *sums in rows)
    return found


def by_day(
    database: Database, day_of: Callable[[int], str], since_ms: int | None = None, until_ms: int | None = None
) -> list[Spent]:
    """Tokens by local day, agent and model; days ascending, the unknown day first."""
    where, bounds = _between("u.time_ms", since_ms, until_ms)
    rows = database.rows(
        f"SELECT u.time_ms / {_QUARTER_MS}, s.agent, u.model, {_SUMS} FROM usage_events u"
        f" LEFT JOIN sessions s ON s.key = u.session_key{where}"
        f" GROUP BY u.time_ms / {_QUARTER_MS}, s.agent, u.model",
        bounds,
    )
    days: dict[tuple[str | None, str, str | None], list[Tokens]] = {}
    for quarter, agent, model, *sums in rows:
        day = None if quarter is None else day_of(quarter * _QUARTER_MS)
        days.setdefault((day, agent or "unknown", model), []).append(_tokens(sums))
    ordered = sorted(days.items(), key=lambda item: tuple(part or "" for part in item[0]))
    return [Spent(*place, tokens) for place, parts in ordered if (tokens := add(parts)) is not None]


def sessions_spent(database: Database, since_ms: int | None = None, until_ms: int | None = None) -> list[SessionSpent]:
    """Tokens by session and model. A Claude subagent has no session of its own here: its root's id is given."""
    where, bounds = _between("u.time_ms", since_ms, until_ms)
    rows = database.rows(
        f"SELECT s.agent, s.native_id, s.cwd, u.model, min(u.time_ms), max(u.time_ms), {_SUMS}"
        f" FROM usage_events u JOIN sessions s ON s.key = u.session_key{where}"
        " GROUP BY s.key, s.agent, s.native_id, s.cwd, u.model",
        bounds,
    )
    return [
        SessionSpent(agent, native_id.partition("/")[0], cwd, model, first, last, _tokens(sums))
        for agent, native_id, cwd, model, first, last, *sums in rows
    ]


def since(database: Database, since_ms: int) -> dict[str, Tokens]:
    """What each agent used from this instant on."""
    rows = database.rows(
        f"SELECT s.agent, {_SUMS} FROM usage_events u LEFT JOIN sessions s ON s.key = u.session_key"
        " WHERE u.time_ms >= ? GROUP BY s.agent",
        (since_ms,),
    )
    return {agent or "unknown": _tokens(sums) for agent, *sums in rows}


def limits(database: Database) -> list[Limit]:
    """The latest sample of every window of every limit, by agent, then limit, then length of the window."""
    rows = database.rows(
        "SELECT l.agent, l.limit_id, l.slot, l.window_minutes, l.used_percent, l.resets_ms, l.time_ms, l.plan,"
        " l.reached FROM limit_samples l"
        " JOIN (SELECT agent, limit_id, slot, window_minutes, max(coalesce(time_ms, 0)) AS latest"
        " FROM limit_samples GROUP BY agent, limit_id, slot, window_minutes) n"
        " ON n.agent = l.agent AND n.limit_id = l.limit_id AND coalesce(n.slot, '') = coalesce(l.slot, '')"
        " AND coalesce(n.window_minutes, -1) = coalesce(l.window_minutes, -1) AND n.latest = coalesce(l.time_ms, 0)"
        " ORDER BY l.agent, l.limit_id, l.window_minutes, l.slot, l.used_percent"
    )
    # Samples of the same millisecond can disagree; a limit is worth more when it errs on the side of the higher use.
    return list({row[:4]: Limit(*row) for row in rows}.values())


def local_day(instant_ms: int) -> str:
    """The date on this machine's calendar; years that no calendar here knows are said by their UTC second."""
    try:
        return time.strftime("%Y-%m-%d", time.localtime(instant_ms // SECOND_MS))
    except (OverflowError, OSError, ValueError):
        return f"@{instant_ms // SECOND_MS}"


def chunks(keys: Sequence[int]) -> Iterator[Sequence[int]]:
    """Slices short enough for one statement's parameters."""
    return (keys[start : start + _CHUNK] for start in range(0, len(keys), _CHUNK))


def marks(values: Sequence[object]) -> str:
    return ", ".join("?" * len(values))


def _between(column: str, since_ms: int | None, until_ms: int | None) -> tuple[str, list[int]]:
    tests = [(f"{column} >= ?", since_ms), (f"{column} < ?", until_ms)]
    given = [(test, value) for test, value in tests if value is not None]
    where = " WHERE " + " AND ".join(test for test, _ in given) if given else ""
    return where, [value for _, value in given]


def _tokens(sums: Row | list[Any]) -> Tokens:
    # PostgreSQL adds bigints up to a numeric, which its driver returns as Decimal.
    read, cached, written, output = map(int, sums[:4])
    reasoning = None if sums[4] is None else int(sums[4])
    quality = QUALITIES[int(sums[5])]
    return Tokens(read, cached, written, output, reasoning, read + cached + written + output, quality, int(sums[6]))
