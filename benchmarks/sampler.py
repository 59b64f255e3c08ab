"""`python -m benchmarks.sampler`: what watching limits costs, beside what the asked programs themselves cost.

A month of five-minute samples of both agents is in the store already. The programs print a made-up event and are as
small as programs get; what they cost alone is taken off. `--quick` leaves out the cycle in which both of them hang.
"""

from __future__ import annotations

import json
import sys
import time
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

from benchmarks.measure import Command, cpu, middle, repeated, run
from benchmarks.product import Store, store
from benchmarks.verdicts import Line, table
from codex_loop.clock import SystemClock
from codex_loop.settings import Settings, load
from codex_loop.usage.sampler.cycle import CYCLE_S, Plan, begin, cycle
from codex_loop.usage.sampler.keeping import store_samples
from codex_loop.usage.sampler.tools import StatusTool, runner
from codex_loop.usage.sampler.wake import wait

CADENCE_S = 300
DAYS = 30
SHARE_PERCENT = 1.0
_FASTER = 10_000


def main(arguments: Sequence[str]) -> int:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--quick", action="store_true")
    asked = parser.parse_args(arguments)
    with store() as place:
        lines = list(measured(place, asked.rounds, quick=asked.quick))
    print(table(lines))
    return int(any(line.verdict == "MISS" for line in lines))


def measured(place: Store, rounds: int, *, quick: bool) -> Iterator[Line]:
    settings = load({"db": str(place.path), "data_dir": place.folder / "sampled"}, environ={})
    settings.samples_dir.mkdir(parents=True)
    a_month(settings.samples_dir)
    began = time.process_time()
    stored = store_samples(settings, settings.samples_dir, "bench", SystemClock().now_ms())
    yield Line(
        "sampler", f"first look at {DAYS} days", time.process_time() - began, "s CPU", None, f"{stored.lines} lines"
    )

    status = program(place.folder / "status", f"printf '%s\\n' '{event('claude', 1, datetime.now(UTC))}'")
    tools = 2 * middle(repeated(Command((str(status),)), rounds), cpu)
    once = place.command(*sample(settings, status))
    alone = middle(repeated(once, rounds), cpu) - tools
    yield share("`sample`, started anew each time", alone)
    yield share("`sampler`, a cycle of the running one", in_a_loop(settings, status, rounds))
    if not quick:
        hanging = program(place.folder / "hanging", "exec sleep 600")
        ran = run(place.command(*sample(settings, hanging)).words, place.environment)
        yield Line("sampler", "a cycle with both programs hanging", ran.wall_s, "s", CYCLE_S)


def share(what: str, cpu_s: float) -> Line:
    """CPU of a cycle as its part of one core at five minutes."""
    return Line("sampler", what, 100 * cpu_s / CADENCE_S, "% of a core", SHARE_PERCENT, f"{1000 * cpu_s:.0f} ms CPU")


def in_a_loop(settings: Settings, status: Path, rounds: int) -> float:
    """CPU of a cycle, of storing it, and of the wait after it, in a process that has done it before."""
    clock = SystemClock()
    tools = (StatusTool("claude", (str(status),)), StatusTool("codex", (str(status),)))
    plan = Plan(settings.samples_dir, tools, str(settings.key_file))
    run_ = runner(plan.folder, clock)
    state, spent = begin(plan), []
    for _ in range(rounds + 1):
        before = time.process_time()
        state = cycle(plan, state, clock, run_).state
        store_samples(settings, plan.folder, "bench", clock.now_ms())
        wait(CADENCE_S, _FastClock(), lambda seconds: time.sleep(seconds / _FASTER))
        spent.append(time.process_time() - before)
    return median(spent[1:])


class _FastClock:
    """Five minutes of waiting, with as many looks at the clock, in a fraction of a second."""

    def now_ms(self) -> int:
        return int(time.monotonic() * 1000 * _FASTER)

    def monotonic_s(self) -> float:
        return time.monotonic() * _FASTER


def sample(settings: Settings, status: Path) -> tuple[str, ...]:
    program_ = str(status)
    return ("sample", "--claude-status", program_, "--codex-status", program_, "--db", settings.db,
            "--data-dir", str(settings.samples_dir), "--json")  # fmt: skip


def program(path: Path, line: str) -> Path:
    path.write_text(f"#!/bin/sh\n{line}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def a_month(folder: Path) -> None:
    """Five-minute samples of both agents, until yesterday."""
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    seq_no = 0
    for day in range(DAYS, 0, -1):
        lines = []
        for slot in range(0, 86_400, CADENCE_S):
            at = today - timedelta(days=day) + timedelta(seconds=slot)
            for tool in ("claude", "codex"):
                seq_no += 1
                lines.append(event(tool, seq_no, at))
        name = f"usage-{today - timedelta(days=day):%Y%m%d}.jsonl"
        (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")


def event(tool: str, seq_no: int, at: datetime) -> str:
    names = ("session", "weekly_all", "weekly_opus") if tool == "claude" else ("5h_limit", "weekly_limit")
    windows = {
        name: {
            "used_percent": seq_no % 1000 / 10,
            "resets_at": (at + timedelta(hours=3)).isoformat(),
            "window_minutes": 300 if place == 0 else 10_080,
            "slot": name,
        }
        for place, name in enumerate(names)
    }
    return json.dumps({"source_tool": tool, "seq_no": seq_no, "timestamp": at.isoformat(), "windows": windows})


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
