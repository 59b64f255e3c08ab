"""What was used, cut where prices change, on both engines; and answers that are kept while nothing changes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from codex_loop.cli.moments import day_of
from codex_loop.sources.registry import by_name
from codex_loop.store import spending, totals
from codex_loop.store.memo import WITHOUT_TOKENS, Memo
from codex_loop.store.spending import Asked, Slice, Steps, Used, WindowTold, both
from codex_loop.store.totals import OwnTotal
from codex_loop.usage.periods import calendar
from tests.store.builder import BORN_MS, MINUTE, Builder

DAY = 24 * 60 * MINUTE
PLAIN = Steps()
ALL = Asked()
Told = tuple[str | None, str, str | None, int]


@pytest.fixture
def store(place: str) -> Iterator[Builder]:
    builder = Builder(place)
    yield builder
    builder.close()


def slices(store: Builder, zone: tzinfo = UTC, asked: Asked = ALL, steps: Steps = PLAIN) -> list[Slice]:
    store.write()
    return spending.by_day(store.database, asked, steps, calendar(zone), day_of(zone))


def days(store: Builder, zone: tzinfo = UTC, asked: Asked = ALL) -> list[Told]:
    return [(each.day, each.agent, each.requests.model, each.used.total) for each in slices(store, zone, asked)]


def midnight() -> int:
    return int(datetime(2026, 11, 18, tzinfo=UTC).timestamp() * 1000)


def test_a_day_is_that_of_the_zone_asked_for(store: Builder) -> None:
    key = store.session("s1")
    store.usage(key, input=1, time_ms=midnight() - 1)
    store.usage(key, input=10, time_ms=midnight())
    store.usage(key, input=100, time_ms=midnight() + 18 * 60 * MINUTE + 15 * MINUTE)
    assert days(store) == [("2026-11-17", "codex", None, 1), ("2026-11-18", "codex", None, 110)]
    # Nepal is 5 h 45 ahead, so its midnight stands on a quarter of an hour.
    nepal = timezone(timedelta(hours=5, minutes=45))
    assert days(store, nepal) == [("2026-11-18", "codex", None, 11), ("2026-11-19", "codex", None, 100)]


def test_a_day_on_which_clocks_are_set_back_has_25_hours(store: Builder) -> None:
    key = store.session("s1")
    first = int(datetime(2026, 10, 24, 22, tzinfo=UTC).timestamp() * 1000)
    for count, time_ms in (
        (1, first - 1),
        (10, first),
        (100, first + 25 * 60 * MINUTE - 1),
        (1000, first + 25 * 60 * MINUTE),
    ):
        store.usage(key, input=count, time_ms=time_ms)
    assert [(day, total) for day, _, _, total in days(store, ZoneInfo("Europe/Berlin"))] == [
        ("2026-10-24", 1),
        ("2026-10-25", 110),
        ("2026-10-26", 1000),
    ]


def test_a_time_outside_the_calendar_still_has_its_day(store: Builder) -> None:
    key = store.session("s1")
    store.usage(key, input=1, time_ms=int(datetime(1999, 12, 31, 23, 59, tzinfo=UTC).timestamp() * 1000))
    store.usage(key, input=2, time_ms=int(datetime(2040, 1, 1, tzinfo=UTC).timestamp() * 1000))
    assert days(store) == [("1999-12-31", "codex", None, 1), ("2040-01-01", "codex", None, 2)]


def test_a_time_that_no_calendar_has_is_an_unknown_day(store: Builder) -> None:
    key = store.session("s1")
    for count, time_ms in ((1, -1), (2, 253_402_300_800_000), (4, 1 << 60), (8, None)):
        store.usage(key, input=count, time_ms=time_ms)
    assert sum(total for day, _, _, total in days(store) if day is None) == 15
    store.file()
    store.usage(key, input=16, time_ms=253_402_300_799_999)
    assert sum(total for day, _, _, total in days(store, ZoneInfo("Pacific/Auckland")) if day is None) == 31
    assert ("9999-12-31", "codex", None, 16) in days(store)
    assert len(spending.by_moment(store.database, ALL, PLAIN)) == 3  # two in one quarter of an hour


def test_agents_and_models_are_told_apart_and_an_unknown_time_has_no_day(store: Builder) -> None:
    codex, claude = store.session("s1"), store.session("s2", agent="claude")
    store.usage(codex, input=1, model="gpt-5", time_ms=midnight())
    store.usage(codex, input=2, model="gpt-5-codex", time_ms=midnight())
    store.usage(claude, input=4, model="opus", time_ms=midnight())
    store.usage(claude, input=8, model="opus", hidden="advisor")
    assert days(store) == [
        (None, "claude", "opus", 8),
        ("2026-11-18", "claude", "opus", 4),
        ("2026-11-18", "codex", "gpt-5", 1),
        ("2026-11-18", "codex", "gpt-5-codex", 2),
    ]
    assert [each.origin for each in slices(store)] == ["hidden", "main", "main", "main"]


def test_an_interval_takes_its_beginning_and_leaves_out_its_end(store: Builder) -> None:
    key = store.session("s1")
    for count, time_ms in ((1, BORN_MS - 1), (10, BORN_MS), (100, BORN_MS + 5), (1000, BORN_MS + 6), (10000, None)):
        store.usage(key, input=count, time_ms=time_ms)
    (row,) = days(store, UTC, Asked(since_ms=BORN_MS, until_ms=BORN_MS + 6))
    assert row == ("2026-11-18", "codex", None, 110)


def test_tokens_beyond_32_bits_are_added_up(store: Builder) -> None:
    key = store.session("s1")
    for _ in range(3):
        store.usage(key, cached=3_000_000_000, time_ms=BORN_MS)
    assert days(store) == [("2026-11-18", "codex", None, 9_000_000_000)]


def test_requests_are_cut_by_their_whole_input_and_by_when_they_were_made(store: Builder) -> None:
    key = store.session("s1")
    steps = Steps((200, 300), (BORN_MS, BORN_MS + 10))
    store.usage(key, input=100, cached=50, cache_write_5m=25, cache_write_1h=25, output=9999, time_ms=BORN_MS - 1)
    store.usage(key, input=100, cached=50, cache_write_5m=25, cache_write_1h=26, time_ms=BORN_MS)
    store.usage(key, cached=301, time_ms=BORN_MS + 10)
    store.usage(key, cached=400, tier="fast")
    found = [
        (each.requests.above, each.requests.since_ms, each.requests.tier, each.used.input + each.used.cached)
        for each in slices(store, steps=steps)
    ]
    assert sorted(found, key=str) == [
        (0, None, None, 150),
        (200, BORN_MS, None, 150),
        (300, BORN_MS + 10, None, 301),
        (300, None, "fast", 400),
    ]


def test_a_report_can_be_of_one_agent_or_of_some_folders(store: Builder) -> None:
    codex, claude = store.session("s1", cwd="/w/x"), store.session("s2", agent="claude", cwd="/w/y")
    store.usage(codex, input=1, time_ms=BORN_MS)
    store.usage(claude, input=2, time_ms=BORN_MS)
    assert [row[3] for row in days(store, UTC, Asked(agent="claude"))] == [2]
    assert [row[3] for row in days(store, UTC, Asked(folders=("/w/x",)))] == [1]
    assert days(store, UTC, Asked(folders=())) == []
    assert [each.used.total for each in spending.by_session(store.database, Asked(agent="codex"), PLAIN)] == [1]


def test_a_subagents_tokens_belong_to_the_session_that_began_it(store: Builder) -> None:
    root = store.session("root", agent="claude", cwd="/w/x", lineage="main")
    child = store.session("root/a1", agent="claude", lineage="subagent", parent_id="root")
    store.session("thread", lineage="main")
    spawned = store.session("spawned", lineage="subagent", parent_id="thread", root_id="thread")
    store.usage(root, input=1, time_ms=BORN_MS)
    store.usage(child, input=10, time_ms=BORN_MS + 9)
    store.usage(spawned, input=100, time_ms=BORN_MS + 9)
    store.write()
    threads = spending.threads(store.database)
    found = spending.by_session(store.database, Asked(), PLAIN)
    assert sorted((threads[each.session_key].root_id, each.used.total) for each in found) == [
        ("root", 1),
        ("root", 10),
        ("thread", 100),
    ]
    assert {each.origin for each in slices(store)} == {"main", "subagent"}


def test_a_quarter_of_an_hour_holds_its_end_and_not_its_beginning(store: Builder) -> None:
    key = store.session("s1", agent="claude")
    for time_ms in (midnight(), midnight() + 1, midnight() + 15 * MINUTE, midnight() + 15 * MINUTE + 1):
        store.usage(key, input=1, time_ms=time_ms)
    store.write()
    found = spending.by_moment(store.database, Asked(), PLAIN)
    assert [(each.first_ms - midnight(), each.last_ms - midnight()) for each in found] == [
        (0, 0),
        (1, 15 * MINUTE),
        (15 * MINUTE + 1, 15 * MINUTE + 1),
    ]


def test_an_answer_is_kept_until_something_new_is_read(store: Builder) -> None:
    key = store.session("s1")
    store.usage(key, input=1, time_ms=BORN_MS)
    assert days(store) == [("2026-11-18", "codex", None, 1)]
    memo = Memo(store.database)
    memo.put("question", [1])
    kept = memo.get("question", list[int])
    assert kept == ([1] if store.database.engine == "sqlite" else None)
    store.file()
    store.usage(key, input=10, time_ms=BORN_MS)
    assert days(store) == [("2026-11-18", "codex", None, 11)]
    assert Memo(store.database).get("question", list[int]) is None


def test_a_limit_that_was_told_leaves_every_answer_as_it_is(store: Builder) -> None:
    store.usage(store.session("s1"), input=1, time_ms=BORN_MS)
    store.write()
    Memo(store.database).put("question", [1])
    for name in WITHOUT_TOKENS:
        assert by_name(name).name == name
        store.file(source=name)
        store.row("limit_samples", agent="codex", host="h", limit_id="codex", used_percent=1.0, time_ms=BORN_MS)
    store.write()
    assert Memo(store.database).get("question", list[int]) == ([1] if store.database.engine == "sqlite" else None)


def test_a_broken_file_of_answers_is_no_answer(store: Builder, place: str) -> None:
    key = store.session("s1")
    store.usage(key, input=1, time_ms=BORN_MS)
    first = days(store)
    if store.database.engine == "sqlite":
        with open(f"{place}.answers", "r+b") as file:  # noqa: PTH123  # a URL on the other engine
            file.write(b"\xc1")
    assert days(store) == first


def test_only_so_many_answers_are_kept(store: Builder) -> None:
    store.session("s1")
    store.write()
    memo = Memo(store.database)
    for number in range(20):
        memo.put(str(number), number)
    if store.database.engine == "sqlite":
        assert [memo.get(str(number), int) for number in (0, 7, 8, 19)] == [None, None, 8, 19]


def test_windows_are_told_by_their_reset(store: Builder) -> None:
    facts = {"agent": "codex", "host": "h", "limit_id": "codex", "window_minutes": 300}
    for used, time_ms in ((10.5, BORN_MS), (None, BORN_MS + 1), (12.5, BORN_MS + 2)):
        store.row("limit_samples", **facts, used_percent=used, time_ms=time_ms, resets_ms=BORN_MS + DAY)
    store.row("limit_samples", **facts | {"window_minutes": None}, used_percent=9.0, resets_ms=BORN_MS)
    store.row("limit_samples", **facts, used_percent=9.0, time_ms=BORN_MS)
    store.write()
    told = WindowTold("codex", "codex", 300, BORN_MS + DAY, 12.5, BORN_MS, BORN_MS + 2, 3)
    assert spending.windows(store.database, ALL) == [told]
    assert spending.windows(store.database, Asked(agent="claude")) == []
    assert spending.windows(store.database, Asked(since_ms=BORN_MS + DAY + 1)) == []


def test_an_agents_own_total_and_its_interruptions_are_told(store: Builder) -> None:
    key = store.session("s1", agent="claude")
    store.row("agent_totals", key=key, time_ms=BORN_MS, cost_usd=0.5, totals="{}")
    store.row("events", session_key=key, kind="interrupted", scope="tool")
    store.row("events", session_key=store.session("s2"), kind="problem", scope="error")
    store.write()
    assert totals.own_totals(store.database) == [OwnTotal("claude", "s1", BORN_MS, 0.5, "{}")]
    assert totals.interrupted(store.database) == {key}


ZONES = ("UTC", "Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "Asia/Kathmandu")
TIMES = st.none() | st.integers(1_700_000_000_000, 1_830_000_000_000) | st.integers(0, 4_000_000_000_000)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(times=st.lists(TIMES, max_size=30), zone=st.sampled_from(ZONES))
def test_the_database_finds_the_day_that_a_calendar_says(tmp_path: Path, times: list[int | None], zone: str) -> None:
    place, day = ZoneInfo(zone), day_of(ZoneInfo(zone))
    with closing(Builder(str(tmp_path / f"{time.monotonic_ns()}.db"))) as store:
        key = store.session("s1")
        for number, time_ms in enumerate(times):
            store.usage(key, input=1 << number, time_ms=time_ms)
        found: dict[str | None, int] = {}
        for each in slices(store, place):
            found[each.day] = found.get(each.day, 0) + each.used.total
    expected: dict[str | None, int] = {}
    for number, time_ms in enumerate(times):
        name = None if time_ms is None else day(time_ms)
        expected[name] = expected.get(name, 0) + (1 << number)
    assert found == expected


def test_where_no_answer_can_be_kept_the_next_report_adds_up_again(store: Builder, place: str) -> None:
    if store.database.engine == "sqlite":
        Path(f"{place}.answers").mkdir()
    store.usage(store.session("s1"), input=1, time_ms=BORN_MS)
    assert days(store) == days(store) == [("2026-11-18", "codex", None, 1)]
    if store.database.engine == "sqlite":
        assert [path.name for path in Path(place).parent.glob("*.answers.*")] == []


NUMBERS = st.integers(0, 1 << 50)
USED = st.builds(
    Used, NUMBERS, NUMBERS, NUMBERS, NUMBERS, NUMBERS, st.none() | NUMBERS, NUMBERS, st.integers(0, 2), NUMBERS
)


@given(one=USED, other=USED, third=USED)
def test_adding_up_does_not_depend_on_the_order(one: Used, other: Used, third: Used) -> None:
    assert both(both(one, other), third) == both(third, both(other, one))
    assert both(one, other).total == one.total + other.total
