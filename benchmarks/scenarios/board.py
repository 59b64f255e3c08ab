"""From sessions to verdicts: ingested by the product, looked at by its detectors, compared with the truth."""

from __future__ import annotations

import json
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import NamedTuple

from benchmarks.homes import scratch
from benchmarks.scenarios.beside import CATEGORIES, groups
from benchmarks.scenarios.cases import PLANTS, Case, harmless, planted
from benchmarks.scenarios.planted import Planted
from codex_loop import clock
from codex_loop.capture.ingest import Order, ingest
from codex_loop.signals.detect import detect
from codex_loop.sources.base import Homes
from codex_loop.sources.claude.transcript import ClaudeTranscripts
from codex_loop.sources.codex.rollout import CodexRollouts
from codex_loop.sources.spine.spines import TraceSpines
from codex_loop.store import signals as store
from codex_loop.store.engine import Database, open_for_writing

GOAL = 0.95
_Z95 = 1.959963984540054


def wilson(successes: int, trials: int) -> float:
    """The lower end of the 95 % interval of a share."""
    if trials == 0:
        return 0.0
    share, z2 = successes / trials, _Z95 * _Z95
    middle = share + z2 / (2 * trials)
    spread = _Z95 * math.sqrt(share * (1 - share) / trials + z2 / (4 * trials * trials))
    return (middle - spread) / (1 + z2 / trials)


class Score(NamedTuple):
    """How one category did."""

    category: str
    planted: int
    found: int
    false: int
    formats: int

    @property
    def recall(self) -> float:
        return wilson(self.found, self.planted)

    @property
    def precision(self) -> float:
        return wilson(self.found, self.found + self.false)

    @property
    def good(self) -> bool:
        return self.recall >= GOAL and self.precision >= GOAL


class Miss(NamedTuple):
    """A difference between truth and claim."""

    what: str
    category: str
    case: Case
    told: str


class Board(NamedTuple):
    seed: int
    sessions: int
    scores: tuple[Score, ...]
    incidents: int
    alarms: int
    misses: tuple[Miss, ...]

    @property
    def good(self) -> bool:
        return self.alarms == 0 and all(score.good for score in self.scores)


class Claim(NamedTuple):
    """A signal as the store has it."""

    category: str
    tokens: frozenset[str | int]
    title: str


def claims(database: Database) -> dict[str, list[Claim]]:
    """What detectors say, by the native id of the session; what another signal tells already is left out."""
    found: dict[str, list[Claim]] = defaultdict(list)
    for signal in store.listed(database, store.Wanted()):
        pointers = json.loads(bytes(signal.evidence))
        tokens = frozenset(pointer.get("call_id") or pointer["offset"] for pointer in pointers)
        found[(signal.session_id or "").partition(":")[2]].append(Claim(signal.category, tokens, signal.title))
    return found


def fill(database: Database, home: Path, cases: Iterable[Case], now_ms: int) -> list[Case]:
    """Write the sessions, have them ingested, have the detectors look at them."""
    kept = []
    for case in cases:
        for path, content in (*case.before, (case.path, case.content)):
            place = home / case.agent / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content)
        kept.append(case)
    homes = Homes((home / "codex",), (home / "claude",))
    order = Order(homes, "bench", str(home / "key"), now_ms=now_ms)
    report = ingest(database, [CodexRollouts(), ClaudeTranscripts(), TraceSpines()], order)
    lost = {name: lane.rejected for name, lane in report.lanes.items() if lane.rejected}
    if lost or report.unknown_types:
        raise RuntimeError(
            f"the generator wrote what the product does not read: {lost}, {report.unknown_types} unknown"
        )
    detect(database, now_ms)
    return kept


def judge(case: Case, found: Sequence[Claim]) -> Iterator[tuple[str, Planted | Claim]]:
    """Each planted event as found or missed, and every claim beyond them as false."""
    # Single sessions share repositories: whether a commit among ordinary work rested for a week is left to chance.
    allowed = case.allows if case.kinds == ("beside",) else case.allows | {"commit_without_rework"}
    left = [claim for claim in found if claim.category not in allowed]
    every = list(found)
    for event in case.planted:
        fitting = [
            claim
            for claim in every
            if claim.category == event.category and (not event.anchor or event.anchor & claim.tokens)
        ]
        yield ("found" if fitting else "missed"), event
        if fitting:
            every.remove(fitting[0])
            if fitting[0] in left:
                left.remove(fitting[0])
    for claim in left:
        yield "false", claim


def board(cases: Sequence[Case], found: dict[str, list[Claim]], seed: int, categories: Sequence[str]) -> Board:
    counts: Counter[tuple[str, str]] = Counter()
    shown: dict[str, set[tuple[str, str]]] = defaultdict(set)
    misses = []
    alarms = 0
    for case in cases:
        for verdict, event in judge(case, found.get(case.session, ())):
            counts[verdict, event.category] += 1
            if isinstance(event, Planted):
                shown[event.category].add((case.agent, case.version))
            if verdict != "found":
                told = event.title if isinstance(event, Claim) else ""
                misses.append(Miss(verdict, event.category, case, told))
                alarms += case.incidents > 0 and verdict == "false"
    names = sorted({*categories, *(category for _, category in counts)})
    scores = tuple(
        Score(
            name,
            counts["found", name] + counts["missed", name],
            counts["found", name],
            counts["false", name],
            len(shown[name]),
        )
        for name in names
    )
    return Board(seed, len(cases), scores, sum(case.incidents for case in cases), alarms, tuple(misses))


def run(seed: int, each: int, incidents: int, only: Sequence[str] = ()) -> Board:
    rng, now_ms = Random(seed), clock.now_ms()
    plants = tuple(plant for plant in PLANTS if not only or plant.category in only)
    with (
        TemporaryDirectory(dir=scratch(), prefix="quality-", ignore_cleanup_errors=True) as folder,
        open_for_writing(str(Path(folder) / "store.db")) as database,
    ):
        together = groups(rng, now_ms, each, only)
        cases = [*planted(rng, now_ms, plants, each), *harmless(rng, now_ms, incidents), *together]
        kept = fill(database, Path(folder), cases, now_ms)
        wanted = [*(plant.category for plant in plants), *(name for name in CATEGORIES if not only or name in only)]
        return board(kept, claims(database), seed, wanted)
