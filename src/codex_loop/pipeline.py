"""The loop on one page: find, ingest, detect, judge, embed, cluster, propose, report.

Each stage is one call into its room. A stage that fails is told and the rest goes on; every stage may be run again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from codex_loop.capture import orders
from codex_loop.capture.ingest import ingest
from codex_loop.capture.plan import survey
from codex_loop.clock import Clock
from codex_loop.clusters import clustering, texts
from codex_loop.errors import CodexLoopError
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
Going = Callable[[str, float], None]
"""Hears which stage is at work, and which share of the run is done."""


class Did(NamedTuple):
    """What a stage did, and what it could not do of it."""

    facts: Facts
    problem: str | None = None


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


def run_daily(
    database: Database,
    settings: Settings,
    wanted: Wanted,
    clock: Clock,
    told: Told,
    going: Going = lambda _name, _share: None,
) -> DailyReport:
    """Bring everything up to date. Idempotent: a second run at once finds nothing new."""
    began_ms = clock.now_ms()
    loop = _Loop(database, settings, wanted, clock, going)
    stages: tuple[tuple[str, Callable[[], Did]], ...] = (
        ("find", loop.find),
        ("ingest", loop.ingest),
        ("mechanical signals", loop.mechanical),
        ("semantic signals", loop.semantic),
        ("embed", loop.embed),
        ("cluster", loop.cluster),
        ("propose", loop.propose),
        ("report", loop.report),
    )
    done = []
    for nth, (title, work) in enumerate(stages):
        going(title, nth / len(stages))
        done.append(_run(title, work, clock))
        told(done[-1])
    runs.record(database, began_ms, clock.now_ms(), "daily", msgspec.json.encode(done).decode())
    return DailyReport(stages=tuple(done), summary=loop.summary)


class _Loop:
    """The stages, each a call into its room."""

    def __init__(self, database: Database, settings: Settings, wanted: Wanted, clock: Clock, going: Going) -> None:
        self._database, self._settings, self._wanted = database, settings, wanted
        self._clock, self._going = clock, going
        self._sources = registry.all_sources()
        self.summary: Summary | None = None

    def find(self) -> Did:
        found = survey(self._sources, self._wanted.homes)
        return Did({"files": len(found.files), "unreadable": len(found.unreadable)})

    def ingest(self) -> Did:
        began_ms, wanted = self._clock.now_ms(), self._wanted
        order = orders.order(self._database, self._settings, wanted.homes, began_ms, asked=wanted.asked)

        def read(lane: str, done: int, total: int) -> None:
            lanes = (order.lanes.index(lane) + done / max(total, 1)) / len(order.lanes)
            self._going(f"ingest, {lane}", 1 / 8 + lanes / 8)

        report = ingest(self._database, self._sources, order, read)
        full = report.lanes["full"]
        done = {"lines": full.read, "stored": full.stored, "duplicate": full.duplicate, "rejected": full.rejected}
        runs.record(self._database, began_ms, self._clock.now_ms(), "ingest", msgspec.json.encode(done).decode())
        return Did(done, _unread(report.unreadable))

    def mechanical(self) -> Did:
        return Did(_facts(detect(self._database, self._clock.now_ms())))

    def semantic(self) -> Did:
        engine = self._wanted.engine()
        if engine is None:
            return Did({"engine": "off"})
        new = detect(self._database, self._clock.now_ms(), words=Words(engine)).new
        left = engine.tally.not_judged
        problem = f"{engine.name}: {left} prompts were not judged; {engine.tally.reason}" if left else None
        return Did({"engine": engine.name, "judged": engine.tally.judged, "new": new}, problem)

    def embed(self) -> Did:
        bodies = [each.body for kind in clustering.KINDS for each in clusters.candidates(self._database, kind)]
        embedded = texts.embedded(self._database, bodies)
        return Did({"texts": len(bodies), "new": embedded.made, "model": embedded.model})

    def cluster(self) -> Did:
        done = clustering.cluster(self._database, self._clock.now_ms())
        return Did({kind: _grouped(each) for kind, each in done.kinds.items()})

    def propose(self) -> Did:
        classified = classify(self._database, self._clock.now_ms())
        return Did(_facts(propose(self._database, self._clock.now_ms())) | {"called": classified.given})

    def report(self) -> Did:
        self.summary = summarise(self._database, self._clock.now_ms())
        return Did({"friction": self.summary.friction, "delight": self.summary.delight})


def _unread(files: Sequence[tuple[str, str]]) -> str | None:
    """Which file could not be read, and of how many it is the first."""
    if not files:
        return None
    path, reason = files[0]
    more = f", and {len(files) - 1} more" if len(files) > 1 else ""
    return f"cannot read {path}: {reason}{more}; what is readable was stored, the rest is tried again on the next run"


def _grouped(done: clustering.KindReport) -> str:
    if not done.enough:
        return f"not enough yet: {done.signals} of {clustering.FEWEST}"
    return f"{done.clusters} clusters"


def _run(title: str, work: Callable[[], Did], clock: Clock) -> Stage:
    began = clock.monotonic_s()
    try:
        did = work()
    except CodexLoopError as error:
        did = Did({}, str(error))
    except Exception as error:  # noqa: BLE001  # one broken stage must not cost the others
        did = Did({}, f"a bug: {type(error).__name__}: {error}")
    seconds = round(clock.monotonic_s() - began, 3)
    return Stage(name=title, seconds=seconds, facts=dict(did.facts), problem=did.problem)


def _facts(report: msgspec.Struct) -> dict[str, int | str]:
    told: dict[str, Any] = msgspec.structs.asdict(report)
    return {name: value for name, value in told.items() if isinstance(value, int | str)}
