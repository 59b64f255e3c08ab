"""Tasks, how each was checked, and the datasets made of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from codex_loop.model.keys import key
from codex_loop.store.engine import Database
from codex_loop.store.ledger import chunks, marks


class TaskRow(msgspec.Struct, frozen=True, array_like=True):
    """A row of `tasks`, in its columns' order."""

    key: int
    digest: str
    name: str
    path: str
    state: str
    """draft | validated | quarantined | unverified"""
    reason: str | None
    kind: str
    category: str | None
    session_key: int | None
    signal_key: int | None
    cluster_key: int | None
    verifier: str
    gold_key: str | None
    body: str
    created_ms: int
    checked_ms: int | None


class CheckRow(NamedTuple):
    """A row of `task_checks`, without the number that the store gives it."""

    task_key: int
    time_ms: int
    name: str
    outcome: str
    """passed | failed | warned | skipped"""
    detail: str
    environment: str | None


class DatasetRow(msgspec.Struct, frozen=True, array_like=True):
    """A row of `datasets`, in its columns' order."""

    key: int
    name: str
    digest: str
    path: str
    tasks: str
    body: str
    cluster_key: int | None
    created_ms: int


_TASK = ", ".join(TaskRow.__struct_fields__)
_CHECK = ", ".join(CheckRow._fields)
_DATASET = ", ".join(DatasetRow.__struct_fields__)


def task_key(digest: str) -> int:
    return key("task", digest)


def dataset_key(name: str, digest: str) -> int:
    return key("dataset", name, digest)


def put(database: Database, rows: Sequence[TaskRow], checks: Sequence[CheckRow] = ()) -> None:
    """The tasks as they stand now, and what was checked just now; when a task was made first stays as it was."""
    with database.transaction():
        born = {row.digest: row.created_ms for row in by_digest(database, [row.digest for row in rows])}
        kept = [msgspec.structs.replace(row, created_ms=born.get(row.digest, row.created_ms)) for row in rows]
        database.many("put tasks", [msgspec.structs.astuple(row) for row in kept])
        database.many("insert task_checks", checks)


def by_digest(database: Database, digests: Sequence[str]) -> list[TaskRow]:
    """The tasks with exactly these contents, by their keys; what is not there is left out."""
    found: list[TaskRow] = []
    for part in chunks([task_key(digest) for digest in digests]):
        rows = database.rows(f"SELECT {_TASK} FROM tasks WHERE key IN ({marks(part)}) ORDER BY key", part)
        found += (TaskRow(*row) for row in rows)
    return found


def every(database: Database, *, state: str | None = None, cluster_key: int | None = None) -> list[TaskRow]:
    """The latest first; only those in a state, only those of a cluster, when they are named."""
    asked = {"state": state, "cluster_key": cluster_key}
    named = {name: value for name, value in asked.items() if value is not None}
    where = f" WHERE {' AND '.join(f'{name} = ?' for name in named)}" if named else ""
    rows = database.rows(f"SELECT {_TASK} FROM tasks{where} ORDER BY created_ms DESC, key", tuple(named.values()))
    return [TaskRow(*row) for row in rows]


def checks(database: Database, number: int) -> list[CheckRow]:
    """Everything that was ever checked of a task, the earliest first."""
    rows = database.rows(f"SELECT {_CHECK} FROM task_checks WHERE task_key = ? ORDER BY id", (number,))
    return [CheckRow(*row) for row in rows]


def latest_checks(database: Database, number: int) -> list[CheckRow]:
    """What the last look at a task found; none when it was never looked at."""
    rows = database.rows(
        f"SELECT {_CHECK} FROM task_checks WHERE task_key = ?"
        " AND time_ms = (SELECT max(time_ms) FROM task_checks WHERE task_key = ?) ORDER BY id",
        (number, number),
    )
    return [CheckRow(*row) for row in rows]


def session_of(database: Database, native_id: str) -> int | None:
    """The session that an agent calls so; None when there is none, or more than one."""
    rows = database.rows("SELECT key FROM sessions WHERE native_id = ? LIMIT 2", (native_id,))
    return int(rows[0][0]) if len(rows) == 1 else None


def put_dataset(database: Database, row: DatasetRow) -> None:
    """A dataset with a digest is made once; where it lies may change."""
    with database.transaction():
        old = database.one("SELECT created_ms FROM datasets WHERE key = ?", (row.key,))
        kept = row if old is None else msgspec.structs.replace(row, created_ms=int(old[0]))
        database.named("put datasets", msgspec.structs.astuple(kept))


def datasets(database: Database, *, cluster_key: int | None = None) -> list[DatasetRow]:
    """The latest first; only those made of a cluster, when it is named."""
    where, values = ("", ()) if cluster_key is None else (" WHERE cluster_key = ?", (cluster_key,))
    rows = database.rows(f"SELECT {_DATASET} FROM datasets{where} ORDER BY created_ms DESC, name DESC", values)
    return [DatasetRow(*row) for row in rows]
