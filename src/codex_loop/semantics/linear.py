"""The shipped model: a weight for every feature and label, added up in plain Python."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from math import exp, sqrt

import msgspec

from codex_loop.errors import Degraded
from codex_loop.semantics.features import BUCKETS, VERSION, features
from codex_loop.semantics.turn import LABELS, Scores, Turn, Verdict

_FILE = "model.json"


class Model(msgspec.Struct, frozen=True, kw_only=True):
    """As it is written to its file."""

    version: str
    """Names the model: of its training texts and its features."""
    features: int
    labels: tuple[str, ...]
    bias: tuple[float, ...]
    named: dict[str, tuple[float, ...]]
    """A weight for each label."""
    step: tuple[float, ...]
    """What one step of a bucket's weight is worth, for each label."""
    buckets: bytes
    """Weights of the hashed n-grams in signed bytes, label after label within a bucket."""
    friction: float
    """From this probability of `dissatisfied` on, a turn is friction."""
    delight: float
    """From this probability of `praise` on, a turn is delight, if it is not friction."""


class Judge:
    """Scores turns with one model. Holds no state: any thread may use it."""

    def __init__(self, model: Model) -> None:
        if model.features != VERSION or model.labels != LABELS or len(model.buckets) != BUCKETS * len(LABELS):
            raise Degraded(f"the language model {model.version} is of another version; install codex-loop again")
        self.model = model
        self._named: Mapping[str, tuple[float, ...]] = model.named
        weights = array("b", model.buckets)
        self._weights = tuple(weights[at :: len(LABELS)] for at in range(len(LABELS)))

    def scores(self, turn: Turn) -> Scores:
        """A probability for each label; the same on every machine up to rounding."""
        shown = features(turn)
        sums = list(self.model.bias)
        for name, value in shown.named.items():
            weights = self._named.get(name)
            if weights is not None:
                for at, weight in enumerate(weights):
                    sums[at] += value * weight
        for at, column in enumerate(self._weights):
            steps = sum(sum(map(column.__getitem__, group)) / sqrt(len(group)) for group in shown.groups if group)
            sums[at] += steps * self.model.step[at]
        return {
            label: round(1 / (1 + exp(-min(max(each, -30.0), 30.0))), 4)
            for label, each in zip(LABELS, sums, strict=True)
        }

    def verdict(self, turn: Turn) -> Verdict:
        """What the turn is taken for."""
        return decide(self.scores(turn) if turn.text.strip() else dict.fromkeys(LABELS, 0.0), self.model)

    def verdicts(self, turns: Iterable[Turn]) -> Iterator[Verdict]:
        """One for each turn, in order."""
        return map(self.verdict, turns)


def _probability(sum_of_weights: float) -> float:
    return round(1 / (1 + exp(-min(max(sum_of_weights, -30.0), 30.0))), 4)


def decide(scores: Scores, model: Model) -> Verdict:
    """From probabilities to what it is taken for; nothing is both."""
    friction = scores["dissatisfied"] >= model.friction
    return Verdict(friction, not friction and scores["praise"] >= model.delight, scores)


@cache
def shipped() -> Judge:
    """The model of this version, read once."""
    return Judge(msgspec.json.decode(files("codex_loop.semantics").joinpath(_FILE).read_bytes(), type=Model))
