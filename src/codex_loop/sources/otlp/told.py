"""What one export can tell of tokens, in one form for all agents."""

from __future__ import annotations

from typing import Literal

import msgspec

Kind = Literal["input", "output", "cache_creation", "cache_read", "cost"]
What = Literal["metric", "event", "span"]
Why = Literal["no-tokens", "no-session", "no-counter", "unknown-kind", "bad-number", "foreign", "no-model"]
PICO = 10**12
"""Costs are counted in whole pico-dollars, so that sums are exact."""


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """One answer of a provider, as an event told it. `input` leaves out what the cache gave or took."""

    agent: str
    session: str
    model: str
    input: int
    output: int
    cache_creation: int
    cache_read: int
    cost_pico: int | None = None
    request_id: str | None = None
    query: str | None = None
    """The agent's own word for what the request was for: `sdk`, `compact`, `generate_session_title`."""
    time_ms: int | None = None
    identity: int = 0
    """The same for the same event, however often and by whichever way it was exported."""

    @property
    def total(self) -> int:
        return self.input + self.output + self.cache_creation + self.cache_read


class Count(msgspec.Struct, frozen=True, kw_only=True):
    """One data point of a counter: tokens, or pico-dollars."""

    agent: str
    session: str
    model: str
    kind: Kind
    value: int
    stream: int
    """Points of one stream are added up, or follow one another."""
    begun_ns: int
    """0 where nobody says when the counting began."""
    time_ns: int
    cumulative: bool
    query: str | None = None


class Other(msgspec.Struct, frozen=True):
    """Something that is not compared, by its name alone, and why."""

    name: str
    what: What
    why: Why
    count: int = 1


Told = Request | Count | Other
