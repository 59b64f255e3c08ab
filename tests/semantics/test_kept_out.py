"""What the shipped model makes of texts that it was not made of."""

from __future__ import annotations

from benchmarks.semantic import quality
from benchmarks.speech import chat_kept_out, kept_out
from codex_loop.semantics.linear import shipped
from codex_loop.semantics.turn import Turn
from codex_loop.signals.semantic import SURE

Marked = list[tuple[Turn, str]]
EVERYTHING: Marked = [line for lines in (kept_out.SETS | chat_kept_out.SETS).values() for line in lines]


def displeased(lines: Marked, threshold: float) -> tuple[float, float]:
    """Precision and recall of an alarm from this probability on."""
    judge = shipped()
    scores = [judge.scores(turn)["dissatisfied"] for turn, _ in lines]
    found = quality([mark == "-" for _, mark in lines], scores, [score >= threshold for score in scores])
    return found.precision, found.recall


def test_where_a_signal_is_made_of_it_displeasure_is_real_and_a_quarter_of_it_is_seen() -> None:
    precision, recall = displeased([line for line in EVERYTHING if line[0].previous], SURE)
    assert precision >= 0.95
    assert recall >= 0.25


def test_terse_developer_chat_that_nobody_tuned_on_is_told_apart() -> None:
    lines = chat_kept_out.SETS["fresh"]
    verdicts = [shipped().verdict(turn) for turn, _ in lines]
    found = quality(
        [mark == "-" for _, mark in lines],
        [each.scores["dissatisfied"] for each in verdicts],
        [each.friction for each in verdicts],
    )
    assert len(lines) == 120
    assert found.f1 >= 0.68
    assert found.auc >= 0.85
