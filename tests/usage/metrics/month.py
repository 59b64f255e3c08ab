"""What Prometheus would have been told, minute by minute, of a sampler that a test drives."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from codex_loop.clock import HOUR_MS, MINUTE_MS, format_ms
from codex_loop.sources.samples.event import StatusEvent, WindowSeen
from codex_loop.store.limits import Sample as Told
from codex_loop.usage.limits import judge
from codex_loop.usage.metrics.family import Family
from codex_loop.usage.metrics.limits import limit_families
from codex_loop.usage.metrics.sampler import last_captures, sampler_families
from codex_loop.usage.sampler.state import TOOLS, SamplerState

CADENCE = 5
SLOTS = {"codex": "primary", "claude": "five_hour"}
Series = dict[str, list[float | None]]
Answer = float | str | None
"""Percent used, a reason for saying nothing, or not asked."""


class Minute(NamedTuple):
    """Which sources the sampler asks in a minute, and what they say."""

    answers: Mapping[str, Answer]


def told(agent: str, at_ms: int, used: float | None, **facts: object) -> Told:
    """One word of a provider about the five hours that end five hours after the beginning of all time."""
    words: dict[str, object] = {
        "agent": agent, "account": None, "limit_id": agent, "slot": SLOTS.get(agent), "minutes": 300,
        "used_percent": used, "resets_ms": 5 * HOUR_MS, "observed_ms": at_ms, "plan": None, "reached": None,
        "credits": None, "via": None,
    }  # fmt: skip
    return Told(**{**words, **facts})  # type: ignore[arg-type]


def told_by_minute(minutes: Sequence[Minute], *, began_ms: int = 0) -> Series:
    """Every sample of every minute, by its name and labels as Prometheus writes them; None where there was none."""
    state = SamplerState()
    samples: list[Told] = []
    series: Series = {}
    for number, minute in enumerate(minutes):
        now_ms = number * MINUTE_MS
        for tool in TOOLS:
            answer = minute.answers.get(tool)
            if isinstance(answer, str):
                state = state.failed(tool, answer, "it hangs", now_ms)
            elif answer is not None:
                event = StatusEvent(
                    source_tool=tool, seq_no=state.seq_no + 1, timestamp=format_ms(now_ms),
                    windows={"5h": WindowSeen(used_percent=answer)},
                )  # fmt: skip
                state = state.captured(event, now_ms)
                samples.append(told(tool, now_ms, answer, resets_ms=began_ms + 5 * HOUR_MS))
        families = [
            *sampler_families(state, last_captures(state, list)),
            *limit_families(judge(samples, now_ms), now_ms),
        ]
        for name, value in named(families).items():
            series.setdefault(name, [None] * len(minutes))[number] = value
    return series


def named(families: Iterable[Family]) -> dict[str, float]:
    """`name{label="…"}`, labels in order, with the value."""
    found = {}
    for family in families:
        for sample in family.samples:
            labels = ",".join(f'{name}="{text}"' for name, text in sorted(sample.labels.items()))
            found[f"{family.name}{{{labels}}}" if labels else family.name] = sample.value
    return found
