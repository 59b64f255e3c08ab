"""Is what the store says what the corpus means? Speed without this is worth nothing."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing

import msgspec
import zstandard

from benchmarks.homes import Home
from benchmarks.peers import UNIFIED, Ccusage
from benchmarks.product import Store
from benchmarks.verdicts import Line

AGENTS = ("codex", "claude")


class Kinds(msgspec.Struct):
    """Tokens, as a session of the product has them."""

    input: int = 0
    cached: int = 0
    cache_write: int = 0
    output: int = 0

    def distance(self, other: Kinds) -> int:
        pairs = zip(msgspec.structs.astuple(self), msgspec.structs.astuple(other), strict=True)
        return sum(abs(int(mine) - int(theirs)) for mine, theirs in pairs)


class Listed(msgspec.Struct):
    """A session of `codex-loop sessions --json`."""

    agent: str
    native_id: str
    tokens: Kinds | None = None
    prompts: int | None = None
    tool_calls: int | None = None
    failures: int | None = None


class Sessions(msgspec.Struct):
    sessions: list[Listed]


class Meant(msgspec.Struct):
    """Tokens, as the truth has them."""

    input: int
    cache_read: int
    cache_write: int
    output: int

    def kinds(self) -> Kinds:
        return Kinds(self.input, self.cache_read, self.cache_write, self.output)


class MeantSession(msgspec.Struct):
    tokens: Meant


class MeantAgent(msgspec.Struct):
    tokens: Meant
    prompts: int
    tool_calls: int
    failed: int
    by_session: dict[str, MeantSession]


class Truth(msgspec.Struct):
    agents: dict[str, MeantAgent]
    secrets: list[str]


def truth_of(home: Home) -> dict[str, MeantAgent]:
    return _truth(home).agents


def _truth(home: Home) -> Truth:
    return msgspec.json.decode((home.folder / "truth.json").read_bytes(), type=Truth)


def sessions_of(filled: Store) -> list[Listed]:
    return msgspec.convert(filled.answer("sessions", "--all"), Sessions).sessions


def tokens_off(group: str, filled: Store, home: Home) -> Line:
    """Tokens that the store has and the truth has not, and the other way round, kind by kind."""
    listed, truth = sessions_of(filled), truth_of(home)
    wrong = sum(_spent(listed, agent).distance(truth[agent].tokens.kinds()) for agent in AGENTS)
    different = _sessions_off(listed, truth)
    note = f"{different} of {len(listed)} sessions have other numbers" if different else f"{len(listed)} sessions"
    return Line(group, "tokens off the truth", float(wrong), "", 0.0, note)


def acts_off(group: str, filled: Store, home: Home) -> Iterator[Line]:
    """The same for what people and agents did: only the full lane knows."""
    listed, truth = sessions_of(filled), truth_of(home)
    for what, meant_name in (("prompts", "prompts"), ("tool_calls", "tool_calls"), ("failures", "failed")):
        stored = [sum(getattr(one, what) or 0 for one in listed if one.agent == agent) for agent in AGENTS]
        meant = [int(getattr(truth[agent], meant_name)) for agent in AGENTS]
        wrong = sum(abs(mine - theirs) for mine, theirs in zip(stored, meant, strict=True))
        note = ", ".join(f"{agent} {mine} of {want}" for agent, mine, want in zip(AGENTS, stored, meant, strict=True))
        yield Line(group, f"{what.replace('_', ' ')} off the truth", float(wrong), "", 0.0, note)


def secrets_left(group: str, filled: Store, home: Home) -> Line:
    """Planted credentials that stand readable in the store's files; the password alone is enough."""
    secrets = [secret.split("@")[0].rsplit(":", 1)[-1].encode() for secret in _truth(home).secrets]
    stored = b"".join(
        [*(path.read_bytes() for path in filled.path.parent.rglob("*") if path.is_file()), *_archived(filled)]
    )
    found = sum(secret in stored for secret in secrets)
    return Line(group, "planted secrets in store and archive", float(found), "", 0.0, f"of {len(secrets)}")


def _archived(filled: Store) -> Iterator[bytes]:
    """The archive is compressed: a secret in it would not be seen from outside."""
    unpack = zstandard.ZstdDecompressor()
    with closing(sqlite3.connect(filled.path)) as database:
        for (data,) in database.execute("SELECT data FROM archive_segments"):
            yield unpack.decompress(data)


def peer_off(group: str, peer: Ccusage, home: Home) -> Line:
    """How far the peer is from the truth of the same tree."""
    totals = json.loads(peer.run(UNIFIED, home.folder))["totals"]
    keys = ("inputTokens", "cacheReadTokens", "cacheCreationTokens", "outputTokens")
    printed = Kinds(*(int(totals[key]) for key in keys))
    meant = [truth_of(home)[agent].tokens.kinds() for agent in AGENTS]
    both = Kinds(*(sum(kinds) for kinds in zip(*map(msgspec.structs.astuple, meant), strict=True)))
    share = printed.distance(both) / sum(msgspec.structs.astuple(both))
    return Line(group, "ccusage off the truth, same tree", 100 * share, "%")


def _spent(listed: list[Listed], agent: str) -> Kinds:
    rows = [msgspec.structs.astuple(one.tokens) for one in listed if one.agent == agent and one.tokens]
    return Kinds(*(sum(column) for column in zip(*rows, strict=True)))


def _sessions_off(listed: list[Listed], truth: dict[str, MeantAgent]) -> int:
    """Sessions that do not have their own numbers; the owner of shared history may be another one."""
    stored = {(one.agent, one.native_id): one.tokens or Kinds() for one in listed}
    return sum(
        stored.get((agent, ident)) != meant.tokens.kinds()
        for agent in AGENTS
        for ident, meant in truth[agent].by_session.items()
    )
