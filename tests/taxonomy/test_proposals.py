"""Clusters that last become proposals: each with measured parts, none twice, none without its cluster."""

from __future__ import annotations

import pytest

from codex_loop.clusters.clustering import cluster
from codex_loop.embedding.hashed import Hashed
from codex_loop.store import clusters, proposals
from codex_loop.store.engine import Database
from codex_loop.taxonomy import review
from codex_loop.taxonomy.proposals import category_name, propose
from tests.clusters.told import DAY_MS, about, forget, put, signal
from tests.planted import BRANCH, MIGRATION, PEERS
from tests.taxonomy.conftest import LATER_MS, name_of, proposal

AFTER_MS = LATER_MS + 2 * DAY_MS


def test_an_empty_store_proposes_nothing(database: Database) -> None:
    assert proposals.every(database) == []
    assert propose(database, LATER_MS).new == 0


def test_each_problem_is_proposed_with_measured_parts_and_evidence(planted: Database) -> None:
    for problem in (PEERS, BRANCH):
        told = proposals.told(proposal(planted, problem))
        assert (told.type, told.status, told.proposer) == ("friction", "pending", "rule")
        assert told.sample_count >= 10
        assert told.distinct_sessions == told.sample_count
        assert set(told.confidence_parts) == {"size", "sessions", "cohesion", "stability", "purity", "precision"}
        assert all(0 <= part <= 1 for part in told.confidence_parts.values())
        known = {f"sig_{row.key:016x}" for row in about(problem, range(12))}
        assert set(told.evidence) <= known
        assert told.evidence


def test_proposing_again_changes_nothing(planted: Database) -> None:
    before = proposals.every(planted)
    again = propose(planted, AFTER_MS)
    assert (again.new, again.updated, again.withdrawn) == (0, 0, 0)
    assert proposals.every(planted) == before


def test_a_cluster_of_one_session_is_too_small_to_be_proposed(database: Database) -> None:
    put(database, [signal(number, "cannot push to the protected branch", session=1) for number in range(9)])
    cluster(database, LATER_MS)
    report = propose(database, LATER_MS)
    assert (report.new, report.too_small) == (0, 1)


def test_a_proposal_whose_cluster_is_gone_is_withdrawn(planted: Database) -> None:
    gone = proposal(planted, BRANCH)
    forget(planted, about(BRANCH, range(12)), LATER_MS + DAY_MS)
    cluster(planted, AFTER_MS)
    assert propose(planted, AFTER_MS).withdrawn == 1
    assert {row.key: row.status for row in proposals.every(planted)}[gone.key] == "withdrawn"
    assert propose(planted, AFTER_MS).withdrawn == 0


def test_a_rejected_proposal_comes_back_only_when_its_cluster_has_doubled(planted: Database) -> None:
    rejected = proposal(planted, PEERS)
    review.reject(planted, name_of(rejected), AFTER_MS, reason="too vague", reviewer="ann")
    _more(planted, 4)
    assert [row.status for row in _of(planted, rejected.cluster_key)] == ["rejected"]
    _more(planted, 20)
    found = {row.status: row for row in _of(planted, rejected.cluster_key)}
    assert set(found) == {"rejected", "pending"}
    assert found["rejected"].reason == "too vague"
    assert found["pending"].samples >= 2 * rejected.samples


def _more(database: Database, count: int) -> None:
    put(database, about(PEERS, range(100, 100 + count), found_ms=AFTER_MS))
    cluster(database, AFTER_MS + 1, force=True)
    propose(database, AFTER_MS + 2)


def _of(database: Database, cluster_key: int) -> list[proposals.ProposalRow]:
    return [row for row in proposals.every(database) if row.cluster_key == cluster_key]


