"""`python -m benchmarks.ingest`: how fast, how small, how exact, against a peer or a floor of the same run.

Groups: accounting (first run), again (nothing new), full (everything, redacted, archived), truth
(a tree on which counters go wrong), append (500 new
lines among 4,000 files), startup. Every line has its budget; a missed one makes the exit code 1.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from benchmarks import homes, startup
from benchmarks.exactness import acts_off, peer_off, secrets_left, tokens_off
from benchmarks.homes import Home
from benchmarks.measure import Command, CommandFailedError, Cost, Pairs, cpu, middle, paired, peak_mb, repeated, wall
from benchmarks.peers import UNIFIED, Ccusage
from benchmarks.product import ACCOUNTING, FULL, Store, store
from benchmarks.verdicts import Line, document, exit_code, table
from tools.catalog import MissingToolError

REFERENCE_MB = 2000  # budgets in seconds are for this size; other sizes are scaled
APPENDED_LINES = 500


class Plan(NamedTuple):
    mb: int
    rounds: int


QUICK = Plan(mb=100, rounds=2)


def accounting(plan: Plan) -> Iterator[Line]:
    """First run of the lane that counts, against native ccusage and against decoding alone."""
    home = homes.corpus(plan.mb)
    with store() as fresh:
        ours = fresh.ingest(home, ACCOUNTING, anew=True)
        pairs = paired(ours, ccusage(home), plan.rounds)
        floor = paired(ours, floor_command("decode", home), plan.rounds)
        note = f"ours {middle(pairs.ours, wall):.2f} s, ccusage {middle(pairs.theirs, wall):.2f} s"
        yield Line("accounting", "wall / ccusage daily", pairs.ratio(wall), "x", 1.0, note)
        yield Line("accounting", "CPU / ccusage daily", pairs.ratio(cpu), "x", None)
        yield Line(
            "accounting",
            "wall / msgspec pass",
            floor.ratio(wall),
            "x",
            None,
            f"pass {middle(floor.theirs, wall):.2f} s",
        )
        yield Line(
            "accounting",
            "peak memory, all processes",
            peak_mb(pairs.ours),
            "MB",
            100.0,
            f"ccusage {peak_mb(pairs.theirs):.0f} MB",
        )
        yield tokens_off("accounting", fresh, home)


def again(plan: Plan) -> Iterator[Line]:
    """The whole command when nothing is new."""
    home = homes.corpus(plan.mb)
    with store() as filled:
        filled.ingest(home, ACCOUNTING).measured()
        pairs = paired(filled.ingest(home, ACCOUNTING), ccusage(home), plan.rounds)
        note = f"ours {middle(pairs.ours, wall):.3f} s, ccusage {middle(pairs.theirs, wall):.2f} s"
        yield Line("again", "nothing new: wall / ccusage daily", pairs.ratio(wall), "x", 1 / 6, note)


def full(plan: Plan) -> Iterator[Line]:
    """Everything: decoded, redacted, archived, searchable."""
    home = homes.corpus(plan.mb)
    scale = plan.mb / REFERENCE_MB
    with store() as fresh:
        pairs = paired_once(fresh.ingest(home, FULL, anew=True), floor_command("archive", home), min(plan.rounds, 3))
        seconds = middle(pairs.ours, wall)
        yield Line("full", f"seconds for {plan.mb / 1000:g} GB", seconds, "s", 40 * scale, f"goal {25 * scale:g} s")
        yield Line(
            "full",
            "wall / (msgspec + zstd 3)",
            pairs.ratio(wall),
            "x",
            None,
            f"floor {middle(pairs.theirs, wall):.2f} s",
        )
        yield Line("full", "CPU", middle(pairs.ours, cpu), "s", None)
        yield Line("full", "peak memory, all processes", peak_mb(pairs.ours), "MB", 300.0)
        yield Line("full", "(database + archive) / source", fresh.bytes / home.bytes, "x", 0.30)
        yield tokens_off("full", fresh, home)
        yield from acts_off("full", fresh, home)


def truth(plan: Plan) -> Iterator[Line]:
    """Forks without parents, copies, replays, resets, torn lines: a tenth of the size, and not one token wrong."""
    home = homes.disputed(max(20, plan.mb // 10))
    with store() as counted, store() as filled:
        counted.ingest(home, ACCOUNTING).measured()
        yield tokens_off("truth", counted, home)
        filled.ingest(home, FULL).measured()
        yield tokens_off("truth", filled, home)._replace(what="the same after both lanes")
        yield from acts_off("truth", filled, home)
        yield secrets_left("truth", filled, home)
        yield peer_off("truth", peer(), home)


def append(plan: Plan) -> Iterator[Line]:
    """New lines in a large home: what they cost beyond starting the same command with nothing to look at."""
    home = homes.many_files()
    with store() as filled, store() as idle:
        filled.ingest(home, FULL).measured()
        empty = Home(idle.folder / "empty")
        empty.codex.mkdir(parents=True)
        empty.claude.mkdir()
        start = middle(repeated(idle.ingest(empty, FULL), plan.rounds), cpu)
        spent = middle([_after_appending(filled, home, batch) for batch in range(plan.rounds)], cpu)
        note = f"{spent:.2f} s, start-up {start:.2f} s"
        yield Line("append", f"CPU of {APPENDED_LINES} new lines over start-up", spent - start, "s", 0.3, note)
        rest = middle(repeated(filled.ingest(home, FULL), plan.rounds), cpu)
        yield Line("append", "CPU of nothing new over start-up", rest - start, "s", None)


def _after_appending(filled: Store, home: Home, batch: int) -> Cost:
    homes.append_lines(home, APPENDED_LINES, batch=batch)
    return filled.ingest(home, FULL).measured()


def paired_once(ours: Command, theirs: Command, rounds: int) -> Pairs:
    """Long runs need no warm-up of their own; the floor's reads warm the page cache."""
    costs = [(theirs.measured(), ours.measured()) for _ in range(rounds)]
    return Pairs([our for _, our in costs], [their for their, _ in costs])


