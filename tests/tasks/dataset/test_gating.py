"""Tasks through the real gate into a dataset that real Harbor takes, and a dataset through the gate again."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from codex_loop.errors import UsageError
from codex_loop.harbor import job
from codex_loop.harbor.progress import Step, silent
from codex_loop.store import tasks as store
from codex_loop.store.engine import open_for_writing
from codex_loop.tasks.dataset import read
from codex_loop.tasks.dataset.gating import make, verify
from codex_loop.tasks.gate.workshop import Workshop
from tests.tasks.gate import ground


def spoiled(place: Path, limit: int) -> Path:
    made = ground.task(place, limit=limit)
    (made / "tests/test.sh").write_text("#!/bin/bash\necho 1 > /logs/verifier/reward.txt\n")
    return made


@pytest.mark.contract
def test_tasks_of_several_folders_become_a_dataset_once_and_are_not_run_twice(tmp_path: Path) -> None:
    workshop = ground.real(tmp_path)
    ground.task(tmp_path / "a" / "one")
    ground.task(tmp_path / "b" / "one", limit=61)
    ground.edit(tmp_path / "b" / "one" / "task.toml", "local/one", "local/two")
    spoiled(tmp_path / "b" / "bad", 62)
    heard: list[Step] = []
    output = tmp_path / "mined"
    with open_for_writing(str(tmp_path / "loop.db")) as database:
        tasks = [tmp_path / "a" / "one", tmp_path / "b"]
        first = make(tasks, output, workshop, heard.append, database=database, now_ms=1)
        assert [each.name for each in first.tasks] == ["local/one", "local/two"]
        assert [(each.name, each.state) for each in first.set_aside] == [("local/bad", "quarantined")]
        assert heard[-1] == Step(2, 2, heard[-1].note)
        heard.clear()
        assert make(tasks, output, workshop, heard.append, database=database, now_ms=2) == first
        assert heard == []
        assert [row.name for row in store.datasets(database)] == ["mined_001"]
    assert list(workshop.jobs_dir.iterdir()) == []
    _harbor_takes_it(output, workshop, tmp_path)


def _harbor_takes_it(output: Path, workshop: Workshop, tmp_path: Path) -> None:
    """It runs exactly the tasks of the dataset, with the manifest beside them and what was set aside below."""
    assert workshop.harbor is not None
    order = job.Order(
        path=output, agent="nop", environment=workshop.environment, jobs_dir=tmp_path / "jobs", name="whole"
    )
    ended = job.run(workshop.harbor, order, silent, workshop.environ)
    assert ended.problem is None
    digests = {each.name: each.digest for each in read(output).tasks}
    assert {trial.task: trial.digest for trial in ended.trials} == digests
    manifest = (output / "dataset.toml").read_bytes()
    synced = subprocess.run(
        [str(workshop.harbor.program), "sync"], cwd=output, capture_output=True, text=True, check=False, timeout=120
    )
    assert synced.returncode == 0, synced.stdout + synced.stderr
    assert (output / "dataset.toml").read_bytes().count(b"sha256:") == manifest.count(b"sha256:")
    for digest in digests.values():
        assert digest.encode() in (output / "dataset.toml").read_bytes()


@pytest.mark.contract
def test_a_dataset_that_is_verified_puts_each_task_where_its_state_belongs(tmp_path: Path) -> None:
    output = tmp_path / "mined"
    ground.task(tmp_path / "drafts" / "one")
    ground.task(tmp_path / "drafts" / "two", limit=61)
    with open_for_writing(str(tmp_path / "loop.db")) as database:
        offline = ground.offline(tmp_path)
        drafts = make([tmp_path / "drafts"], output, offline, database=database, now_ms=1, allow_draft=True)
        assert [each.state for each in drafts.tasks] == ["draft", "draft"]
        spoiled(output / "two", 61)
        found = verify([output], ground.real(tmp_path), database=database, now_ms=2)
    assert {Path(each.path).relative_to(output.resolve()).as_posix(): each.state for each in found.tasks} == {
        "one": "validated",
        "set-aside/two": "quarantined",
    }
    assert [each.name for each in found.datasets[0].tasks] == ["local/one"]
    assert read(output) == found.datasets[0]


def test_folders_of_others_stay_as_they_are_and_are_stored(tmp_path: Path) -> None:
    place = ground.task(tmp_path / "theirs" / "one")
    with open_for_writing(str(tmp_path / "loop.db")) as database:
        found = verify([tmp_path / "theirs"], ground.offline(tmp_path), database=database, now_ms=1)
        assert [(row.name, row.state) for row in store.every(database)] == [("local/one", "draft")]
    assert (found.harbor_version, found.lacking, found.datasets) == (None, "not run: Harbor is not there", ())
    assert sorted(each.name for each in (tmp_path / "theirs").iterdir()) == ["one"]
    assert (place / "task.toml").is_file()


def test_a_folder_without_tasks_is_told(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    workshop = ground.offline(tmp_path)
    with open_for_writing(str(tmp_path / "loop.db")) as database:
        with pytest.raises(UsageError, match="empty holds no task"):
            verify([tmp_path / "empty"], workshop, database=database, now_ms=1)
        with pytest.raises(UsageError, match="empty holds no task"):
            make([tmp_path / "empty"], tmp_path / "x", workshop, database=database, now_ms=1)
