"""What `measure` finds and what it invents: simulated runs through the product's own comparison.

`python -m benchmarks.power [--simulations 1000] [--json]`: how often equal agents are called a regression, how often a
real drop is found, and whether `measure plan` keeps its word. Exit code 1 when a number misses its budget. All runs
are seeded: the same numbers on every machine.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from benchmarks.verdicts import Line, document, exit_code, table
from codex_loop.measure.compare import compare
from codex_loop.measure.measured import Dataset, Measured, Task, Tried
from codex_loop.stats import power
from codex_loop.stats.paired import SEED

FALSE_ALARMS = 0.05
"""Equal agents may be called a regression this often."""
FOUND = 0.45
"""A drop of .15 has to be found this often with 20 tasks of 4 attempts."""
PROMISED = 0.8
SLACK = 0.03
"""Two standard errors of a share of 1,000 simulations."""
_PER_TASK = 0.1


def lines(simulations: int) -> Iterator[Line]:
    for tasks, attempts in ((20, 4), (8, 4), (50, 1)):
        share, alarms = _called(tasks, attempts, 0.0, simulations)
        yield Line("null", f"called a regression, {tasks} x {attempts}", share, "", FALSE_ALARMS, f"of {simulations}")
        note = "why no task alone is a verdict"
        yield Line("null", f"a task fell by .1 or more, {tasks} x {attempts}", alarms, "", None, note)
    share, _ = _called(20, 4, 0.0, simulations, tasks_of_a_session=2)
    yield Line(
        "null", "called a regression, 10 sessions of 2 alike tasks", share, "", FALSE_ALARMS, f"of {simulations}"
    )
    for tasks, attempts, drop in ((20, 4, 0.15), (20, 4, 0.3), (50, 4, 0.15)):
        share, _ = _called(tasks, attempts, drop, simulations)
        budget = 1 - FOUND if (tasks, attempts, drop) == (20, 4, 0.15) else None
        yield Line("drop", f"missed, {drop:.2f} at {tasks} x {attempts}", 1 - share, "", budget, f"power {share:.2f}")
    yield from _plans(simulations)


def _plans(simulations: int) -> Iterator[Line]:
    """What `measure plan` asks for finds what it promises."""
    for effect, drop, attempts in ((0.1, 0.106, 4), (0.15, 0.164, 2), (0.2, 0.226, 1)):
        tasks = power.tasks_needed(effect, PROMISED, attempts)
        share = power.simulated(tasks, attempts, drop, repetitions=simulations)
        what = f"missed, {effect:.2f} at the planned {tasks} x {attempts}"
        yield Line("plan", what, 1 - share, "", 1 - PROMISED + SLACK, f"power {share:.2f} of {PROMISED} promised")


def _called(
    tasks: int, attempts: int, drop: float, simulations: int, *, tasks_of_a_session: int = 1
) -> tuple[float, float]:
    """How often a regression is called, and how often some task alone falls by a tenth."""
    random = np.random.default_rng(SEED)
    called = alarms = 0
    for _ in range(simulations):
        shares = power.difficulties(random, tasks // tasks_of_a_session)
        moved = _moved(random, len(shares), drop, alike=tasks_of_a_session > 1)
        before, after = (np.repeat(each, tasks_of_a_session) for each in (shares, np.clip(shares + moved, 0, 1)))
        runs = [_run(random, each, attempts, tasks_of_a_session) for each in (before, after)]
        found = compare(*runs)
        called += found.verdict == "regression"
        alarms += any((task.difference or 0.0) <= -_PER_TASK for task in found.by_task)
    return called / simulations, alarms / simulations


def _moved(random: np.random.Generator, sessions: int, drop: float, *, alike: bool) -> NDArray[np.float64]:
    """Every task falls by the drop; tasks of one session also rise or fall together, by nothing on the whole."""
    together = random.normal(0.0, 0.15, sessions) if alike else np.zeros(sessions)
    moved: NDArray[np.float64] = together - drop
    return moved


def _run(random: np.random.Generator, shares: NDArray[np.float64], attempts: int, of_a_session: int) -> Measured:
    solved = random.binomial(attempts, shares)
    names = [f"local/{number}" for number in range(len(solved))]
    return Measured(
        name="simulated",
        dataset=Dataset(name="simulated"),
        tasks=tuple(
            Task(name=name, digest=name, source_session_id=str(number // of_a_session))
            for number, name in enumerate(names)
        ),
        trials=tuple(
            Tried(task=name, attempt=attempt + 1, reward=float(attempt < good), valid=True)
            for name, good in zip(names, solved.tolist(), strict=True)
            for attempt in range(attempts)
        ),
    )


def main(words: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.power", description=__doc__)
    parser.add_argument("--simulations", type=int, default=1_000)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args(words)
    measured = list(lines(asked.simulations))
    print(document(measured) if asked.json else table(measured))
    return exit_code(measured)


if __name__ == "__main__":
    sys.exit(main())
