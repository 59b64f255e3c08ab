"""Samples of limits as they were told: who told what of which window, and when."""

from __future__ import annotations

from typing import NamedTuple

from codex_loop.store.engine import Database


class Sample(NamedTuple):
    """One word of a provider about one window. Nothing is put right here; `usage/limits.py` judges.

    A month of them is read for one page: a tuple costs half of what a Struct does. The first five tell windows apart.
    """

    agent: str
    account: str | None
    limit_id: str
    slot: str | None
    minutes: int | None
    used_percent: float | None
    resets_ms: int | None
    observed_ms: int | None
    plan: str | None
    reached: str | None
    credits: str | None
    via: str | None


_COLUMNS = (
    "agent, account, limit_id, slot, window_minutes, used_percent, resets_ms, time_ms, plan, reached, credits, via"
)

_ABOUT_A_WEEK = 10_200


def newest_ms(database: Database, until_ms: int) -> int | None:
    """When any provider last said anything, as far as it was not after `until_ms`."""
    row = database.one("SELECT max(time_ms) FROM limit_samples WHERE time_ms <= ?", (until_ms,))
    return None if row is None or row[0] is None else int(row[0])


def samples(database: Database, since_ms: int, long_since_ms: int, until_ms: int) -> list[Sample]:
    """What was told until then, in no order: of windows longer than a week from `long_since_ms` on.

    What was told at a time that nobody knows is among it.
    """
    rows = database.rows(
        f"SELECT {_COLUMNS} FROM limit_samples WHERE time_ms IS NULL OR (time_ms <= ?"
        f" AND (time_ms >= ? OR (window_minutes > {_ABOUT_A_WEEK} AND time_ms >= ?)))",
        (until_ms, since_ms, long_since_ms),
    )
    return list(map(Sample._make, rows))
