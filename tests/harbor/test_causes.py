"""The table of causes."""

from __future__ import annotations

import pytest

from codex_loop.harbor.causes import THE_AGENTS_DOING, cause_of


@pytest.mark.parametrize(
    ("exception", "cause"),
    [
        ("AgentTimeoutError", "agent_exhausted_budget"),
        ("AgentSafetyRefusalError", "agent_refused_task"),
        ("SandboxBuildFailedError", "sandbox_failed"),
        ("ApiRateLimitError", "model_provider_failed"),
        ("litellm.exceptions.RateLimitError", "model_provider_failed"),
        ("RewardFileNotFoundError", "verifier_failed"),
        ("CancelledError", "cancelled"),
        ("NonZeroAgentExitCodeError", "unclassified"),
        ("SomethingNobodyListed", "unclassified"),
    ],
)
def test_an_exception_has_the_cause_of_the_table(exception: str, cause: str) -> None:
    assert cause_of(exception) == cause


@pytest.mark.parametrize(
    ("said", "cause"),
    [
        ("You\u2019ve hit your usage limit. Try again at 5:50 PM.", "model_provider_failed"),
        ("unexpected status 503 Service Unavailable", "model_provider_failed"),
        ('the tool said \\"no\\" and I gave up', "unclassified"),
    ],
)
def test_what_codex_says_of_its_end_tells_whose_doing_it_was(said: str, cause: str) -> None:
    output = f'Command failed (exit 1): codex exec\nstdout: …\n{{"type":"turn.failed","error":{{"message":"{said}"}}}}'
    assert cause_of("NonZeroAgentExitCodeError", output) == cause


def test_words_of_the_agents_own_work_say_nothing_of_the_provider() -> None:
    output = 'stdout: {"type":"item.completed","item":{"text":"the test of the rate limit fails"}}'
    assert cause_of("NonZeroAgentExitCodeError", output) == "unclassified"


def test_only_what_the_agent_did_lets_a_reward_count() -> None:
    assert {"agent_exhausted_budget", "agent_refused_task"} == THE_AGENTS_DOING


def test_an_image_that_docker_cannot_build_is_no_unknown_cause() -> None:
    said = "Docker compose command failed for environment a-task. Command: docker compose build. Return code: 1."
    assert cause_of("RuntimeError", said) == "sandbox_failed"
    assert cause_of("RuntimeError", "something else") == "unclassified"
