"""Moments that overlap cost once, in whatever order they are told."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from codex_loop.report import ticket_costs
from codex_loop.store.tickets import Moment

moments = st.lists(
    st.tuples(st.integers(1, 3), st.none() | st.integers(0, 60), st.none() | st.integers(0, 20)), max_size=12
)


def made(facts: tuple[int, int | None, int | None]) -> Moment:
    session, time_ms, cost_ms = facts
    return Moment(1, session, time_ms, 0.5, "c", "c", cost_ms, None, "codex", "s", None, None, None)


@given(moments)
def test_the_time_lost_is_that_of_the_instants_covered(facts: list[tuple[int, int | None, int | None]]) -> None:
    covered = {
        (session, instant)
        for session, begin, length in facts
        if begin is not None and length is not None
        for instant in range(begin, begin + length)
    }
    spans = ticket_costs._spans([made(each) for each in facts])
    assert sum(end - begin for each in spans.values() for begin, end in each) == len(covered)
    assert spans == ticket_costs._spans([made(each) for each in reversed(facts)])
