"""Money is exact: it does not depend on how rows were grouped, and what is unknown is never 0."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from codex_loop.store.spending import Class, Steps, Used
from codex_loop.usage.money import NOTHING, Bill, bill, cut_by_price, price_of, total
from codex_loop.usage.prices import Band, Model, Price, PriceTable, Rates

CHEAP, DEAR = Rates(1, 2, 3, 4, 5, 6), Rates(10, 20, 30, 40, 50, 60)
MODEL = Model("m", "p", (Price(None, (Band(-1, CHEAP), Band(100, DEAR))),))
TABLE = PriceTable(source="test", version="0", mark="0", models=(MODEL,), names={"m": 0})


def used(number: int) -> Used:
    return Used(number, 0, 0, 0, 0, None, 0, 2, 1)


def test_every_kind_has_its_price() -> None:
    assert price_of(Used(1, 1, 1, 1, 1, 1, 1, 2, 1), CHEAP) == 21
    assert price_of(Used(0, 0, 0, 0, 10, 9, 0, 2, 1), CHEAP) == 50


def test_tokens_of_unknown_price_are_counted_by_model_and_cost_nothing_known() -> None:
    found = total([bill(TABLE, Class(name, None, 0, None), used(7)) for name in ("x", "m", "x", None)])
    assert (found.pico, found.unpriced, found.unpriced_tokens) == (7, (("unknown", 7), ("x", 14)), 21)


def test_of_nothing_known_the_cost_is_unknown() -> None:
    assert bill(TABLE, Class("x", None, 0, None), used(1)).micros is None
    assert total([]) == NOTHING


def test_a_request_without_tokens_needs_no_price() -> None:
    assert bill(TABLE, Class("x", None, 0, None), used(0)) == Bill(used(0), 0)


def test_micro_dollars_are_rounded_half_up_and_only_once() -> None:
    assert [Bill(None, pico).micros for pico in (0, 499_999, 500_000, 1_499_999)] == [0, 0, 1, 1]
    assert total([Bill(None, 400_000)] * 3).micros == 1


@given(st.lists(st.integers(0, 10_000), max_size=30), st.integers(0, 30))
def test_costs_do_not_depend_on_how_rows_are_grouped(numbers: list[int], cut: int) -> None:
    bills = [bill(TABLE, Class("m", None, 100 if number > 100 else 0, None), used(number)) for number in numbers]
    parts = [total(bills[:cut]), total(bills[cut:])]
    assert total(parts).pico == total(bills).pico
    expected = sum(number * (10 if number > 100 else 1) for number in numbers)
    assert (total(bills).pico or 0) == expected


def test_a_model_that_nobody_expected_is_cut_where_its_prices_change() -> None:
    asked: list[Steps] = []

    def ask(steps: Steps) -> list[str]:
        asked.append(steps)
        return ["m"]

    cut_by_price(TABLE, [], ask, lambda name: name)
    assert asked == [Steps(), Steps((100,))]
    asked.clear()
    cut_by_price(TABLE, ["m"], ask, lambda name: name)
    assert asked == [Steps((100,))]
