"""`ccusage claude daily|weekly|monthly|session`: tokens by model in a list."""

from __future__ import annotations

from codex_loop.sources.ccusage import periods, values
from codex_loop.sources.ccusage.report import ModelUse, Row, Tokens
from codex_loop.sources.ccusage.values import At, Body


def v20(of: Body, at: At) -> Row:
    first_activity, _ = periods.activity(of, at, "firstActivity")
    last_activity, last_ms = periods.activity(of, at, "lastActivity")
    return Row(
        key=periods.key(of, at),
        tokens=values.tokens(of, at),
        agent="claude",
        agents=("claude",),
        cost_usd=values.amount(of, at, "totalCost"),
        models=models(of, at),
        model_names=values.names_of(of, at, "modelsUsed"),
        project=values.text(of, at, "project", "projectPath"),
        first_activity=first_activity,
        last_activity=last_activity,
        last_ms=last_ms,
    )


def models(of: Body, at: At) -> tuple[ModelUse, ...]:
    """`modelBreakdowns`, which the unified report has as well."""
    inside = at.inside("modelBreakdowns")
    return tuple(
        _model(values.body(each, inside), inside) for each in values.rows(of.get("modelBreakdowns", []), inside)
    )


def _model(of: Body, at: At) -> ModelUse:
    counts = Tokens(
        input=values.counted(of, at, "inputTokens"),
        cache_read=values.counted(of, at, "cacheReadTokens"),
        cache_write=values.counted(of, at, "cacheCreationTokens"),
        output=values.counted(of, at, "outputTokens"),
        reasoning=values.count(of, at, "reasoningOutputTokens"),
    )
    return ModelUse(
        name=values.named(of, at, "modelName"),
        tokens=Tokens(
            input=counts.input,
            cache_read=counts.cache_read,
            cache_write=counts.cache_write,
            output=counts.output,
            reasoning=counts.reasoning,
            total=values.parts_sum(counts),
        ),
        cost_usd=values.amount(of, at, "cost"),
        unpriced=values.flag(of, at, "missingPricing"),
    )
