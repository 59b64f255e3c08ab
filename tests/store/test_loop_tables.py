"""What the loop keeps comes back as it was, on both engines."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest

from codex_loop.store import categories, clusters, problems, proposals, vectors
from codex_loop.store import signals as store
from codex_loop.store.categories import Called
from codex_loop.store.clusters import ClusterRow, Lineage, Member
from codex_loop.store.engine import Database, open_for_writing
from codex_loop.store.proposals import ProposalRow
from codex_loop.store.signals import Wanted
from codex_loop.store.vectors import Vector
from tests.clusters.told import NOW_MS, forget, put, signal
from tests.store.builder import Builder


@pytest.fixture
def database(place: str) -> Iterator[Database]:
    with open_for_writing(place) as opened:
        yield opened


def row(key: int, **facts: object) -> ClusterRow:
    made = ClusterRow(
        key=key, kind="friction", name=f"c{key}", state="active", model="m", method="map", centroid=b"\x00\x3c",
        radius=0.5, members=3, sessions=2, severity=0.5, cohesion=0.9, separation=None, stability=None, terms='["a"]',
        medoid_key=None, born_ms=1, seen_ms=2, runs=1, category=None,
    )  # fmt: skip
    return msgspec.structs.replace(made, **facts)


def proposal(key: int, **facts: object) -> ProposalRow:
    made = ProposalRow(
        key=key, cluster_key=1, kind="friction", name="n", status="pending", description="", criteria="", rule="{}",
        severity_rule="", action="", samples=1, sessions=1, projects=1, confidence=0.5, parts="{}", evidence="[]",
        proposer="rule", reviewer=None, reason=None, created_ms=1, reviewed_ms=None,
    )  # fmt: skip
    return msgspec.structs.replace(made, **facts)


def test_clusters_members_and_lineage_come_back_as_they_were_put(database: Database) -> None:
    rows = [row(1, members=5), row(2, separation=0.25, stability=0.5, medoid_key=7, category="known")]
    who = [Member(10, 1, 0.5, 0, 1), Member(11, 2, 0.25, 1, 2)]
    clusters.replace(database, "friction", rows, who, [Lineage(5, "born", 1, "[]", None)])
    assert clusters.all_of(database, "friction") == rows
    assert clusters.members(database, "friction") == who
    assert clusters.all_of(database, "delight") == []


def test_replacing_one_kind_leaves_the_other_alone(database: Database) -> None:
    clusters.replace(database, "friction", [row(1)], [Member(10, 1, 0.5, 0, 1)], [])
    clusters.replace(database, "delight", [row(2, kind="delight")], [Member(11, 2, 0.5, 0, 1)], [])
    clusters.replace(database, "friction", [row(3)], [], [])
    assert clusters.members(database, "friction") == []
    assert [member.signal_key for member in clusters.members(database, "delight")] == [11]


def test_the_dead_are_told_of_no_more_and_the_small_only_when_asked_for(database: Database) -> None:
    rows = [row(1, sessions=1), row(2, sessions=4), row(3, state="dead"), row(4, state="dormant")]
    clusters.replace(database, "friction", rows, [], [])
    assert {each.key for each in clusters.all_of(database, "friction")} == {1, 2, 4}
    assert [each.id for each in clusters.shown(database, least_sessions=2)] == [clusters.cluster_id(2)]
    assert len(clusters.shown(database, "friction", least_sessions=1)) == 2
    assert clusters.shown(database, "delight") == []


def test_a_signal_that_came_back_or_changed_is_news(database: Database) -> None:
    rows = [signal(1, "x"), signal(2, "x")]
    put(database, rows)
    forget(database, rows[:1], NOW_MS + 5)
    put(database, rows[:1], NOW_MS + 6)
    put(database, [msgspec.structs.replace(rows[1], body="y")], NOW_MS + 7)
    told = {each.key: each.detected_ms for each in clusters.candidates(database, "friction")}
    assert told == {rows[0].key: NOW_MS + 6, rows[1].key: NOW_MS + 7}


def test_a_vector_is_kept_under_its_text_and_its_model(database: Database) -> None:
    kept = [Vector(1, "a", 2, b"\x00\x3c\x00\x00"), Vector(1, "b", 1, b"\x00\x3c"), Vector(2, "a", 1, b"")]
    vectors.replace(database, kept)
    assert sorted(vectors.fetch(database, "a", [1, 2, 3])) == [kept[0], kept[2]]
    assert list(vectors.fetch(database, "c", [1])) == []
    assert vectors.models(database) == ["a", "b"]
    vectors.replace(database, [Vector(2, "a", 1, b"\x00\x3c")])
    assert [each.data for each in vectors.fetch(database, "a", [2])] == [b"\x00\x3c"]


def test_thousands_of_keys_are_asked_for_in_pieces(database: Database) -> None:
    vectors.replace(database, [Vector(number, "a", 1, b"\x00\x3c") for number in range(2_000)])
    assert len(list(vectors.fetch(database, "a", range(2_500)))) == 2_000


def test_a_session_is_known_by_its_first_prompt_and_its_worst_signals(place: str) -> None:
    builder = Builder(place)
    builder.file(session="s")
    key = builder.session("s")
    builder.message(key, "hidden", author="injected")
    builder.message(key, "first")
    builder.message(key, "second")
    builder.write()
    rows = [signal(number, f"text {number % 7}", severity=number / 10) for number in range(9)]
    put(builder.database, rows)
    with builder.database.transaction():
        builder.database.execute("UPDATE signals SET session_key = ?", (key,))
    (found,) = vectors.sessions(builder.database)
    told = vectors.signals(builder.database)
    builder.close()
    assert found == ("codex:s", "first", ("text 1", "text 0", "text 6", "text 5", "text 4"))
    assert {each.session for each in told} == {"codex:s"}
    assert len(told) == 9


def test_proposals_come_back_the_surest_first(database: Database) -> None:
    rows = [proposal(1, confidence=0.5), proposal(2, confidence=0.9, status="rejected", reason="no"), proposal(3)]
    proposals.put(database, rows)
    assert [each.key for each in proposals.every(database)] == [2, 1, 3]
    assert [each.key for each in proposals.every(database, "pending")] == [1, 3]
    assert proposals.named(database, proposals.proposal_id(2)) == [rows[1]]
    assert len(proposals.named(database, "proposal_000")) == 3
    assert proposals.told(rows[1]).reason == "no"


def test_a_name_is_given_kept_and_taken_away(database: Database) -> None:
    rows = [signal(number, "x") for number in range(3)]
    put(database, rows)
    calls = [Called(each.key, "known", 1, 0.9, "rule", 10) for each in rows]
    assert categories.recall(database, "friction", calls) == (3, 0)
    later = [call._replace(since_ms=20, similarity=0.8) for call in calls]
    assert categories.recall(database, "friction", later) == (0, 0)
    assert {each.since_ms for each in categories.called(database, [each.key for each in rows]).values()} == {10}
    assert categories.recall(database, "friction", later[:1]) == (0, 2)
    assert categories.recall(database, "delight", []) == (0, 0)
    assert categories.counts(database) == {"known": 1}


def test_what_could_not_be_judged_keeps_its_name(database: Database) -> None:
    rows = [signal(1, "x"), signal(2, "y")]
    put(database, rows)
    categories.recall(
        database, "friction", [Called(each.key, f"c{place}", 1, 0.9, "rule", 10) for place, each in enumerate(rows)]
    )
    assert categories.recall(database, "friction", [], ["c1"]) == (0, 1)
    assert {each.category for each in categories.called(database, [each.key for each in rows]).values()} == {"c1"}


def test_sessions_count_as_processed_once_their_file_was_looked_at(place: str) -> None:
    builder = Builder(place)
    builder.file(session="one")
    builder.session("one")
    second = builder.file(session="two")
    builder.session("two")
    builder.write()
    assert problems.processed(builder.database) == (2, 0)
    with builder.database.transaction():
        builder.database.execute(
            "INSERT INTO detections (source_id, mark, rules, words, detected_ms) VALUES (?, 1, 1, 0, 1)", (second,)
        )
    assert problems.processed(builder.database) == (2, 1)
    builder.close()


def test_costs_are_added_up_as_whole_numbers_and_stay_unknown(database: Database) -> None:
    rows = [
        signal(1, "a", cost_ms=2**40, cost_tokens=None),
        signal(2, "b", cost_ms=5, cost_tokens=None),
        signal(3, "c", kind="delight"),
    ]
    put(database, rows)
    (worst,) = problems.worst(database, "friction", None, 5)
    assert (worst.cost_ms, worst.cost_tokens, worst.signals) == (2**40 + 5, None, 2)
    assert problems.totals(database) == {"friction": 2, "delight": 1}
    assert problems.totals(database, NOW_MS + 1) == {}


def test_signals_are_found_by_what_they_are_called_now(database: Database) -> None:
    rows = [signal(1, "x"), signal(2, "y")]
    put(database, rows)
    categories.recall(database, "friction", [Called(rows[0].key, "known", 1, 0.9, "rule", 10)])
    assert len(store.listed(database, Wanted(category="exec_failure"))) == 2
    (found,) = store.listed(database, Wanted(category="known"))
    assert (found.category, found.category_now, found.cluster_id) == ("exec_failure", "known", None)
