"""The sign-flip test, clustered errors and intervals."""

from __future__ import annotations

import itertools
import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_loop.stats.counts import mcnemar
from codex_loop.stats.paired import PATTERNS, bootstrap, sign_flip, spread

SHARES = st.integers(-4, 4).map(lambda quarters: quarters / 4)
DIFFERENCES = st.lists(SHARES, min_size=1, max_size=10)
LABELLED = st.lists(st.tuples(SHARES, st.integers(0, 5)), min_size=1, max_size=10)


def by_hand(differences: list[float]) -> float:
    """Every pattern of signs, one by one."""
    observed = abs(sum(differences))
    patterns = list(itertools.product((1, -1), repeat=len(differences)))
    far = sum(
        abs(sum(sign * value for sign, value in zip(pattern, differences, strict=True))) >= observed - 1e-9
        for pattern in patterns
    )
    return far / len(patterns)


@given(differences=DIFFERENCES)
def test_the_exact_p_is_the_share_of_all_patterns(differences: list[float]) -> None:
    assert sign_flip(differences).p == pytest.approx(by_hand(differences))


@given(pairs=LABELLED)
def test_turning_all_signs_or_changing_the_order_changes_nothing(pairs: list[tuple[float, int]]) -> None:
    values, labels = [value for value, _ in pairs], [label for _, label in pairs]
    mixed = random.Random(7).sample(pairs, len(pairs))
    p = sign_flip(values, labels).p
    assert 0 < p <= 1
    assert sign_flip([-value for value in values], labels).p == pytest.approx(p)
    assert sign_flip([value for value, _ in mixed], [label for _, label in mixed]).p == pytest.approx(p)


@given(pairs=LABELLED)
def test_clusters_flip_together(pairs: list[tuple[float, int]]) -> None:
    sums: dict[int, float] = {}
    for value, label in pairs:
        sums[label] = sums.get(label, 0.0) + value
    values, labels = [value for value, _ in pairs], [label for _, label in pairs]
    assert sign_flip(values, labels).p == pytest.approx(by_hand(list(sums.values())))


@given(pairs=st.lists(st.tuples(SHARES, st.integers(0, 3), st.integers(1, 9)), min_size=1, max_size=10))
def test_weights_only_tell_ties_apart(pairs: list[tuple[float, int, int]]) -> None:
    values, labels = [value for value, _, _ in pairs], [label for _, label, _ in pairs]
    weights = [float(weight) for _, _, weight in pairs]
    plain, told = sign_flip(values, labels), sign_flip(values, labels, weights=weights)
    turned = sign_flip([-value for value in reversed(values)], labels[::-1], weights=weights[::-1])
    assert told.least <= told.p <= 1
    assert (told.moved, told.least) == (plain.moved, plain.least)
    assert turned.p == pytest.approx(told.p)
    assert sign_flip(values, labels, weights=[3.0] * len(values)).p == pytest.approx(plain.p)


@given(differences=DIFFERENCES)
def test_weights_never_put_a_nearer_sum_before_a_farther_one(differences: list[float]) -> None:
    weights = [float(index + 1) for index in range(len(differences))]
    observed = abs(sum(differences))
    patterns = list(itertools.product((1, -1), repeat=len(differences)))
    sums = [abs(sum(s * v for s, v in zip(pattern, differences, strict=True))) for pattern in patterns]
    farther = sum(value > observed + 1e-9 for value in sums) / len(sums)
    assert sign_flip(differences, weights=weights).p >= farther - 1e-9


def test_a_tie_is_decided_by_what_wavers_less() -> None:
    steady, wavering = [-0.5, -0.5, -0.5, 0.5], [1.0, 1.0, 1.0, 9.0]
    assert sign_flip(steady).p == 0.625
    assert sign_flip(steady, weights=wavering).p > sign_flip(steady, weights=[9.0, 9.0, 9.0, 1.0]).p


def test_no_outcome_of_five_tasks_is_significant_and_one_of_six_is() -> None:
    five, six = sign_flip([-1.0] * 5), sign_flip([-1.0] * 6)
    assert (five.p, five.least) == (0.0625, 0.0625)
    assert (six.p, six.least) == (0.03125, 0.03125)


@given(lost=st.integers(0, 30), won=st.integers(0, 30))
def test_single_attempts_give_what_mcnemar_gives(lost: int, won: int) -> None:
    assert sign_flip([-1.0] * lost + [1.0] * won + [0.0] * 3).p == pytest.approx(mcnemar(lost, won))


def test_shares_of_few_attempts_stay_exact_for_a_hundred_tasks() -> None:
    found = sign_flip([-0.25] * 60 + [0.25] * 30 + [0.5] * 10)
    assert found.exact
    assert found.moved == 100


def test_amounts_of_many_tasks_are_sampled_with_a_seed_and_never_give_zero() -> None:
    draw = random.Random(1)
    differences = [draw.random() for _ in range(40)]
    found = sign_flip(differences)
    assert not found.exact
    assert found.p == found.least == 1 / (1 + PATTERNS)
    assert sign_flip([-value for value in reversed(differences)]) == found
    mixed = [draw.uniform(-1, 1) for _ in range(40)]
    assert sign_flip(mixed).p == sign_flip([-value for value in mixed]).p
    assert sign_flip(mixed, seed=1).p != sign_flip(mixed, seed=2).p


def test_no_difference_at_all_is_no_finding() -> None:
    assert sign_flip([0.0] * 9) == (1.0, True, 0, 1.0)
    assert sign_flip([0.1 + 0.2 - 0.3]).moved == 0


def test_the_error_of_single_tasks_is_the_textbook_one() -> None:
    found = spread([0.0, 0.5, 1.0, 0.5])
    assert found.mean == 0.5
    assert found.error == pytest.approx(math.sqrt(0.5 / (4 * 3)))


def test_a_task_told_twice_says_nothing_more() -> None:
    values = [0.0, 0.5, 1.0, 0.25, 0.25]
    once, twice = spread(values), spread(values * 2, [*range(5), *range(5)])
    assert twice.mean == pytest.approx(once.mean)
    assert twice.error == pytest.approx(once.error)
    assert sign_flip(values * 2, [*range(5), *range(5)]).p == pytest.approx(sign_flip(values).p)


def test_one_cluster_has_a_mean_and_no_error() -> None:
    found = spread([0.1, 0.3], ["a", "a"])
    assert found.mean == pytest.approx(0.2)
    assert found.error is None
    assert found.interval() is None
    assert bootstrap([0.1, 0.3], ["a", "a"]) is None


def test_nothing_has_no_mean() -> None:
    with pytest.raises(ValueError, match="no values"):
        spread([])


@given(values=st.lists(SHARES, min_size=2, max_size=8))
def test_the_bootstrap_lies_within_the_values_and_knows_no_order(values: list[float]) -> None:
    found = bootstrap(values, draws=500)
    assert found is not None
    assert min(values) - 1e-9 <= found.low <= found.high <= max(values) + 1e-9
    assert bootstrap(list(reversed(values)), draws=500) == found


def test_the_bootstrap_of_many_values_agrees_with_students_t() -> None:
    draw = random.Random(3)
    values = [draw.gauss(0.2, 1.0) for _ in range(400)]
    found, wanted = bootstrap(values), spread(values).interval()
    assert found is not None
    assert wanted is not None
    assert found.low == pytest.approx(wanted.low, abs=0.015)
    assert found.high == pytest.approx(wanted.high, abs=0.015)
