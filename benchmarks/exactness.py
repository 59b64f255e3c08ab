"""Is what the store says what the corpus means? Speed without this is worth nothing."""

from __future__ import annotations

from collections import Counter

import msgspec

from benchmarks.homes import Home
from benchmarks.product import Store
from benchmarks.verdicts import Line

AGENTS = ("codex", "claude")


class Kinds(msgspec.Struct):
    input: int = 0
    cached: int = 0
    cache_write: int = 0
    output: int = 0


class Listed(msgspec.Struct):
    agent: str
    native_id: str
    tokens: Kinds | None = None


class Sessions(msgspec.Struct):
    sessions: list[Listed]


class Meant(msgspec.Struct):
    input: int
    cache_read: int
    cache_write: int
    output: int

    def kinds(self) -> Kinds:
        return Kinds(self.input, self.cache_read, self.cache_write, self.output)


class MeantSession(msgspec.Struct):
    family: str
    tokens: Meant


class MeantAgent(msgspec.Struct):
    tokens: Meant
    by_session: dict[str, MeantSession]


class Truth(msgspec.Struct):
    agents: dict[str, MeantAgent]


def off_the_truth(group: str, filled: Store, home: Home) -> Line:
    """Tokens that the store has and the truth has not, and the other way round, kind by kind."""
    answer = filled.answer("sessions", "--all")
    listed = msgspec.convert(answer, Sessions).sessions
    truth = msgspec.json.decode((home.folder / "truth.json").read_bytes(), type=Truth).agents
    stored = {agent: Kinds() for agent in AGENTS}
    for session in listed:
        if session.tokens and session.agent in stored:
            stored[session.agent] = _plus(stored[session.agent], session.tokens)
    wrong = sum(_distance(stored[agent], truth[agent].tokens.kinds()) for agent in AGENTS)
    odd = _sessions_off(listed, truth)
    note = f"{sum(odd.values())} of {len(listed)} sessions differ" if odd else f"{len(listed)} sessions"
    return Line(group, "tokens off the truth", float(wrong), "", 0.0, note)


def _sessions_off(listed: list[Listed], truth: dict[str, MeantAgent]) -> Counter[str]:
    """How many sessions do not have their own numbers; owners of shared history may be named otherwise."""
    stored = {(session.agent, session.native_id): session.tokens or Kinds() for session in listed}
    odd: Counter[str] = Counter()
    for agent in AGENTS:
        for ident, meant in truth[agent].by_session.items():
            odd[agent] += stored.get((agent, ident)) != meant.tokens.kinds()
    return +odd


def _plus(one: Kinds, other: Kinds) -> Kinds:
    return Kinds(
        one.input + other.input,
        one.cached + other.cached,
        one.cache_write + other.cache_write,
        one.output + other.output,
    )


def _distance(one: Kinds, other: Kinds) -> int:
    pairs = zip(msgspec.structs.astuple(one), msgspec.structs.astuple(other), strict=True)
    return sum(abs(int(mine) - int(theirs)) for mine, theirs in pairs)
