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
