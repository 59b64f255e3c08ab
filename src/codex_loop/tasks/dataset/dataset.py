"""A dataset as it lies on the disk: its tasks, what was set aside, and where it came from."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from codex_loop.errors import UsageError
from codex_loop.harbor import folders
from codex_loop.tasks.gate import folder as gate_folder
from codex_loop.tasks.gate.check import Check, State

SIDECAR = ".codex-loop.json"
SET_ASIDE = "set-aside"
MANIFEST = "dataset.toml"
SCHEMA = "codex-loop/dataset/1"

NEVER = "it was never checked; `codex-loop trace verify` does that"
CHANGED = "it was changed since it was checked; `codex-loop trace verify` looks again"


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A task of a dataset."""

    directory: str
    """Its folder, as seen from the dataset's; `.` where the dataset is this one task."""
    name: str
    digest: str
    state: State
    reason: str | None = None
    cluster_id: str | None = None
    session_id: str | None = None
    """Tasks of one session are not independent."""
    checks: tuple[Check, ...] = ()


class Dataset(msgspec.Struct, frozen=True, kw_only=True):
    """Tasks that are measured with together."""

    name: str
    """Its folder's name and a number that grows when its content changes."""
    digest: str
    path: str
    tasks: tuple[Entry, ...]
    set_aside: tuple[Entry, ...] = ()
    allowed: tuple[State, ...] = ("validated",)
    """Which states were let in."""
    store: str | None = None
    """The store it was made from, without a password."""
    cluster_id: str | None = None
    problem: str | None = None
    """What is not as it was when it was made."""

    @property
    def folder(self) -> Path:
        return Path(self.path)

    def task_folder(self, entry: Entry) -> Path:
        return self.folder / entry.directory


class Sidecar(msgspec.Struct, frozen=True, kw_only=True):
    """What lies beside the tasks in `.codex-loop.json`. No file that Harbor hashes says what state a task is in."""

    schema: str = SCHEMA
    dataset: Dataset


def digest_of(entries: Iterable[Entry]) -> str:
    """Of names and contents, wherever they lie and in whatever order."""
    outer = hashlib.sha256()
    for name, digest in sorted((each.name, each.digest) for each in entries):
        outer.update(f"{name}\0{digest}\n".encode())
    return f"sha256:{outer.hexdigest()}"


def read(path: Path) -> Dataset:
    """The dataset in that folder, also a task's own folder, also one that we did not make. UsageError for any other."""
    found = folders.task_folders(path)
    told = _sidecar(path)
    if told is None and not found:
        raise UsageError(f"{path} holds no task; `codex-loop distill … --output {path}` makes some")
    known = {} if told is None else {each.directory: each for each in told.tasks}
    aside = () if told is None else tuple(each for each in told.set_aside if (path / each.directory).is_dir())
    here = {each.digest for each in aside if each.directory == "."}
    tasks = tuple(_entry(path, each, known) for each in found if each.digest not in here)
    aside = tuple(each for each in aside if each.directory != "." or not tasks)
    return Dataset(
        name=path.resolve().name if told is None else told.name,
        digest=digest_of(tasks),
        path=str(path.resolve()),
        tasks=tasks,
        set_aside=aside,
        allowed=("validated",) if told is None else told.allowed,
        store=None if told is None else told.store,
        cluster_id=None if told is None else told.cluster_id,
        problem=None if told is None else _problem(path, told, tasks),
    )


def _entry(path: Path, found: folders.TaskFolder, known: dict[str, Entry]) -> Entry:
    directory = found.path.relative_to(path).as_posix()
    old = known.get(directory)
    if old is not None and old.digest == found.digest:
        return old
    return entry(found.path, directory, found.digest, "draft", NEVER if old is None else CHANGED)


def entry(
    folder: Path, directory: str, digest: str, state: State, reason: str | None, checks: tuple[Check, ...] = ()
) -> Entry:
    """The entry of a task, with what task.toml says of where it comes from."""
    try:
        task = gate_folder.read(folder)
    except (ValueError, OSError):
        task = None
    return Entry(
        directory=directory,
        name=folders.name(folder),
        digest=digest,
        state=state,
        reason=reason,
        cluster_id=None if task is None else task.fact("cluster_id"),
        session_id=None if task is None else task.fact("source_session_id"),
        checks=checks,
    )


def _sidecar(path: Path) -> Dataset | None:
    place = path / SIDECAR
    try:
        return msgspec.json.decode(place.read_bytes(), type=Sidecar).dataset
    except FileNotFoundError:
        return None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UsageError(
            f"{place} is damaged ({error}); remove it, and `codex-loop trace verify` looks anew"
        ) from error


def _problem(path: Path, told: Dataset, tasks: tuple[Entry, ...]) -> str | None:
    there = {each.directory: each for each in tasks}
    gone = [each.directory for each in told.tasks if each.directory not in there]
    changed = [each.directory for each in tasks if each.reason in (CHANGED, NEVER)]
    said = list(_differences(gone, changed))
    return f"{path}: {'; '.join(said)}" if said else None


def _differences(gone: list[str], changed: list[str]) -> Iterator[str]:
    if gone:
        yield f"{', '.join(gone)} is gone"
    if changed:
        yield f"{', '.join(changed)} is not what was checked"
