"""What real Harbor left behind is read, joined and compared. `tests/measure/record.py` makes the folders anew."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import msgspec
import pytest

from codex_loop.harbor.trials import read
from codex_loop.measure import results, stored
from codex_loop.measure.compare import compare
from codex_loop.measure.measured import Measured, Task, causes, reward
from codex_loop.measure.target import Subject, Target
from codex_loop.store.evals import EvalRunRow
from tests.measure.record import JOBS

TRIALS = {agent: read(JOBS / agent) for agent in ("oracle", "nop")}


def target() -> Target:
    subjects = [
        Subject(task=Task(name=trial.task, digest=trial.digest), directory=trial.directory)
        for trial in sorted(TRIALS["oracle"], key=lambda trial: trial.task)
    ]
    return Target(path=Path("/mined"), name="mined", digest="sha256:d", subjects=tuple(subjects))


def measured(job: Path) -> Measured:
    known: dict[str, Any] = dict.fromkeys(EvalRunRow.__struct_fields__) | {
        "key": 1, "name": job.name, "dataset": "mined", "state": "complete", "started_ms": 0, "expected": 6,
        "identity": "null", "body": msgspec.json.encode(stored.Body(tasks=target().tasks)).decode(),
    }  # fmt: skip
    return stored.measured(EvalRunRow(**known), results.rows(1, target(), read(job)))


def test_the_solution_solves_all_and_nothing_solves_none() -> None:
    assert reward(measured(JOBS / "oracle")) == 1.0
    assert reward(measured(JOBS / "nop")) == 0.0


def test_one_attempt_at_six_tasks_is_enough_for_a_regression_of_all() -> None:
    found = compare(measured(JOBS / "oracle"), measured(JOBS / "nop"))
    assert (found.verdict, found.joined_by, found.tasks) == ("regression", "digest", 6)
    assert found.mcnemar is not None
    assert (found.mcnemar.lost, found.mcnemar.won, found.mcnemar.p) == (6, 0, 0.03125)


def test_both_runs_are_of_the_same_tasks_and_say_how_long_they_took() -> None:
    assert {trial.digest for trial in TRIALS["oracle"]} == {trial.digest for trial in TRIALS["nop"]}
    assert all(trial.seconds.agent is not None for trial in measured(JOBS / "oracle").trials)
    assert all(trial.tokens.input is None for trial in measured(JOBS / "oracle").trials)


def test_a_torn_result_is_an_invalid_trial_of_its_task(tmp_path: Path) -> None:
    job = Path(shutil.copytree(JOBS / "oracle", tmp_path / "job"))
    torn = next(job.glob("retry-3__*/result.json"))
    torn.write_bytes(torn.read_bytes()[:200])
    found = measured(job)
    assert causes(found) == {"harbor_failed": 1}
    assert [trial.task for trial in found.trials if not trial.valid] == ["local/retry-3"]
    assert reward(found) == 1.0


def test_a_trial_of_another_content_than_was_asked_for_does_not_count(tmp_path: Path) -> None:
    job = Path(shutil.copytree(JOBS / "oracle", tmp_path / "job"))
    lock = next(job.glob("retry-3__*/lock.json"))
    other = "sha256:" + "0" * 64
    (digest,) = [subject.task.digest for subject in target().subjects if subject.directory == "retry-3"]
    assert digest is not None
    lock.write_text(lock.read_text(encoding="utf-8").replace(digest, other), encoding="utf-8")
    assert causes(measured(job)) == {results.CHANGED: 1}


def test_no_recorded_file_names_the_machine_it_was_made_on() -> None:
    for path in JOBS.rglob("*.json"):
        text = path.read_text(encoding="utf-8")
        assert "/home/" not in text
        assert "/tmp/" not in text
        assert "/root" not in text


@pytest.mark.parametrize("agent", ["oracle", "nop"])
def test_a_task_that_was_not_asked_for_is_not_counted(agent: str) -> None:
    few = Target(path=Path("/mined"), name="mined", digest="sha256:d", subjects=target().subjects[:2])
    assert len(results.rows(1, few, TRIALS[agent])) == 2
