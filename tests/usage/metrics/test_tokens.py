"""Sums of tokens are made anew when something was counted, and only then."""

from __future__ import annotations

from pathlib import Path

import pytest

from codex_loop.settings import Settings, load
from codex_loop.store.engine import Database, open_for_reading
from codex_loop.usage.metrics.tokens import TokenSums
from tests.store.builder import BORN_MS, Builder
from tests.usage.metrics.month import named

GPT = 'codexloop_tokens_total{kind="input",model="gpt-5",source="codex"}'


@pytest.fixture
def settings(place: str, tmp_path: Path) -> Settings:
    return load({"db": place, "data_dir": tmp_path}, environ={}, config=tmp_path / "none.toml")


@pytest.fixture
def store(settings: Settings) -> Builder:
    builder = Builder(settings.db)
    builder.file(session="a")
    builder.usage(builder.session("a"), model="gpt-5", input=10, time_ms=BORN_MS)
    builder.write()
    return builder


class Counting(TokenSums):
    """Notes what it was asked for beyond what it knew."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: list[int] = []

    def tokens(self, database: Database, settings: Settings) -> float:
        found = self.families(database, settings)
        self.kept.append(id(found))
        return named(found)[GPT]

    @property
    def made_anew(self) -> bool:
        return self.kept[-1] != self.kept[-2]


def test_a_sample_of_limits_changes_no_sum_and_new_tokens_do(store: Builder, settings: Settings) -> None:
    sums = Counting()
    with open_for_reading(settings.db) as database:
        assert sums.tokens(database, settings) == 10
        store.file("sampler", source="status-samples", read=1)
        store.row("limit_samples", agent="codex", host="h", limit_id="codex", used_percent=1.0)
        store.write()
        assert (sums.tokens(database, settings), sums.made_anew) == (10, False)
        store.file(session="b")
        store.usage(store.session("b"), model="gpt-5", input=5, time_ms=BORN_MS)
        store.write()
        assert (sums.tokens(database, settings), sums.made_anew) == (15, True)
    store.close()


def test_other_prices_are_another_sum(store: Builder, settings: Settings, tmp_path: Path) -> None:
    store.close()
    own = tmp_path / "prices.toml"
    own.write_text('[models."gpt-5"]\ninput = 1_000_000.0\noutput = 1.0\n', encoding="utf-8")
    stated = load({"db": settings.db, "data_dir": tmp_path, "prices": own}, environ={}, config=tmp_path / "none.toml")
    cost = 'codexloop_cost_usd_total{model="gpt-5",source="codex"}'
    sums = TokenSums()
    with open_for_reading(settings.db) as database:
        assert named(sums.families(database, settings))[cost] < 1
        assert named(sums.families(database, stated))[cost] == 10
