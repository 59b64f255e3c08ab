"""Tokens since an instant."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from codex_loop.store import ledger
from tests.store.builder import BORN_MS, Builder


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


def test_nothing_adds_up_to_nothing() -> None:
    assert ledger.add([]) is None


def names(store: Builder) -> set[str]:
    master = ("sqlite_master WHERE type = 'index'", "name")
    if store.database.engine == "postgresql":
        master = ("pg_indexes WHERE schemaname = current_schema()", "indexname")
    return {name for (name,) in store.database.rows(f"SELECT {master[1]} FROM {master[0]}")}


def test_indexes_that_filling_an_empty_ledger_did_without_are_made_again(store: Builder) -> None:
    whole = names(store)
    ledger.begin_filling(store.database)
    assert whole - names(store) == {"usage_events_session", "limit_samples_time"}
    ledger.end_filling(store.database)
    ledger.end_filling(store.database)
    assert names(store) == whole


def test_a_ledger_with_one_answer_is_not_empty(store: Builder) -> None:
    assert ledger.is_empty(store.database)
    store.usage(store.session("s1"), input=1)
    store.write()
    assert not ledger.is_empty(store.database)
