"""Samples of one name: what a page, a file and the JSON are all made from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

import msgspec

from codex_loop.clock import SECOND_MS

Kind = Literal["counter", "gauge"]


class Sample(msgspec.Struct, frozen=True):
    """One number and what it is of."""

    labels: dict[str, str]
    value: float


class Family(msgspec.Struct, frozen=True):
    """A name, what it means, and its samples: no two with the same labels."""

    name: str
    kind: Kind
    help: str
    samples: tuple[Sample, ...]


def counter(name: str, help: str, samples: Iterable[Sample]) -> Family:  # noqa: A002 - Prometheus calls it so
    """Two of the same labels are added up; names of models may differ in what labels cannot show."""
    sums: dict[tuple[tuple[str, str], ...], float] = {}
    for sample in samples:
        place = tuple(sorted(sample.labels.items()))
        sums[place] = sums.get(place, 0.0) + sample.value
    return Family(name, "counter", help, tuple(Sample(dict(place), value) for place, value in sums.items()))


def gauge(name: str, help: str, samples: Iterable[Sample]) -> Family:  # noqa: A002 - Prometheus calls it so
    """Of two with the same labels the first stays: one repeated sample would cost Prometheus the whole page."""
    kept: dict[tuple[tuple[str, str], ...], Sample] = {}
    for sample in samples:
        kept.setdefault(tuple(sorted(sample.labels.items())), sample)
    return Family(name, "gauge", help, tuple(kept.values()))


def sample(labels: Mapping[str, str | None], value: float | None) -> Iterable[Sample]:
    """The sample, or none of an unknown value. A label that is not known is left out."""
    if value is not None:
        yield Sample({name: text for name, text in labels.items() if text is not None}, float(value))


def seconds(instant_ms: int | None) -> float | None:
    """The unit that Prometheus wants of instants."""
    return None if instant_ms is None else instant_ms / SECOND_MS
