"""What is measured: tasks that passed their gate, where they lie, and what of the dataset was left out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from codex_loop.errors import MissingTool, UsageError
from codex_loop.harbor.folders import task_folders, task_paths
from codex_loop.harbor.progress import Told, silent
from codex_loop.measure.measured import Task
from codex_loop.measure.stored import LeftOut
from codex_loop.measure.words import several
from codex_loop.store.engine import Database
from codex_loop.tasks.dataset import Dataset, Entry, assemble, read
from codex_loop.tasks.dataset.dataset import SIDECAR
from codex_loop.tasks.gate import kept
from codex_loop.tasks.gate.gate import Gated, gate
from codex_loop.tasks.gate.workshop import NOT_RUN, Workshop


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """One task to be run."""

    task: Task
    directory: str


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """A dataset, or one task, ready to be run."""

    path: Path
    name: str
    digest: str
    subjects: tuple[Subject, ...]
    left_out: tuple[LeftOut, ...] = ()
    unchecked: int = 0
    """Tasks that nobody has checked."""

    @property
    def tasks(self) -> tuple[Task, ...]:
        return tuple(subject.task for subject in self.subjects)

    @property
    def only(self) -> tuple[str, ...]:
        """The folders to be named to Harbor; none when it may take every task that lies there."""
        if (self.path / "task.toml").is_file():
            return ()
        wanted = tuple(subject.directory for subject in self.subjects)
        return () if set(wanted) == {path.name for path in task_paths(self.path)} else wanted


def gated(database: Database, dataset: Dataset, workshop: Workshop, now_ms: int, told: Told = silent) -> Dataset:
    """The dataset after its drafts went through the gate; without drafts it is as it was.

    A dataset of ours is written anew, with what did not pass set aside. In a folder that is not ours nothing is moved.
    """
    entries = (*dataset.tasks, *dataset.set_aside)
    drafts = [dataset.task_folder(entry) for entry in entries if entry.state == "draft"]
    if not drafts:
        return dataset
    if workshop.harbor is None:
        raise MissingTool("Harbor, which checks tasks before they are measured,", hint=workshop.lacking or NOT_RUN)
    found = gate(drafts, workshop, told, known=kept.recall(database, drafts, workshop))
    if (dataset.folder / SIDECAR).is_file():
        return assemble(
            found,
            dataset.folder,
            now_ms=now_ms,
            database=database,
            workshop=workshop,
            cluster_id=dataset.cluster_id,
            allow_unverified="unverified" in dataset.allowed,
            allow_draft="draft" in dataset.allowed,
            place=dataset.store,
        )
    kept.keep(database, found, workshop, now_ms)
    return _judged(read(dataset.folder), found)


def _judged(dataset: Dataset, found: Sequence[Gated]) -> Dataset:
    by_digest = {each.digest: each for each in found}
    entries = [
        entry if (told := by_digest.get(entry.digest)) is None else
        msgspec.structs.replace(entry, state=told.state, reason=told.reason, checks=told.checks)
        for entry in dataset.tasks
    ]  # fmt: skip
    return msgspec.structs.replace(dataset, tasks=tuple(entries))


def choose(dataset: Dataset, *, unchecked: bool = False) -> Target:
    """The tasks that can be measured. Raise UsageError when there is none, or when two cannot be told apart."""
    if not dataset.folder.is_dir():
        raise UsageError(f"the dataset {dataset.name} cannot be run: {dataset.problem or f'{dataset.path} is gone'}")
    wanted = [each for each in dataset.tasks if each.state == "validated" or (unchecked and each.state == "draft")]
    others = [each for each in (*dataset.tasks, *dataset.set_aside) if each not in wanted]
    left_out = tuple(LeftOut(name=each.name, state=each.state, reason=each.reason) for each in others)
    if not wanted:
        reasons = several([f"{each.name} is {each.state} ({each.reason})" for each in left_out])
        raise UsageError(f"{dataset.path} holds no task that passed its gate: {reasons}")
    names = [entry.name for entry in wanted]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise UsageError(f"{dataset.path} holds two tasks called {twice[0]}; name them apart in their task.toml")
    return Target(
        path=dataset.folder,
        name=dataset.name,
        digest=dataset.digest,
        subjects=tuple(_subject(dataset, entry) for entry in sorted(wanted, key=lambda entry: entry.name)),
        left_out=left_out,
        unchecked=sum(each.state == "draft" for each in wanted),
    )


def again(path: Path, name: str, digest: str, tasks: Sequence[Task]) -> Target:
    """The tasks of an earlier run where they lay then. Raise UsageError when they are not what they were."""
    there = {each.digest: each.path for each in task_folders(path)} if path.is_dir() else {}
    gone = [task.name for task in tasks if task.digest not in there]
    if gone:
        raise UsageError(f"{several(gone)} in {path} changed since the run began; measure it as a new run")
    subjects = [Subject(task=task, directory=there[str(task.digest)].resolve().name) for task in tasks]
    return Target(path=path, name=name, digest=digest, subjects=tuple(subjects))


def _subject(dataset: Dataset, entry: Entry) -> Subject:
    task = Task(name=entry.name, digest=entry.digest, cluster_id=entry.cluster_id, source_session_id=entry.session_id)
    return Subject(task=task, directory=dataset.task_folder(entry).resolve().name)
