"""The whole walk: look at every file, read what is new, store it exactly once, say what happened.

    survey ─> follow ─> for each lane: jobs ─> tasks ─> workers ─> batches ─> one transaction each

The main process is the only one that writes. Workers get bytes to read and give batches back; killing any of them at
any point loses nothing that the next run would not read again.
"""

from __future__ import annotations

import gc
import os
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from codex_loop.capture import overlaps
from codex_loop.capture.accounting import COUNTERS
from codex_loop.capture.families import settle
from codex_loop.capture.files import Mark
from codex_loop.capture.plan import Job, Planner, survey
from codex_loop.capture.task import Outcome, Task
from codex_loop.capture.worker import work
from codex_loop.errors import Degraded
from codex_loop.sources.base import Homes, Source
from codex_loop.store import health, ledger, rebuilding, writer
from codex_loop.store import sources as files
from codex_loop.store.batch import Applied, Batch
from codex_loop.store.engine import Database

if TYPE_CHECKING:
    from codex_loop.capture.workers import Pool

INLINE_BYTES = 8 << 20
"""Below this, starting workers costs more than it saves."""
BUNDLE_BYTES = {"accounting": 16 << 20, "full": 4 << 20}
BUNDLES_STORED = {"accounting": 8, "full": 1}
"""How many bundles one transaction stores: rows of tokens are small and go to random places, many at once are cheap."""
_LEAST_BYTES, _LAST_BUNDLES = 1 << 20, 16
LANES = ("accounting", "full")
_ATTEMPTS = 3

Progress = Callable[[str, int, int], None]
"""(lane, bytes done, bytes in all)"""


class LaneReport(msgspec.Struct, kw_only=True):
    """What one lane did in one run. `read = stored + duplicate + rejected`, always."""

    files: int = 0
    bytes: int = 0
    read: int = 0
    stored: int = 0
    duplicate: int = 0
    rejected: int = 0
    stale: int = 0
    """Batches another process had already stored."""
    seconds: float = 0.0


class Report(msgspec.Struct, kw_only=True):
    """What one run did."""

    files: int = 0
    unreadable: list[tuple[str, str]] = msgspec.field(default_factory=list)
    rewritten: int = 0
    forks: int = 0
    """Forks whose copied history was given back to its owner."""
    lanes: dict[str, LaneReport] = msgspec.field(default_factory=dict)
    unknown_types: int = 0
    seconds: float = 0.0


class Order(NamedTuple):
    """What the caller wants read."""

    homes: Homes
    host: str
    key_file: str
    lanes: tuple[str, ...] = LANES
    sources: frozenset[str] | None = None
    oldest_ns: int | None = None
    jobs: int = 1
    now_ms: int = 0


