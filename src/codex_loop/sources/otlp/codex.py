"""Codex: `codex.sse_event` of the kind `response.completed`, the one of two that has token counts.

`input_token_count` contains what the cache gave and took. The histogram `codex.turn.token_usage` names no thread, so it
cannot be held against one.
"""

from __future__ import annotations

from codex_loop.sources.otlp.documents import Attributes, whole
from codex_loop.sources.otlp.told import Request, Why

AGENT = "codex"
PREFIX = "codex."
SCOPE = "codex_otel"
ANSWER = "codex.sse_event"
TOKENS = "codex.turn.token_usage"


def carries_tokens(said: Attributes) -> bool:
    return said.get("event.kind") == "response.completed" and "input_token_count" in said


def request(said: Attributes, time_ms: int | None, identity: int) -> Request | Why:
    """One answer, or why it is none."""
    session, model = said.get("conversation.id"), said.get("model")
    read, output = whole(said.get("input_token_count")), whole(said.get("output_token_count"))
    cached, written = whole(said.get("cached_token_count", 0)), whole(said.get("cache_write_token_count", 0))
    if not session:
        return "no-session"
    if not model:
        return "no-model"
    if read is None or output is None or cached is None or written is None:
        return "bad-number"
    cached = min(cached, read)
    written = min(written, read - cached)
    return Request(
        agent=AGENT,
        session=str(session),
        model=str(model),
        input=read - cached - written,
        output=output,
        cache_creation=written,
        cache_read=cached,
        time_ms=time_ms,
        identity=identity,
    )
