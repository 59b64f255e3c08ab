"""Where a report of ccusage and our ledger differ, and why: by hand-made ledgers whose truth is known."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, get_args

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from codex_loop.sources.ccusage import Report, Row, Tokens, parse
from codex_loop.sources.ccusage.report import Dialect, Kind
from codex_loop.sources.ccusage.values import INVALID, NONE
from codex_loop.store import imports
from codex_loop.store.imports import Import
from codex_loop.usage.bridge.comparison import Difference, compare, gather, reconcile
from codex_loop.usage.bridge.counts import Counts, Entry, Ledger
from codex_loop.usage.bridge.unseen import Unseen, unseen
from tests.store.builder import BORN_MS, Builder

HOUR = 3_600_000
NOON = 1_777_636_800_000  # 2026-05-01T12:00:00Z, a Friday


def day(hours_east: int = 0) -> Callable[[int], str]:
    return lambda ms: f"{datetime.fromtimestamp(ms / 1000, UTC) + timedelta(hours=hours_east):%Y-%m-%d}"


def counts(total: int, **kinds: int) -> Counts:
    found = {"input_tokens": total, "cache_read_tokens": 0, "cache_creation_tokens": 0, "output_tokens": 0} | kinds
    return Counts(**found, total_tokens=total)


def spent(total: int, time_ms: int | None = NOON, agent: str = "codex", session: str = "s", **more: Any) -> Entry:
    return Entry(time_ms=time_ms, agent=agent, session=session, counts=counts(total), **more)


def ledger(*entries: Entry, zones: Mapping[str, int] | None = None, read_until: int | None = None) -> Ledger:
    others = {name: day(hours) for name, hours in (zones or {}).items()}
    return Ledger(entries=entries, day_of=day(), other_zones=others, read_until_ms=read_until)


def row(key: str, total: int, agent: str = "codex", **more: Any) -> Row:
    tokens = Tokens(input=total, cache_read=0, cache_write=0, output=0, total=total)
    return Row(key=key, tokens=tokens, agent=agent, agents=(agent,), **more)


def report(*rows: Row, kind: Kind = "daily", dialect: Dialect = "codex-v20", **more: Any) -> Report:
    return Report(dialect=dialect, kind=kind, rows=rows, **more)


def codes(found: list[Difference]) -> list[tuple[str, int, list[str]]]:
    return [(each.period, each.difference, [f"{it.code}:{it.certainty}" for it in each.reasons]) for each in found]


def test_rows_that_agree_are_no_differences() -> None:
    assert reconcile(report(row("2026-05-01", 110)), ledger(spent(100), spent(10))) == []


def test_a_difference_that_nothing_explains_says_so() -> None:
    found = reconcile(
        report(row("2026-05-01", 110), row("2026-05-02", 1)), ledger(spent(100), spent(1, NOON + 24 * HOUR))
    )
    assert codes(found) == [("2026-05-01", 10, ["unexplained:none"])]
    assert (found[0].theirs, found[0].ours) == (counts(110), counts(100))


def test_version_18_has_more_where_counters_repeat() -> None:
    old = Row(key="2026-05-01", tokens=Tokens(input=200, cache_read=0, output=0, total=200), agent="codex")
    assert codes(reconcile(report(old, dialect="codex-v18"), ledger(spent(100)))) == [
        ("2026-05-01", 100, ["v18-repeats:likely"])
    ]


def test_version_18_has_what_was_written_to_the_cache_inside_the_input() -> None:
    old = Row(key="2026-05-01", tokens=Tokens(input=100, cache_read=0, output=0, total=100), agent="codex")
    entry = Entry(
        time_ms=NOON,
        agent="codex",
        session="s",
        counts=counts(100, input_tokens=70, cache_creation_tokens=30),
    )
    assert reconcile(report(old, dialect="codex-v18"), ledger(entry)) == []


def test_days_of_another_zone_are_known_when_they_make_everything_agree() -> None:
    late = NOON + 11 * HOUR  # 23:00 in UTC, the next day two hours east
    book = ledger(spent(5, late), spent(3), zones={"Europe/Helsinki": 3})
    theirs = report(row("2026-05-01", 3), row("2026-05-02", 5))
    assert codes(reconcile(theirs, book)) == [
        ("2026-05-01", -5, ["zone:known"]),
        ("2026-05-02", 5, ["zone:known"]),
    ]


def test_weeks_are_those_of_the_report_whatever_their_first_day() -> None:
    book = ledger(spent(7), spent(9, NOON + 2 * 24 * HOUR))  # a Friday, and the Sunday after it
    monday = report(row("2026-04-27", 16), kind="weekly", week_starts="monday")
    sunday = report(row("2026-04-26", 7), row("2026-05-03", 9), kind="weekly", week_starts="sunday")
    assert (reconcile(monday, book), reconcile(sunday, book)) == ([], [])


def test_months_are_summed() -> None:
    book = ledger(spent(7), spent(9, NOON + 40 * 24 * HOUR))
    assert reconcile(report(row("2026-05", 7), row("2026-06", 9), kind="monthly"), book) == []


def test_a_part_of_the_time_is_compared_with_that_part() -> None:
    book = ledger(spent(7), spent(9, NOON + 24 * HOUR), spent(11, NOON - 24 * HOUR))
    assert reconcile(report(row("2026-05-01", 7)), book) == []


def test_tokens_of_an_unknown_day_are_told_and_not_dropped() -> None:
    found = reconcile(report(row("2026-05-01", 7)), ledger(spent(7), spent(2, None)))
    assert codes(found) == [("unknown", -2, ["not-read-there:likely"])]


def test_the_unified_report_is_compared_agent_by_agent() -> None:
    parts = (row("2026-05-01", 7), row("2026-05-01", 5, "opencode"))
    whole = msgspec.structs.replace(row("2026-05-01", 12, "all"), parts=parts, agents=("codex", "opencode"))
    found = reconcile(report(whole, dialect="unified-v20"), ledger(spent(7), spent(3, agent="claude")))
    assert [(each.agent, each.difference, each.reasons[0].code) for each in found] == [
        ("opencode", 5, "other-agent"),
        ("claude", -3, "not-read-there"),
    ]


def test_a_row_of_all_agents_is_compared_with_all_of_ours() -> None:
    whole = msgspec.structs.replace(row("2026-05-01", 10, "all"), agents=("claude", "codex"))
    assert reconcile(report(whole, dialect="unified-v20"), ledger(spent(7), spent(3, agent="claude"))) == []
    with_others = msgspec.structs.replace(row("2026-05-01", 12, "all"), agents=("claude", "codex", "pi"))
    found = reconcile(report(with_others, dialect="unified-v20"), ledger(spent(7), spent(3, agent="claude")))
    assert codes(found) == [("2026-05-01", 2, ["other-agent:likely"])]


def test_files_that_ccusage_does_not_read_explain_exactly_their_tokens() -> None:
    for code in get_args(Unseen):
        book = ledger(spent(100), spent(11, unseen=code))
        theirs = (row("2026-05-01", 100), row("2026-05-02", 0))
        assert codes(reconcile(report(*theirs), book)) == [("2026-05-01", -11, [f"{code}:known"])]
        assert codes(reconcile(report(row("2026-05-01", 90), theirs[1]), book))[0][2] == [f"{code}:likely"]


def test_an_archived_copy_is_counted_twice_by_the_session_report() -> None:
    key = "rollout-2026-05-01T10-00-00-01a089ab-66cc-7703-99cf-5964f3e5619a"
    book = ledger(spent(330, session="01a089ab-66cc-7703-99cf-5964f3e5619a", copied=True))
    twice = report(row(f"2026/05/01/{key}", 330), row(key, 330), kind="session")
    assert codes(reconcile(twice, book)) == [("01a089ab-66cc-7703-99cf-5964f3e5619a", 330, ["archived-copy:known"])]


def test_forks_without_their_parent_usage_records_and_nameless_requests_are_likely() -> None:
    theirs = (row("2026-05-01", 70), row("2026-05-02", 0))
    assert codes(reconcile(report(*theirs), ledger(spent(370, orphan=True))))[0][2] == ["missing-parent:likely"]
    assert codes(reconcile(report(*theirs), ledger(spent(100, recorded=True))))[0][2] == ["usage-records:likely"]
    claude = report(row("2026-05-01", 220, "claude"), dialect="claude-v20")
    assert codes(reconcile(claude, ledger(spent(110, agent="claude", unnamed=True))))[0][2] == ["no-request-id:likely"]


def test_a_session_used_after_our_last_look_is_known_not_to_be_read_yet() -> None:
    key = "rollout-2026-05-01T10-00-00-01a089ab-66cc-7703-99cf-5964f3e5619a"
    theirs = report(row(key, 50, last_ms=NOON + HOUR), kind="session")
    found = reconcile(theirs, ledger(read_until=NOON))
    assert codes(found)[0][2] == ["not-read-yet:known"]
    assert codes(reconcile(report(row("2026-05-01", 50)), ledger(spent(1), read_until=NOON)))[0][2] == [
        "not-read-yet:likely"
    ]


def test_a_report_made_earlier_has_less_of_its_last_day() -> None:
    found = reconcile(report(row("2026-04-30", 0), row("2026-05-01", 5)), ledger(spent(8)))
    assert codes(found) == [("2026-05-01", -3, ["older-report:likely"])]


def test_sessions_outside_the_time_of_the_report_are_not_missed_in_it() -> None:
    theirs = report(row("a", 5, last_ms=NOON), row("b", 5, last_ms=NOON + HOUR), kind="session")
    early, between = spent(1, NOON - 9 * HOUR, session="c"), spent(2, NOON + HOUR // 2, session="d")
    found = reconcile(theirs, ledger(spent(5, session="a"), spent(5, session="b"), early, between))
    assert codes(found) == [("d", -2, ["not-read-there:likely"])]


def test_blocks_are_compared_by_their_hours() -> None:
    def block(start: str, end: str, total: int) -> Row:
        return row(start, total, "claude", start=start, end=end)

    blocks = report(
        block("2026-05-01T10:00:00.000Z", "2026-05-01T15:00:00.000Z", 7),
        msgspec.structs.replace(block("2026-05-01T17:20:00.000Z", "2026-05-01T20:10:00.000Z", 0), gap=True),
        block("2026-05-01T20:00:00.000Z", "2026-05-02T01:00:00.000Z", 9),
        kind="blocks",
        dialect="blocks",
    )
    entries = [spent(7, NOON, "claude"), spent(9, NOON + 8 * HOUR, "claude"), spent(4, NOON, "codex")]
    assert reconcile(blocks, ledger(*entries)) == []


def test_only_kinds_of_tokens_may_differ() -> None:
    theirs = report(row("2026-05-01", 10))
    entry = Entry(time_ms=NOON, agent="codex", session="s", counts=counts(10, input_tokens=4, output_tokens=6))
    assert codes(reconcile(theirs, ledger(entry))) == [("2026-05-01", 0, ["kinds:likely"])]


def test_rows_that_do_not_tell_their_tokens_are_not_compared() -> None:
    found = compare(report(Row(key="2026-05-01", tokens=Tokens(), agent="codex"), dialect="tracker"), ledger(spent(7)))
    assert (found.theirs, found.compared, found.differences) == (None, 0, ())


days = st.integers(0, 20).map(lambda number: NOON + number * 24 * HOUR)
entries = st.lists(
    st.builds(spent, st.integers(0, 1000), days, st.sampled_from(["codex", "claude"]), st.sampled_from("abc")),
    min_size=1,
)


@given(entries, st.sampled_from(["daily", "weekly", "monthly"]))
def test_what_we_print_ourselves_never_differs_and_one_more_token_always_does(found: list[Entry], kind: Kind) -> None:
    book = ledger(*found)
    starts = {"daily": day(), "monthly": _month, "weekly": _monday}[kind]
    sums: dict[tuple[str, str], int] = {}
    for entry in found:
        place = (starts(entry.time_ms or 0), entry.agent)
        sums[place] = sums.get(place, 0) + entry.counts.total_tokens
    periods = sorted({period for period, _ in sums})
    rows = [
        Row(
            key=period,
            tokens=Tokens(),
            agent="all",
            parts=tuple(row(period, total, agent) for (own, agent), total in sums.items() if own == period),
        )
        for period in periods
    ]
    printed = report(*rows, kind=kind, dialect="unified-v20", week_starts="monday")
    assert reconcile(printed, book) == []
    more = ledger(*found, spent(1, found[0].time_ms, found[0].agent))
    assert [each.difference for each in reconcile(printed, more)] == [-1]


def _month(ms: int) -> str:
    return day()(ms)[:7]


def _monday(ms: int) -> str:
    moment = datetime.fromtimestamp(ms / 1000, UTC)
    return f"{moment - timedelta(days=moment.weekday()):%Y-%m-%d}"


def test_the_store_gives_the_whole_ledger_with_what_is_peculiar_about_it(place: str) -> None:
    store = Builder(place)
    store.file(path="/h/sessions/2026/a.jsonl", session="a")
    root = store.session("a")
    store.usage(
        root, input=1, cached=2, cache_write_5m=3, cache_write_1h=4, output=5, via="usage_record", time_ms=BORN_MS
    )
    store.file(path="/h/archived_sessions/a.jsonl", session="a")
    store.file(path="/h/sessions/2026/b.jsonl.zst", session="b")
    store.usage(store.session("b", forked_from="gone"), output=7, time_ms=None)
    store.file("claude", session="c")
    store.usage(store.session("c/x", agent="claude", parent_id="c"), input=9, time_ms=BORN_MS)
    store.session("c/y", agent="claude", lineage="sidechain", parent_id="c")
    store.write()
    book = gather(
        store.database, day(), {}, lambda path: unseen(path) or ("symlink" if path.endswith("4.jsonl") else None)
    )
    store.close()
    by_session = {entry.session: entry for entry in book.entries}
    first, fork, child = by_session["a"], by_session["b"], by_session["c"]
    assert first.counts == Counts(
        input_tokens=1, cache_read_tokens=2, cache_creation_tokens=7, output_tokens=5, total_tokens=15
    )
    assert (first.recorded, first.copied, first.orphan, first.unseen, first.unnamed) == (True, True, False, None, False)
    assert (fork.time_ms, fork.orphan, fork.unseen, fork.copied) == (None, True, "compressed", False)
    assert (child.child, child.aside, first.aside) == ("x", True, False)
    assert (child.agent, child.unnamed, child.unseen) == ("claude", True, "symlink")
    assert 0 <= BORN_MS - (first.time_ms or 0) < 900_000


def test_a_report_is_kept_once_and_all_of_them_or_none(place: str) -> None:
    store = Builder(place)
    one = Import(
        key=1,
        imported_ms=5,
        tool="file",
        dialect="codex-v20",
        report="daily",
        agent="codex",
        first_period="2026-05-01",
        last_period=None,
        flags=("suspect:v18",),
        body="{}",
    )
    two = msgspec.structs.replace(one, key=2)
    assert imports.keep(store.database, [one]) == [True]
    assert imports.keep(store.database, [one, two]) == [False, True]
    assert store.database.rows("SELECT key, flags, last_period FROM usage_imports ORDER BY key") == [
        (1, '["suspect:v18"]', None),
        (2, '["suspect:v18"]', None),
    ]
    store.close()


def test_a_report_as_it_is_printed_is_compared_with_a_ledger_as_it_is_stored() -> None:
    counts = b'"inputTokens":300,"cachedInputTokens":20,"outputTokens":60,"totalTokens":360'
    text = b'{"daily":[{"date":"May 01, 2026",' + counts + b"}]}"
    known = Counts(input_tokens=280, cache_read_tokens=20, cache_creation_tokens=0, output_tokens=60, total_tokens=360)
    assert reconcile(parse(text), ledger(Entry(time_ms=NOON, agent="codex", session="s", counts=known))) == []


def test_every_reason_and_flag_is_explained_in_the_documentation() -> None:
    project = Path(__file__).parents[3]
    explained = (project / "docs" / "ccusage.md").read_text(encoding="utf-8")
    sources = project / "src" / "codex_loop"
    reasons = (sources / "usage" / "bridge" / "reasons.py").read_text(encoding="utf-8")
    codes = [*re.findall(r'Reason\("([a-z0-9-]+)"', reasons), *get_args(Unseen)]
    flags = re.findall(
        r'^[A-Z_0-9]+ = "([a-z0-9:-]+)"', (sources / "sources/ccusage/report.py").read_text("utf-8"), re.MULTILINE
    )
    tags = {*INVALID.values(), *NONE.values(), "invalid-json", "unknown-report", "several-reports"}
    assert len(codes) > 15
    assert [name for name in (*codes, *flags, *sorted(tags)) if f"`{name}`" not in explained] == []
