"""Task folders and their digest."""

from __future__ import annotations

from pathlib import Path

import pytest

from codex_loop.errors import UsageError
from codex_loop.harbor.folders import digest, digested, name, task_folders
from tests.harbor.sample import write_dataset, write_task


def test_a_folder_of_tasks_is_listed_by_name(tmp_path: Path) -> None:
    write_dataset(tmp_path, 2)
    (tmp_path / "notes").mkdir()
    (tmp_path / "dataset.toml").write_text("", encoding="utf-8")
    found = task_folders(tmp_path)
    assert [(folder.path.name, folder.name) for folder in found] == [
        ("retry-0", "local/retry-0"),
        ("retry-1", "local/retry-1"),
    ]
    assert found[0].digest != found[1].digest


def test_a_task_is_a_folder_of_one_task(tmp_path: Path) -> None:
    task = write_task(tmp_path / "one")
    assert [folder.path for folder in task_folders(task)] == [task]


def test_a_path_that_is_no_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is not a folder"):
        task_folders(tmp_path / "nothing")


def test_the_same_task_written_again_has_the_same_digest(tmp_path: Path) -> None:
    assert digest(write_task(tmp_path / "one")) == digest(write_task(tmp_path / "two"))


def test_every_part_of_a_task_is_in_its_digest(tmp_path: Path) -> None:
    task = write_task(tmp_path / "one")
    seen = {digest(task)}
    for relative in digested(task):
        path = task / relative
        before = path.read_bytes()
        path.write_bytes(before + b"\n")
        seen.add(digest(task))
        path.write_bytes(before)
    assert len(seen) == 1 + len(digested(task)) == 12


def test_what_tools_leave_behind_is_not_in_the_digest(tmp_path: Path) -> None:
    task = write_task(tmp_path / "one")
    before = digest(task)
    for left in (
        "tests/__pycache__/grade.cpython-312.pyc",
        "solution/.DS_Store",
        "tests/test.sh~",
        ".codex-loop.json",
        "notes/plan.md",
    ):
        path = task / left
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    assert digest(task) == before


def test_a_task_that_cannot_be_read_is_called_by_its_folder(tmp_path: Path) -> None:
    task = write_task(tmp_path / "one")
    (task / "task.toml").write_text("[task\n", encoding="utf-8")
    assert name(task) == "one"
