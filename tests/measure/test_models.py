"""Bare model names get their provider, and no other name is touched."""

from __future__ import annotations

import pytest

from codex_loop.measure.models import base_url, full_name


@pytest.mark.parametrize(
    ("bare", "full"),
    [
        ("gpt-5.2", "openai/gpt-5.2"),
        ("o3", "openai/o3"),
        ("codex-mini-latest", "openai/codex-mini-latest"),
        ("claude-opus-4-1", "anthropic/claude-opus-4-1"),
        ("sonnet", "anthropic/sonnet"),
        ("openrouter/gpt-5.2", "openrouter/gpt-5.2"),
        ("ollama-thing", "ollama-thing"),
    ],
)
def test_a_bare_name_means_the_provider_it_tells(bare: str, full: str) -> None:
    assert full_name(bare) == full


def test_the_address_of_a_model_is_the_one_that_its_agents_look_for() -> None:
    environ = {"OPENAI_BASE_URL": "http://127.0.0.1:1/v1", "ANTHROPIC_BASE_URL": ""}
    assert base_url("gpt-5.2", environ) == "http://127.0.0.1:1/v1"
    assert [base_url(name, environ) for name in ("claude-opus-4-1", "openrouter/gpt-5.2", "", None)] == [None] * 4
