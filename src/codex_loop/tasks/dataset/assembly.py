"""Making a dataset: what passed goes in, the rest is set aside, and both are written down."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from codex_loop.errors import UsageError
from codex_loop.store import ids
from codex_loop.store import tasks as store
from codex_loop.store.engine import Database, is_url
from codex_loop.store.tasks import DatasetRow
from codex_loop.tasks.dataset import dataset as reading
from codex_loop.tasks.dataset.dataset import MANIFEST, SET_ASIDE, SIDECAR, Dataset, Entry, Sidecar, digest_of
from codex_loop.tasks.dataset.manifest import manifest, number, slug
from codex_loop.tasks.gate import kept, solution
from codex_loop.tasks.gate.check import State
from codex_loop.tasks.gate.folder import gold, is_ours
from codex_loop.tasks.gate.gate import Gated
from codex_loop.tasks.gate.workshop import Workshop


def assemble(
    gated: Sequence[Gated],
    output: Path,
    *,
    now_ms: int,
    database: Database | None = None,
    workshop: Workshop | None = None,
    name: str | None = None,
    cluster_id: str | None = None,
    allow_unverified: bool = False,
    allow_draft: bool = False,
    place: str | None = None,
) -> Dataset:
    """Put these tasks into the dataset in `output`, made if absent; what is there already stays.

    Tasks inside `output` are moved to where they belong, others are copied. When the one task lies in `output` itself,
    it is a dataset of its own. With a database, tasks, checks and dataset are stored, and its names are counted there;
    `place` is how the sidecar names it, by default as the database does. UsageError for a folder of something else.
    """
    allowed: tuple[State, ...] = (
        "validated",
        *(("unverified",) if allow_unverified else ()),
        *(("draft",) if allow_draft else ()),
    )
    if [each.folder.resolve() for each in gated] == [output.resolve()]:
        entries = [_entry(gated[0], output, ".")]
        placed = [gated[0]]
    else:
        check_room(output, [each.folder for each in gated])
        placed, entries = _placed(gated, output, allowed)
    tasks = tuple(each for each in entries if each.state in allowed)
    made = Dataset(
        name=slug(name or output.resolve().name),
        digest=digest_of(tasks),
        path=str(output.resolve()),
        tasks=tasks,
        set_aside=tuple(each for each in entries if each.state not in allowed),
        allowed=allowed,
        store=place if place is not None or database is None else _absolute(database.place),
        cluster_id=cluster_id or _shared(entries),
    )
    made = msgspec.structs.replace(made, name=_numbered(made, database, output))
    _write(made, output)
    if database is not None:
        _store(database, made, placed, workshop, now_ms)
    return made


def _absolute(place: str) -> str:
    return place if is_url(place) else str(Path(place).absolute())


def check_room(output: Path, tasks: Iterable[Path] = ()) -> None:
    """Raise UsageError where no dataset of these tasks can be: a file, a folder with something else in it."""
    if (output / "task.toml").is_file():
        raise UsageError(f"{output} is a task itself; name another folder for the dataset with --output")
    if not output.exists() or (output / SIDECAR).is_file():
        return
    if not output.is_dir():
        raise UsageError(f"{output} is a file; --output names a folder")
    mine = {each.resolve() for each in tasks}
    for each in sorted(output.iterdir()):
        if not each.name.startswith(".") and each.resolve() not in mine and not is_ours(each):
            raise UsageError(f"{output} is no dataset of ours, it holds {each.name}; name a new folder with --output")


def _placed(gated: Sequence[Gated], output: Path, allowed: tuple[State, ...]) -> tuple[list[Gated], list[Entry]]:
    """Every task where it belongs: those of now, then those that were there already."""
    old = reading.read(output) if (output / SIDECAR).is_file() else None
    now = _without_doubles(gated, old)
    names = _directories(now)
    placed: list[Gated] = []
    entries: list[Entry] = []
    for each, directory in zip(now, names, strict=True):
        below = directory if each.state in allowed else f"{SET_ASIDE}/{directory}"
        other = output / (f"{SET_ASIDE}/{directory}" if each.state in allowed else directory)
        _put(each.folder, output / below, output)
        if other.is_dir() and other.resolve() != each.folder.resolve():
            shutil.rmtree(other)
        placed.append(msgspec.structs.replace(each, path=str(output / below)))
        entries.append(_entry(each, output / below, below))
    mine = set(names)
    entries += _moved((*old.tasks, *old.set_aside) if old is not None else (), mine, output, allowed)
    return placed, sorted(entries, key=lambda entry: (entry.name, entry.directory))


def _without_doubles(gated: Sequence[Gated], old: Dataset | None) -> list[Gated]:
    """No two of one name, and none whose solution is that of one that is in already."""
    golds = {} if old is None else {_gold(old.task_folder(each)): each.name for each in old.tasks}
    names: set[str] = set()
    left: list[Gated] = []
    for each in gated:
        other = golds.get(_gold(each.folder))
        reason = None
        if each.name in names:
            reason = f"another task is called {each.name} too; give one of them another name in its task.toml"
        elif each.state == "validated" and other not in (None, each.name) and _gold(each.folder) is not None:
            reason = f"its solution is that of {other}; one of them is enough"
        names.add(each.name)
        left.append(each if reason is None else msgspec.structs.replace(each, state="quarantined", reason=reason))
    return left


def _gold(folder: Path) -> str | None:
    patch = gold(folder)
    return None if patch is None else solution.key(patch)


def _directories(gated: Sequence[Gated]) -> list[str]:
    """The names of their folders; the second of one name gets a number."""
    names: list[str] = []
    for each in gated:
        base = each.folder.resolve().name
        tries = (base if count == 1 else f"{base}-{count}" for count in range(1, len(gated) + 2))
        names.append(next(name for name in tries if name not in names and name != SET_ASIDE))
    return names


def _moved(old: Iterable[Entry], mine: set[str], output: Path, allowed: tuple[State, ...]) -> list[Entry]:
    """What was there before and was not named now, moved where its state belongs."""
    entries: list[Entry] = []
    for each in old:
        base = each.directory.removeprefix(f"{SET_ASIDE}/")
        if base in mine or not (output / each.directory).is_dir():
            continue
        below = base if each.state in allowed else f"{SET_ASIDE}/{base}"
        _put(output / each.directory, output / below, output)
        entries.append(msgspec.structs.replace(each, directory=below))
    return entries


def _put(source: Path, target: Path, output: Path) -> None:
    """The task at its place, whole or not at all."""
    if source.resolve() == target.resolve():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = target.with_name(f".{target.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    if source.resolve().is_relative_to(output.resolve()):
        source.rename(fresh)
    else:
        shutil.copytree(source, fresh, symlinks=True, ignore=lambda _, names: {SIDECAR} & set(names))
    if target.exists():
        shutil.rmtree(target)
    fresh.rename(target)


def _entry(gated: Gated, folder: Path, directory: str) -> Entry:
    return reading.entry(folder, directory, gated.digest, gated.state, gated.reason, gated.checks)


def _shared(entries: Sequence[Entry]) -> str | None:
    clusters = {each.cluster_id for each in entries}
    return clusters.pop() if len(clusters) == 1 else None


def _numbered(made: Dataset, database: Database | None, output: Path) -> str:
    """Its name with a number: the same content keeps it, a new one gets the next."""
    if not made.tasks:
        return made.name
    pattern = re.compile(rf"{re.escape(made.name)}_\d{{3,}}")
    known = {each.name: each.digest for each in store.datasets(database)} if database is not None else {}
    if (output / SIDECAR).is_file():
        before = msgspec.json.decode((output / SIDECAR).read_bytes(), type=Sidecar).dataset
        known.setdefault(before.name, before.digest)
    mine = {each: digest for each, digest in known.items() if pattern.fullmatch(each)}
    same = [each for each, digest in mine.items() if digest == made.digest]
    if same:
        return max(same, key=lambda each: number(each) or 0)
    last = max((number(each) or 0 for each in mine), default=0)
    return f"{made.name}_{last + 1:03d}"


def _write(made: Dataset, output: Path) -> None:
    output.mkdir(parents=True, exist_ok=True)
    if [each.directory for each in (*made.tasks, *made.set_aside)] != ["."]:
        _replace(output / MANIFEST, manifest(made).encode())
    _replace(output / SIDECAR, msgspec.json.format(msgspec.json.encode(Sidecar(dataset=made)), indent=1) + b"\n")


def _replace(place: Path, data: bytes) -> None:
    fresh = place.with_name(f"{place.name}.new")
    fresh.write_bytes(data)
    fresh.replace(place)


def _store(database: Database, made: Dataset, placed: Sequence[Gated], workshop: Workshop | None, now_ms: int) -> None:
    with database.transaction():
        kept.keep(database, placed, workshop, now_ms)
        if not made.tasks:
            return
        listed = [{"name": each.name, "digest": each.digest} for each in made.tasks]
        body = {"set_aside": [_left_out(each) for each in made.set_aside], "allowed": made.allowed}
        span = None if made.cluster_id is None else ids.span(made.cluster_id, "cluster_")
        store.put_dataset(
            database,
            DatasetRow(
                key=store.dataset_key(made.name, made.digest),
                name=made.name,
                digest=made.digest,
                path=made.path,
                tasks=msgspec.json.encode(listed).decode(),
                body=msgspec.json.encode(body).decode(),
                cluster_key=span[0] if span is not None and span[0] == span[1] else None,
                created_ms=now_ms,
            ),
        )


def _left_out(entry: Entry) -> dict[str, str | None]:
    return {"name": entry.name, "state": entry.state, "reason": entry.reason}