def test_what_a_category_explains_is_linked_to_it_and_not_proposed(planted: Database) -> None:
    first = proposal(planted, PEERS)
    review.approve(planted, name_of(first), AFTER_MS, name="peers")
    # The same problem in a cluster of its own, as if a later grouping had split it.
    with planted.transaction():
        planted.execute("UPDATE schema_proposals SET cluster_key = 1 WHERE key = ?", (first.key,))
        planted.execute("UPDATE clusters SET category = NULL")
    report = propose(planted, AFTER_MS)
    assert (report.explained, report.new) == (1, 0)
    linked = {row.key: row.category for row in clusters.all_of(planted, "friction")}
    assert linked[first.cluster_key] == "peers"


def test_a_withdrawn_proposal_comes_back_with_its_cluster(planted: Database) -> None:
    row = proposal(planted, MIGRATION)
    put(planted, [], LATER_MS)
    with planted.transaction():
        planted.execute("UPDATE clusters SET state = 'dormant' WHERE key = ?", (row.cluster_key,))
    assert propose(planted, AFTER_MS).withdrawn == 1
    with planted.transaction():
        planted.execute("UPDATE clusters SET state = 'active' WHERE key = ?", (row.cluster_key,))
    propose(planted, AFTER_MS)
    assert proposal(planted, MIGRATION).key == row.key


def test_a_proposal_whose_cluster_went_into_another_proposed_one_is_superseded_by_that_one(planted: Database) -> None:
    former, heir = proposal(planted, MIGRATION), proposal(planted, PEERS)
    heir_id = clusters.cluster_id(heir.cluster_key)
    origins = f'["{heir_id}", "{clusters.cluster_id(former.cluster_key)}"]'
    with planted.transaction():
        planted.execute("UPDATE clusters SET state = 'dead' WHERE key = ?", (former.cluster_key,))
        planted.many("insert cluster_lineage", [(AFTER_MS, "merged", heir.cluster_key, origins, 0.6)])
    report = propose(planted, AFTER_MS)
    assert (report.superseded, report.withdrawn) == (1, 0)
    told = proposal(planted, MIGRATION, status="superseded")
    assert told.key == former.key
    assert told.reason == f"its cluster went into {heir_id}"
    assert propose(planted, AFTER_MS).superseded == 0
    with planted.transaction():
        planted.execute("UPDATE clusters SET state = 'active' WHERE key = ?", (former.cluster_key,))
    propose(planted, AFTER_MS)
    back = proposal(planted, MIGRATION)
    assert (back.key, back.reason) == (former.key, None)


def test_what_took_a_cluster_over_is_followed_to_the_one_that_lives(planted: Database) -> None:
    first, second, last = (proposal(planted, problem).cluster_key for problem in (MIGRATION, BRANCH, PEERS))
    ids = [clusters.cluster_id(number) for number in (first, second, last)]
    with planted.transaction():
        planted.execute("UPDATE clusters SET state = 'dead' WHERE key IN (?, ?)", (first, second))
        planted.many("insert cluster_lineage", [(AFTER_MS, "merged", second, f'["{ids[1]}", "{ids[0]}"]', 0.6)])
    assert clusters.successor(planted, ids[0]) is None
    with planted.transaction():
        planted.many("insert cluster_lineage", [(AFTER_MS + 1, "merged", last, f'["{ids[2]}", "{ids[1]}"]', 0.6)])
    assert clusters.successor(planted, ids[0]) == ids[2]
    assert clusters.successor(planted, ids[2]) is None


def test_after_a_change_of_the_model_proposals_speak_of_the_new_one(
    planted: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("codex_loop.embedding.choice.embedder", Hashed)
    cluster(planted, AFTER_MS)
    propose(planted, AFTER_MS)
    pending = proposals.every(planted, "pending")
    assert pending
    assert all("hashed-words" in row.rule for row in pending)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Missing Fixture", "missing_fixture"),
        ("  --a__b-- ", "a_b"),
        ("Ärger; DROP TABLE", "rger_drop_table"),
        ("…", "unnamed"),
        ("x" * 90, "x" * 60),
        ("a" * 59 + "__b", "a" * 59),
    ],
)
def test_a_category_has_a_name_that_can_be_typed(text: str, name: str) -> None:
    assert category_name(text) == name
    assert category_name(name) == name
