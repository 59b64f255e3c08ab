"""What belongs to a category, as a machine decides it: who found it, how it failed, how near it is."""

from __future__ import annotations

import base64
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Matrix = NDArray[np.float32]
    Choice = NDArray[np.bool_]


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """A signal belongs when its detector is listed and its text is near enough to the centre, or is an exemplar."""

    kind: str
    detectors: tuple[str, ...] = ()
    """None listed: any."""
    model: str
    """The model whose space the centre lies in: other vectors are never compared with it."""
    centre: str
    """base64 of little-endian float16."""
    radius: float
    """The least similarity (cosine) to the centre."""
    exemplars: tuple[int, ...] = ()
    """Keys of texts that belong whatever the radius says."""


OUTSKIRTS = 0.05
"""The share of the members that lie further out than the radius."""
NEAREST = 0.98
"""The nearest strangers: so large a share of all lies further away."""
LENT = 0.25
"""So much of the gap between members and strangers belongs to the members' side."""
STRANGE = 0.35
"""How near texts of other problems come where there are none to measure it by."""


def rule_of(
    kind: str, detectors: Sequence[str], model: str, vectors: Matrix, exemplars: Sequence[int], strangers: Matrix
) -> Rule:
    """The rule that these members give, beside strangers: members of other clusters."""
    import numpy as np

    centre, radius = circle(vectors, strangers)
    return Rule(
        kind=kind,
        detectors=tuple(sorted(set(detectors))),
        model=model,
        centre=base64.b64encode(centre.astype("<f2").tobytes()).decode(),
        # Numbers of a rule are read and compared by people: two digits say enough.
        radius=float(np.floor(radius * 100) / 100),
        exemplars=tuple(sorted(set(exemplars))),
    )


def circle(vectors: Matrix, strangers: Matrix, known: Choice | None = None) -> tuple[Matrix, float]:
    """The members' centre, and the least similarity to it that belongs: as near as members are, and a part of the gap.

    `known`: which of the strangers are looked at; to choose among their similarities is cheaper than among vectors.

    Few members that say nearly the same lie closer together than the next one will, which names another file: the
    radius reaches out by a quarter of the way to the nearest strangers, and not at all where these are as near.
    """
    import numpy as np

    centre = vectors.mean(axis=0)
    length = float(np.linalg.norm(centre))
    centre = centre / length if length else centre
    own = float(np.quantile(vectors @ centre, OUTSKIRTS))
    others = strangers @ centre if known is None else (strangers @ centre)[known]
    next_one = float(np.quantile(others, NEAREST)) if len(others) else STRANGE
    return centre, own - LENT * max(own - next_one, 0.0)


def centre_of(rule: Rule) -> Matrix:
    """The centre as a unit vector."""
    import numpy as np

    centre = np.frombuffer(base64.b64decode(rule.centre), dtype="<f2").astype(np.float32)
    length = float(np.linalg.norm(centre))
    return centre / length if length else centre


def is_readable(rule: Rule, dimension: int | None) -> bool:
    """Whether its centre is one: a direction of finite numbers, so many if that is known."""
    import numpy as np

    try:
        centre = centre_of(rule)
    except ValueError:
        return False
    fits = dimension is None or len(centre) == dimension
    return fits and bool(centre.any() and np.isfinite(centre).all()) and math.isfinite(rule.radius)


def similarities(rule: Rule, detectors: Sequence[str], keys: Sequence[int], vectors: Matrix) -> Matrix:
    """For each signal its similarity to the centre; minus infinity where the rule says no."""
    import numpy as np

    similar = (vectors @ centre_of(rule)).astype(np.float32)
    allowed = frozenset(rule.detectors)
    exemplars = frozenset(rule.exemplars)
    fits = np.array([not allowed or detector in allowed for detector in detectors], dtype=bool)
    known = np.array([number in exemplars for number in keys], dtype=bool)
    return np.where(fits & ((similar >= rule.radius) | known), similar, np.float32(-np.inf))
