"""How sure a proposal may be: measured parts, each between 0 and 1, all of them kept and shown."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from codex_loop.taxonomy.rule import circle

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Matrix = NDArray[np.float32]

MANY = 10.0
"""So many members make size count for two thirds."""
MANY_SESSIONS = 3.0
HELD_OUT = 5
"""Every fifth text judges the rule that the others give."""

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
    """Of held-out texts and of strangers, how many the rule of the other members judges rightly."""


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
    return _share((own - next_one) / max(1 - next_one, 1e-6))


def precision(
    members: Matrix, keys: Sequence[int], detectors: Sequence[str], others: Matrix, others_detectors: Sequence[str],
    homes: NDArray[np.int64],
) -> float:  # fmt: skip
    """How well rules judge what they were not made of (F1): each is made of four fifths of the texts and of the others.

    What is held out are whole texts and whole clusters (`homes`): another copy of a known text would prove nothing.
    """
    import numpy as np

    part, home = _parts_of(keys), np.unique(homes, return_inverse=True)[1] % HELD_OUT
    names = np.asarray(detectors), np.asarray(others_detectors)
    right = wrong = 0.0
    for fold in range(int(part.max(initial=-1)) + 1):
        held, strange = part == fold, home == fold
        if held.all():
            return 0.0
        centre, radius = circle(members[~held], others, ~strange)
        known = np.unique(names[0][~held])
        right += int(((members[held] @ centre >= radius) & np.isin(names[0][held], known)).sum())
        # Strangers are many: they count as if there were as many of them as of the held-out members.
        if strange.any():
            caught = (others @ centre)[strange] >= radius
            alike = np.isin(names[1][strange], known)
            # Found by none of these detectors, they say how near words alone let strangers come.
            wrong += float(caught[alike].mean() if alike.sum() >= HELD_OUT else caught.mean()) * int(held.sum())
    hit = right / max(len(members), 1)
    exact = right / (right + wrong) if right else 0.0
    return 0.0 if not hit + exact else 2 * hit * exact / (hit + exact)


def _parts_of(keys: Sequence[int]) -> NDArray[np.int64]:
    """The part each member is held out with: equal texts together; of one text alone, its copies apart."""
    import numpy as np

    numbers = np.unique(np.asarray(keys, dtype=np.int64), return_inverse=True)[1]
    texts = int(numbers.max(initial=-1)) + 1
    return (numbers if texts > 1 else np.arange(len(keys))) % HELD_OUT


def _share(value: float) -> float:
    return min(max(value, 0.0), 1.0)
