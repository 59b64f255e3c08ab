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


def test_only_what_the_agent_did_lets_a_reward_count() -> None:
    assert {"agent_exhausted_budget", "agent_refused_task"} == THE_AGENTS_DOING
