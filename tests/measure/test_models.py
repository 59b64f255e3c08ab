"""Bare model names get their provider, and no other name is touched."""

from __future__ import annotations

import pytest

from codex_loop.measure.models import full_name


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
