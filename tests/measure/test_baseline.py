"""Baseline files come back as they were written, and what is none is refused by name."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from codex_loop.errors import UsageError
from codex_loop.measure import baseline
from codex_loop.measure.compare import compare
from codex_loop.measure.measured import shares
from tests.measure.told import even, run, trial

REFERENCE = {
    "schema": "codex-loop.baseline/1", "created_at": "2026-11-21T08:00:00Z",
    "key": {"harbor_version": "0.25.0", "agent": "codex", "agent_version": "0.169.0", "model": "openai/gpt-5.2",
            "reasoning_effort": None, "env_kind": "local-namespace", "env_import_path": "our_env:OurEnvironment",
            "host": {"os": "linux", "python": "3.12.1"},
            "timeout_multipliers": {"all": 1.0, "agent": None, "verifier": None},
            "agent_kwargs": {"version": "0.169.0"}, "extra_instructions_sha256": None, "skills": []},
    "dataset": {"name": "local/mined", "version": "1.0.0", "manifest_sha256": "abc"},
    "tasks": [{"name": "local/retry", "version": "1.0.0", "digest": "sha256:99", "cluster_id": "clu_3f2a",
               "source_session_id": "0199c0de-0000-7000-8000-000000000001"}],
    "trials": [{"task": "local/retry", "digest": "sha256:99", "trial_id": "40ff", "attempt": 1, "reward": 1.0,
                "rewards": {"reward": 1.0}, "valid": True, "cause": None, "exception_type": None,
                "tokens": {"input": 2700, "cached": 2200, "output": 110}, "cost_usd": 0.0028,
                "seconds": {"environment_setup": 0.2, "agent_setup": 0.1, "agent": 7.2, "verifier": 0.3}}],
}  # fmt: skip


def written(folder: Path, what: object) -> Path:
    path = folder / "baseline.json"
    path.write_text(json.dumps(what), encoding="utf-8")
    return path


def test_a_written_baseline_is_read_as_it_was(tmp_path: Path) -> None:
    measured = run(even(3, 2), more=(trial("local/task-00", 5, None, message="no space left"),))
    path = tmp_path / "baseline.json"
    baseline.write(path, measured)
    assert baseline.read(path) == measured
    assert path.read_text(encoding="utf-8").startswith('{\n "schema": "codex-loop/baseline/1"')
    assert list(tmp_path.iterdir()) == [path]


def test_the_earlier_spelling_of_the_format_is_read(tmp_path: Path) -> None:
    found = baseline.read(written(tmp_path, REFERENCE))
    assert found.key is not None
    assert found.key.env_import_path == "our_env:OurEnvironment"
    assert found.dataset.digest == "abc"
    assert found.trials[0].seconds.setup == pytest.approx(0.3)
    assert found.trials[0].tokens.cached == 2200


def test_a_bare_list_is_joined_by_name_and_said_to_be(tmp_path: Path) -> None:
    lines = [
        {"task": task.rpartition("/")[2], "reward": 1, "duration_ms": 900, "error": None}
        for task in even(7, 4)
        for _ in range(4)
    ]
    found = baseline.read(written(tmp_path, lines))
    compared = compare(found, run(even(7, 0)))
    assert (compared.verdict, compared.joined_by, compared.tasks) == ("regression", "name", 7)
    assert any("joined by name" in warning for warning in compared.warnings)
    assert any("does not say under which conditions" in warning for warning in compared.warnings)
    assert shares(found)[0].amounts["duration"] == pytest.approx(0.9)


def test_an_error_of_a_bare_list_is_no_reward_of_zero(tmp_path: Path) -> None:
    lines = [{"task": "a", "reward": 0, "error": "docker daemon is gone"}, {"task": "a", "reward": 1}]
    found = baseline.read(written(tmp_path, lines))
    assert [(each.valid, each.cause) for each in found.trials] == [(False, "unclassified"), (True, None)]
    assert shares(found)[0].reward == 1.0


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ({"schema": "codex-loop/baseline/9"}, "has the schema codex-loop/baseline/9, which this version does not read"),
        ({"id": "4ef0", "stats": {}}, "it names no schema"),
        ([], "is empty"),
        ([{"reward": 1}], "is no baseline: .*task"),
        ({**REFERENCE, "tasks": REFERENCE["tasks"] * 2}, "names the task local/retry twice"),  # type: ignore[operator]
        ({**REFERENCE, "tasks": []}, "a trial of local/retry, which is not one of its tasks"),
        ({**REFERENCE, "trials": [{"task": 3}]}, "is no baseline"),
        ("text", "is no baseline"),
    ],
)
def test_what_is_no_baseline_is_refused_by_name(tmp_path: Path, what: object, words: str) -> None:
    with pytest.raises(UsageError, match=words) as caught:
        baseline.read(written(tmp_path, what))
    assert "baseline.json" in str(caught.value)


def test_a_torn_or_absent_file_is_told_as_such(tmp_path: Path) -> None:
    path = tmp_path / "baseline.json"
    with pytest.raises(UsageError, match="cannot be read"):
        baseline.read(path)
    path.write_bytes(b'{"schema": "codex-loop/baseline/1", "tasks": [')
    with pytest.raises(UsageError, match="is no baseline"):
        baseline.read(path)
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(UsageError, match="is no baseline"):
        baseline.read(path)


def test_a_place_that_cannot_be_written_is_told_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be written"):
        baseline.write(tmp_path / "absent" / "baseline.json", run(even(1, 1)))
    assert list(tmp_path.iterdir()) == []


def test_a_trial_called_valid_without_a_reward_is_not() -> None:
    told = msgspec.json.encode({**REFERENCE, "trials": [{"task": "local/retry", "valid": True, "reward": None}]})
    assert not baseline._from_file(Path("x"), baseline._file.decode(told)).trials[0].valid
