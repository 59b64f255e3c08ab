"""Student's t is what tables and scipy say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special  # type: ignore[import-untyped]  # scipy ships no types

from codex_loop.stats import student


@given(p=st.floats(0.001, 0.999), freedom=st.integers(1, 3_000))
def test_quantiles_are_those_of_scipy(p: float, freedom: int) -> None:
    tolerance = 1e-5 if freedom > 2_000 else 1e-9
    assert student.quantile(p, freedom) == pytest.approx(special.stdtrit(freedom, p), rel=tolerance, abs=1e-9)


@pytest.mark.parametrize(("freedom", "value"), [(1, 12.706), (4, 2.776), (5, 2.571), (19, 2.093), (30, 2.042)])
def test_quantiles_are_those_of_the_printed_table(freedom: int, value: float) -> None:
    assert student.quantile(0.975, freedom) == pytest.approx(value, abs=5e-4)


@pytest.mark.parametrize(("p", "freedom"), [(0.0, 5), (1.0, 5), (0.9, 0)])
def test_what_is_no_quantile_is_refused(p: float, freedom: int) -> None:
    with pytest.raises(ValueError, match="no "):
        student.quantile(p, freedom)
