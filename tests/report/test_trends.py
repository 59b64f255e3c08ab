"""Trends count by when things happened, show what is unknown as unknown, and zero as zero."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_loop.errors import UsageError
from codex_loop.report.direction import Half, direction
from codex_loop.report.eval_trends import eval_trends
from codex_loop.report.trends import SignalTrends, signal_trends
from codex_loop.store.categories import CategoryRow, Happened, put
from codex_loop.store.evals import TrialRow, replace_trials, run_key, runs, trial_key
from tests.clusters.told import put as put_signals
from tests.clusters.told import signal
from tests.report.told import DAY, NOW, looked_at, proven, ran, sessions, troubled
from tests.store.builder import Builder

WEEK = 7 * DAY
BEGINS = [NOW - nth * WEEK for nth in (3, 2, 1)]


@pytest.fixture
def builder(place: str) -> Iterator[Builder]:
    made = Builder(place)
    yield made
    made.close()


def by_week(builder: Builder, category: str | None = None) -> SignalTrends:
    return signal_trends(builder.database, BEGINS, NOW, category=category)


def test_rates_are_for_every_hundred_sessions_at_work(builder: Builder) -> None:
    sessions(builder, (20.0, 19.0, 13.0, 12.0, 3.0, 2.0))
    troubled(builder, (20.0, 13.0, 12.0, 3.0))
    looked_at(builder)
    (series,) = by_week(builder).series
    assert [week.sessions for week in by_week(builder).weeks] == [2, 2, 2]
    assert (series.counts, series.rates) == ((1, 2, 1), (50.0, 100.0, 50.0))
    assert (series.first_half, series.second_half, series.direction) == (50.0, 75.0, "growing")


def test_a_week_without_sessions_is_unknown_and_one_without_signals_is_zero(builder: Builder) -> None:
    sessions(builder, (20.0, 3.0))
    troubled(builder, (3.0,))
    looked_at(builder)
    (series,) = by_week(builder).series
    assert (series.counts, series.rates) == ((0, None, 1), (0.0, None, 100.0))


def test_sessions_that_nobody_looked_at_make_a_week_unknown(builder: Builder) -> None:
    sessions(builder, (20.0,))
    looked_at(builder)
    sessions(builder, (13.0, 12.0))
    trends = by_week(builder)
    assert trends.total.counts == (0, None, None)
    assert [week.unseen for week in trends.weeks] == [0, 2, 0]


def test_old_sessions_that_are_read_today_are_no_news(builder: Builder) -> None:
    sessions(builder, (20.0, 3.0))
    looked_at(builder)
    before = by_week(builder).total.counts[2]
    sessions(builder, (19.5, 19.4, 18.3))
    troubled(builder, (19.5, 19.4, 18.3))
    looked_at(builder)
    after = by_week(builder).total
    assert (before, after.counts) == (0, (3, None, 0))


def test_signals_without_a_clock_are_told_apart(builder: Builder) -> None:
    sessions(builder, (20.0,))
    put_signals(builder.database, [signal(1, "x", time_ms=None), signal(2, "y", time_ms=NOW - DAY)])
    trends = by_week(builder)
    assert (trends.undated, trends.total.signals) == (1, 1)


def test_an_unknown_category_is_refused_with_those_there_are(builder: Builder) -> None:
    sessions(builder, (20.0,))
    troubled(builder, (20.0,))
    with pytest.raises(UsageError, match="no signal was ever called nonsense; there is exec_failure"):
        by_week(builder, "nonsense")
    assert by_week(builder, "exec_failure").total.signals == 1


def test_changes_tell_new_versions_models_and_categories_with_the_rates_around(builder: Builder) -> None:
    sessions(builder, (20.0, 19.0), version="0.120.0", model="gpt-5.1")
    sessions(builder, (3.0, 2.0))
    troubled(builder, (3.0,))
    looked_at(builder)
    row = CategoryRow("peers", 1, "friction", "active", "", "", "{}", "", "", None, None, NOW, NOW)
    put(builder.database, row, Happened("peers", 1, NOW - 2 * DAY, "approved", None, None, "{}"))
    changes = by_week(builder).changes
    assert [(each.kind, each.what) for each in changes] == [
        ("agent_version", "codex 0.169.0"),
        ("model", "codex gpt-5.2"),
        ("category", "peers approved"),
    ]
    assert [(each.before, each.after) for each in changes[:2]] == [(0.0, 50.0), (0.0, 50.0)]


@given(st.integers(0, 50), st.integers(0, 50), st.integers(0, 50), st.integers(0, 50))
def test_a_direction_never_stays_when_the_halves_change_places(a: int, b: int, c: int, d: int) -> None:
    one, two = direction(Half(a, b), Half(c, d)), direction(Half(c, d), Half(a, b))
    assert (one is None) == (two is None)
    assert one != two or one in ("steady", None)


def test_runs_are_told_with_intervals_changes_and_direction(builder: Builder) -> None:
    proven(builder)
    for nth, reward in enumerate((0.5, 0.5, 0.75, 0.75)):
        key = run_key(f"r{nth}", NOW - nth)
        started = NOW - (10 - nth) * DAY
        ran(builder, f"r{nth}", "codex", reward, key=key, started_ms=started, agent_version=f"0.{nth // 2}.0")
    row = runs(builder.database, "shop_001")[-1]
    replace_trials(builder.database, row, [trial(row.key, f"t{n}", n % 2) for n in range(4)])
    trends = eval_trends(builder.database, "shop_001", None)
    assert [each.name for each in trends.runs] == ["r0", "r1", "r2", "r3"]
    first = trends.runs[0]
    assert (first.tasks, first.low, first.high) == (4, 0.0, 1.0)
    assert trends.runs[1].low is None
    assert [each.changed for each in trends.runs] == [(), (), ("version 0.0.0 → 0.1.0",), ()]
    assert trends.direction == "better"
    assert eval_trends(builder.database, "shop_001", NOW - 8 * DAY).earlier == 2


def test_tasks_of_one_session_leave_more_open_than_as_many_sessions(builder: Builder) -> None:
    proven(builder)
    ran(builder, "alone", "codex", 0.5, key=1)
    origins = [{"name": f"t{n}", "source_session_id": f"s{n // 2}"} for n in range(8)]
    ran(builder, "together", "codex", 0.5, key=2, body=msgspec.json.encode({"tasks": origins}).decode())
    for row in runs(builder.database, "shop_001"):
        replace_trials(builder.database, row, [trial(row.key, f"t{n}", n // 4) for n in range(8)])
    alone, together = eval_trends(builder.database, "shop_001", None).runs
    assert alone.low == pytest.approx(0.053, abs=0.001)
    assert together.low == 0.0


def trial(run: int, task: str, reward: float) -> TrialRow:
    return TrialRow(
        trial_key(run, task, 1), run, task, None, 1, None, reward, 1, None, None, None, None, None, None, None, None,
        None, None, None, None,
    )  # fmt: skip


def test_the_runs_of_those_that_only_check_tasks_are_no_trend(builder: Builder) -> None:
    for nth in range(4):
        key = run_key(f"r{nth}", nth)
        ran(builder, f"r{nth}", "oracle", nth / 4, key=key, started_ms=NOW + nth)
    assert eval_trends(builder.database, "shop_001", None).direction is None


@pytest.mark.parametrize("wanted", ["shop_001", "shop", "sha256:dddddd", "dddddd", "/tmp/x"])
def test_a_dataset_goes_by_name_path_and_digest(wanted: str, builder: Builder) -> None:
    proven(builder, digest="sha256:dddddd00")
    ran(builder, "only", "codex", 0.5)
    trends = eval_trends(builder.database, wanted, None)
    assert (trends.names, [each.name for each in trends.runs]) == (("shop_001",), ["only"])


def test_an_unknown_dataset_is_refused_with_those_there_are(builder: Builder) -> None:
    with pytest.raises(UsageError, match="there is none yet: `codex-loop distill`"):
        eval_trends(builder.database, "nothing", None)
    proven(builder)
    with pytest.raises(UsageError, match="there is shop_001"):
        eval_trends(builder.database, "nothing", None)
