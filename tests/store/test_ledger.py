"""Tokens added up by session, day and agent, and the latest word on limits."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone

import pytest

from codex_loop.cli.moments import day_of
from codex_loop.store import ledger
from tests.store.builder import BORN_MS, MINUTE, Builder

DAY = 24 * 60 * MINUTE


@pytest.fixture
def store(place: str) -> Iterator[Builder]:
    builder = Builder(place)
    yield builder
    builder.close()


def days(store: Builder, zone: timezone, since_ms: int | None = None, until_ms: int | None = None) -> list[object]:
    store.write()
    spent = ledger.by_day(store.database, day_of(zone), since_ms, until_ms)
    return [(each.day, each.agent, each.model, each.tokens.total) for each in spent]


def midnight() -> int:
    return int(datetime(2026, 11, 18, tzinfo=UTC).timestamp() * 1000)


def test_a_day_is_that_of_the_zone_asked_for(store: Builder) -> None:
    key = store.session("s1")
    store.usage(key, input=1, time_ms=midnight() - 1)
    store.usage(key, input=10, time_ms=midnight())
    store.usage(key, input=100, time_ms=midnight() + 18 * 60 * MINUTE + 15 * MINUTE)
    assert days(store, UTC) == [("2026-11-17", "codex", None, 1), ("2026-11-18", "codex", None, 110)]
    # Nepal is 5 h 45 ahead, so its midnight stands on a quarter of an hour.
    nepal = timezone(timedelta(hours=5, minutes=45))
    assert days(store, nepal) == [("2026-11-18", "codex", None, 11), ("2026-11-19", "codex", None, 100)]


def test_agents_and_models_are_told_apart_and_an_unknown_time_has_no_day(store: Builder) -> None:
    codex, claude = store.session("s1"), store.session("s2", agent="claude")
    store.usage(codex, input=1, model="gpt-5", time_ms=midnight())
    store.usage(codex, input=2, model="gpt-5-codex", time_ms=midnight())
    store.usage(claude, input=4, model="opus", time_ms=midnight())
    store.usage(claude, input=8, model="opus")
    assert days(store, UTC) == [
        (None, "claude", "opus", 8),
        ("2026-11-18", "claude", "opus", 4),
        ("2026-11-18", "codex", "gpt-5", 1),
        ("2026-11-18", "codex", "gpt-5-codex", 2),
    ]


def test_an_interval_takes_its_beginning_and_leaves_out_its_end(store: Builder) -> None:
    key = store.session("s1")
    for count, time_ms in ((1, BORN_MS - 1), (10, BORN_MS), (100, BORN_MS + 5), (1000, BORN_MS + 6), (10000, None)):
        store.usage(key, input=count, time_ms=time_ms)
    (row,) = days(store, UTC, BORN_MS, BORN_MS + 6)
    assert row == ("2026-11-18", "codex", None, 110)


def test_tokens_beyond_32_bits_are_added_up(store: Builder) -> None:
    key = store.session("s1")
    for _ in range(3):
        store.usage(key, cached=3_000_000_000, time_ms=BORN_MS)
    assert days(store, UTC) == [("2026-11-18", "codex", None, 9_000_000_000)]


def test_a_subagent_of_claude_code_counts_in_its_session(store: Builder) -> None:
    root = store.session("root", agent="claude", cwd="/w/x")
    child = store.session("root/a1", agent="claude", lineage="subagent", parent_id="root")
    store.usage(root, input=1, time_ms=BORN_MS)
    store.usage(child, input=10, time_ms=BORN_MS + 9)
    store.write()
    spent = ledger.sessions_spent(store.database)
    assert {each.native_id for each in spent} == {"root"}
    assert sum(each.tokens.total for each in spent) == 11
    assert max(each.last_ms or 0 for each in spent) == BORN_MS + 9


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
