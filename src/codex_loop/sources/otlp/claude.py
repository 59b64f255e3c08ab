"""Claude Code: `claude_code.api_request` events, and the counters `claude_code.token.usage` and `.cost.usage`.

The event is of a provider's answer and has its request id from 2.1 on. Numbers are numbers in 2.1, texts before.
"""

from __future__ import annotations

from codex_loop.sources.otlp.documents import Attributes, real, whole
from codex_loop.sources.otlp.told import PICO, Kind, Request, Why

AGENT = "claude"
PREFIX = "claude_code."
SCOPE = "com.anthropic.claude_code"
REQUEST = "claude_code.api_request"
TOKENS, COST = "claude_code.token.usage", "claude_code.cost.usage"
_KINDS: dict[object, Kind] = {
    "input": "input",
    "output": "output",
    "cacheRead": "cache_read",
    "cacheCreation": "cache_creation",
}


def request(said: Attributes, time_ms: int | None, identity: int) -> Request | Why:
    """One answer, or why it is none."""
    session, model = said.get("session.id"), said.get("model")
    names = ("input_tokens", "output_tokens", "cache_creation_tokens", "cache_read_tokens")
    numbers = [whole(said.get(name, 0)) for name in names]
    if not session:
        return "no-session"
    if not model:
        return "no-model"
    if "input_tokens" not in said or None in numbers:
        return "bad-number"
    cost = real(said.get("cost_usd"))
    request_id, query = said.get("request_id"), said.get("query_source")
    known = [each or 0 for each in numbers]
    return Request(
        agent=AGENT,
        session=str(session),
        model=str(model),
        input=known[0],
        output=known[1],
        cache_creation=known[2],
        cache_read=known[3],
        cost_pico=None if cost is None else round(cost * PICO),
        request_id=str(request_id) if request_id else None,
        query=str(query) if query else None,
        time_ms=time_ms,
        identity=identity,
    )


def kind(metric: str, said: Attributes) -> Kind | None:
    """What a point of this counter counts; None: a kind that we do not know."""
    return "cost" if metric == COST else _KINDS.get(said.get("type"))
