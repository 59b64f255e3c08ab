"""`ccusage daily|weekly|monthly|session`: all agents in one, split by agent where `--by-agent` was asked for."""

from __future__ import annotations

import msgspec

from codex_loop.sources.ccusage import claude, periods, values
from codex_loop.sources.ccusage.report import Row, Tokens
from codex_loop.sources.ccusage.values import At, Body


def v20(of: Body, at: At) -> Row:
    name = periods.key(of, at, "period")
    whole = _row(of, at, name)
    inside = at.inside("agents")
    parts = tuple(_row(values.body(each, inside), inside, name) for each in values.rows(of.get("agents", []), inside))
    if not parts:
        return whole
    return msgspec.structs.replace(whole, parts=parts, agents=tuple(part.agent for part in parts if part.agent))


def _row(of: Body, at: At, name: str) -> Row:
    facts = values.body(of.get("metadata", {}), at.inside("metadata"))
    last_activity, last_ms = periods.activity(facts, at, "lastActivity")
    agent = values.named(of, at, "agent")
    told = values.names_of(facts, at, "agents")
    return Row(
        key=name,
        tokens=_with_reasoning(values.tokens(of, at), values.count(facts, at, "reasoningOutputTokens")),
        agent=agent,
        agents=told or (() if agent == "all" else (agent,)),
        cost_usd=values.amount(of, at, "totalCost"),
        models=claude.models(of, at),
        model_names=values.names_of(of, at, "modelsUsed"),
        last_activity=last_activity,
        last_ms=last_ms,
    )


def _with_reasoning(tokens: Tokens, reasoning: int | None) -> Tokens:
    return tokens if reasoning is None else msgspec.structs.replace(tokens, reasoning=reasoning)
