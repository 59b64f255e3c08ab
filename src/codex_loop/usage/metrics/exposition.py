"""Families in the formats that Prometheus reads."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from codex_loop.usage.metrics.family import Family


class FamilyCollector(Collector):
    """What the reader says at the time of each scrape; a family without samples is not mentioned."""

    def __init__(self, read: Callable[[], Sequence[Family]]) -> None:
        self._read = read

    def collect(self) -> Iterator[Metric]:
        for family in self._read():
            if family.samples:
                yield _metric(family)


def text(families: Sequence[Family]) -> bytes:
    """The text format, with a newline at its end and without times of ours."""
    return generate_latest(_registry(lambda: families))


def page(read: Callable[[], Sequence[Family]], accept: str) -> tuple[bytes, str]:
    """The page in the format that the scraper likes best, and what that is called."""
    encode, content_type = choose_encoder(accept)
    return encode(_registry(read)), content_type


def _registry(read: Callable[[], Sequence[Family]]) -> CollectorRegistry:
    """One of our own: in the common one everything else in this process would be told as well."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(FamilyCollector(read))
    return registry


def _metric(family: Family) -> Metric:
    counts = family.kind == "counter"
    metric = Metric(family.name.removesuffix("_total") if counts else family.name, family.help, family.kind)
    for sample in family.samples:
        metric.add_sample(family.name, sample.labels, sample.value)
    return metric
