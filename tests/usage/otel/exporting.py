"""Exports made by hand: events and counters as Claude Code and Codex spell them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from codex_loop.clock import format_ms

Json = dict[str, Any]


def attributes(**said: object) -> list[Json]:
    """Names with an underscore for a dot where a capital D stands: `sessionDid` is `session.id`."""
    return [{"key": name.replace("D", "."), "value": _value(value)} for name, value in said.items()]


def _value(value: object) -> Json:
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": value}
    return {"doubleValue": value} if isinstance(value, float) else {"stringValue": str(value)}


def claude_request(session: str = "s1", number: int = 0, *, time_ms: int = 1_795_000_000_000, **facts: object) -> Json:
    """One `api_request`; facts replace its attributes, and None leaves one out."""
    said: Json = {
        "sessionDid": session,
        "eventDname": "api_request",
        "eventDtimestamp": format_ms(time_ms),
        "model": "claude-sonnet-4-5",
        "input_tokens": 10,
        "output_tokens": 100,
        "cache_read_tokens": 0,
        "cache_creation_tokens": 0,
        "cost_usd": 0.00153,
        "request_id": f"req_{number}",
        "query_source": "sdk",
    } | facts
    kept = {name: value for name, value in said.items() if value is not None}
    return {
        "timeUnixNano": str(time_ms * 1_000_000),
        "body": {"stringValue": "claude_code.api_request"},
        "attributes": attributes(**kept),
    }


def codex_answer(thread: str = "t1", *, time_ms: int = 1_795_000_000_000, **facts: object) -> Json:
    """The record of `response.completed` that has token counts, as texts and numbers as the release mixes them."""
    said: Json = {
        "eventDname": "codex.sse_event",
        "eventDkind": "response.completed",
        "conversationDid": thread,
        "model": "gpt-5.5",
        "eventDtimestamp": format_ms(time_ms),
        "input_token_count": "3000",
        "output_token_count": "50",
        "cached_token_count": 2000,
        "cache_write_token_count": 0,
    } | facts
    return {"timeUnixNano": "0", "body": None, "attributes": attributes(**said)}


def logs(*records: Json, scope: str = "com.anthropic.claude_code.events") -> Json:
    return {"resourceLogs": [{"scopeLogs": [{"scope": {"name": scope}, "logRecords": list(records)}]}]}


def point(value: float, *, begun: int = 1, at: int = 2, **said: object) -> Json:
    known: Json = {"sessionDid": "s1", "model": "claude-sonnet-4-5", "type": "input"} | said
    return {
        "attributes": attributes(**{name: each for name, each in known.items() if each is not None}),
        "startTimeUnixNano": str(begun),
        "timeUnixNano": str(at),
        "asDouble": value,
    }


def metric(*points: Json, name: str = "claude_code.token.usage", temporality: object = 1, **facts: object) -> Json:
    data = {"aggregationTemporality": temporality, "isMonotonic": True, "dataPoints": list(points)} | facts
    return {"resourceMetrics": [{"scopeMetrics": [{"metrics": [{"name": name, "sum": data}]}]}]}


def written(file: Path, *documents: Json) -> Path:
    file.write_text("".join(json.dumps(each) + "\n" for each in documents), encoding="utf-8")
    return file
