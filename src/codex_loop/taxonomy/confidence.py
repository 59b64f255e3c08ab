"""How sure a proposal may be: measured parts, each between 0 and 1, all of them kept and shown."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from codex_loop.taxonomy.rule import Rule, rule_of, similarities

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Matrix = NDArray[np.float32]

MANY = 10.0
"""So many members make size count for two thirds."""
MANY_SESSIONS = 3.0
HELD_OUT = 5
"""Every fifth member judges the rule that the others give."""

WEIGHTS = {"size": 0.15, "sessions": 0.15, "cohesion": 0.15, "stability": 0.2, "purity": 0.1, "precision": 0.25}


class Parts(msgspec.Struct, frozen=True, kw_only=True):
    """What the confidence is made of."""

    size: float
    sessions: float
    cohesion: float
    """How much nearer its members are to its own centre than to the next one's."""
    stability: float
    """How much of it was found again by the last run, or by runs on parts of the data."""
    purity: float
    """How little of it an existing category already explains."""
    precision: float
    """Of held-out members and of strangers, how many the rule of the other members judges rightly."""


def total(parts: Parts) -> float:
    """The weighted mean."""
    named: dict[str, float] = msgspec.structs.asdict(parts)
    return round(sum(WEIGHTS[name] * value for name, value in named.items()), 3)


def size(members: int) -> float:
    return 1 - math.exp(-members / MANY)


def spread(sessions: int) -> float:
    return 1 - math.exp(-sessions / MANY_SESSIONS)


def cohesion(own: float, next_one: float | None) -> float:
    """From the members' mean similarity to their centre and to the next cluster's: 1 when nobody else is near."""
    if next_one is None:
        return _share(own)
    return _share((own - next_one) / max(1 - next_one, 1e-6) * 0.5 + 0.5) if own > next_one else 0.0


def precision(
    kind: str, model: str, members: Matrix, detectors: Sequence[str], others: Matrix, others_detectors: Sequence[str]
) -> float:
    """The F1 of the rule that four fifths of the members give, on the last fifth and on members of other clusters."""
    import numpy as np

    held = np.arange(len(members)) % HELD_OUT == HELD_OUT - 1
    if not held.any() or held.all():
        return 0.0
    kept = [detector for detector, out in zip(detectors, held, strict=True) if not out]
    rule = rule_of(kind, kept, model, members[~held], ())
    left = [detector for detector, out in zip(detectors, held, strict=True) if out]
    right = _accepted(rule, left, members[held])
    wrong = _accepted(rule, others_detectors, others) if len(others) else 0
    # Strangers are many: they count as if there were as many of them as of the held-out members.
    wrong_share = wrong / len(others) * int(held.sum()) if len(others) else 0.0
    hit = right / int(held.sum())
    exact = right / (right + wrong_share) if right else 0.0
    return 0.0 if not hit + exact else 2 * hit * exact / (hit + exact)


def _accepted(rule: Rule, detectors: Sequence[str], vectors: Matrix) -> int:
    import numpy as np

    found = similarities(rule, detectors, [0] * len(detectors), vectors)
    return int(np.isfinite(found).sum())


def _share(value: float) -> float:
    return min(max(value, 0.0), 1.0)
