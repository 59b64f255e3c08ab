"""What other programs say: a claude-monitor report, telemetry of a proxy. Kept whole, and read a little."""

from __future__ import annotations

from typing import Any

import msgspec

from codex_loop.usage.tracker.panes import claude
from codex_loop.usage.tracker.records import INSUFFICIENT

INVALID = "invalid-json"
_TOKENS = ("total_tokens", "totalTokens", "tokens")


class _Limit(msgspec.Struct):
    used_percentage: float | None = None
    resets_at: str | None = None
    tokens_used: int | None = None
    token_limit: int | None = None


class _Limits(msgspec.Struct):
    five_hour: _Limit | None = None
    seven_day: _Limit | None = None


class _Source(msgspec.Struct):
    kind: str | None = None


class _Monitor(msgspec.Struct):
    generated_at: str | None = None
    confidence: str | None = None
    stale: bool | None = None
    source: _Source | None = None
    limits: _Limits | None = None


def monitor(text: str) -> dict[str, Any]:
    """A claude-monitor report in JSON, else a pane of Claude's limits."""
    try:
        told = msgspec.json.decode(text, type=_Monitor)
    except msgspec.ValidationError:
        return {"errors": [INSUFFICIENT]}
    except msgspec.DecodeError:
        bars = claude(text)
        return {**msgspec.to_builtins(bars), "errors": list(bars.errors)}
    limits = told.limits or _Limits()
    short, week = limits.five_hour or _Limit(), limits.seven_day or _Limit()
    said = short.used_percentage is not None or week.used_percentage is not None
    return {
        "generated_at": told.generated_at,
        "confidence": told.confidence,
        "stale": told.stale,
        "source": told.source.kind if told.source else None,
        "session_pct": short.used_percentage,
        "session_resets": short.resets_at,
        "session_tokens": short.tokens_used,
        "session_token_limit": short.token_limit,
        "all_models_pct": week.used_percentage,
        "all_models_resets": week.resets_at,
        "errors": [] if said else [INSUFFICIENT],
    }


def telemetry(text: str) -> dict[str, Any]:
    """JSON lines, or one JSON document: how many records, and their tokens where every one of them tells."""
    try:
        found = _objects(text)
    except msgspec.DecodeError:
        return {"records": None, "total_tokens": None, "errors": [INVALID]}
    tokens = [next((each[name] for name in _TOKENS if isinstance(each.get(name), int)), None) for each in found]
    known = [count for count in tokens if count is not None]
    complete = bool(known) and len(known) == len(found)
    return {"records": len(found), "total_tokens": sum(known) if complete else None, "errors": []}


def _objects(text: str) -> list[dict[str, Any]]:
    try:
        whole = msgspec.json.decode(text)
        listed = whole if isinstance(whole, list) else [whole]
    except msgspec.DecodeError:
        listed = [msgspec.json.decode(line) for line in text.splitlines() if line.strip()]
    return [each for each in listed if isinstance(each, dict)]
