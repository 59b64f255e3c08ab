"""Fixtures of the contract tests: the real agents, put on stage once per version."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import NamedTuple

import pytest

from codex_loop.store.sessions import Session
from tests.contract.plays import plays_for
from tests.contract.stage import Performance, perform
from tests.contract.view import Store
from tools.catalog import CLAUDE_VERSIONS, CODEX_VERSIONS, MissingToolError, find


class Run(NamedTuple):
    """All plays of one version, and the one store that read what they left."""

    performances: dict[str, Performance]
    store: Store
    sessions: dict[str, Session]


CORE = {
    "tools",
    "resume",
    "kill",
    "denial",
    "interrupt",
    "compaction",
    "fork",
    "server-fork",
    "revert",
    "subagent",
    "given-history",
}
NEWEST = {("codex", CODEX_VERSIONS[-1]), ("claude", CLAUDE_VERSIONS[-1])}
Staged = Callable[[str, str], Run]


def live_plays(agent: str, version: str) -> list[str]:
    """All plays of the newest releases; of older ones, whose recordings cannot change any more, the most telling."""
    whole = (agent, version) in NEWEST or os.environ.get("CODEX_LOOP_ALL_PLAYS") == "1"
    return [play for play in plays_for(agent, version) if whole or play in CORE]


def required(agent: str, version: str) -> None:
    """The test goes on only with this program: without it, it is skipped, and in CI it fails."""
    try:
        find(agent, version)
    except MissingToolError as missing:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(str(missing))


@pytest.fixture(scope="session")
def staged(tmp_path_factory: pytest.TempPathFactory) -> Staged:
    """Runs every play of a version with the real binary, once, and reads the homes into one store."""

    @cache
    def run(agent: str, version: str) -> Run:
        required(agent, version)
        root = tmp_path_factory.mktemp(f"{agent}-{version}")
        plays = live_plays(agent, version)
        # The agents mostly wait, for retries and for each other; each play has its own home and its own provider.
        with ThreadPoolExecutor(max_workers=3) as pool:
            done = list(pool.map(lambda play: perform(agent, version, play, root / play), plays))
        performances = dict(zip(plays, done, strict=True))
        store = Store(root / "store.db")
        homes = [each.codex_home if agent == "codex" else each.claude_home for each in performances.values()]
        store.ingest(codex=homes) if agent == "codex" else store.ingest(claude=homes)
        return Run(performances, store, store.sessions())

    return run
