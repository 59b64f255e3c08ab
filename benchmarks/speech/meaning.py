"""What it is to mean something: a share for each label, and sentences that say it.

A label is a share, not a yes: of a hundred people who answer an offer with "anything else?", about so many are not
content with how it goes. Trained on shares, the model's probabilities are such shares too.
"""

from __future__ import annotations

from typing import NamedTuple


class Meaning(NamedTuple):
    """One thing people mean."""

    dissatisfied: float
    escalation: float
    correction: float
    praise: float
    confusion: float
    weight: int
    """How often it is said, compared with others."""
    kinds: str
    """Kinds of subjects; empty: all."""
    after: str
    """The agent's moves it follows; empty: any."""
    lines: tuple[str, ...]


def says(shares: str, weight: int, kinds: str, after: str, lines: str) -> Meaning:
    dissatisfied, escalation, correction, praise, confusion = (float(each) for each in shares.split())
    return Meaning(
        dissatisfied, escalation, correction, praise, confusion, weight, kinds, after, tuple(lines.strip().split("\n"))
    )
