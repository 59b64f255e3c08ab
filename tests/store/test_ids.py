"""Ids as people type them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_loop.store.ids import span

KEYS = st.integers(0, (1 << 63) - 1)


@given(number=KEYS, length=st.integers(1, 16), with_prefix=st.booleans(), upper=st.booleans())
def test_every_beginning_of_an_id_means_a_span_with_its_key(
    number: int, length: int, with_prefix: bool, upper: bool
) -> None:
    digits = f"{number:016x}"[:length]
    found = span(("sig_" if with_prefix else "") + (digits.upper() if upper else digits), "sig_")
    assert found is not None
    first, last = found
    assert 0 <= first <= number <= last < 1 << 63
    assert (first == last) == (length == 16)


@given(number=KEYS, other=KEYS)
def test_a_whole_id_means_one_key(number: int, other: int) -> None:
    found = span(f"sig_{number:016x}", "sig_")
    assert found is not None
    assert (found[0] <= other <= found[1]) == (other == number)


@pytest.mark.parametrize("text", ["", "sig_", "sig_sig_1", "-1", "1_0", "0x1", "%", "é", "f", "8", "1" * 17, "1 2"])
def test_what_no_id_begins_with_means_nothing(text: str) -> None:
    assert span(text, "sig_") is None
