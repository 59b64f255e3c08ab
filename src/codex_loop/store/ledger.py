"""The ledger's short questions: tokens of some sessions, and since an instant.

What reports ask, by day and by price, is in `spending.py`.

Counting is capture's job; here rows are only added up. A sum over no rows is None, never 0.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeVar

import msgspec

from codex_loop.clock import SECOND_MS
from codex_loop.store.engine import Database, Row

T = TypeVar("T")

QUALITIES = ("estimated", "partial", "final")
"""By the number that a row carries; a sum is as good as its worst row."""

_SUMS = (
    "sum(u.input), sum(u.cached), sum(u.cache_write_5m + u.cache_write_1h), sum(u.output), sum(u.reasoning),"
    " min(u.quality), count(*)"
)
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


_INDEXED = ("usage_events", "limit_samples")
_FILLING_CACHE_KB = 14000


def is_empty(database: Database) -> bool:
    return not database.rows("SELECT 1 FROM usage_events LIMIT 1")


def begin_filling(database: Database) -> None:
    """For an empty ledger that gets very many rows: an index that is made when all are there costs a third."""
    with database.transaction():
        for name, _ in database.indexes(_INDEXED):
            database.execute(f"DROP INDEX IF EXISTS {name}")
    if database.engine == "sqlite":
        # Rows come in the order of the table, so that few of its pages are in use at once.
        database.execute(f"PRAGMA cache_size = -{_FILLING_CACHE_KB}")


def end_filling(database: Database) -> None:
    """Make the indexes that are missing: the ledger was just filled, or something killed who filled it."""
    there = database.made_indexes()
    missing = [(name, made) for name, made in database.indexes(_INDEXED) if name not in there]
    if missing:
        with database.transaction():  # two at once would make the same one
            for name, made in missing:
                database.execute(made.replace(name, f"IF NOT EXISTS {name}", 1))


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


def since(database: Database, since_ms: int) -> dict[str, Tokens]:
    """What each agent used from this instant on."""
    rows = database.rows(
        f"SELECT s.agent, {_SUMS} FROM usage_events u LEFT JOIN sessions s ON s.key = u.session_key"
        " WHERE u.time_ms >= ? GROUP BY s.agent",
        (since_ms,),
    )
    return {agent or "unknown": _tokens(sums) for agent, *sums in rows}


def local_day(instant_ms: int) -> str:
    """The date on this machine's calendar; years that no calendar here knows are said by their UTC second."""
    try:
        return time.strftime("%Y-%m-%d", time.localtime(instant_ms // SECOND_MS))
    except (OverflowError, OSError, ValueError):
        return f"@{instant_ms // SECOND_MS}"


def chunks(keys: Sequence[T]) -> Iterator[Sequence[T]]:
    """Slices short enough for one statement's parameters."""
    return (keys[start : start + _CHUNK] for start in range(0, len(keys), _CHUNK))


def marks(values: Sequence[object]) -> str:
    return ", ".join("?" * len(values))


def _tokens(sums: Row | list[Any]) -> Tokens:
    # PostgreSQL adds bigints up to a numeric, which its driver returns as Decimal.
    read, cached, written, output = map(int, sums[:4])
    reasoning = None if sums[4] is None else int(sums[4])
    quality = QUALITIES[int(sums[5])]
    return Tokens(read, cached, written, output, reasoning, read + cached + written + output, quality, int(sums[6]))
