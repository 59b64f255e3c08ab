"""How urgent a problem is follows from a table, and newness from when things happened."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_loop.clock import DAY_MS
from codex_loop.report.priority import RULES, priority

NOW_MS = 1_795_608_000_000
LONG_AGO = NOW_MS - 300 * DAY_MS


@pytest.mark.parametrize(
    ("signals", "severity", "expected"),
    [
        (9, 1.0, ("P4", "wait")),
        (10, 0.8, ("P1", "ticket")),
        (10, 0.79, ("P4", "wait")),
        (19, 0.7, ("P4", "wait")),
        (20, 0.6, ("P2", "ticket")),
        (30, 0.4, ("P3", "expand evaluation")),
        (49, 0.1, ("P4", "wait")),
        (50, 0.1, ("P4", "monitor")),
    ],
)
def test_frequency_and_severity_decide(signals: int, severity: float, expected: tuple[str, str]) -> None:
    found = priority([LONG_AGO] * signals, severity, NOW_MS, LONG_AGO)
    assert (found.level, found.action) == expected


def test_what_is_mostly_of_the_last_week_is_to_be_looked_into() -> None:
    times = [NOW_MS - DAY_MS] * 8 + [LONG_AGO] * 2
    assert priority(times, 0.3, NOW_MS, LONG_AGO).action == "investigate"
    assert priority([*times[1:], LONG_AGO], 0.3, NOW_MS, LONG_AGO).action == "wait"


def test_nothing_is_new_where_no_session_is_older_than_a_week() -> None:
    times = [NOW_MS - DAY_MS] * 12
    assert priority(times, 0.3, NOW_MS, NOW_MS - 3 * DAY_MS).action == "wait"
    assert priority(times, 0.3, NOW_MS, None).action == "wait"


def test_signals_without_a_clock_are_not_new() -> None:
    assert priority([None] * 12, 0.3, NOW_MS, LONG_AGO).action == "wait"


@given(st.integers(0, 80), st.floats(0, 1), st.integers(0, 20), st.floats(0, 1))
def test_more_or_worse_is_never_less_urgent(signals: int, severity: float, more: int, worse: float) -> None:
    one = priority([LONG_AGO] * signals, severity, NOW_MS, LONG_AGO)
    other = priority([LONG_AGO] * (signals + more), max(severity, worse), NOW_MS, LONG_AGO)
    assert other.level <= one.level


def test_the_rules_stand_in_the_order_of_their_urgency() -> None:
    assert [rule.priority for rule in RULES] == sorted(rule.priority for rule in RULES)


@pytest.mark.parametrize(("signals", "said"), [(1, "1 signal; from 10 on"), (7, "7 signals; from 10 on")])
def test_what_waits_says_from_when_on_it_would_not(signals: int, said: str) -> None:
    assert priority([LONG_AGO] * signals, 0.9, NOW_MS, LONG_AGO).why == f"{said} a problem calls for something"