@contextmanager
def _without_collector() -> Iterator[None]:
    """Reading makes millions of small objects and no cycles: looking for cycles among them costs a fifteenth."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


@_without_collector()
def ingest(database: Database, sources: Sequence[Source], order: Order, progress: Progress | None = None) -> Report:
    """Read what is new. Idempotent; safe to kill; safe to run twice at once."""
    began = time.monotonic()
    wanted = [source for source in sources if order.sources is None or source.name in order.sources]
    found = survey(wanted, order.homes)
    planner = Planner(database, order.host, found, order.now_ms, order.key_file)
    planner.follow(frozenset(source.name for source in wanted))
    report = Report(
        files=len(found.files), unreadable=[(planner.stored_name(path), reason) for path, reason in found.unreadable]
    )
    ready = _ready(planner, order)
    try:
        for lane in order.lanes:
            report.lanes[lane] = _run_lane(database, planner, lane, order, report, progress, ready)
    finally:
        for pool in ready:
            pool.end()
    if "full" in order.lanes:
        if rebuilding.torn(database):
            # Copied calls are rare: no other run pays for this import.
            from codex_loop.capture.rebuild import refold

            refold(database, order.key_file, order.now_ms)
        report.forks = settle(database, frozenset(planner.touched))
        overlaps.settle(database)
    report.unknown_types = health.unknown_count(database)
    report.seconds = time.monotonic() - began
    return report


def _ready(planner: Planner, order: Order) -> list[Pool]:
    """Processes that get ready while the files of a large new home are registered."""
    size = sum(seen.size for seen in planner.found.files)
    if order.jobs <= 1 or size < INLINE_BYTES or order.oldest_ns is not None or not planner.is_new:
        return []
    # Process pools cost 20 ms to import: a run with little to read does without.
    from codex_loop.capture.workers import Pool

    return [Pool(order.jobs)]


def _run_lane(
    database: Database,
    planner: Planner,
    lane: str,
    order: Order,
    report: Report,
    progress: Progress | None,
    ready: list[Pool],
) -> LaneReport:
    began = time.monotonic()
    accepts = frozenset(COUNTERS) if lane == "accounting" else None
    jobs = planner.jobs(lane, accepts, order.oldest_ns if lane == "full" else None)
    run_ = _LaneRun(database, planner, lane, order, report, jobs, progress)
    if lane == "accounting" and run_.total >= INLINE_BYTES and ledger.is_empty(database):
        ledger.begin_filling(database)
    if order.jobs <= 1 or run_.total < INLINE_BYTES:
        run_.inline()
    else:
        run_.spread(order.jobs, ready)
    run_.store()
    if lane == "accounting":
        ledger.end_filling(database)
    run_.lane.seconds = time.monotonic() - began
    return run_.lane


class Pace:
    """How long a kind of work takes, learned while it is done."""

    def __init__(self) -> None:
        self._bytes = 0
        self._seconds = 0.0

    def add(self, size: int, seconds: float) -> None:
        self._bytes += size
        self._seconds += seconds

    def seconds_for(self, size: int) -> float:
        """0 while nothing is known."""
        return self._seconds * size / self._bytes if self._bytes else 0.0


def _bytes(outcomes: Sequence[Outcome]) -> int:
    return sum(outcome.batch.end - outcome.batch.start for outcome in outcomes if outcome.batch is not None)


class _LaneRun:
    """The jobs of one lane, until all of them are done."""

    def __init__(
        self,
        database: Database,
        planner: Planner,
        lane: str,
        order: Order,
        report: Report,
        jobs: list[Job],
        progress: Progress | None,
    ) -> None:
        self.database, self.planner, self.name, self.order, self.report = database, planner, lane, order, report
        self.progress = progress
        self.lane = LaneReport(files=len(jobs))
        self.held: list[Batch] = []
        """Batches that wait to be stored, and how many bundles they came in."""
        self.held_bundles = 0
        self.total = sum(job.remaining for job in jobs)
        self.unread = self.total
        self.reading, self.storing = Pace(), Pace()
        self.jobs = {job.source_id: job for job in jobs}
        # The largest first, so that no worker is left alone with one at the end. One format after the other, because
        # the keys of Claude's tokens are spread over their table: each transaction with some of them writes all of it.
        self.waiting = deque(
            self._task(job) for job in sorted(jobs, key=lambda job: (job.seen.found.source, -job.remaining))
        )

    def _task(self, job: Job) -> Task:
        cursor = writer.cursor(self.database, job.source_id, self.name) if job.begun else None
        mark, state, line_sum, decoder = Mark(), b"", 0, 0
        if cursor is not None:
            state, line_sum, decoder = cursor.state, cursor.line_sum, cursor.decoder
            mark = Mark(cursor.position, cursor.tail_length, cursor.tail_key, cursor.head_length, cursor.head_key)
        seen = job.seen
        return Task(
            job.source_id, self.name, seen.found.source, seen.agent, self.order.host, os.fspath(seen.found.path),
            seen.found.unit, mark, state, BUNDLE_BYTES[self.name], self.order.key_file, self.order.now_ms,
            line_sum, decoder,
        )  # fmt: skip

    def inline(self) -> None:
        while self.waiting:
            self.work()

    def work(self) -> None:
        """Read a bundle in this process."""
        tasks = self.bundle()
        began = time.perf_counter()
        outcomes = work(tasks)
        self.reading.add(_bytes(outcomes), time.perf_counter() - began)
        self.settle(outcomes)

    def should_work(self, others: int) -> bool:
        """Whether `others` will read for longer than this process will store."""
        to_store = self.total - self.lane.bytes
        to_read = to_store - sum(batch.end - batch.start for batch in self.held)
        return self.reading.seconds_for(to_read) >= others * self.storing.seconds_for(to_store)

    def spread(self, workers: int, ready: list[Pool]) -> None:
        """Keep every worker busy. A worker that something killed costs only time: its tasks are done again."""
        from codex_loop.capture.workers import Pool, spread

        for _ in range(_ATTEMPTS):
            pool = ready.pop() if ready else Pool(workers)
            lost = spread(pool, self)
            if not lost:
                return
            self.waiting.extendleft(lost)
        raise Degraded(
            f"worker processes of the {self.name} lane were killed {_ATTEMPTS} times; what was stored stays, "
            "run it again with --jobs 1"
        )

    def bundle(self) -> list[Task]:
        # Smaller ones towards the end, so that all processes end at once.
        most = min(BUNDLE_BYTES[self.name], max(_LEAST_BYTES, self.unread // _LAST_BUNDLES))
        tasks, size = [], 0
        while self.waiting and size < most:
            task = self.waiting.popleft()
            tasks.append(task)
            size += self.jobs[task.source_id].remaining
        self.unread -= size
        return tasks

    def settle(self, outcomes: list[Outcome]) -> None:
        """Keep what came back until there is enough to store; send on what is not finished."""
        for outcome in outcomes:
            if outcome.batch is not None:
                self.held.append(outcome.batch)
                if not outcome.done:
                    task = outcome.task
                    state, mark = outcome.batch.state, outcome.mark
                    self.waiting.appendleft(msgspec.structs.replace(task, mark=mark, state=state, decoder=0))
            elif outcome.rewritten is not None:
                self._again(outcome)
            elif outcome.unreadable is not None:
                self._unreadable(outcome)
        self.held_bundles += 1
        if self.held_bundles >= BUNDLES_STORED[self.name]:
            self.store()

    def store(self) -> None:
        """Store what is held, in one transaction."""
        if not self.held:
            return
        batches, self.held, self.held_bundles = self.held, [], 0
        began, before = time.perf_counter(), self.lane.bytes
        for batch, applied in zip(batches, writer.apply(self.database, batches, self.order.now_ms), strict=True):
            self._count(batch, applied)
        self.storing.add(self.lane.bytes - before, time.perf_counter() - began)
        if self.progress is not None:
            self.progress(self.name, self.lane.bytes, max(self.total, self.lane.bytes))

    def _count(self, batch: Batch, applied: Applied | None) -> None:
        if applied is None:
            self.lane.stale += 1
            return
        if batch.read and self.name == "full":
            self.planner.touched.add(batch.source_id)
        self.lane.bytes += batch.end - batch.start
        self.lane.read += applied.read
        self.lane.stored += applied.stored
        self.lane.duplicate += applied.duplicate
        self.lane.rejected += applied.rejected

    def _unreadable(self, outcome: Outcome) -> None:
        """Told once, also when both lanes wanted it, and kept in mind until the file can be read."""
        told = (self.planner.stored_name(outcome.task.path), outcome.unreadable or "")
        if told not in self.report.unreadable:
            self.report.unreadable.append(told)
            with self.database.transaction():
                files.mark(self.database, [outcome.task.source_id], "unreadable")

    def _again(self, outcome: Outcome) -> None:
        job = self.planner.regenerate(self.jobs[outcome.task.source_id], outcome.rewritten or "")
        self.jobs[job.source_id] = job
        self.report.rewritten += 1
        self.waiting.append(self._task(job))
