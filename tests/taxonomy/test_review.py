"""Decisions: each is kept with who and why, said twice it is one, and it can be taken back."""

from __future__ import annotations

import msgspec
import pytest

from codex_loop.clusters.clustering import cluster
from codex_loop.errors import UsageError
from codex_loop.store import categories, clusters, proposals
from codex_loop.store.engine import Database
from codex_loop.taxonomy import exchange, review
from codex_loop.taxonomy.classify import classify
from codex_loop.taxonomy.proposals import propose
from tests.clusters.told import DAY_MS, NOW_MS, about, put
from tests.planted import BRANCH, MIGRATION, PEERS
from tests.taxonomy.conftest import LATER_MS, name_of, proposal

AFTER_MS = LATER_MS + 2 * DAY_MS


def named(database: Database) -> dict[int, str]:
    """What each signal is called by a category."""
    return dict(database.rows("SELECT signal_key, category FROM signal_categories"))


def events(database: Database, name: str) -> list[tuple[int, str, str | None]]:
    return [(each.version, each.event, each.reason) for each in categories.history(database, name)]


def test_an_approved_proposal_is_a_category_that_names_its_signals(planted: Database) -> None:
    row = proposal(planted, PEERS)
    done = review.approve(planted, name_of(row), AFTER_MS, name="Peer conflict", reason="weekly", reviewer="ann")
    assert (done.category, done.version) == ("peer_conflict", 1)
    assert done.signals == len(named(planted)) >= 10
    assert set(named(planted)) <= {each.key for each in about(PEERS, range(12))}
    decided = proposal(planted, PEERS, status="accepted")
    assert (decided.reviewer, decided.reason, decided.reviewed_ms) == ("ann", "weekly", AFTER_MS)
    assert events(planted, "peer_conflict") == [(1, "approved", "weekly")]
    assert {each.category for each in clusters.all_of(planted, "friction")} == {None, "peer_conflict"}


def test_approving_twice_is_approving_once(planted: Database) -> None:
    row = proposal(planted, PEERS)
    first = review.approve(planted, name_of(row), AFTER_MS, name="peers")
    again = review.approve(planted, name_of(row), AFTER_MS + 1, name="another")
    assert (again.category, again.version, again.signals) == (first.category, first.version, first.signals)
    assert len(categories.every(planted, None)) == 1


def test_a_taken_name_is_refused_and_nothing_happens(planted: Database) -> None:
    review.approve(planted, name_of(proposal(planted, PEERS)), AFTER_MS, name="known")
    before = named(planted)
    with pytest.raises(UsageError, match="a category known exists; give this one another name with --name"):
        review.approve(planted, name_of(proposal(planted, BRANCH)), AFTER_MS, name="known")
    assert proposal(planted, BRANCH).status == "pending"
    assert named(planted) == before


def test_a_rejected_proposal_cannot_be_approved_and_the_other_way_round(planted: Database) -> None:
    first, second = proposal(planted, PEERS), proposal(planted, BRANCH)
    review.reject(planted, name_of(first), AFTER_MS, reason="vague")
    review.approve(planted, name_of(second), AFTER_MS)
    with pytest.raises(UsageError, match=r"proposal_\w+ is rejected; only a pending proposal can be approved"):
        review.approve(planted, name_of(first), AFTER_MS)
    with pytest.raises(UsageError, match=r"proposal_\w+ is accepted; only a pending proposal can be rejected"):
        review.reject(planted, name_of(second), AFTER_MS, reason="no")


def test_the_beginning_of_an_id_is_enough_unless_two_begin_so(planted: Database) -> None:
    row = proposal(planted, PEERS)
    for text in (name_of(row), name_of(row)[:14], name_of(row).removeprefix("proposal_"), name_of(row).upper()[9:]):
        assert review.find(planted, text).key == row.key
    with planted.transaction():
        proposals.put(planted, [_moved(row, row.key ^ 1)])
    with pytest.raises(UsageError, match="is the beginning of 2 proposals; give more of the id"):
        review.find(planted, name_of(row)[:-1])


def _moved(row: proposals.ProposalRow, number: int) -> proposals.ProposalRow:
    return msgspec.structs.replace(row, key=number)


@pytest.mark.parametrize("text", ["", "proposal_", "proposal_zz", "ffffffffffffffff", "f", "-1", "1_0", "%", "0" * 17])
def test_what_is_no_id_of_a_proposal_is_said_to_be_none(planted: Database, text: str) -> None:
    with pytest.raises(UsageError, match="no proposal is called"):
        review.find(planted, text)


