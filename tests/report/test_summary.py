"""The report counts what the store holds, says how it moved, and points at what proves it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from codex_loop.clusters.clustering import cluster
from codex_loop.model.keys import key
from codex_loop.report.summary import Summary, summarise
from codex_loop.store import clusters
from codex_loop.store.engine import Database, open_for_writing
from codex_loop.taxonomy import review
from codex_loop.taxonomy.proposals import propose
from tests.clusters.told import DAY_MS, NOW_MS, about, put, signal
from tests.planted import BRANCH, PEERS, PROBLEMS
from tests.store.builder import Builder
from tests.taxonomy.conftest import name_of, proposal


@pytest.fixture
def database(place: str) -> Iterator[Database]:
    with open_for_writing(place) as opened:
        yield opened


def trends(summary: Summary) -> dict[str, tuple[int, int, int, str]]:
    return {each.category: (each.signals, each.last, each.before, each.trend) for each in summary.categories}


def test_an_empty_store_is_a_report_of_nothing(database: Database) -> None:
    summary = summarise(database, NOW_MS)
    assert (summary.sessions, summary.friction, summary.delight, summary.clusters) == (0, 0, 0, 0)
    assert (summary.categories, summary.problems, summary.successes) == ((), (), ())


def found(database: Database, category: str, days_ago: list[float | None]) -> None:
    """Signals of a category, so many days ago; None: no clock told when."""
    first = sum(category.encode()) * 1_000
    rows = [
        signal(
            first + number,
            f"{category} {number}",
            detector=category,
            category=category,
            time_ms=None if days is None else NOW_MS - round(days * DAY_MS),
        )
        for number, days in enumerate(days_ago)
    ]
    put(database, rows)


def test_a_trend_compares_the_last_days_with_as_many_before(database: Database) -> None:
    found(database, "rising", [1, 2, 3, 8, 30])
    found(database, "falling", [1, 8, 9, 30])
    found(database, "steady", [1, 8, 30])
    found(database, "fresh", [1, 2])
    found(database, "over", [8, 9])
    found(database, "long_gone", [30, 40])
    found(database, "timeless", [None, None])
    everything = {
        "rising": (5, 3, 1, "up"),
        "falling": (4, 1, 2, "down"),
        "steady": (3, 1, 1, "same"),
        "fresh": (2, 2, 0, "new"),
        "over": (2, 0, 2, "down"),
        "long_gone": (2, 0, 0, "same"),
        "timeless": (2, 0, 0, "same"),
    }
    assert trends(summarise(database, NOW_MS)) == everything
    assert trends(summarise(database, NOW_MS, days=7)) == {
        "rising": (3, 3, 1, "up"),
        "falling": (1, 1, 2, "down"),
        "steady": (1, 1, 1, "same"),
        "fresh": (2, 2, 0, "new"),
        "over": (0, 0, 2, "down"),
    }


def test_signals_that_are_gone_or_told_by_another_do_not_count(database: Database) -> None:
    put(database, [signal(1, "a", absorbed_by="retry_loop"), signal(2, "b", gone_ms=NOW_MS), signal(3, "c")])
    assert summarise(database, NOW_MS).friction == 1


def test_what_cost_most_stands_first_and_an_unknown_cost_is_unknown(database: Database) -> None:
    rows = [
        signal(1, "cheap", category="cheap", cost_ms=60_000, cost_tokens=10),
        signal(2, "dear", category="dear", cost_ms=600_000, cost_tokens=None),
        signal(3, "unknown", category="unknown"),
        signal(4, "tokens", category="tokens", cost_tokens=5_000),
    ]
    put(database, rows)
    told = {each.name: (each.cost_ms, each.cost_tokens) for each in summarise(database, NOW_MS).problems}
    assert list(told) == ["dear", "cheap", "tokens", "unknown"]
    assert told == {
        "dear": (600_000, None),
        "cheap": (60_000, 10),
        "tokens": (None, 5_000),
        "unknown": (None, None),
    }


def test_three_excerpts_show_a_problem_in_different_sessions_and_words(database: Database) -> None:
    put(database, [signal(number, f"text {number // 2}", session=number // 3) for number in range(12)])
    (problem,) = summarise(database, NOW_MS).problems
    assert len(problem.excerpts) == 3
    assert len({each.text for each in problem.excerpts}) == 3


def test_an_excerpt_points_at_its_session(place: str) -> None:
    builder = Builder(place)
    builder.file(session="thread-1")
    key = builder.session("thread-1")
    builder.write()
    put(builder.database, [signal(1, "it broke")])
    with builder.database.transaction():
        builder.database.execute("UPDATE signals SET session_key = ?", (key,))
    (problem,) = summarise(builder.database, NOW_MS).problems
    builder.close()
    assert [(each.session_id, each.show) for each in problem.excerpts] == [
        ("codex:thread-1", "codex-loop show thread-1")
    ]


def test_a_cluster_goes_by_the_name_of_its_category(database: Database) -> None:
    put(database, [row for problem in PROBLEMS for row in about(problem, range(12))])
    cluster(database, NOW_MS + 1)
    propose(database, NOW_MS + 1)
    before = {each.name for each in summarise(database, NOW_MS).problems}
    assert "protected_branch" not in before
    review.approve(database, name_of(proposal(database, BRANCH)), NOW_MS + 2, name="protected_branch")
    summary = summarise(database, NOW_MS)
    (named,) = (each for each in summary.problems if each.name == "protected_branch")
    assert named.cluster_id is not None
    assert named.signals == 12
    assert trends(summary)["protected_branch"][0] >= 10


def test_delight_is_told_apart_from_friction(database: Database) -> None:
    put(database, about(PEERS, range(3), kind="delight", category="first_attempt_success"))
    summary = summarise(database, NOW_MS)
    assert (summary.friction, summary.delight, len(summary.problems), len(summary.successes)) == (0, 3, 0, 1)


def test_what_happened_in_one_session_alone_is_shown_by_its_category(database: Database) -> None:
    put(
        database,
        about(PEERS, range(12)) + [signal(number, f"no such queue {number}", session=1) for number in range(9)],
    )
    cluster(database, NOW_MS + 1)
    assert len(clusters.shown(database, least_sessions=1)) == 2
    summary = summarise(database, NOW_MS)
    assert summary.clusters == 1
    told = {each.name: (each.cluster_id is not None, each.signals, len(each.excerpts)) for each in summary.problems}
    assert told.pop("exec_failure") == (False, 9, 3)
    assert list(told.values()) == [(True, 12, 3)]


def test_an_excerpt_points_at_its_turn(place: str) -> None:
    builder = Builder(place)
    builder.file(session="thread-1")
    session, turn = builder.session("thread-1"), key("turn", "made", 2)
    builder.write()
    put(builder.database, [signal(1, "it broke")])
    with builder.database.transaction():
        for number, offset in ((key("turn", "made", 1), 10), (turn, 20)):
            builder.database.execute(
                "INSERT INTO turns (key, session_key, native_id, settings_rank, source_id, line_offset)"
                " VALUES (?, ?, ?, 0, 1, ?)",
                (number, session, str(number), offset),
            )
        builder.database.execute("UPDATE signals SET session_key = ?, turn_key = ?", (session, turn))
    (problem,) = summarise(builder.database, NOW_MS).problems
    builder.close()
    assert [each.show for each in problem.excerpts] == ["codex-loop show thread-1 --turn 2"]
