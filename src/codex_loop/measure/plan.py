"""How large a measurement has to be: tasks and attempts for a change of a size, and what a design can see at all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from codex_loop.measure.measured import Measured, Share, Task, shares
from codex_loop.measure.verdicts import COARSE
from codex_loop.measure.words import points, task_count
from codex_loop.model.text import counted
from codex_loop.stats import power

ATTEMPTS = (1, 2, 4, 8)


class Size(msgspec.Struct, frozen=True, kw_only=True):
    """So many tasks at so many attempts on each side."""

    attempts: int
    tasks: int
    trials: int
    """Of one run."""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What it takes to find a change of this size."""

    effect: float
    power: float
    noise: float
    """Mean variance of a single attempt that was reckoned with."""
    noise_from: str
    """`mixed tasks`, or the baseline it was taken from."""
    sizes: tuple[Size, ...]


class Design(msgspec.Struct, frozen=True, kw_only=True):
    """A measurement before it is made."""

    tasks: int
    clusters: int
    attempts: int
    trials: int
    detectable: float | None
    """The smallest change that it will find four times in five; None: no change of any size."""


def plan(effect: float, share: float, *, attempts: int | None = None, baseline: Measured | None = None) -> Plan:
    """The sizes that find a change of `effect` with power `share`; a baseline tells how much its tasks waver."""
    noise = None if baseline is None else noise_of(shares(baseline))
    reckoned = power.MIXED if noise is None else noise
    return Plan(
        effect=effect,
        power=share,
        noise=reckoned,
        noise_from="mixed tasks" if noise is None or baseline is None else baseline.name,
        sizes=tuple(
            Size(attempts=times, tasks=tasks, trials=tasks * times)
            for times in (ATTEMPTS if attempts is None else (attempts,))
            for tasks in [power.tasks_needed(effect, share, times, noise=reckoned)]
        ),
    )


def design(tasks: Sequence[Task], attempts: int, baseline: Measured | None = None) -> Design:
    """What a run over these tasks will be able to say."""
    clusters = len({task.source_session_id or f"task {task.name}" for task in tasks})
    told = None if baseline is None else shares(baseline)
    noise = None if told is None else noise_of(told)
    before = None if told is None else min((each.attempts for each in told if each.attempts), default=None)
    error = power.expected_error(
        max(1, clusters), attempts, attempts_before=before, noise=power.MIXED if noise is None else noise
    )
    return Design(
        tasks=len(tasks),
        clusters=clusters,
        attempts=attempts,
        trials=len(tasks) * attempts,
        detectable=power.detectable(error, clusters),
    )


def noise_of(of: Sequence[Share]) -> float | None:
    """Mean variance of a single attempt; None when nothing was graded."""
    told = [power.variance(share.reward, share.attempts) for share in of if share.reward is not None]
    return sum(told) / len(told) if told else None


def doubts(design: Design) -> Iterator[str]:
    """What to know before money is spent on it."""
    of = task_count(design.tasks)
    least = f"{power.FEWEST} are the least"
    if design.clusters != design.tasks:
        of = f"{of} of {counted(design.clusters, 'session')}"
        least = f"tasks of {power.FEWEST} sessions are the least"
    if design.detectable is None:
        yield f"{of} can never show a change, whatever comes out: {least}"
    elif design.detectable > COARSE:
        yield (
            f"{of} at {counted(design.attempts, 'attempt')} see only changes of {points(design.detectable)} or more;"
            " `codex-loop measure plan` says how many it takes"
        )
