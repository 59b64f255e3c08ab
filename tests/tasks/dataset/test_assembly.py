"""A dataset holds what passed, sets the rest aside, and says so."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from codex_loop.errors import UsageError
from codex_loop.store import tasks as store
from codex_loop.store.engine import Database, open_for_writing
from codex_loop.tasks.dataset import Dataset, assemble, read
from codex_loop.tasks.dataset.dataset import MANIFEST, SIDECAR
from codex_loop.tasks.gate.check import State
from codex_loop.tasks.gate.gate import Gated
from tests.tasks.dataset.made import gated
from tests.tasks.gate import ground


@pytest.fixture
def database(place: str) -> Iterator[Database]:
    with open_for_writing(place) as opened:
        yield opened


def folders_of(output: Path) -> set[str]:
    return {each.parent.relative_to(output).as_posix() for each in output.rglob("task.toml")}


def three(tmp_path: Path) -> list[Gated]:
    states: tuple[State, ...] = ("validated", "quarantined", "unverified")
    return [gated(tmp_path / "drafts" / state, state, limit=60 + n) for n, state in enumerate(states)]


def made(tmp_path: Path, *, allow_unverified: bool = False) -> Dataset:
    found = three(tmp_path)
    return assemble(found, tmp_path / "mined", now_ms=1, allow_unverified=allow_unverified)


def test_what_did_not_pass_is_set_aside_and_the_manifest_says_so(tmp_path: Path) -> None:
    dataset = made(tmp_path)
    output = tmp_path / "mined"
    assert folders_of(output) == {"validated", "set-aside/quarantined", "set-aside/unverified"}
    assert [each.name for each in dataset.tasks] == ["local/validated"]
    assert {(each.name, each.reason) for each in dataset.set_aside} == {
        ("local/quarantined", "it is quarantined"),
        ("local/unverified", "it is unverified"),
    }
    manifest = tomllib.loads((output / MANIFEST).read_text())
    assert manifest["dataset"]["name"] == "local/mined_001"
    assert manifest["dataset"]["description"] == (
        "1 of 3 tasks passed the validity gate. Set aside: 1 quarantined, 1 unverified."
    )
    assert [each["name"] for each in manifest["tasks"]] == ["local/validated"]
    assert read(output) == dataset


def test_what_was_let_in_unproven_is_named_in_the_manifest(tmp_path: Path) -> None:
    dataset = made(tmp_path, allow_unverified=True)
    assert [each.state for each in dataset.tasks] == ["unverified", "validated"]
    manifest = tomllib.loads((tmp_path / "mined" / MANIFEST).read_text())["dataset"]
    assert "Let in as asked, without having passed: 1 unverified." in manifest["description"]
    assert manifest["keywords"] == ["codex-loop", "unverified"]
    assert read(tmp_path / "mined").allowed == ("validated", "unverified")


def test_the_sources_stay_and_what_lies_inside_is_moved(tmp_path: Path) -> None:
    output = tmp_path / "mined"
    inside = gated(output / ".drafts" / "a")
    refused = gated(output / "b", "quarantined", limit=61)
    outside = gated(tmp_path / "elsewhere" / "c", limit=62)
    assemble([inside, refused, outside], output, now_ms=1)
    assert folders_of(output) == {"a", "set-aside/b", "c"}
    assert outside.folder.is_dir()
    assert not list(output.glob("*/.*.new"))


def test_what_is_in_it_already_stays_and_goes_where_its_state_belongs(tmp_path: Path) -> None:
    output = tmp_path / "mined"
    first = assemble(
        [gated(tmp_path / "a"), gated(tmp_path / "b", limit=61), gated(tmp_path / "u", "unverified", limit=62)],
        output,
        now_ms=1,
        allow_unverified=True,
    )
    assert folders_of(output) == {"a", "b", "u"}
    worse = gated(output / "a", "quarantined")
    second = assemble([worse, gated(tmp_path / "c", limit=63)], output, now_ms=2)
    assert folders_of(output) == {"set-aside/a", "b", "c", "set-aside/u"}
    assert [each.name for each in second.tasks] == ["local/b", "local/c"]
    assert (first.name, second.name) == ("mined_001", "mined_002")
    third = assemble([gated(output / "set-aside" / "a")], output, now_ms=3)
    assert folders_of(output) == {"a", "b", "c", "set-aside/u"}
    assert third.name == "mined_003"


def test_the_same_tasks_are_the_same_dataset(tmp_path: Path) -> None:
    output = tmp_path / "mined"
    both = [gated(tmp_path / "a"), gated(tmp_path / "b", limit=61)]
    first = assemble(both, output, now_ms=1)
    text = (output / SIDECAR).read_bytes()
    assert assemble(list(reversed(both)), output, now_ms=9) == first
    assert (output / SIDECAR).read_bytes() == text


def test_a_new_version_of_a_task_takes_the_place_of_the_old(tmp_path: Path) -> None:
    output = tmp_path / "mined"
    assemble([gated(tmp_path / "one" / "a")], output, now_ms=1)
    newer = assemble([gated(tmp_path / "two" / "a", limit=61)], output, now_ms=2)
    assert folders_of(output) == {"a"}
    assert newer.name == "mined_002"
    assert len(newer.tasks) == 1


def test_two_tasks_of_one_folder_name_both_stay(tmp_path: Path) -> None:
    output = tmp_path / "mined"
    one, other = gated(tmp_path / "one" / "a"), gated(tmp_path / "two" / "a", limit=61)
    ground.edit(other.folder / "task.toml", "local/a", "local/b")
    tasks = assemble([one, gated(other.folder)], output, now_ms=1).tasks
    assert {each.name: each.directory for each in tasks} == {"local/a": "a", "local/b": "a-2"}


def test_of_two_tasks_of_one_name_the_second_is_set_aside(tmp_path: Path) -> None:
    one, other = gated(tmp_path / "one" / "a"), gated(tmp_path / "two" / "a", limit=61)
    dataset = assemble([one, other], tmp_path / "mined", now_ms=1)
    assert [each.directory for each in dataset.tasks] == ["a"]
    assert "another task is called local/a too" in (dataset.set_aside[0].reason or "")


def test_a_solution_that_is_in_it_already_is_set_aside(tmp_path: Path) -> None:
    output = tmp_path / "mined"
    assemble([gated(tmp_path / "a")], output, now_ms=1)
    dataset = assemble([gated(tmp_path / "b")], output, now_ms=2)
    assert [each.name for each in dataset.tasks] == ["local/a"]
    assert dataset.set_aside[0].reason == "its solution is that of local/a; one of them is enough"
    assert dataset.name == "mined_001"


def test_a_task_in_the_output_folder_itself_is_a_dataset_of_one(tmp_path: Path) -> None:
    output = tmp_path / "harbor_task"
    one = gated(output)
    dataset = assemble([one], output, now_ms=1)
    assert [each.directory for each in dataset.tasks] == ["."]
    assert not (output / MANIFEST).exists()
    assert gated(output).digest == one.digest  # the sidecar is no part of it
    assert read(output) == dataset
    assert dataset.task_folder(dataset.tasks[0]) == output.resolve()


@pytest.mark.parametrize("kind", ["file", "strangers"])
def test_a_folder_of_something_else_is_left_alone(tmp_path: Path, kind: str) -> None:
    output = tmp_path / "mined"
    if kind == "file":
        output.write_text("x")
    else:
        output.mkdir()
        (output / "thesis.tex").write_text("x")
    with pytest.raises(UsageError, match="--output"):
        assemble([gated(tmp_path / "a")], output, now_ms=1)
    assert kind == "file" or [each.name for each in output.iterdir()] == ["thesis.tex"]


def test_names_are_counted_in_the_store_wherever_the_folder_lies(database: Database, tmp_path: Path) -> None:
    one, other = gated(tmp_path / "a"), gated(tmp_path / "b", limit=61)
    names = [
        assemble([one], tmp_path / "x" / "mined", now_ms=1, database=database).name,
        assemble([other], tmp_path / "y" / "mined", now_ms=2, database=database).name,
        assemble([one], tmp_path / "z" / "mined", now_ms=3, database=database).name,
        assemble([one], tmp_path / "z2", now_ms=4, database=database, name="week 47").name,
    ]
    assert names == ["mined_001", "mined_002", "mined_001", "week_47_001"]
    assert sorted(each.name for each in store.datasets(database)) == ["mined_001", "mined_002", "week_47_001"]


def test_tasks_checks_and_dataset_are_stored_where_they_lie_now(database: Database, tmp_path: Path) -> None:
    cluster = "cluster_00000000000000a1"
    good, bad = gated(tmp_path / "a"), gated(tmp_path / "b", "quarantined", limit=61)
    dataset = assemble([good, bad], tmp_path / "mined", now_ms=7, database=database, cluster_id=cluster)
    rows = {row.name: row for row in store.every(database)}
    assert Path(rows["local/a"].path) == (tmp_path / "mined" / "a").resolve()
    assert Path(rows["local/b"].path) == (tmp_path / "mined" / "set-aside" / "b").resolve()
    assert rows["local/b"].state == "quarantined"
    (row,) = store.datasets(database, cluster_key=0xA1)
    assert (row.name, row.digest, row.path) == (dataset.name, dataset.digest, dataset.path)
    assert msgspec.json.decode(row.tasks) == [{"name": "local/a", "digest": good.digest}]
    assert msgspec.json.decode(row.body)["set_aside"] == [
        {"name": "local/b", "state": "quarantined", "reason": "it is quarantined"}
    ]


def test_a_dataset_of_nothing_is_no_dataset_of_the_store(database: Database, tmp_path: Path) -> None:
    dataset = assemble([gated(tmp_path / "a", "unverified")], tmp_path / "mined", now_ms=1, database=database)
    assert (dataset.tasks, dataset.name) == ((), "mined")
    assert store.datasets(database) == []
    assert [row.state for row in store.every(database)] == ["unverified"]


def test_the_sidecar_names_the_store_and_what_is_hashed_names_no_state(tmp_path: Path) -> None:
    place = tmp_path / "loop.db"
    with open_for_writing(str(place)) as database:
        assemble([gated(tmp_path / "a")], tmp_path / "mined", now_ms=1, database=database)
    assert read(tmp_path / "mined").store == str(place)
    texts = [each.read_bytes() for each in (tmp_path / "mined" / "a").rglob("*") if each.is_file()]
    assert not any(b"validated" in text for text in texts)
    assert ground.told(tmp_path / "mined" / "a")["kind"] == "red_green_tests"
