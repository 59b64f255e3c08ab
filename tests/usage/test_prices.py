"""Which model a name means and what its tokens cost, against the worked examples and the package itself."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codex_loop.clock import now_ms
from codex_loop.errors import SettingsError
from codex_loop.store.spending import Class, Used
from codex_loop.usage.money import bill
from codex_loop.usage.prices import PriceTable, Rates, price_table

OCTOBER_MS = int(datetime(2026, 10, 1, tzinfo=UTC).timestamp() * 1000)


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> PriceTable:
    return price_table(tmp_path_factory.mktemp("prices"))


def used(**tokens: int) -> Used:
    zeros = dict.fromkeys(("input", "cached", "write_5m", "write_1h", "output", "searches"), 0)
    return Used(**{**zeros, "reasoning": None, "quality": 2, "responses": 1, **tokens})  # type: ignore[arg-type]


def micros(
    table: PriceTable, model: str, tier: str | None = None, since_ms: int | None = OCTOBER_MS, **tokens: int
) -> int | None:
    """What one request costs, as a report would find it."""
    spent = used(**tokens)
    reached = [step for step in table.cuts([model]).tokens if spent.total - spent.output > step]
    return bill(table, Class(model, tier, max(reached, default=0), since_ms), spent).micros


@pytest.mark.parametrize(
    ("model", "tokens", "worth"),
    [
        ("gpt-5", {"input": 1000, "cached": 1600, "output": 130}, 2_750),
        ("gpt-5.5", {"input": 500, "cached": 200, "write_5m": 300, "output": 10}, 4_775),
        (
            "claude-sonnet-4-5",
            {"input": 1200, "output": 400, "cached": 10_000, "write_5m": 2000, "write_1h": 3000},
            38_100,
        ),
    ],
)
def test_the_worked_examples_cost_what_they_should(
    table: PriceTable, model: str, tokens: dict[str, int], worth: int
) -> None:
    assert micros(table, model, None, **tokens) == worth


@pytest.mark.parametrize(("model", "worth"), [("claude-sonnet-4-5", 1_822_500), ("gpt-5.5", 3_045_000)])
def test_a_long_request_is_priced_whole_at_the_higher_rate(table: PriceTable, model: str, worth: int) -> None:
    assert micros(table, model, input=300_000, output=1000) == worth


def test_the_cache_counts_towards_the_length_of_a_request(table: PriceTable) -> None:
    assert micros(table, "claude-sonnet-4-5", input=1, cached=199_999) == 60_003  # 200 000 is not above 200 000
    assert micros(table, "claude-sonnet-4-5", input=1, cached=199_999, write_5m=1) == 120_013


@pytest.mark.parametrize(
    ("model", "tier", "times"),
    [
        ("gpt-5.5", "priority", 2.5),
        ("gpt-5.5", "fast", 2.5),
        ("gpt-5.4", "priority", 2),
        ("gpt-5.3-codex", "fast", 2),
        ("gpt-5", "priority", 2),
        ("claude-opus-4-6", "fast", 6),
        ("claude-opus-4-7", "fast", 6),
        ("claude-opus-4-8", "fast", 2),
        ("gpt-5.5", "default", 1),
        ("claude-opus-4-8", "standard", 1),
    ],
)
def test_a_tier_costs_its_multiple(table: PriceTable, model: str, tier: str, times: float) -> None:
    plain = micros(table, model, input=1000, output=1000)
    assert plain is not None
    assert micros(table, model, tier, input=1000, output=1000) == plain * times


def test_a_tier_without_a_known_price_has_none(table: PriceTable) -> None:
    found = bill(table, Class("claude-haiku-4-5", "fast", 0, None), used(input=7))
    assert (found.micros, found.unpriced) == (None, (("claude-haiku-4-5 (fast)", 7),))


def test_a_search_costs_a_cent(table: PriceTable) -> None:
    assert micros(table, "claude-sonnet-4-5", searches=3) == 30_000
    assert micros(table, "claude-opus-4-6", "fast", searches=1) == 10_000


@pytest.mark.parametrize(
    ("model", "fresh", "output", "cached"),
    [
        *(("gpt-5", 1.25, 10, 0.125), ("gpt-5-codex", 1.25, 10, 0.125), ("gpt-5.1", 1.25, 10, 0.125)),
        *(("gpt-5.1-codex", 1.25, 10, 0.125), ("gpt-5.2", 1.75, 14, 0.175), ("gpt-5.2-codex", 1.75, 14, 0.175)),
        *(("gpt-5.3-codex", 1.75, 14, 0.175), ("gpt-5.4", 2.5, 15, 0.25), ("gpt-5.5", 5, 30, 0.5)),
        *(("gpt-5.6", 4, 20, 0.4), ("gpt-6-sol", 2, 10, 0.2), ("claude-sonnet-4-5", 3, 15, 0.3)),
        *(("claude-opus-4-5", 5, 25, 0.5), ("claude-opus-4-6", 5, 25, 0.5), ("claude-opus-4-8", 5, 25, 0.5)),
        *(("claude-opus-5", 5, 25, 0.5), ("claude-sonnet-5", 2, 10, 0.2), ("claude-haiku-4-5", 1, 5, 0.1)),
    ],
)
def test_the_prices_are_those_published(
    table: PriceTable, model: str, fresh: float, output: float, cached: float
) -> None:
    rates = table.rates(model, None, 0, OCTOBER_MS)
    assert rates is not None
    assert (rates.input, rates.output, rates.cached) == (fresh * 1e6, output * 1e6, cached * 1e6)


def test_a_price_holds_from_its_date_on(table: PriceTable) -> None:
    steps = table.cuts(["gpt-5.6"])
    assert [datetime.fromtimestamp(each / 1000, UTC).date().isoformat() for each in steps.instants] == ["2026-08-21"]
    before, since = (micros(table, "gpt-5.6", None, each, input=100_000) for each in (None, steps.instants[0]))
    assert (before, since) == (500_000, 400_000)


@pytest.mark.parametrize(
    ("name", "model"),
    [
        ("gpt-5.5", "gpt-5.5"),
        ("GPT-5.5", "gpt-5.5"),
        ("openai/gpt-5.5", "gpt-5.5"),
        ("gpt-5.5-2026-04-23", "gpt-5.5"),
        ("gpt-5.5-2027-01-02", "gpt-5.5"),
        ("claude-sonnet-4-5-20250929", "claude-sonnet-4-5"),
        ("claude-sonnet-4-5[1m]", "claude-sonnet-4-5"),
        ("anthropic.claude-sonnet-4-5-20250929-v1:0", "claude-sonnet-4-5"),
        ("us.anthropic.claude-sonnet-4-5-20250929-v1:0", "claude-sonnet-4-5"),
        ("claude-sonnet-4-5@20250929", "claude-sonnet-4-5"),
        ("claude-opus-4-20250514", "claude-opus-4-0"),
        ("gpt-5.5-codex-high", "gpt-5.5"),
    ],
)
def test_a_model_is_known_by_its_other_names(table: PriceTable, name: str, model: str) -> None:
    found = table.model(name)
    assert found is not None
    assert found.id == model


@pytest.mark.parametrize(
    "name",
    [
        *(None, "", "-", "<synthetic>", "opus", "gpt", "claude", "gpt-5.7", "gpt-50", "gpt-5-7", "claude-opus-4-9"),
        *("claude-opus-5-7", "gpt-5-codex-mini", "gpt-5.5-nano", "codex-auto-review", "my-gpt-5.5", "gpt-5.55"),
    ],
)
def test_a_name_that_only_resembles_a_model_has_no_price(table: PriceTable, name: str | None) -> None:
    assert table.model(name) is None
    assert table.rates(name, None, 0, None) is None


def test_a_name_taken_for_another_models_is_told(table: PriceTable) -> None:
    assert table.said_otherwise("gpt-5.5-codex-high") == "gpt-5.5"
    assert table.said_otherwise("claude-sonnet-4-5-20250929") is None


@settings(max_examples=60, deadline=None)
@given(
    name=st.sampled_from(["gpt-5", "gpt-5.5", "gpt-6-sol", "claude-sonnet-4-5", "claude-opus-4-8", "claude-haiku-4-5"]),
    tokens=st.lists(st.integers(0, 400_000), min_size=5, max_size=5),
)
def test_money_agrees_with_the_package(table: PriceTable, name: str, tokens: list[int]) -> None:
    from decimal import Decimal

    from genai_prices import Usage, calc_price

    fresh, cached, short, long, output = tokens
    claude = name.startswith("claude")
    stated = {} if name in ("gpt-5", "gpt-5.5") else {"cache_write_tokens": short + (long if claude else 0)}
    if not stated:
        short = 0
    if claude:
        stated["cache_write_1h_tokens"] = long
    else:
        long = 0
    whole = fresh + cached + short + long
    theirs = calc_price(
        Usage(input_tokens=whole, cache_read_tokens=cached, output_tokens=output, **stated), name
    ).total_price
    ours = micros(table, name, None, now_ms(), input=fresh, cached=cached, write_5m=short, write_1h=long, output=output)
    assert ours is not None
    assert abs(Decimal(ours) - theirs * 1_000_000) <= Decimal("0.5")


def test_a_table_is_made_once_and_read_afterwards(tmp_path: Path) -> None:
    first = price_table(tmp_path)
    kept = tmp_path / "prices.json"
    stamp = kept.stat().st_mtime_ns
    again = price_table(tmp_path)
    assert (again.mark, again.models) == (first.mark, first.models)
    assert kept.stat().st_mtime_ns == stamp
    assert [path.name for path in tmp_path.iterdir()] == ["prices.json"]


@pytest.mark.parametrize("broken", [b"", b"{", b'{"source":1}', b"\x00" * 9])
def test_a_broken_table_is_made_anew(tmp_path: Path, broken: bytes) -> None:
    (tmp_path / "prices.json").write_bytes(broken)
    assert price_table(tmp_path).model("gpt-5") is not None
    assert msgspec.json.decode((tmp_path / "prices.json").read_bytes(), type=PriceTable).names


def test_a_folder_that_cannot_be_written_does_without(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert price_table(tmp_path / "file").model("gpt-5") is not None


def own(folder: Path, text: str) -> PriceTable:
    file = folder / "own.toml"
    file.write_text(text, encoding="utf-8")
    return price_table(folder / "data", file)


def test_a_persons_prices_beat_the_table_for_what_they_state(tmp_path: Path) -> None:
    table = own(tmp_path, '[models."gpt-5.5"]\ninput = 1\noutput = 2.5\ntiers = { fast = 3 }\n')
    assert table.rates("gpt-5.5", None, 0, None) == Rates(1_000_000, 500_000, 6_250_000, 10_000_000, 2_500_000)
    assert micros(table, "gpt-5.5", input=300_000) == 300_000
    assert micros(table, "gpt-5.5", "fast", input=100, output=2) == 315
    assert micros(table, "gpt-5.5", "priority", input=100) is None
    assert table.overridden == ("gpt-5.5",)


def test_a_person_can_price_what_no_table_knows(tmp_path: Path) -> None:
    text = '[models.local]\ninput = 0.5\noutput = 1\nnames = ["llama-x"]\nabove = [{ tokens = 1000, input = 2 }]\n'
    table = own(tmp_path, text)
    assert micros(table, "llama-x", input=1000, output=1) == 501
    assert micros(table, "local", input=1001, output=1) == 2003
    assert table.cuts(["local"]).tokens == (1000,)


def test_the_version_is_that_of_the_prices_wherever_the_table_was_made(tmp_path: Path) -> None:
    first, second = (price_table(tmp_path / name) for name in ("a", "b"))
    assert first.version == second.version
    assert own(tmp_path, '[models."gpt-5"]\ninput = 1\n').version != first.version


def test_changed_prices_make_the_table_anew(tmp_path: Path) -> None:
    assert micros(own(tmp_path, '[models."gpt-5"]\ninput = 1\n'), "gpt-5", input=9) == 9
    assert micros(own(tmp_path, '[models."gpt-5"]\ninput = 2\n'), "gpt-5", input=9) == 18


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[models.x]\ninput = 1\n", "x is in no table: state at least its input and output"),
        ("[models.x]\nprice = 1\n", "price"),
        ("models = 3", "Expected"),
        ("[", "own.toml"),
    ],
)
def test_prices_that_cannot_be_read_are_refused_by_name(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(SettingsError, match="prices: ") as raised:
        own(tmp_path, text)
    assert said in str(raised.value)


def test_a_price_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="No such file"):
        price_table(tmp_path, tmp_path / "none.toml")


def test_the_prices_in_the_docs_can_be_read(tmp_path: Path) -> None:
    docs = (Path(__file__).parents[2] / "docs" / "usage.md").read_text(encoding="utf-8")
    table = own(tmp_path, docs.partition("```toml\n")[2].partition("```")[0])
    assert table.overridden == ("gpt-5.5", "my-local-model")
    assert micros(table, "gpt-5.5", "fast", input=1000) == 10_000
    assert micros(table, "llama-x", input=200_001) == 40_000
