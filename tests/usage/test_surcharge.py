"""What the agent adds for a region is told beside the cost, never in it, and only where its own total has it."""

from __future__ import annotations

import msgspec
import pytest

from codex_loop.store.spending import Asked
from codex_loop.usage.prices import PriceTable
from codex_loop.usage.surcharge import NotPriced, not_priced
from tests.store.builder import BORN_MS, Builder

# 1200 in, 400 out, 10,000 read, 2000 for five minutes and 3000 for an hour of sonnet-4-5 are worth $0.0381.
TOKENS = {
    "inputTokens": 1200,
    "outputTokens": 400,
    "cacheReadInputTokens": 10_000,
    "cacheCreationInputTokens": 5000,
    "cacheCreationEphemeral5mInputTokens": 2000,
    "cacheCreationEphemeral1hInputTokens": 3000,
}
WORTH = 0.0381


def stated(store: Builder, name: str, cost: float, *, fork_of: str | None = None, **facts: object) -> None:
    key = store.session(name, agent="claude", cwd=f"/w/{name}", forked_from=fork_of)
    models = {"claude-sonnet-4-5": TOKENS | {"costUSD": cost} | facts}
    store.row("agent_totals", key=key, time_ms=BORN_MS, cost_usd=cost, totals=msgspec.json.encode(models).decode())


def told(store: Builder, table: PriceTable, asked: Asked | None = None) -> NotPriced | None:
    store.write()
    return not_priced(store.database, table, asked or Asked())


def test_a_tenth_more_than_the_price_list_is_told_with_its_amount(store: Builder, table: PriceTable) -> None:
    stated(store, "s1", WORTH * 1.1)
    stated(store, "s2", WORTH)
    found = told(store, table)
    assert found is not None
    assert (found.sessions, found.cost_micros) == (1, 3810)
    assert found.explanation.startswith("not priced: the tenth")


@pytest.mark.parametrize("facts", [{"cost": WORTH * 1.2}, {"cost": WORTH}, {"cost": 0.0}])
def test_any_other_cost_is_no_surcharge(store: Builder, table: PriceTable, facts: dict[str, float]) -> None:
    stated(store, "s1", facts["cost"])
    assert told(store, table) is None


def test_without_the_two_kinds_of_writing_all_of_it_is_of_five_minutes(store: Builder, table: PriceTable) -> None:
    kinds = dict.fromkeys(("cacheCreationEphemeral5mInputTokens", "cacheCreationEphemeral1hInputTokens"))
    stated(store, "s1", (WORTH - 3000 * 2.25e-6) * 1.1, **kinds)
    found = told(store, table)
    assert found is not None
    assert found.sessions == 1


def test_only_sessions_that_are_asked_for_count(store: Builder, table: PriceTable) -> None:
    stated(store, "s1", WORTH * 1.1)
    assert told(store, table, Asked(agent="codex")) is None
    assert told(store, table, Asked(since_ms=BORN_MS + 1)) is None
    assert told(store, table, Asked(until_ms=BORN_MS)) is None
    assert told(store, table, Asked(folders=("/w/s2",))) is None
    assert told(store, table, Asked(since_ms=BORN_MS, until_ms=BORN_MS + 1, folders=("/w/s1",))) is not None


def test_what_a_fork_inherited_is_not_told_twice(store: Builder, table: PriceTable) -> None:
    stated(store, "s1", WORTH * 1.1)
    stated(store, "s2", WORTH * 1.1, fork_of="s1")
    found = told(store, table)
    assert found is not None
    assert (found.sessions, found.cost_micros) == (1, 3810)


def test_a_total_of_an_unknown_model_or_in_unknown_words_adds_nothing(store: Builder, table: PriceTable) -> None:
    key = store.session("s1", agent="claude")
    store.row("agent_totals", key=key, time_ms=BORN_MS, cost_usd=1.0, totals='["new"]')
    deep = store.session("s3", agent="claude")
    nested = f'{{"claude-sonnet-4-5":{{"inputTokens":1,"costUSD":1.0,"new":{"[" * 5000}{"]" * 5000}}}}}'
    store.row("agent_totals", key=deep, time_ms=BORN_MS, cost_usd=1.0, totals=nested)
    other = store.session("s2", agent="claude")
    store.row("agent_totals", key=other, time_ms=BORN_MS, cost_usd=1.0, totals='{"my-model":{"costUSD":1.0}}')
    assert told(store, table) is None
