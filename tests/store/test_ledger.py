"""Tokens since an instant, and the latest word on limits."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from codex_loop.store import ledger
from tests.store.builder import BORN_MS, MINUTE, Builder

DAY = 24 * 60 * MINUTE


@pytest.fixture
def store(place: str) -> Iterator[Builder]:
    builder = Builder(place)
    yield builder
    builder.close()


def test_what_was_used_since_an_instant_is_told_by_agent(store: Builder) -> None:
    codex, claude = store.session("s1"), store.session("s2", agent="claude")
    store.usage(codex, input=1, time_ms=BORN_MS - 1)
    store.usage(codex, input=2, time_ms=BORN_MS)
    store.usage(claude, input=4, time_ms=BORN_MS)
    store.write()
    totals = {agent: tokens.total for agent, tokens in ledger.since(store.database, BORN_MS).items()}
    assert totals == {"codex": 2, "claude": 4}


def test_the_latest_sample_of_each_window_is_the_limit(store: Builder) -> None:
    def sample(minutes: int, used: float | None, time_ms: int | None, **facts: object) -> None:
        values = {"agent": "codex", "host": "h", "limit_id": "codex", "window_minutes": minutes}
        store.row("limit_samples", **values, used_percent=used, time_ms=time_ms, **facts)

    sample(300, 10.0, BORN_MS)
    sample(300, 20.0, BORN_MS + 1, resets_ms=BORN_MS + DAY, plan="plus")
    sample(300, 5.0, None)
    sample(10080, None, BORN_MS)
    store.write()
    five_hours, week = ledger.limits(store.database)
    assert (five_hours.window_minutes, five_hours.used_percent, five_hours.plan) == (300, 20.0, "plus")
    assert (five_hours.resets_ms, five_hours.observed_ms) == (BORN_MS + DAY, BORN_MS + 1)
    assert (week.window_minutes, week.used_percent) == (10080, None)


def test_of_two_samples_of_one_instant_the_fuller_window_is_told(store: Builder) -> None:
    for used in (30.0, 40.0, 35.0):
        store.row("limit_samples", agent="codex", host="h", limit_id="x", time_ms=BORN_MS, used_percent=used)
    store.write()
    (limit,) = ledger.limits(store.database)
    assert limit.used_percent == 40.0


def test_nothing_adds_up_to_nothing() -> None:
    assert ledger.add([]) is None
