"""Finding a dataset by what a person types: a folder, a name, the beginning of a digest."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec

from codex_loop.errors import UsageError
from codex_loop.store import tasks as store
from codex_loop.store.engine import Database
from codex_loop.store.tasks import DatasetRow
from codex_loop.tasks.dataset import dataset as reading
from codex_loop.tasks.dataset.dataset import Dataset, Entry
from codex_loop.tasks.dataset.manifest import number

_DIGEST = re.compile(r"(sha256:)?[0-9a-f]{6,64}")


class _Listed(msgspec.Struct, frozen=True):
    name: str
    digest: str


def resolve(database: Database | None, text: str) -> Dataset:
    """The dataset that is meant. One that is known by name only, because its folder is gone or holds another version,
    says so in `problem`. UsageError names the datasets there are.
    """
    path = Path(text).expanduser()
    if path.is_dir():
        return reading.read(path)
    rows = [] if database is None else store.datasets(database)
    found = _by_name(rows, text) or _by_digest(rows, text)
    if len(found) == 1:
        return _dataset(database, found[0])
    if found:
        names = ", ".join(sorted(each.name for each in found))
        raise UsageError(f"{text} means several datasets ({names}); name one of them")
    known = ", ".join(sorted({each.name for each in rows})[:5])
    hint = f"there are {known}" if known else "`codex-loop distill … --output DIR` makes one"
    raise UsageError(f"no dataset {text}: it is neither a folder, a name nor a digest; {hint}")


def _by_name(rows: list[DatasetRow], text: str) -> list[DatasetRow]:
    """The one of that name; without its number, the newest."""
    exact = [row for row in rows if row.name == text]
    if exact:
        return exact[:1]
    family = [row for row in rows if re.fullmatch(rf"{re.escape(text)}_\d{{3,}}", row.name)]
    return [max(family, key=lambda row: number(row.name) or 0)] if family else []


def _by_digest(rows: list[DatasetRow], text: str) -> list[DatasetRow]:
    if not _DIGEST.fullmatch(text):
        return []
    return [row for row in rows if row.digest.startswith(f"sha256:{text.removeprefix('sha256:')}")]


def _dataset(database: Database | None, row: DatasetRow) -> Dataset:
    """What lies in its folder, if that is still this one; else what the store knows of it."""
    problem = f"its folder {row.path} is gone"
    if Path(row.path).is_dir():
        try:
            there = reading.read(Path(row.path))
        except UsageError as error:
            problem = str(error)
        else:
            if there.digest == row.digest:
                return msgspec.structs.replace(there, name=row.name)
            problem = f"its folder {row.path} holds another version now ({there.name})"
    listed = msgspec.json.decode(row.tasks, type=list[_Listed])
    rows = (
        {}
        if database is None
        else {each.digest: each for each in store.by_digest(database, [x.digest for x in listed])}
    )
    entries = [_entry(each, rows.get(each.digest)) for each in listed]
    return Dataset(name=row.name, digest=row.digest, path=row.path, tasks=tuple(entries), problem=problem)


def _entry(listed: _Listed, row: store.TaskRow | None) -> Entry:
    state = "draft" if row is None else row.state
    directory = "" if row is None else Path(row.path).name
    return msgspec.convert(
        {"directory": directory, "name": listed.name, "digest": listed.digest, "state": state}, Entry
    )
