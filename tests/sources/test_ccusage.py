"""Every dialect of ccusage becomes the same report; what is no report is rejected whole, with a tag."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_loop.sources.ccusage import Rejected, Tokens, parse, parse_all

TRUE = {"inputTokens": 280, "cacheCreationTokens": 0, "cacheReadTokens": 20, "outputTokens": 60, "totalTokens": 360}
V18 = {"inputTokens": 300, "cachedInputTokens": 20, "outputTokens": 60, "reasoningOutputTokens": 5, "totalTokens": 360}
V20 = {**TRUE, "reasoningOutputTokens": 5}


def text(**report: Any) -> bytes:
    return msgspec.json.encode(report)


def v18(**row: Any) -> bytes:
    models = {"gpt-5": {**V18, "isFallback": False}}
    return text(daily=[{"date": "May 01, 2026", **V18, "costUSD": 0.00095, "models": models, **row}], totals=V18)


def v20(**row: Any) -> bytes:
    models = {"gpt-5": {**V20, "isFallback": False}}
    return text(daily=[{"date": "2026-05-01", **V20, "costUSD": 0.00095, "models": models, **row}], totals=V20)


def test_version_18_and_20_tell_the_same_usage_alike() -> None:
    old, new = parse(v18()), parse(v20())
    assert (old.dialect, new.dialect) == ("codex-v18", "codex-v20")
    assert old.rows[0].key == new.rows[0].key == "2026-05-01"
    assert new.rows[0].tokens == Tokens(input=280, cache_read=20, cache_write=0, output=60, reasoning=5, total=360)
    assert msgspec.structs.replace(old.rows[0].tokens, cache_write=0) == new.rows[0].tokens
    assert (old.flags, new.flags) == (("suspect:v18",), ())


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2026-05-01", "2026-05-01"),
        ("May 01, 2026", "2026-05-01"),
        ("Sept 9, 2026", "2026-09-09"),
        ("Sept. 09, 2026", "2026-09-09"),
        ("09 December 2026", "2026-12-09"),
    ],
)
def test_dates_in_english_and_iso_are_read(written: str, day: str) -> None:
    assert parse(v18(date=written)).rows[0].key == day


@pytest.mark.parametrize(
    "written", ["01.05.2026", "05/01/2026", "1 mai 2026", "Feb 30, 2026", "", "2026-13-01", 20260501]
)
def test_a_date_that_could_mean_another_day_is_not_guessed(written: object) -> None:
    with pytest.raises(Rejected) as caught:
        parse(v18(date=written))
    assert caught.value.tag == "invalid-days"


def test_months_of_version_18_are_read() -> None:
    report = parse(text(monthly=[{"month": "May 2026", **V18}], totals=V18))
    assert (report.kind, report.rows[0].key) == ("monthly", "2026-05")


def test_the_unified_report_is_split_by_agent() -> None:
    part = {**TRUE, "totalCost": 0.5, "modelsUsed": ["gpt-5"], "modelBreakdowns": []}
    row = {**part, "agent": "all", "period": "2026-04-27", "agents": [{**part, "agent": "codex"}]}
    report = parse(text(weekly=[row], totals=TRUE))
    assert (report.dialect, report.week_starts) == ("unified-v20", "monday")
    assert [(each.agent, each.key, each.tokens.total) for each in report.rows[0].parts] == [
        ("codex", "2026-04-27", 360)
    ]
    assert report.rows[0].agents == ("codex",)


def test_blocks_are_an_estimate() -> None:
    block = {
        "id": "2026-05-01T10:00:00.000Z",
        "startTime": "2026-05-01T10:00:00.000Z",
        "endTime": "2026-05-01T15:00:00.000Z",
        "actualEndTime": "2026-05-01T10:20:00.000Z",
        "isGap": False,
        "tokenCounts": {
            "inputTokens": 10,
            "outputTokens": 100,
            "cacheCreationInputTokens": 0,
            "cacheReadInputTokens": 0,
        },
        "totalTokens": 110,
        "costUSD": 0.00153,
        "models": ["claude-sonnet-4-5-20250929"],
        "burnRate": None,
    }
    gap = {**block, "id": "gap-2026-05-01T15:20:00.000Z", "isGap": True, "actualEndTime": None}
    report = parse(text(blocks=[block, gap]))
    assert (report.dialect, report.flags) == ("blocks", ("estimated:blocks",))
    assert [(row.gap, row.last_activity) for row in report.rows] == [(False, "2026-05-01T10:20:00.000Z"), (True, None)]


def test_the_shape_of_the_trackers_own_samples_is_read() -> None:
    days = [
        {"date": "2025-10-18", "totalTokens": 654321},
        {"date": "2025-10-19", "tokens": 123456, "percentUsed": 12.5},
    ]
    report = parse(text(resetAt="2025-10-20T21:11:00Z", days=days, totals={"totalTokens": 777777}))
    assert (report.dialect, report.reset_at) == ("tracker", "2025-10-20T21:11:00Z")
    assert [(row.tokens.total, row.percent_used) for row in report.rows] == [(654321, None), (123456, 12.5)]
    week = {"startDate": "2025-10-13", "percentUsed": 9.2, "tokensUsed": 987654321, "tokensRemaining": 9000000000}
    row = parse(text(currentWeek=week)).rows[0]
    assert (row.key, row.percent_used, row.tokens.total, row.tokens_remaining) == (
        "2025-10-13",
        9.2,
        987654321,
        9000000000,
    )


def test_zero_is_a_value_and_not_a_missing_one() -> None:
    row = parse(
        b'{"resetAt":null,"days":[{"date":"2025-10-18","totalTokens":0,"tokens":5,"percentUsed":0,"cost":-0.0}]}'
    ).rows[0]
    assert (row.tokens.total, row.percent_used) == (0, 0.0)
    assert str(row.cost_usd) == "0.0"


def test_the_latest_session_is_found_by_instant_not_by_text() -> None:
    sessions = [
        {"sessionId": "a", "totalTokens": 1, "lastActivity": "May 02, 2026"},
        {"sessionId": "b", "totalTokens": 1, "lastActivity": "2026-05-01T10:00:05.000Z"},
    ]
    rows = parse(text(sessions=sessions)).rows
    assert max(rows, key=lambda row: row.last_ms or 0).key == "a"


@pytest.mark.parametrize(
    ("written", "tag"),
    [
        (b"", "invalid-json"),
        (b"command not found: ccusage", "invalid-json"),
        (b"\xff\xfe", "invalid-json"),
        (b"[]", "invalid-json"),
        (b"3", "invalid-json"),
        (b'"daily"', "invalid-json"),
        (b"[" * 100_000, "invalid-json"),
        (b"{}", "unknown-report"),
        (b'{"daily":[]}', "no-days"),
        (b'{"daily":{}}', "invalid-days"),
        (b'{"daily":[null]}', "invalid-days"),
        (b'{"session":[]}', "no-sessions"),
        (b'{"sessions":[{"totalTokens":1}]}', "invalid-sessions"),
        (b'{"weekly":[]}', "no-weeks"),
        (b'{"currentWeek":4}', "invalid-week"),
        (b'{"monthly":[{"month":"May"}]}', "invalid-months"),
        (b'{"blocks":[{"id":"x"}]}', "invalid-blocks"),
        (b'{"daily":[{"date":"2026-05-01"}],"monthly":[]}', "several-reports"),
    ],
)
def test_what_is_no_report_has_a_tag(written: bytes, tag: str) -> None:
    with pytest.raises(Rejected) as caught:
        parse(written)
    assert caught.value.tag == tag


def test_a_report_of_another_kind_is_not_taken_for_the_wanted_one() -> None:
    with pytest.raises(Rejected) as caught:
        parse(v20(), "weekly")
    assert (caught.value.tag, str(caught.value)) == ("no-weeks", "it holds daily, not a weekly report")


@pytest.mark.parametrize("value", [-1, 1.5, "300", True, [], 2**63])
@pytest.mark.parametrize("name", ["inputTokens", "cacheReadTokens", "totalTokens"])
def test_one_wrong_number_rejects_the_whole_report(name: str, value: object) -> None:
    with pytest.raises(Rejected) as caught:
        parse(v20(**{name: value}))
    assert caught.value.tag == "invalid-days"
    assert name in str(caught.value)


def test_contradicting_numbers_are_kept_as_stated_and_flagged() -> None:
    report = parse(v20(totalTokens=361))
    assert report.rows[0].tokens.total == 361
    assert report.flags == ("total-mismatch", "sum-mismatch")


def test_models_without_a_price_are_named() -> None:
    models = {"m": {**V20, "missingPricing": True, "isFallback": True}}
    report = parse(
        text(daily=[{"date": "2026-05-01", **V20, "models": models}], totals={**V20, "unpricedModels": ["n"]})
    )
    assert report.unpriced_models == ("m", "n")
    assert report.flags == ("unpriced", "fallback-model")


def test_several_sections_are_several_reports() -> None:
    both = msgspec.json.decode(v20()) | {"monthly": [{"month": "2026-05", **V20, "models": {}}]}
    assert [report.kind for report in parse_all(msgspec.json.encode(both))] == ["daily", "monthly"]
    assert parse(msgspec.json.encode(both), "monthly").rows[0].key == "2026-05"


def test_projects_are_rows_of_their_own() -> None:
    row = {**TRUE, "date": "2026-05-01", "totalCost": 1, "modelsUsed": [], "modelBreakdowns": []}
    report = parse(text(projects={"-home-a": [row], "-home-b": [row]}, totals={**TRUE, "totalTokens": 720}))
    assert [(each.project, each.key) for each in report.rows] == [("-home-a", "2026-05-01"), ("-home-b", "2026-05-01")]


REAL = {path.stem: path.read_bytes() for path in Path(__file__).parents[1].joinpath("fixtures/ccusage/real").glob("*")}
NOT_READ = {"v20-claude-empty": "no-days", "v18-codex-daily-german": "invalid-days"}


@pytest.mark.parametrize("name", sorted(REAL.keys() - NOT_READ.keys()))
def test_what_the_real_programs_print_is_read_and_adds_up(name: str) -> None:
    version, agent, kind = name.split("-")[:3]
    for report in parse_all(REAL[name]):
        dialect = {"v18": "codex-v18", "all": "unified-v20", "blocks": "blocks"}
        assert report.dialect == dialect.get(version, dialect.get(agent, dialect.get(kind, f"{agent}-v20")))
        assert set(report.flags) <= {"suspect:v18", "estimated:blocks"}
        assert report.totals is None or report.totals.total == sum(row.tokens.total or 0 for row in report.rows)
        assert all(row.parts for row in report.rows) == ("all" in name and kind in ("daily", "weekly", "sections"))


@pytest.mark.parametrize("name", NOT_READ)
def test_an_empty_report_and_one_in_german_are_rejected_by_their_tag(name: str) -> None:
    assert outcome(REAL[name]) == NOT_READ[name]


def places(value: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """The path of every value inside."""
    inside = (
        list(value.items()) if isinstance(value, dict) else list(enumerate(value)) if isinstance(value, list) else []
    )
    return [path, *(found for name, each in inside for found in places(each, (*path, name)))]


@given(st.sampled_from(sorted(REAL)), st.data())
def test_a_damaged_real_report_is_read_or_rejected_and_nothing_else(name: str, data: st.DataObject) -> None:
    report = msgspec.json.decode(REAL[name])
    path = data.draw(st.sampled_from(places(report)[1:]))
    holder = report
    for step in path[:-1]:
        holder = holder[step]
    holder[path[-1]] = data.draw(st.sampled_from([None, "x", -1, 0, 1.5, True, [], {}, [None], {"a": 1}, 2**70]))
    assert outcome(
        msgspec.json.encode(report) if data.draw(st.booleans()) else REAL[name][: data.draw(st.integers(0, 300))]
    )


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["daily", "sessions", "totals", "date", "totalTokens", "models", "agent", "period", "week", "x"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


def outcome(written: bytes) -> str:
    try:
        return parse_all(written)[0].dialect
    except Rejected as rejected:
        return rejected.tag if str(rejected) else ""


@given(json_values)
def test_any_json_is_either_a_report_or_rejected_with_a_tag(value: object) -> None:
    assert outcome(msgspec.json.encode(value))
