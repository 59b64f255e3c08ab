"""Many tasks in one job of Harbor: one agent, some attempts, and what became of each task."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from codex_loop.errors import Degraded
from codex_loop.harbor import folders, job
from codex_loop.harbor.progress import Step, Told
from codex_loop.harbor.trials import Trial
from codex_loop.tasks.gate.workshop import Workshop

INTERRUPTED = "the check was interrupted; the same command goes on with it"


class Round(NamedTuple):
    """One agent's turn."""

    agent: str
    attempts: int
    label: str
    """What the person who waits is told."""


class Outcome(NamedTuple):
    """What came of a round for one task."""

    trials: tuple[Trial, ...]
    problem: str | None
    """Why there may be fewer trials than were asked for."""


def play(paths: Sequence[Path], turn: Round, workshop: Workshop, told: Told) -> dict[Path, Outcome]:
    """Run it over these tasks, one job for all that lie in one folder. KeyboardInterrupt leaves what is there.

    A job that was interrupted is resumed; one that came to its end is removed when it was read, so that the next
    look is a new one.
    """
    outcomes: dict[Path, Outcome] = {}
    by_place: dict[Path, list[Path]] = {}
    for path in paths:
        by_place.setdefault(path.resolve().parent, []).append(path)
    for group in by_place.values():
        outcomes |= _job(group, turn, workshop, _labelled(told, turn.label))
    return outcomes


def _job(paths: Sequence[Path], turn: Round, workshop: Workshop, told: Told) -> dict[Path, Outcome]:
    assert workshop.harbor is not None
    alone = len(paths) == 1
    order = job.Order(
        path=paths[0] if alone else paths[0].resolve().parent,
        agent=turn.agent,
        attempts=turn.attempts,
        environment=workshop.environment,
        jobs_dir=workshop.jobs_dir,
        name=_name(paths, turn, workshop),
        only=() if alone else tuple(path.name for path in paths),
    )
    ended = job.run(workshop.harbor, order, told, workshop.environ)
    if ended.interrupted:
        raise KeyboardInterrupt(INTERRUPTED)
    if ended.problem is not None and not ended.trials:
        raise Degraded(f"{ended.problem}; what it said is in {workshop.jobs_dir / f'.{order.name}.out'}")
    found: dict[str, list[Trial]] = {}
    for trial in ended.trials:
        found.setdefault(trial.directory, []).append(trial)
    passed_over = "Harbor passed over it without a word" if ended.problem is None else ended.problem
    return {
        path: Outcome(
            tuple(found.get(path.resolve().name, ())),
            None if len(found.get(path.resolve().name, ())) >= turn.attempts else passed_over,
        )
        for path in paths
    }


def _name(paths: Sequence[Path], turn: Round, workshop: Workshop) -> str:
    """The same for the same work, so that an interrupted look goes on."""
    facts = [(str(path.resolve()), folders.digest(path)) for path in paths]
    hashed = hashlib.sha256(ascii((sorted(facts), workshop.environment, turn.attempts)).encode()).hexdigest()
    return f"gate-{turn.agent}-{hashed[:16]}"


def forget(outcomes: Mapping[Path, Outcome]) -> None:
    """Remove the jobs of these trials: what they showed was read."""
    jobs = {Path(trial.folder).parent for outcome in outcomes.values() for trial in outcome.trials}
    for folder in jobs:
        shutil.rmtree(folder, ignore_errors=True)
        for beside in ("out", "lock"):
            (folder.parent / f".{folder.name}.{beside}").unlink(missing_ok=True)


def _labelled(told: Told, label: str) -> Told:
    return lambda step: told(Step(step.done, step.total, f"{label} {step.note}".strip()))
