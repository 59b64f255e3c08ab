"""Approved categories name what comes next; what they cannot judge they leave alone."""

from __future__ import annotations

import msgspec
import pytest

from codex_loop.embedding.hashed import Hashed
from codex_loop.store import categories
from codex_loop.store.engine import Database
from codex_loop.taxonomy import review
from codex_loop.taxonomy.classify import classify
from tests.clusters.told import DAY_MS, about, forget, put, signal
from tests.planted import BRANCH, PEERS, SPACE
from tests.taxonomy.conftest import LATER_MS, name_of, proposal
from tests.taxonomy.test_review import named

AFTER_MS = LATER_MS + 2 * DAY_MS


@pytest.fixture
def approved(planted: Database) -> Database:
    review.approve(planted, name_of(proposal(planted, PEERS)), AFTER_MS, name="peers")
    return planted


def test_without_categories_nothing_is_named(planted: Database) -> None:
    done = classify(planted, AFTER_MS)
    assert (done.categories, done.given, done.taken) == (0, 0, 0)


def test_new_signals_of_the_problem_are_named_and_others_are_not(approved: Database) -> None:
    put(approved, about(PEERS, [40, 41]) + about(BRANCH, [40]) + about(SPACE, [1]))
    assert classify(approved, AFTER_MS).given == 2
    called = named(approved)
    assert {called.get(row.key) for row in about(PEERS, [40, 41])} == {"peers"}
    assert {called.get(row.key) for row in (*about(BRANCH, [40]), *about(SPACE, [1]))} == {None}


def test_classifying_again_changes_nothing(approved: Database) -> None:
    before = approved.rows("SELECT * FROM signal_categories ORDER BY signal_key")
    done = classify(approved, AFTER_MS + 1)
    assert (done.given, done.taken) == (0, 0)
    assert approved.rows("SELECT * FROM signal_categories ORDER BY signal_key") == before


def test_another_detector_saying_the_same_is_not_claimed(approved: Database) -> None:
    stranger = signal(777, about(PEERS, [1])[0].body, detector="retry_loop", category="retry_loop")
    put(approved, [stranger])
    classify(approved, AFTER_MS)
    assert stranger.key not in named(approved)


def test_a_signal_that_is_gone_loses_its_name(approved: Database) -> None:
    row = about(PEERS, [0])[0]
    assert row.key in named(approved)
    forget(approved, [row], AFTER_MS)
    assert classify(approved, AFTER_MS).taken == 1
    assert categories.counts(approved)["peers"] == len(named(approved))


def test_another_model_compares_nothing_and_takes_no_name_away(
    approved: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = named(approved)
    monkeypatch.setattr("codex_loop.embedding.choice.embedder", Hashed)
    put(approved, about(PEERS, [40]))
    done = classify(approved, AFTER_MS)
    assert done.other_model == ("peers",)
    assert named(approved) == before


def test_a_category_whose_centre_cannot_be_read_judges_nothing_and_loses_nothing(approved: Database) -> None:
    before = named(approved)
    row = categories.one(approved, "peers")
    assert row is not None
    spoiled = msgspec.json.decode(row.rule) | {"centre": "YQ=="}
    with approved.transaction():
        approved.execute("UPDATE categories SET rule = ?", (msgspec.json.encode(spoiled).decode(),))
    assert classify(approved, AFTER_MS + 1).other_model == ("peers",)
    assert named(approved) == before
