"""What belongs to a category, as a machine decides it: who found it, how it failed, how near it is."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Matrix = NDArray[np.float32]


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


def rule_of(
    kind: str, detectors: Sequence[str], model: str, vectors: Matrix, exemplars: Sequence[int], *, share: float = 0.05
) -> Rule:
    """The rule that these members give: their centre, and the radius that leaves out the farthest of them."""
    import numpy as np

    centre = vectors.mean(axis=0)
    length = float(np.linalg.norm(centre))
    centre = centre / length if length else centre
    similar = vectors @ centre
    return Rule(
        kind=kind,
        detectors=tuple(sorted(set(detectors))),
        model=model,
        centre=base64.b64encode(centre.astype("<f2").tobytes()).decode(),
        # Numbers of a rule are read and compared by people: two digits say enough.
        radius=float(np.floor(float(np.quantile(similar, share)) * 100) / 100),
        exemplars=tuple(sorted(set(exemplars))),
    )


def centre_of(rule: Rule) -> Matrix:
    """The centre as a unit vector."""
    import numpy as np

    centre = np.frombuffer(base64.b64decode(rule.centre), dtype="<f2").astype(np.float32)
    length = float(np.linalg.norm(centre))
    return centre / length if length else centre


def similarities(rule: Rule, detectors: Sequence[str], keys: Sequence[int], vectors: Matrix) -> Matrix:
    """For each signal its similarity to the centre; minus infinity where the rule says no."""
    import numpy as np

    similar = (vectors @ centre_of(rule)).astype(np.float32)
    allowed = frozenset(rule.detectors)
    exemplars = frozenset(rule.exemplars)
    fits = np.array([not allowed or detector in allowed for detector in detectors], dtype=bool)
    known = np.array([number in exemplars for number in keys], dtype=bool)
    return np.where(fits & ((similar >= rule.radius) | known), similar, np.float32(-np.inf))
