"""Model names as Harbor wants them: `gpt-5.2` becomes `openai/gpt-5.2`."""

from __future__ import annotations

import re
from collections.abc import Mapping

_PROVIDERS: Mapping[str, re.Pattern[str]] = {
    "openai": re.compile(r"(gpt-|chatgpt-|codex-|o\d)"),
    "anthropic": re.compile(r"(claude-|opus|sonnet|haiku)"),
}
_ADDRESSES: Mapping[str, str] = {"openai": "OPENAI_BASE_URL", "anthropic": "ANTHROPIC_BASE_URL"}
"""Where the agents themselves look for their model; Harbor would take none of it into a sandbox."""
NEED_A_MODEL = ("codex",)
"""Agents that Harbor starts with nothing but a model."""


def full_name(model: str) -> str:
    """With its provider in front, where the name tells it; a name with a provider, or of an unknown one, as it is."""
    if "/" in model:
        return model
    provider = next((name for name, pattern in _PROVIDERS.items() if pattern.match(model)), None)
    return model if provider is None else f"{provider}/{model}"


def base_url(model: str | None, environ: Mapping[str, str]) -> str | None:
    """The address that the environment names for the provider of this model."""
    provider = full_name(model or "").partition("/")[0]
    return environ.get(_ADDRESSES.get(provider, "")) or None
