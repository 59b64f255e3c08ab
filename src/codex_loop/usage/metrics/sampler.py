"""The sampler's state as samples: by our names, and by those it has always had."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import get_args

from codex_loop.clock import parse_ms
from codex_loop.sources.samples.event import Reason, StatusEvent
from codex_loop.usage.metrics.family import Family, Sample, counter, gauge, sample, seconds
from codex_loop.usage.sampler.state import TOOLS, SamplerState

REASONS = (*get_args(Reason), "write")
PREFIXES = ("codexloop", "cctrack")


def sampler_families(state: SamplerState | None, last: Mapping[str, int]) -> Iterator[Family]:
    """Counters begin at 0 before anything happened: a first failure that appears as 1 is no increase to Prometheus.

    `last` says when each source was last captured, in milliseconds.
    """
    known = state or SamplerState()
    for prefix in PREFIXES:
        yield counter(f"{prefix}_sampler_captures_total", "Events captured, by source.", _captures(known))
        yield counter(
            f"{prefix}_sampler_capture_failures_total",
            "Times that a source gave nothing, or its event could not be kept.",
            _failures(known) if prefix == "codexloop" else _failed(known),
        )
        yield gauge(f"{prefix}_sampler_last_capture_timestamp_seconds", "When a source was last captured.", _last(last))
    if state is not None:
        yield gauge(
            "codexloop_sampler_enabled", "1 where the sampler asks a source, 0 where it was told not to.", _on(state)
        )


def last_captures(state: SamplerState | None, events: Callable[[], Iterable[StatusEvent]]) -> dict[str, int]:
    """As the state says; an older sampler's says it of no source, then the last lines of its samples do."""
    told = dict(state.last_capture) if state else {}
    if not told.keys() >= set(TOOLS):
        for event in events():
            if event.source_tool not in (state.last_capture if state else {}):
                told[event.source_tool] = event.timestamp
    found = {tool: parse_ms(said) for tool, said in told.items()}
    return {tool: at_ms for tool, at_ms in found.items() if at_ms is not None}


def _captures(state: SamplerState) -> Iterator[Sample]:
    for tool in TOOLS:
        yield Sample({"source": tool}, state.captures.get(tool, 0))


def _failures(state: SamplerState) -> Iterator[Sample]:
    for tool in TOOLS:
        counts = state.failures.get(tool, {})
        for reason in dict.fromkeys((*REASONS, *counts)):
            yield Sample({"source": tool, "reason": reason}, counts.get(reason, 0))


def _failed(state: SamplerState) -> Iterator[Sample]:
    for tool in TOOLS:
        yield Sample({"source": tool}, sum(state.failures.get(tool, {}).values()))


def _last(last: Mapping[str, int]) -> Iterator[Sample]:
    for tool in TOOLS:
        yield from sample({"source": tool}, seconds(last.get(tool)))


def _on(state: SamplerState) -> Iterator[Sample]:
    for tool in TOOLS:
        yield Sample({"source": tool}, 0 if tool in state.disabled else 1)
