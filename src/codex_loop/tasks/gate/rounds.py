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
from codex_loop.tasks.gate import copies
from codex_loop.tasks.gate.workshop import Workshop

_TASKS = ".tasks"
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


class _Layout(NamedTuple):
    """Tasks as one job sees them."""

    place: Path
    names: dict[Path, str]
    """What each task's folder is called there."""

    @property
    def only(self) -> tuple[str, ...]:
        return () if (self.place / "task.toml").is_file() else tuple(self.names.values())


def play(paths: Sequence[Path], turn: Round, workshop: Workshop, told: Told) -> dict[Path, Outcome]:
    """Run it over these tasks, all in one job. KeyboardInterrupt leaves what is there.

    A job that was interrupted is resumed; one that came to its end is removed by `forget` when it was read, so that the
    next look is a new one.
    """
    if not paths:
        return {}
    assert workshop.harbor is not None
    name = job_name(paths, turn, workshop)
    layout = _laid_out(paths, workshop.jobs_dir / f"{name}{_TASKS}")
    order = job.Order(
        path=layout.place,
        agent=turn.agent,
        attempts=turn.attempts,
        environment=workshop.environment,
        jobs_dir=workshop.jobs_dir,
        name=name,
        only=layout.only,
    )
    ended = job.run(workshop.harbor, order, _labelled(told, turn.label), workshop.environ)
    if ended.interrupted:
        raise KeyboardInterrupt(INTERRUPTED)
    if ended.problem is not None and not ended.trials:
        raise Degraded(f"{ended.problem}; what it said is in {workshop.jobs_dir / f'.{name}.out'}")
    return _outcomes(layout, ended, turn.attempts)


def _outcomes(layout: _Layout, ended: job.Ended, attempts: int) -> dict[Path, Outcome]:
    found: dict[str, list[Trial]] = {}
    for trial in ended.trials:
        found.setdefault(trial.directory, []).append(trial)
    why = "Harbor passed over it without a word" if ended.problem is None else ended.problem
    mine = {path: tuple(found.get(name, ())) for path, name in layout.names.items()}
    return {path: Outcome(trials, None if len(trials) >= attempts else why) for path, trials in mine.items()}


def _laid_out(paths: Sequence[Path], stage: Path) -> _Layout:
    """Tasks of several folders are brought into one: a job costs seconds before its first trial."""
    real = {path: path.resolve() for path in paths}
    if len(paths) == 1:
        return _Layout(paths[0], {paths[0]: real[paths[0]].name})
    if len({each.parent for each in real.values()}) == 1:
        return _Layout(real[paths[0]].parent, {path: each.name for path, each in real.items()})
    names = {path: f"{number:03d}-{each.name}" for number, (path, each) in enumerate(real.items())}
    stage.mkdir(parents=True, exist_ok=True)
    for path, name in names.items():
        copies.copy(real[path], stage / name)
    return _Layout(stage, names)


def job_name(paths: Sequence[Path], turn: Round, workshop: Workshop) -> str:
    """The same for the same work, so that an interrupted look goes on."""
    facts = [(str(path.resolve()), folders.digest(path)) for path in paths]
    hashed = hashlib.sha256(ascii((sorted(facts), workshop.environment, turn.attempts)).encode()).hexdigest()
    return f"gate-{turn.agent}-{hashed[:16]}"


def forget(outcomes: Mapping[Path, Outcome]) -> None:
    """Remove the jobs of these trials: what they showed was read."""
    jobs = {Path(trial.folder).parent for outcome in outcomes.values() for trial in outcome.trials}
    for folder in jobs:
        for each in (folder, folder.with_name(f"{folder.name}{_TASKS}")):
            shutil.rmtree(each, ignore_errors=True)
        for beside in ("out", "lock"):
            (folder.parent / f".{folder.name}.{beside}").unlink(missing_ok=True)


def _labelled(told: Told, label: str) -> Told:
    return lambda step: told(Step(step.done, step.total, f"{label} {step.note}".strip()))
