"""Trials, read from the files that Harbor leaves."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from codex_loop.clock import parse_ms
from codex_loop.harbor.trials import read
from tests.harbor.told import write_trial


def test_a_trial_is_read_whole(tmp_path: Path) -> None:
    folder = write_trial(tmp_path, "wait__abcdefg")
    (trial,) = read(tmp_path)
    assert (trial.task, trial.directory, trial.digest) == ("local/wait", "wait", "sha256:wait")
    assert (trial.trial_id, trial.folder, trial.attempt) == ("id-wait__abcdefg", str(folder), 1)
    assert (trial.reward, trial.valid, trial.cause, trial.exception, trial.message) == (1.0, True, None, None, None)
    assert (trial.input, trial.cached, trial.output, trial.cost_microusd) == (2700, 0, 110, 2800)
    assert (trial.setup_ms, trial.agent_ms, trial.verifier_ms) == (1500, 5000, None)
    assert trial.started_ms == parse_ms("2026-11-21T07:04:50.711Z")
    assert (trial.agent, trial.agent_version, trial.model) == ("codex", "0.169.0", "openai/gpt-5.2")


def test_a_reward_of_zero_is_a_valid_reward(tmp_path: Path) -> None:
    write_trial(tmp_path, "wait__a", reward=0.0)
    (trial,) = read(tmp_path)
    assert (trial.reward, trial.valid) == (0.0, True)


@pytest.mark.parametrize(
    ("exception", "reward", "valid", "cause"),
    [
        ("AgentTimeoutError", 1.0, True, "agent_exhausted_budget"),
        ("AgentTimeoutError", None, False, "agent_exhausted_budget"),
        ("ContentPolicyViolationError", 0.0, True, "agent_refused_task"),
        ("ApiRateLimitError", 0.0, False, "model_provider_failed"),
        ("NonZeroAgentExitCodeError", 0.0, False, "unclassified"),
        ("VerifierTimeoutError", None, False, "verifier_failed"),
    ],
)
def test_a_reward_counts_only_when_what_went_wrong_is_the_agents_doing(
    tmp_path: Path, exception: str, reward: float | None, valid: bool, cause: str
) -> None:
    write_trial(tmp_path, "wait__a", reward=reward, exception=(exception, "it went wrong"))
    (trial,) = read(tmp_path)
    assert (trial.valid, trial.cause, trial.exception, trial.message) == (valid, cause, exception, "it went wrong")


def test_a_trial_without_a_reward_and_without_an_exception_is_the_verifiers_failure(tmp_path: Path) -> None:
    write_trial(tmp_path, "wait__a", reward=None)
    (trial,) = read(tmp_path)
    assert (trial.valid, trial.cause) == (False, "verifier_failed")


def test_a_reward_of_another_name_is_not_taken_for_one(tmp_path: Path) -> None:
    write_trial(tmp_path, "wait__a", verifier_result={"rewards": {"style": 1.0}})
    (trial,) = read(tmp_path)
    assert (trial.reward, trial.valid, trial.cause) == (None, False, "verifier_failed")


def test_a_task_of_several_steps_is_not_counted_and_says_why(tmp_path: Path) -> None:
    write_trial(tmp_path, "wait__a", step_results=[{"step_name": "one"}])
    (trial,) = read(tmp_path)
    assert (trial.valid, trial.cause) == (False, "several_steps")
    assert trial.message is not None
    assert "several steps" in trial.message


def test_a_secret_in_a_message_is_not_read(tmp_path: Path) -> None:
    secret = "ghp_" + "A1b2C3d4E5" * 3 + "abcdef"
    write_trial(tmp_path, "wait__a", reward=None, exception=("RuntimeError", f"401 for token {secret}"))
    (trial,) = read(tmp_path)
    assert trial.message is not None
    assert secret not in trial.message


@pytest.mark.parametrize(
    ("source", "status", "mode", "cause"),
    [
        ("/app", "ok", "separate", None),
        ("/app", "failed", "separate", "harbor_failed"),
        ("/app", "failed", "shared", None),
        ("/logs/artifacts", "failed", "separate", None),
    ],
)
def test_a_verifier_that_did_not_get_the_agents_work_graded_nothing(
    tmp_path: Path, source: str, status: str, mode: str, cause: str | None
) -> None:
    folder = write_trial(tmp_path, "wait__a", reward=0.0, verifier_environment_mode=mode)
    (folder / "artifacts").mkdir()
    manifest = [{"source": source, "destination": "artifacts/app", "type": "directory", "status": status}]
    (folder / "artifacts" / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    (trial,) = read(tmp_path)
    assert (trial.valid, trial.cause) == (cause is None, cause)


def test_attempts_are_numbered_in_the_order_in_which_they_started(tmp_path: Path) -> None:
    write_trial(tmp_path, "wait__z", started="2026-11-21T07:00:00Z")
    write_trial(tmp_path, "wait__a", started="2026-11-21T08:00:00Z")
    write_trial(tmp_path, "other__m", started="2026-11-21T07:30:00Z")
    assert [(trial.directory, trial.attempt, trial.trial_id) for trial in read(tmp_path)] == [
        ("wait", 1, "id-wait__z"),
        ("other", 1, "id-other__m"),
        ("wait", 2, "id-wait__a"),
    ]


@pytest.mark.parametrize("content", [b'{"id": "40ff', b'{"id": "\xff"}', b'{"x": ' + b"[" * 5000 + b"]" * 5000 + b"}"])
def test_a_torn_result_is_an_invalid_trial_and_not_an_error(content: bytes, tmp_path: Path) -> None:
    folder = write_trial(tmp_path, "wait__a")
    (folder / "result.json").write_bytes(content)
    (trial,) = read(tmp_path)
    assert (trial.directory, trial.digest, trial.valid, trial.cause) == ("wait", "sha256:wait", False, "harbor_failed")


def test_a_trial_that_was_cut_short_left_no_result_and_is_no_trial(tmp_path: Path) -> None:
    (write_trial(tmp_path, "wait__a") / "result.json").unlink()
    (tmp_path / "job.log").write_text("…", encoding="utf-8")
    assert read(tmp_path) == ()


def test_a_job_that_never_began_has_no_trials(tmp_path: Path) -> None:
    assert read(tmp_path / "nothing") == ()
