"""A store in which three problems were seen in twelve sessions each, and clustered on two days."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from codex_loop.clusters.clustering import cluster
from codex_loop.store import clusters, proposals
from codex_loop.store.engine import Database, open_for_writing
from codex_loop.store.proposals import ProposalRow
from codex_loop.taxonomy.proposals import propose
from tests.clusters.told import DAY_MS, NOW_MS, about, put
from tests.planted import PROBLEMS, Problem

LATER_MS = NOW_MS + 60_000


@pytest.fixture
def database(place: str) -> Iterator[Database]:
    with open_for_writing(place) as opened:
        yield opened


@pytest.fixture
def planted(database: Database) -> Database:
    fill(database)
    return database


def fill(database: Database) -> None:
    """Three problems, seen, clustered on two days, proposed."""
    put(database, [row for problem in PROBLEMS for row in about(problem, range(12))])
    cluster(database, LATER_MS)
    cluster(database, LATER_MS + DAY_MS)
    propose(database, LATER_MS + DAY_MS)


def proposal(database: Database, problem: Problem, *, status: str | None = "pending") -> ProposalRow:
    """The one proposal that the cluster of this problem made."""
    homes = {member.signal_key: member.cluster_key for member in clusters.members(database, "friction")}
    wanted = {homes.get(row.key) for row in about(problem, range(12))}
    (row,) = (row for row in proposals.every(database, status) if row.cluster_key in wanted)
    return row


def name_of(row: ProposalRow) -> str:
    return proposals.proposal_id(row.key)
