"""Tasks, their checks and datasets come back as they were put, on both engines."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest

from codex_loop.store import tasks
from codex_loop.store.engine import Database, open_for_writing
from codex_loop.store.tasks import CheckRow, DatasetRow, TaskRow


@pytest.fixture
def database(place: str) -> Iterator[Database]:
    with open_for_writing(place) as opened:
        yield opened


def task(digest: str, **facts: object) -> TaskRow:
    made = TaskRow(
        key=tasks.task_key(digest), digest=digest, name="local/a", path="/data/a", state="draft", reason=None,
        kind="friction", category="exec_failure", session_key=1, signal_key=2, cluster_key=3,
        verifier="red_green_tests", gold_key="g", body="{}", created_ms=1_000, checked_ms=None,
    )  # fmt: skip
    return msgspec.structs.replace(made, **facts)


def check(row: TaskRow, name: str, time_ms: int, outcome: str = "passed") -> CheckRow:
    return CheckRow(row.key, time_ms, name, outcome, '{"told":"0 %s of 100%"}', "bubblewrap")


def dataset(name: str, digest: str, **facts: object) -> DatasetRow:
    made = DatasetRow(
        key=tasks.dataset_key(name, digest), name=name, digest=digest, path="/data", tasks="[]", body="{}",
        cluster_key=3, created_ms=1_000,
    )  # fmt: skip
    return msgspec.structs.replace(made, **facts)


def test_tasks_come_back_as_they_were_put_and_are_found_by_what_they_are(database: Database) -> None:
    rows = [task("sha256:a"), task("sha256:b", state="validated", cluster_key=None, gold_key=None, created_ms=2_000)]
    tasks.put(database, rows)
    assert tasks.every(database) == [rows[1], rows[0]]
    assert tasks.every(database, state="draft") == [rows[0]]
    assert tasks.every(database, state="validated", cluster_key=3) == []
    assert tasks.every(database, cluster_key=3) == [rows[0]]
    assert tasks.by_digest(database, ["sha256:b", "sha256:none"]) == [rows[1]]


def test_a_task_that_is_checked_again_keeps_when_it_was_made(database: Database) -> None:
    tasks.put(database, [task("sha256:a")])
    tasks.put(database, [task("sha256:a", state="validated", created_ms=9_000, checked_ms=9_000)])
    (row,) = tasks.every(database)
    assert (row.state, row.created_ms, row.checked_ms) == ("validated", 1_000, 9_000)


def test_every_check_stays_and_the_last_look_is_found(database: Database) -> None:
    one, other = task("sha256:a"), task("sha256:b")
    first = [check(one, "files", 1_000), check(one, "nop", 1_000, "failed")]
    second = [check(one, "files", 2_000), check(one, "nop", 2_000)]
    tasks.put(database, [one, other], [*first, check(other, "files", 3_000)])
    tasks.put(database, [one], second)
    assert tasks.checks(database, one.key) == [*first, *second]
    assert tasks.latest_checks(database, one.key) == second
    assert tasks.latest_checks(database, 7) == []


def test_a_look_that_fails_half_way_leaves_nothing(database: Database) -> None:
    row = task("sha256:a")
    with pytest.raises(Exception, match="task_key"):
        tasks.put(database, [row], [check(row, "files", 1)._replace(task_key=None)])  # type: ignore[arg-type]
    assert tasks.every(database) == []


def test_a_dataset_that_moved_is_still_the_one_that_was_made(database: Database) -> None:
    tasks.put_dataset(database, dataset("mined_001", "sha256:x"))
    tasks.put_dataset(database, dataset("mined_001", "sha256:x", path="/elsewhere", created_ms=5_000))
    tasks.put_dataset(database, dataset("mined_002", "sha256:y", created_ms=3_000, cluster_key=None))
    assert [(each.name, each.path, each.created_ms) for each in tasks.datasets(database)] == [
        ("mined_002", "/data", 3_000),
        ("mined_001", "/elsewhere", 1_000),
    ]
    assert [each.name for each in tasks.datasets(database, cluster_key=3)] == ["mined_001"]


def test_many_tasks_are_found_at_once(database: Database) -> None:
    rows = [task(f"sha256:{number}") for number in range(1_200)]
    tasks.put(database, rows)
    assert len(tasks.by_digest(database, [row.digest for row in rows])) == 1_200
