"""Tasks through the gate and into a dataset, in one step; and a dataset through the gate again."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from codex_loop.errors import UsageError
from codex_loop.harbor import folders
from codex_loop.harbor.progress import Told, silent
from codex_loop.store.engine import Database
from codex_loop.tasks.dataset.assembly import assemble, check_room
from codex_loop.tasks.dataset.dataset import SIDECAR, Dataset, read
from codex_loop.tasks.gate import kept
from codex_loop.tasks.gate.gate import Gated, gate
from codex_loop.tasks.gate.workshop import Workshop


class Verified(msgspec.Struct, frozen=True, kw_only=True):
    """What a new look at tasks found."""

    harbor_version: str | None
    """None: nothing was run."""
    environment: str | None
    attempts: int
    lacking: str | None
    """What kept tasks from being run, and what to do."""
    tasks: tuple[Gated, ...]
    datasets: tuple[Dataset, ...]
    """Those that were written anew: tasks are in them or set aside by what was found."""


def make(
    tasks: Sequence[Path],
    output: Path,
    workshop: Workshop,
    told: Told = silent,
    *,
    database: Database,
    now_ms: int,
    again: bool = False,
    name: str | None = None,
    allow_unverified: bool = False,
    allow_draft: bool = False,
    place: str | None = None,
) -> Dataset:
    """A dataset of these tasks, each a task's folder or a folder of some; what was checked before is not run again.

    Drafts that lie in `output` already come along. UsageError, before anything is run, where no dataset can be.
    """
    paths = [each.path for path in tasks for each in folders.task_folders(path)]
    if not paths:
        raise UsageError(f"{', '.join(map(str, tasks))} holds no task; a task is a folder with a task.toml")
    if [path.resolve() for path in paths] != [output.resolve()]:
        check_room(output, paths)
    paths += _drafts(output, paths)
    if not again:
        kept.settle(database, paths, workshop)
    known = {} if again else kept.recall(database, paths, workshop)
    return assemble(
        gate(list(dict.fromkeys(paths)), workshop, told, known=known),
        output,
        now_ms=now_ms,
        database=database,
        workshop=workshop,
        name=name,
        allow_unverified=allow_unverified,
        allow_draft=allow_draft,
        place=place,
    )


def _drafts(output: Path, named: Sequence[Path]) -> list[Path]:
    """What `distill --draft` left there, but for tasks that are named now."""
    if not output.is_dir() or (output / SIDECAR).is_file() or (output / folders.CONFIG).is_file():
        return []
    known = {path.resolve().name for path in named}
    return [path for path in folders.task_paths(output) if path.name not in known]


def verify(
    paths: Sequence[Path],
    workshop: Workshop,
    told: Told = silent,
    *,
    database: Database,
    now_ms: int,
    place: str | None = None,
) -> Verified:
    """Look at everything anew. In a dataset of ours, what was set aside is looked at too, and each task goes where its
    state belongs; other folders keep their tasks where they are.
    """
    gated: list[Gated] = []
    made: list[Dataset] = []
    for path in paths:
        if not (path / SIDECAR).is_file():
            found = gate(_tasks(path), workshop, told)
            kept.keep(database, found, workshop, now_ms)
        else:
            dataset = read(path)
            every = (*dataset.tasks, *dataset.set_aside)
            if not every:
                raise UsageError(f"{path} holds no task any more; `codex-loop distill … --output {path}` makes some")
            found = gate([path / each.directory for each in every], workshop, told)
            made.append(_assembled(dataset, found, workshop, database, now_ms, place))
            found = [msgspec.structs.replace(each, path=_now_at(made[-1], each)) for each in found]
        gated += found
    return Verified(
        harbor_version=None if workshop.harbor is None else workshop.harbor.version,
        environment=workshop.environment,
        attempts=workshop.attempts,
        lacking=workshop.lacking,
        tasks=tuple(gated),
        datasets=tuple(made),
    )


def _tasks(path: Path) -> list[Path]:
    found = [each.path for each in folders.task_folders(path)]
    if not found:
        raise UsageError(f"{path} holds no task; a task is a folder with a task.toml")
    return found


def _assembled(
    dataset: Dataset,
    found: Sequence[Gated],
    workshop: Workshop,
    database: Database,
    now_ms: int,
    place: str | None,
) -> Dataset:
    return assemble(
        found,
        dataset.folder,
        now_ms=now_ms,
        database=database,
        workshop=workshop,
        cluster_id=dataset.cluster_id,
        allow_unverified="unverified" in dataset.allowed,
        allow_draft="draft" in dataset.allowed,
        place=place,
    )


def _now_at(dataset: Dataset, gated: Gated) -> str:
    """Where that task lies after its state was decided."""
    entries = (*dataset.tasks, *dataset.set_aside)
    found = next((each for each in entries if (each.name, each.digest) == (gated.name, gated.digest)), None)
    return gated.path if found is None else str(dataset.task_folder(found))