def test_only_what_is_sure_enough_is_promoted_and_the_rest_hears_why(planted: Database) -> None:
    sure = proposal(planted, PEERS)
    done = review.promote(planted, AFTER_MS, least_confidence=0.85, least_samples=10)
    assert name_of(sure) in {each.proposal.id for each in done.promoted}
    assert proposal(planted, PEERS, status="accepted").reviewer == "auto-promote"
    again = review.promote(planted, AFTER_MS, least_confidence=0.85, least_samples=10)
    assert again.promoted == ()
    strict = review.promote(planted, AFTER_MS, least_confidence=1.0, least_samples=99)
    assert all("below 1.0" in why and "of 99" in why for _, why in strict.left)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ("UPDATE schema_proposals SET confidence = 0.849", "confidence 0.849 below 0.85"),
        ("UPDATE schema_proposals SET samples = 9", "9 samples of 10"),
        ("UPDATE schema_proposals SET sessions = 2", "2 sessions of 3"),
        ("UPDATE clusters SET runs = 1", "seen on 1 day of 2"),
    ],
)
def test_each_missing_condition_alone_keeps_a_proposal_from_being_promoted(
    planted: Database, change: str, why: str
) -> None:
    row = proposal(planted, PEERS)
    with planted.transaction():
        planted.execute(change)
    done = review.promote(planted, AFTER_MS, least_confidence=0.85, least_samples=10)
    assert done.promoted == ()
    assert dict(done.left)[name_of(row)] == why or change.startswith("UPDATE schema_proposals SET confidence")
    assert why in dict(done.left)[name_of(row)]


def test_ten_signals_of_one_day_are_not_promoted_and_the_next_day_they_are(database: Database) -> None:
    put(database, about(PEERS, range(14)) + about(BRANCH, range(14)))
    cluster(database, LATER_MS)
    propose(database, LATER_MS)
    assert review.promote(database, LATER_MS, least_confidence=0.85, least_samples=10).promoted == ()
    cluster(database, LATER_MS + DAY_MS)
    propose(database, LATER_MS + DAY_MS)
    done = review.promote(database, LATER_MS + DAY_MS, least_confidence=0.85, least_samples=10)
    assert len(done.promoted) == 2


def test_what_a_category_half_claims_waits_for_a_person(planted: Database) -> None:
    row = proposal(planted, PEERS)
    for other in (BRANCH, MIGRATION):
        review.reject(planted, name_of(proposal(planted, other)), AFTER_MS, reason="not this one")
    members = [each.signal_key for each in clusters.members(planted, "friction") if each.cluster_key == row.cluster_key]
    with planted.transaction():
        claims = [(number, "older", 1, 0.9, "rule", NOW_MS) for number in members[: len(members) * 2 // 3]]
        planted.many("put signal_categories", claims)
    left = dict(review.promote(planted, AFTER_MS, least_confidence=0.5, least_samples=5).left)
    assert "older claims 67% of it" in left[name_of(row)]


def test_an_undone_approval_is_a_pending_proposal_again(planted: Database) -> None:
    row = proposal(planted, PEERS)
    review.approve(planted, name_of(row), AFTER_MS, name="hasty", reviewer="ann")
    done = review.undo(planted, "hasty", AFTER_MS + 1, reason="two in one")
    assert done.taken >= 10
    assert named(planted) == {}
    assert proposal(planted, PEERS) == row
    assert events(planted, "hasty") == [(1, "approved", None), (2, "undone", "two in one")]
    assert {each.category for each in clusters.all_of(planted, "friction")} == {None}
    with pytest.raises(UsageError, match="no category is called hasty"):
        review.undo(planted, "hasty", AFTER_MS + 2)


def test_approved_again_and_undone_again_it_is_no_category(planted: Database) -> None:
    row = proposal(planted, PEERS)
    for _ in range(2):
        review.approve(planted, name_of(row), AFTER_MS, name="hasty")
        review.undo(planted, "hasty", AFTER_MS + 1)
    assert categories.every(planted) == []
    assert [version for version, _, _ in events(planted, "hasty")] == [1, 2, 3, 4]


def test_each_undo_takes_one_more_change_back(planted: Database) -> None:
    review.approve(planted, name_of(proposal(planted, PEERS)), AFTER_MS, name="peers")
    texts = [categories.every(planted)[0].description]
    for text in ("first change", "second change"):
        _described(planted, text)
        texts.append(text)
    seen = []
    for step in range(3):
        seen.append(categories.every(planted)[0].description)
        review.undo(planted, "peers", AFTER_MS + step)
    assert seen == texts[::-1]
    assert categories.every(planted) == []


def _described(database: Database, text: str) -> None:
    catalogue = exchange.export(database, "test", None)
    (name,) = catalogue.categories
    changed = msgspec.structs.replace(catalogue.categories[name], description=text)
    exchange.take(
        database, msgspec.structs.replace(catalogue, categories={name: changed}), AFTER_MS, reviewer="import of a file"
    )


def test_a_word_of_a_person_about_a_signal_stays(planted: Database) -> None:
    judged = about(PEERS, range(12))[0].key
    with planted.transaction():
        planted.many("put signal_categories", [(judged, "somebody_elses", 1, None, "review", NOW_MS)])
    review.approve(planted, name_of(proposal(planted, PEERS)), AFTER_MS, name="peers")
    classify(planted, AFTER_MS)
    assert named(planted)[judged] == "somebody_elses"
    review.undo(planted, "peers", AFTER_MS)
    assert named(planted) == {judged: "somebody_elses"}


def test_the_categories_of_two_problems_do_not_take_each_others_signals(planted: Database) -> None:
    for problem in (PEERS, BRANCH, MIGRATION):
        review.approve(planted, name_of(proposal(planted, problem)), AFTER_MS, name=problem.word)
    called = named(planted)
    for problem in (PEERS, BRANCH, MIGRATION):
        assert {called[row.key] for row in about(problem, range(12)) if row.key in called} == {problem.word}
