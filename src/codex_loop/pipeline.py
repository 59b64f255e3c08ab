"""The loop on one page: find, ingest, detect, judge, embed, cluster, propose, report.

Each stage is one call into its room. A stage that fails is told and the rest goes on; every stage may be run again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import msgspec

from codex_loop.capture import orders
from codex_loop.capture.ingest import ingest
from codex_loop.capture.plan import survey
from codex_loop.clock import Clock
from codex_loop.clusters import clustering, texts
from codex_loop.errors import CodexLoopError, Degraded
from codex_loop.report.summary import Summary, summarise
from codex_loop.semantics.engines import Engine
from codex_loop.settings import Settings
from codex_loop.signals.detect import detect
from codex_loop.signals.semantic import Words
from codex_loop.sources import registry
from codex_loop.sources.base import Homes
from codex_loop.store import clusters, runs
from codex_loop.store.engine import Database
from codex_loop.taxonomy.classify import classify
from codex_loop.taxonomy.proposals import propose

Facts = Mapping[str, int | str]
Told = Callable[["Stage"], None]


class Stage(msgspec.Struct, frozen=True, kw_only=True):
    """One stage of a run: what it did, how long that took, and why it failed if it did."""

    name: str
    seconds: float
    facts: dict[str, int | str]
    problem: str | None


class DailyReport(msgspec.Struct, frozen=True, kw_only=True):
    """A run of the whole loop."""

    stages: tuple[Stage, ...]
    summary: Summary | None

    @property
    def degraded(self) -> bool:
        """Whether some stage did less than it should."""
        return any(stage.problem for stage in self.stages)


class Wanted(NamedTuple):
    """What a run is to look at."""

    homes: Homes
    asked: bool = False
    """Somebody said how far back to look."""
    engine: Callable[[], Engine | None] = lambda: None
    """Who judges words; None: nobody. It may not be there: then the rest goes on."""


def run_daily(database: Database, settings: Settings, wanted: Wanted, clock: Clock, told: Told) -> DailyReport:
    """Bring everything up to date. Idempotent: a second run at once finds nothing new."""
    began_ms = clock.now_ms()
    order = orders.order(database, settings, wanted.homes, began_ms, asked=wanted.asked)
    sources = registry.all_sources()
    summary: list[Summary] = []

    def find() -> Facts:
        found = survey(sources, wanted.homes)
        return {"files": len(found.files), "unreadable": len(found.unreadable)}

    def take_in() -> Facts:
        report = ingest(database, sources, order)
        full = report.lanes["full"]
        done = {"lines": full.read, "stored": full.stored, "duplicate": full.duplicate, "rejected": full.rejected}
        runs.record(database, began_ms, clock.now_ms(), "ingest", msgspec.json.encode(done).decode())
        return done

    def mechanical() -> Facts:
        return _facts(detect(database, clock.now_ms()))

    def embed() -> Facts:
        bodies = [each.body for kind in clustering.KINDS for each in clusters.candidates(database, kind)]
        embedded = texts.embedded(database, bodies)
        return {"texts": len(bodies), "new": embedded.made, "model": embedded.model}

    def group() -> Facts:
        done = clustering.cluster(database, clock.now_ms())
        return {kind: _grouped(each) for kind, each in done.kinds.items()}

    def name() -> Facts:
        classified = classify(database, clock.now_ms())
        return _facts(propose(database, clock.now_ms())) | {"called": classified.given}

    def tell() -> Facts:
        summary.append(summarise(database, clock.now_ms()))
        return {"friction": summary[0].friction, "delight": summary[0].delight}

    stages: tuple[tuple[str, Callable[[], Facts]], ...] = (
        ("find", find),
        ("ingest", take_in),
        ("mechanical signals", mechanical),
        ("semantic signals", lambda: _judged(database, wanted, clock)),
        ("embed", embed),
        ("cluster", group),
        ("propose", name),
        ("report", tell),
    )
    done = tuple(_run(title, work, clock, told) for title, work in stages)
    report = DailyReport(stages=done, summary=summary[0] if summary else None)
    runs.record(database, began_ms, clock.now_ms(), "daily", msgspec.json.encode(done).decode())
    return report


def _judged(database: Database, wanted: Wanted, clock: Clock) -> Facts:
    engine = wanted.engine()
    if engine is None:
        return {"engine": "off"}
    new = detect(database, clock.now_ms(), words=Words(engine)).new
    if engine.tally.not_judged:
        raise Degraded(f"{engine.name}: {engine.tally.not_judged} prompts were not judged; {engine.tally.reason}")
    return {"engine": engine.name, "judged": engine.tally.judged, "new": new}


def _grouped(done: clustering.KindReport) -> str:
    if not done.enough:
        return f"not enough yet: {done.signals} of {clustering.FEWEST}"
    return f"{done.clusters} clusters"


def _run(title: str, work: Callable[[], Facts], clock: Clock, told: Told) -> Stage:
    began = clock.monotonic_s()
    facts: Facts = {}
    problem = None
    try:
        facts = work()
    except CodexLoopError as error:
        problem = str(error)
    except Exception as error:  # noqa: BLE001  # one broken stage must not cost the others
        problem = f"a bug: {type(error).__name__}: {error}"
    stage = Stage(
        name=title, seconds=round(clock.monotonic_s() - began, 3), facts=dict(facts), problem=problem
    )  # fmt: skip
    told(stage)
    return stage


def _facts(report: msgspec.Struct) -> dict[str, int | str]:
    told: dict[str, Any] = msgspec.structs.asdict(report)
    return {name: value for name, value in told.items() if isinstance(value, int | str)}
