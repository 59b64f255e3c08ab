"""`ccusage codex daily|monthly|session` of version 20, and `@ccusage/codex` of version 18, which counts otherwise."""

from __future__ import annotations

from collections.abc import Callable

from codex_loop.sources.ccusage import periods, values
from codex_loop.sources.ccusage.report import ModelUse, Row, Tokens
from codex_loop.sources.ccusage.values import At, Body


def v20(of: Body, at: At) -> Row:
    return _row(of, at, values.tokens)


def v18(of: Body, at: At) -> Row:
    return _row(of, at, v18_tokens)


def v18_tokens(of: Body, at: At) -> Tokens:
    """Version 18 has the cached tokens inside the input, and knows nothing of tokens written to the cache."""
    read = values.counted(of, at, "inputTokens")
    cached = min(values.counted(of, at, "cachedInputTokens"), read)
    return Tokens(
        input=read - cached,
        cache_read=cached,
        output=values.counted(of, at, "outputTokens"),
        reasoning=values.count(of, at, "reasoningOutputTokens"),
        total=values.counted(of, at, "totalTokens"),
    )


def _row(of: Body, at: At, tokens: Callable[[Body, At], Tokens]) -> Row:
    last_activity, last_ms = periods.activity(of, at, "lastActivity")
    models = values.body(of.get("models", {}), at.inside("models"))
    uses = tuple(_model(name, each, at.inside(name[:80]), tokens) for name, each in models.items())
    return Row(
        key=periods.key(of, at),
        tokens=tokens(of, at),
        agent="codex",
        agents=("codex",),
        cost_usd=values.amount(of, at, "costUSD"),
        models=uses,
        model_names=tuple(use.name for use in uses),
        last_activity=last_activity,
        last_ms=last_ms,
    )


def _model(name: str, value: object, at: At, tokens: Callable[[Body, At], Tokens]) -> ModelUse:
    of = values.body(value, at)
    return ModelUse(
        name=name,
        tokens=tokens(of, at),
        cost_usd=values.amount(of, at, "costUSD"),
        fallback=values.flag(of, at, "isFallback"),
        unpriced=values.flag(of, at, "missingPricing"),
    )
