"""A dataset read back says what is not as it was, and is found by what a person types."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_loop.errors import UsageError
from codex_loop.store.engine import Database, open_for_writing
from codex_loop.tasks.dataset import Entry, assemble, read, resolve
from codex_loop.tasks.dataset.dataset import SIDECAR, digest_of
from codex_loop.tasks.dataset.manifest import number, slug
from tests.tasks.dataset.made import gated
from tests.tasks.gate import ground


@pytest.fixture
def database(place: str) -> Iterator[Database]:
    with open_for_writing(place) as opened:
        yield opened


def test_a_folder_of_tasks_that_nobody_checked_is_a_dataset_of_drafts(tmp_path: Path) -> None:
    ground.task(tmp_path / "mined" / "a")
    dataset = read(tmp_path / "mined")
    assert (dataset.name, dataset.problem) == ("mined", None)
    assert [(each.directory, each.state) for each in dataset.tasks] == [("a", "draft")]
    assert "trace verify" in (dataset.tasks[0].reason or "")


def test_a_task_that_was_changed_since_is_a_draft_again(tmp_path: Path) -> None:
    output = tmp_path / "mined"
    made = assemble([gated(tmp_path / "a"), gated(tmp_path / "b", limit=61)], output, now_ms=1)
    ground.edit(output / "a" / "instruction.md", "server", "servant")
    ground.task(output / "new", limit=62)
    shutil.rmtree(output / "b")
    found = read(output)
    assert {each.directory: each.state for each in found.tasks} == {"a": "draft", "new": "draft"}
    assert found.digest != made.digest
    assert "b is gone; a, new is not what was checked" in (found.problem or "")


@pytest.mark.parametrize("what", ["nothing", "empty", "damaged", "no text", "nested"])
def test_what_is_no_dataset_is_told(tmp_path: Path, what: str) -> None:
    path = tmp_path / "mined"
    if what != "nothing":
        path.mkdir()
    damaged = {"damaged": b"{", "no text": b'{"dataset": {"name": "\xff"}}', "nested": b'{"x": ' + b"[" * 5000}
    if what in damaged:
        (path / SIDECAR).write_bytes(damaged[what])
    with pytest.raises(UsageError, match=str(path.name)):
        read(path)


def test_a_task_of_its_own_that_did_not_pass_is_set_aside_until_it_is_changed(tmp_path: Path) -> None:
    place = tmp_path / "harbor_task"
    made = assemble([gated(place, "quarantined")], place, now_ms=1)
    assert read(place) == made
    assert (made.tasks, [each.state for each in made.set_aside]) == ((), ["quarantined"])
    ground.edit(place / "instruction.md", "server", "servant")
    assert [(each.directory, each.state) for each in read(place).tasks] == [(".", "draft")]
    assert read(place).set_aside == ()


def test_a_copy_of_a_dataset_elsewhere_is_the_same(tmp_path: Path) -> None:
    made = assemble([gated(tmp_path / "a")], tmp_path / "mined", now_ms=1)
    shutil.copytree(tmp_path / "mined", tmp_path / "copy")
    found = read(tmp_path / "copy")
    assert (found.name, found.digest, found.problem) == (made.name, made.digest, None)
    assert found.path == str((tmp_path / "copy").resolve())
    assert found.tasks == made.tasks


ENTRIES = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("xyz")), max_size=5)


@given(pairs=ENTRIES, order=st.randoms())
def test_the_digest_knows_no_order(pairs: list[tuple[str, str]], order: object) -> None:
    entries = [Entry(directory=str(n), name=a, digest=b, state="draft") for n, (a, b) in enumerate(pairs)]
    shuffled = list(entries)
    order.shuffle(shuffled)  # type: ignore[attr-defined]
    assert digest_of(shuffled) == digest_of(entries)
    other = [*entries, Entry(directory="-", name="d", digest="x", state="draft")]
    assert digest_of(other) != digest_of(entries)


def test_a_dataset_is_found_by_folder_name_and_digest(database: Database, tmp_path: Path) -> None:
    first = assemble([gated(tmp_path / "a")], tmp_path / "x" / "mined", now_ms=1, database=database)
    second = assemble([gated(tmp_path / "b", limit=61)], tmp_path / "y" / "mined", now_ms=2, database=database)
    assert resolve(database, str(tmp_path / "x" / "mined")) == first
    assert resolve(None, str(tmp_path / "x" / "mined")) == first
    assert resolve(database, "mined_001") == first
    assert resolve(database, "mined") == second
    assert resolve(database, second.digest) == second
    assert resolve(database, first.digest.removeprefix("sha256:")[:12]) == first


def test_a_dataset_whose_folder_is_gone_or_another_is_still_known_by_name(database: Database, tmp_path: Path) -> None:
    output = tmp_path / "mined"
    first = assemble([gated(tmp_path / "a")], output, now_ms=1, database=database)
    second = assemble([gated(tmp_path / "b", limit=61)], output, now_ms=2, database=database)
    old = resolve(database, "mined_001")
    assert (old.digest, [each.name for each in old.tasks]) == (first.digest, ["local/a"])
    assert "holds another version now (mined_002)" in (old.problem or "")
    assert resolve(database, "mined_002") == second
    shutil.rmtree(output)
    assert "is gone" in (resolve(database, "mined_002").problem or "")


@pytest.mark.parametrize("text", ["other", "mined_7", "abcdef0123", "sha256:zz"])
def test_what_means_no_dataset_is_told_with_those_there_are(database: Database, tmp_path: Path, text: str) -> None:
    assemble([gated(tmp_path / "a")], tmp_path / "mined", now_ms=1, database=database)
    with pytest.raises(UsageError, match=f"no dataset {text}.*mined_001"):
        resolve(database, text)
    with pytest.raises(UsageError, match="makes one"):
        resolve(None, text)


@pytest.mark.parametrize(
    ("text", "slugged"),
    [("./harbor dataset", "harbor_dataset"), ("Ärger", "rger"), ("…", "dataset"), ("a-b_1", "a-b_1")],
)
def test_names_are_made_of_letters_digits_and_dashes(text: str, slugged: str) -> None:
    assert slug(text) == slugged


@pytest.mark.parametrize(
    ("name", "last"), [("mined_001", 1), ("mined_1200", 1200), ("mined_01", None), ("mined", None)]
)
def test_the_number_of_a_name_is_read(name: str, last: int | None) -> None:
    assert number(name) == last
