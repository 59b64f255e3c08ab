"""The verdicts: a table of rules, of which the first that applies holds, and what to do about each.

A verdict is about the mean over tasks of the difference of shares solved. What one task did is shown and is no verdict:
of twenty tasks some fall by chance in nearly every comparison of equal agents.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Literal, NamedTuple

from codex_loop.errors import Exit
from codex_loop.measure.words import percent, points, task_count
from codex_loop.model.text import counted
from codex_loop.stats import power
from codex_loop.stats.paired import Interval, SignFlip
from codex_loop.stats.power import ALPHA

Verdict = Literal["regression", "improvement", "equivalent", "inconclusive", "insufficient_power", "not_comparable"]

MARGIN = 0.10
FEWEST_TASKS = 3
COARSE = 0.3
"""A design that sees only larger changes than this says nothing worth its money."""
EXITS: Mapping[Verdict, Exit] = {
    "regression": Exit.FINDING,
    "improvement": Exit.OK,
    "equivalent": Exit.OK,
    "inconclusive": Exit.DEGRADED,
    "insufficient_power": Exit.DEGRADED,
    "not_comparable": Exit.USAGE,
}


class Facts(NamedTuple):
    """What the rules look at."""

    hindrances: tuple[str, ...]
    tasks: int
    clusters: int
    mean: float
    before: float
    after: float
    flip: SignFlip
    interval: Interval | None
    equivalence: Interval | None
    detectable: float | None
    margin: float
    attempts: int
    attempts_before: int
    noise: float
    """Mean variance of a single attempt at one of the tasks."""


class Rule(NamedTuple):
    """A verdict, when it holds, and the sentence that says why."""

    verdict: Verdict
    applies: Callable[[Facts], bool]
    why: Callable[[Facts], str]


def _shift(facts: Facts) -> str:
    return f"{percent(facts.after)} now, {percent(facts.before)} before (p {_p(facts.flip.p)})"


def _p(value: float) -> str:
    return f"{value:.3f}" if value >= 0.001 else "< 0.001"


def _too_small(facts: Facts) -> str:
    if facts.clusters < power.FEWEST:
        what = task_count(facts.tasks)
        least = f"{power.FEWEST} are the least"
        if facts.clusters != facts.tasks:
            what = f"{what} of {counted(facts.clusters, 'session')}"
            least = f"tasks of {power.FEWEST} sessions are the least"
        return f"{what} can show no change of any size, {least}: {_shift(facts)}"
    seen = "nothing" if facts.detectable is None else f"only changes of {points(facts.detectable)} and more"
    return f"these runs see {seen}: {_shift(facts)}"


RULES: tuple[Rule, ...] = (
    Rule("not_comparable", lambda facts: bool(facts.hindrances), lambda facts: "; ".join(facts.hindrances)),
    Rule(
        "regression",
        lambda facts: facts.flip.p < ALPHA and facts.mean < 0,
        lambda facts: f"fewer of the same {task_count(facts.tasks)} are solved: {_shift(facts)}",
    ),
    Rule(
        "improvement",
        lambda facts: facts.flip.p < ALPHA and facts.mean > 0,
        lambda facts: f"more of the same {task_count(facts.tasks)} are solved: {_shift(facts)}",
    ),
    Rule(
        "equivalent",
        lambda facts: (
            facts.equivalence is not None
            and -facts.margin < facts.equivalence.low
            and facts.equivalence.high < facts.margin
        ),
        lambda facts: f"any change is smaller than {points(facts.margin)}: {_shift(facts)}",
    ),
    Rule(
        "insufficient_power",
        lambda facts: facts.clusters < power.FEWEST or facts.detectable is None or facts.detectable > COARSE,
        _too_small,
    ),
    Rule(
        "inconclusive",
        lambda _: True,
        lambda facts: f"neither a change nor its absence is shown: {_shift(facts)}",
    ),
)


def next_step(verdict: Verdict, facts: Facts, lost: Sequence[str]) -> str:
    """What to do about it; `lost` are the clusters of the tasks that fell."""
    if verdict == "regression":
        ticket = f"; `codex-loop ticket --cluster-id {lost[0]}` writes it up" if lost else ""
        return f"look at the tasks that fell, first in the table{ticket}"
    if verdict == "improvement":
        return "keep it: `--save-baseline FILE` makes this run what the next one is held against"
    if verdict == "equivalent":
        return "nothing has to be done"
    if verdict == "not_comparable":
        return "measure the baseline again over the same tasks and under the same conditions"
    return _larger(facts)


def _larger(facts: Facts) -> str:
    """What it would take to see a change as large as the margin."""
    tasks = power.tasks_needed(
        facts.margin, 0.8, facts.attempts, attempts_before=facts.attempts_before, noise=facts.noise
    )
    for attempts in (2, 4, 8, 16, 32):
        if (
            attempts > facts.attempts
            and power.tasks_needed(facts.margin, 0.8, attempts, noise=facts.noise) <= facts.clusters
        ):
            more = f", or {attempts} attempts on each side with the tasks there are"
            break
    else:
        more = "; more attempts alone would not do"
    return (
        f"to see a change of {points(facts.margin)}, about {tasks} tasks are needed at {facts.attempts} attempts{more}"
    )