def ccusage(home: Home) -> Command:
    return Command(peer().command(UNIFIED), peer().environment(home.folder))


def peer() -> Ccusage:
    return Ccusage.found(homes.scratch() / "empty-home")


def floor_command(floor: str, home: Home) -> Command:
    return Command((sys.executable, "-m", "benchmarks.floors", floor, str(home.folder)))


GROUPS: dict[str, Callable[[Plan], Iterator[Line]]] = {
    "accounting": accounting,
    "again": again,
    "full": full,
    "truth": truth,
    "append": append,
    "startup": lambda plan: startup.lines(plan.rounds),
}


def measured(names: Sequence[str], plan: Plan) -> list[Line]:
    """All lines of these groups; a group that cannot run says why and the others go on."""
    lines: list[Line] = []
    for name in names:
        print(f"{name} …", file=sys.stderr)
        try:
            lines += GROUPS[name](plan)
        except (CommandFailedError, MissingToolError) as problem:
            lines.append(Line(name, "the group", None, "", None, str(problem)))
    return lines


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ingest", description=__doc__)
    parser.add_argument("--only", help=f"groups, separated by commas: {','.join(GROUPS)}")
    parser.add_argument("--mb", type=int, default=REFERENCE_MB, help="size of the corpus in million bytes")
    parser.add_argument("--rounds", type=int, default=5, help="pairs per comparison")
    parser.add_argument("--quick", action="store_true", help="a small corpus and two rounds: an impression, no verdict")
    parser.add_argument("--json", action="store_true", help="one JSON document instead of a table")
    chosen = parser.parse_args(arguments)
    names = chosen.only.split(",") if chosen.only else list(GROUPS)
    if unknown := [name for name in names if name not in GROUPS]:
        parser.error(f"unknown group {unknown[0]!r}; choose from {', '.join(GROUPS)}")
    lines = measured(names, QUICK if chosen.quick else Plan(chosen.mb, chosen.rounds))
    print(document(lines) if chosen.json else table(lines))
    return 0 if chosen.quick else exit_code(lines)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
