"""What is judged: one thing a person said, with what came before it."""

from __future__ import annotations

import msgspec

LABELS = ("dissatisfied", "escalation", "correction", "praise", "confusion")
"""Displeased with how it goes; angry; saying that something is to be otherwise; pleased; at a loss."""


class Turn(msgspec.Struct, frozen=True):
    """What a person said, after what the agent had said, after what the person had said before that."""

    text: str
    previous: str | None = None
    """What the agent said last; None: nothing, or not known."""
    before: str | None = None
    """What the person said last; None: nothing, or not known."""


Scores = dict[str, float]
"""A probability for each label."""


class Verdict(msgspec.Struct, frozen=True):
    """What a turn is taken for."""

    friction: bool
    delight: bool
    scores: Scores
