"""McNemar, Fisher and Holm give the printed values."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_loop.stats.counts import fisher, holm, mcnemar

PS = st.lists(st.floats(1e-6, 1.0), min_size=1, max_size=8)


@pytest.mark.parametrize(
    ("lost", "won", "p"),
    [(5, 0, 0.0625), (6, 0, 0.031), (7, 1, 0.070), (9, 1, 0.021), (10, 2, 0.039), (0, 0, 1.0), (3, 3, 1.0)],
)
def test_mcnemar_is_that_of_the_table(lost: int, won: int, p: float) -> None:
    assert mcnemar(lost, won) == pytest.approx(p, abs=5e-4)
    assert mcnemar(won, lost) == mcnemar(lost, won)


@pytest.mark.parametrize(
    ("before", "after", "p"),
    [((3, 3), (0, 3), 0.10), ((4, 4), (0, 4), 0.029), ((5, 5), (0, 5), 0.008), ((4, 4), (1, 4), 0.14),
     ((5, 5), (1, 5), 0.048), ((8, 8), (1, 8), 0.0014), ((4, 4), (4, 4), 1.0), ((0, 3), (0, 5), 1.0)],
)  # fmt: skip
def test_fisher_is_that_of_the_table(before: tuple[int, int], after: tuple[int, int], p: float) -> None:
    assert fisher(*before, *after) == pytest.approx(p, rel=0.04)
    assert fisher(*after, *before) == pytest.approx(fisher(*before, *after))


def test_holm_multiplies_the_smallest_most() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])


@given(values=PS)
def test_holm_never_makes_a_p_smaller_and_keeps_their_order(values: list[float]) -> None:
    adjusted = holm(values)
    assert all(old <= new <= 1 for old, new in zip(values, adjusted, strict=True))
    ranked = [new for _, new in sorted(zip(values, adjusted, strict=True))]
    assert ranked == sorted(ranked)
