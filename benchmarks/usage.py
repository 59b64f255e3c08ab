"""`python -m benchmarks.usage`: how long a report takes, from the files on, against ccusage; and whether it is exact.

Groups: first (nothing read before: accounting, then the day report), next (nothing new: the same two commands), report
(the day report alone, kept and not kept), exact (every day, month and session against the truth). ccusage reads
everything each time. A missed budget makes the exit code 1.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import homes
from benchmarks.homes import Home
from benchmarks.ingest import QUICK, REFERENCE_MB, Plan, ccusage
from benchmarks.measure import Command, CommandFailedError, Cost, cpu, middle, repeated, wall
from benchmarks.product import ACCOUNTING, Store, store
from benchmarks.verdicts import Line, document, exit_code, table
from tools.catalog import MissingToolError

REPORTS = ("daily", "weekly", "monthly", "session")
KEYS = {
    "inputTokens": "input",
    "cacheReadTokens": "cache_read",
    "cacheCreationTokens": "cache_write",
    "outputTokens": "output",
}


def first(plan: Plan) -> Iterator[Line]:
    """A machine that has never seen codex-loop: read everything, then report."""
    home = homes.corpus(plan.mb)
    with store() as fresh:
        steps = (fresh.ingest(home, ACCOUNTING, anew=True), report(fresh))
        ours, theirs = in_turns(steps, ccusage(home), plan.rounds)
        yield from against("first", ours, theirs, 1.0)


def again(plan: Plan) -> Iterator[Line]:
    """Nothing new since the last report."""
    home = homes.corpus(plan.mb)
    with store() as filled:
        filled.ingest(home, ACCOUNTING).measured()
        ours, theirs = in_turns((filled.ingest(home, ACCOUNTING), report(filled)), ccusage(home), plan.rounds)
        yield from against("next", ours, theirs, 1 / 6)


def alone(plan: Plan) -> Iterator[Line]:
    """The report of a filled store, with its answers kept, and with those thrown away before each run."""
    home = homes.corpus(plan.mb)
    with store() as filled:
        filled.ingest(home, ACCOUNTING).measured()
        for name in (*REPORTS, "blocks"):
            words = ("usage", name, "--db", str(filled.path))
            kept = middle(repeated(filled.command(*words), plan.rounds), cpu)
            anew = filled.command(*words)._replace(before=lambda: forget(filled))
            spent = middle(repeated(anew, plan.rounds), cpu)
            yield Line("report", f"usage {name}: CPU", 1000 * kept, "ms", None, f"{1000 * spent:.0f} ms added up anew")


def exact(plan: Plan) -> Iterator[Line]:
    """Every number of the reports against the truth, on the plain tree and on the one where counters go wrong."""
    for name, home in (("plain", homes.corpus(plan.mb)), ("disputed", homes.disputed(max(20, plan.mb // 10)))):
        with store() as filled:
            filled.ingest(home, ACCOUNTING).measured()
            yield from lines_off(name, filled, home)


def lines_off(name: str, filled: Store, home: Home) -> Iterator[Line]:
    """How far a filled store is from the truth of its home."""
    truth = json.loads((home.folder / "truth.json").read_text(encoding="utf-8"))["agents"]
    for agent in ("codex", "claude"):
        yield _days_off(name, filled, agent, truth[agent])
    yield _sums_off(name, filled)


def _days_off(name: str, filled: Store, agent: str, truth: Any) -> Line:
    """Days of one agent: tokens that one side has and the other has not, kind by kind."""
    said: Any = filled.answer("usage", "daily", "--source", agent, "--timezone", "UTC")
    days = {row["date"]: row for row in said["daily"]}
    wrong = sum(abs(days.get(day, {}).get("totalTokens", 0) - spent["total"]) for day, spent in truth["days"].items())
    wrong += sum(row["totalTokens"] for day, row in days.items() if day not in truth["days"])
    wrong += sum(abs(said["totals"][ours] - truth["tokens"][theirs]) for ours, theirs in KEYS.items())
    return Line("exact", f"{name}: {agent} tokens off the truth", float(wrong), "", 0.0, f"{len(days)} days")


def _sums_off(name: str, filled: Store) -> Line:
    """The reports against each other, micro-dollar by micro-dollar."""
    totals = [_answer(filled, report)["totals"] for report in REPORTS]
    wrong = sum(abs(each[key] - totals[0][key]) for each in totals for key in (*KEYS, "costMicros"))
    note = f"${totals[0]['costMicros'] / 1e6:,.2f}, {totals[0]['unpricedTokens']} tokens unpriced"
    return Line("exact", f"{name}: reports off each other", float(wrong), "", 0.0, note)


def _answer(filled: Store, report: str) -> Any:
    return filled.answer("usage", report, "--timezone", "UTC")


def report(filled: Store) -> Command:
    return filled.command("usage", "daily", "--db", str(filled.path), "--json")


def forget(filled: Store) -> None:
    Path(f"{filled.path}.answers").unlink(missing_ok=True)


def in_turns(steps: Sequence[Command], peer: Command, rounds: int) -> tuple[list[list[Cost]], list[Cost]]:
    """One warm-up of each, then ours and theirs in turns; ours are several commands, one after the other."""
    for command in (*steps, peer):
        command.measured()
    pairs = [([step.measured() for step in steps], peer.measured()) for _ in range(rounds)]
    return [ours for ours, _ in pairs], [theirs for _, theirs in pairs]


def against(group: str, ours: list[list[Cost]], theirs: list[Cost], budget: float) -> Iterator[Line]:
    for what, of, limit in (("wall", wall, budget), ("CPU", cpu, None)):
        ratios = [sum(map(of, steps)) / of(peer) for steps, peer in zip(ours, theirs, strict=True)]
        parts = " + ".join(f"{median(of(steps[place]) for steps in ours):.3f}" for place in range(len(ours[0])))
        note = f"ingest + report {parts} s, ccusage {middle(theirs, of):.3f} s"
        yield Line(group, f"{what} / ccusage daily", median(ratios), "x", limit, note)


GROUPS: dict[str, Callable[[Plan], Iterator[Line]]] = {"first": first, "next": again, "report": alone, "exact": exact}


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.usage", description=__doc__)
    parser.add_argument("--only", help=f"groups, separated by commas: {','.join(GROUPS)}")
    parser.add_argument("--mb", type=int, default=REFERENCE_MB, help="size of the corpus in million bytes")
    parser.add_argument("--rounds", type=int, default=5, help="pairs per comparison")
    parser.add_argument("--quick", action="store_true", help="a small corpus and two rounds: an impression, no verdict")
    parser.add_argument("--json", action="store_true", help="one JSON document instead of a table")
    chosen = parser.parse_args(arguments)
    names = chosen.only.split(",") if chosen.only else list(GROUPS)
    if unknown := [name for name in names if name not in GROUPS]:
        parser.error(f"unknown group {unknown[0]!r}; choose from {', '.join(GROUPS)}")
    lines: list[Line] = []
    for name in names:
        print(f"{name} …", file=sys.stderr)
        try:
            lines += GROUPS[name](QUICK if chosen.quick else Plan(chosen.mb, chosen.rounds))
        except (CommandFailedError, MissingToolError) as problem:
            lines.append(Line(name, "the group", None, "", None, str(problem)))
    print(document(lines) if chosen.json else table(lines))
    return 0 if chosen.quick else exit_code(lines)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
