"""Planted events are found, every one of them, and nothing else is claimed. The seed is new each time and shown."""

from __future__ import annotations

import secrets
from collections import Counter

import pytest

from benchmarks.scenarios.board import Claim, judge, run, wilson
from benchmarks.scenarios.cases import FORMATS, PLANTS, Case, formats
from benchmarks.scenarios.planted import Planted
from codex_loop.signals.catalogue import BY_ID


@pytest.mark.slow
def test_every_planted_event_is_found_and_nothing_else() -> None:
    seed = secrets.randbelow(1 << 32)
    result = run(seed, each=12, incidents=400)
    wrong = Counter((miss.what, miss.category, miss.case.agent, miss.case.version, miss.told) for miss in result.misses)
    assert not wrong, f"seed {seed}: {wrong.most_common(12)}"
    assert result.alarms == 0
    assert all(score.found == score.planted >= 12 for score in result.scores)


def test_every_kind_of_event_belongs_to_a_detector_and_to_some_format() -> None:
    assert {plant.category for plant in PLANTS} <= BY_ID.keys()
    assert all(formats(plant) for plant in PLANTS)
    assert len(FORMATS) == 8


CASE = Case("codex", "1", "x.jsonl", "x", b"", (Planted("a", frozenset({"c1"})), Planted("b")), frozenset({"open"}))


def verdicts(*claims: Claim) -> list[tuple[str, str]]:
    return sorted((verdict, event.category) for verdict, event in judge(CASE, claims))


def test_a_signal_is_found_when_it_points_at_the_record() -> None:
    right, session = Claim("a", frozenset({"c1", "c2"}), ""), Claim("b", frozenset({"c9"}), "")
    assert verdicts(right, session) == [("found", "a"), ("found", "b")]
    assert verdicts(Claim("a", frozenset({"c2"}), ""), session) == [("false", "a"), ("found", "b"), ("missed", "a")]


def test_saying_it_twice_is_false_and_what_is_left_open_is_not_judged() -> None:
    right, session = Claim("a", frozenset({"c1"}), ""), Claim("b", frozenset(), "")
    assert verdicts(right, right, session) == [("false", "a"), ("found", "a"), ("found", "b")]
    assert verdicts(right, session, Claim("open", frozenset(), "")) == [("found", "a"), ("found", "b")]


def test_a_share_of_all_of_220_is_at_least_98_percent() -> None:
    assert wilson(220, 220) == pytest.approx(0.98284, abs=1e-5)
    assert wilson(0, 0) == 0
    assert wilson(215, 220) < 0.95
