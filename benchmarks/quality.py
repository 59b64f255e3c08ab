"""`python -m benchmarks.quality` (`make quality`): what detectors find of what was planted, and what else they claim.

Sessions are written as the agents write them, ingested by the product, looked at by its detectors, and compared with
the truth. The seed is new in every run and printed, so that a failure can be repeated.

    --seed N     repeat a run
    --each N     events of each kind (default 240)
    --benign N   harmless exits, polls and words (default 1500)
    --only X     one kind of event, may be given again; prints what was missed and what was claimed
    --write      write docs/quality.md
    --json       print one JSON object
    --speed N    instead: sessions per second of detection, on N sessions of the corpus
"""

from __future__ import annotations

import argparse
import json
import math
import secrets
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import NamedTuple

from benchmarks.homes import scratch
from benchmarks.scenarios.cases import PLANTS, Case, harmless, planted
from benchmarks.scenarios.planted import Planted
from codex_loop import clock
from codex_loop.capture.ingest import Order, ingest
from codex_loop.signals.detect import detect
from codex_loop.sources.base import Homes
from codex_loop.sources.claude.transcript import ClaudeTranscripts
from codex_loop.sources.codex.rollout import CodexRollouts
from codex_loop.store import signals as store
from codex_loop.store.engine import Database, open_for_writing

GOAL = 0.95
_Z95 = 1.959963984540054
PAGE = Path(__file__).parent.parent / "docs" / "quality.md"


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
        place = home / case.agent / case.path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(case.content)
        kept.append(case)
    homes = Homes((home / "codex",), (home / "claude",))
    order = Order(homes, "bench", str(home / "key"), now_ms=now_ms)
    report = ingest(database, [CodexRollouts(), ClaudeTranscripts()], order)
    lost = {name: lane.rejected for name, lane in report.lanes.items() if lane.rejected}
    if lost or report.unknown_types:
        raise RuntimeError(
            f"the generator wrote what the product does not read: {lost}, {report.unknown_types} unknown"
        )
    detect(database, now_ms)
    return kept


def native_id(case: Case) -> str:
    name = Path(case.path).stem
    return name[-36:]


def judge(case: Case, found: Sequence[Claim]) -> Iterator[tuple[str, Planted | Claim]]:
    """Each planted event as found or missed, and every claim beyond them as false."""
    left = [claim for claim in found if claim.category not in case.allows]
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
        for verdict, event in judge(case, found.get(native_id(case), ())):
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
        cases = [*planted(rng, now_ms, plants, each), *harmless(rng, now_ms, incidents)]
        kept = fill(database, Path(folder), cases, now_ms)
        return board(kept, claims(database), seed, [plant.category for plant in plants])


def table(result: Board) -> list[str]:
    lines = [f"{'signal':<23}{'planted':>8}{'found':>7}{'false':>7}{'recall':>8}{'precision':>11}{'formats':>9}"]
    for score in result.scores:
        mark = "" if score.good else "  <"
        lines.append(
            f"{score.category:<23}{score.planted:>8}{score.found:>7}{score.false:>7}"
            f"{score.recall:>8.3f}{score.precision:>11.3f}{score.formats:>9}{mark}"
        )
    lines.append(
        f"{result.sessions} sessions, seed {result.seed}; false alarms: {result.alarms} in {result.incidents} harmless"
        " exits, polls and words"
    )
    return lines


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.quality", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seed", type=int)
    parser.add_argument("--each", type=int, default=240)
    parser.add_argument("--benign", type=int, default=1500)
    parser.add_argument("--only", action="append", default=[])
    parser.add_argument("--keep", type=Path, help="write the sessions of what was missed to this folder")
    given = parser.parse_args(arguments)
    seed = secrets.randbelow(1 << 32) if given.seed is None else given.seed
    began = time.monotonic()
    result = run(seed, given.each, given.benign, given.only)
    print("\n".join(table(result)))
    for (what, category), count in Counter((miss.what, miss.category) for miss in result.misses).most_common(60):
        some = [miss for miss in result.misses if (miss.what, miss.category) == (what, category)]
        by = Counter((f"{miss.case.agent}-{miss.case.version}", "+".join(miss.case.kinds)) for miss in some)
        print(f"  {what} {category} x{count}: {by.most_common(4)} {Counter(miss.told for miss in some).most_common(3)}")
    if given.keep:
        for miss in result.misses:
            place = given.keep / f"{miss.what}-{miss.category}-{miss.case.agent}-{miss.case.version}.jsonl"
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(miss.case.content)
    print(f"{time.monotonic() - began:.1f} s", file=sys.stderr)
    return 0 if result.good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
