"""Everything that is told, read when somebody asks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from codex_loop import __version__
from codex_loop.errors import CodexLoopError
from codex_loop.settings import Settings
from codex_loop.sources.samples.event import StatusEvent
from codex_loop.store import runs
from codex_loop.store.engine import Database, open_for_reading
from codex_loop.store.metrics import bad_lines
from codex_loop.usage.limits import standings
from codex_loop.usage.metrics.family import Family, Sample, counter, gauge, sample, seconds
from codex_loop.usage.metrics.limits import limit_families
from codex_loop.usage.metrics.sampler import last_captures, sampler_families
from codex_loop.usage.metrics.tokens import TokenSums
from codex_loop.usage.sampler import state as sampler_state
from codex_loop.usage.sampler.files import last_events


class Scraped(msgspec.Struct, frozen=True):
    """The families, and why some of them are not there."""

    families: tuple[Family, ...]
    problem: str | None


def scrape(settings: Settings, samples: Path, now_ms: int, sums: TokenSums) -> Scraped:
    """Of a store that cannot be read the rest is told all the same."""
    state = sampler_state.load(samples)
    last = last_captures(state, lambda: _last_events(samples))
    families = [_build(), *sampler_families(state, last)]
    problem = None
    try:
        with open_for_reading(settings.db) as database:
            for family in _stored(database, settings, now_ms, sums):
                families.append(family)  # noqa: PERF402 - what was read before a failure stays
    except CodexLoopError as error:
        problem = str(error)
    up = 0 if problem else 1
    families.append(gauge("codexloop_store_up", "1 if the store could be read for this page.", [Sample({}, up)]))
    return Scraped(tuple(families), problem)


def _last_events(samples: Path) -> Sequence[StatusEvent]:
    try:
        return last_events(samples)
    except OSError:
        return ()  # taking the file into the store fails for the same reason, and tells it


def _build() -> Family:
    return gauge("codexloop_build_info", "Always 1; the version is a label.", [Sample({"version": __version__}, 1)])


def _stored(database: Database, settings: Settings, now_ms: int, sums: TokenSums) -> Iterator[Family]:
    yield from limit_families(standings(database, now_ms), now_ms)
    yield counter(
        "codexloop_ingest_bad_lines_total",
        "Lines that could not be decoded and lie in quarantine; both lanes look at most lines.",
        [Sample({"source": each.agent, "lane": each.lane}, each.lines) for each in bad_lines(database)],
    )
    yield gauge(
        "codexloop_ingest_last_run_timestamp_seconds",
        "When the last `codex-loop ingest` began: tokens and costs are as of then.",
        sample({}, seconds(runs.last_started(database, "ingest"))),
    )
    yield from sums.families(database, settings)
