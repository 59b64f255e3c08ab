"""`codex-loop usage` in the keys of ccusage, and `codex-loop status`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from codex_loop.cli import status
from codex_loop.cli.moments import midnight, today
from codex_loop.cli.usage import dollars
from codex_loop.clock import HOUR_MS, now_ms
from tests.cli.conftest import Json
from tests.store.builder import BORN_MS, Builder

FIVE = ("inputTokens", "outputTokens", "cacheCreationTokens", "cacheReadTokens", "totalTokens")


def spend(store: Builder) -> None:
    codex, claude = store.session("s1", cwd="/w/x"), store.session("s2", agent="claude")
    child = store.session("s2/a1", agent="claude", lineage="subagent", parent_id="s2")
    store.usage(codex, input=1, cached=10, output=100, reasoning=60, model="gpt-5", time_ms=BORN_MS)
    store.usage(claude, input=2, cache_write_5m=20, cache_write_1h=200, model="opus", time_ms=BORN_MS)
    store.usage(child, output=4, model="haiku", quality=1, time_ms=BORN_MS + 24 * HOUR_MS)


def five(row: Json) -> list[int]:
    return [row[name] for name in FIVE]


def test_a_day_adds_up_in_the_keys_of_ccusage(store: Builder, told: Callable[..., Json]) -> None:
    spend(store)
    answer = told("usage", "daily", "--timezone", "UTC")
    first, second = answer["daily"]
    assert (first["date"], first["period"], first["agent"]) == ("2026-11-18", "2026-11-18", "all")
    assert five(first) == [3, 100, 220, 10, 333]
    assert first["reasoningOutputTokens"] == 60
    assert first["modelsUsed"] == ["gpt-5", "opus"]
    assert {each["modelName"]: five(each) for each in first["modelBreakdowns"]} == {
        "gpt-5": [1, 100, 0, 10, 111],
        "opus": [2, 0, 220, 0, 222],
    }
    assert {each["agent"]: each["totalTokens"] for each in first["agents"]} == {"codex": 111, "claude": 222}
    assert five(second) == [0, 4, 0, 0, 4]
    assert (second["reasoningOutputTokens"], second["quality"]) == (None, "partial")
    assert five(answer["totals"]) == [3, 104, 220, 10, 337]


def test_costs_stand_beside_the_tokens_and_an_unknown_price_is_named(store: Builder, told: Callable[..., Json]) -> None:
    spend(store)
    answer = told("usage", "daily")
    first, second = answer["daily"]
    # gpt-5: 1 fresh, 10 cached, 100 out at 1.25, 0.125 and 10 dollars a million.
    assert (first["totalCost"], first["costMicros"]) == (0.001003, 1003)
    assert (first["unpricedTokens"], first["unpricedModels"]) == (222, ["opus"])
    costs = {each["modelName"]: each["cost"] for each in first["modelBreakdowns"]}
    assert costs == {"gpt-5": 0.001003, "opus": None}
    assert (second["totalCost"], second["unpricedModels"]) == (None, ["haiku"])
    assert (answer["totals"]["costMicros"], answer["totals"]["unpricedTokens"]) == (1003, 226)
    assert answer["costsMissing"] == "226 tokens have no known price and are in no cost: haiku, opus"
    assert answer["pricing"]["source"].startswith("genai-prices ")
    assert "not a bill" in answer["pricing"]["label"]


def test_nothing_used_costs_nothing(store: Builder, told: Callable[..., Json]) -> None:
    answer = told("usage", "daily")
    assert (answer["daily"], answer["totals"]["totalCost"], answer["costsMissing"]) == ([], 0.0, None)


@pytest.mark.parametrize("report", ["daily", "weekly", "monthly", "session"])
def test_the_keys_of_ccusages_unified_reports_are_there(store: Builder, told: Callable[..., Json], report: str) -> None:
    spend(store)
    answer = told("usage", report)
    row = answer[report][0]
    assert set(FIVE) | {"totalCost"} <= set(answer["totals"])
    assert set(FIVE) | {"agent", "period", "totalCost", "modelsUsed", "modelBreakdowns", "metadata"} <= set(row)
    wanted = {"modelName", "cost", "inputTokens", "outputTokens", "cacheCreationTokens", "cacheReadTokens"}
    assert wanted <= set(row["modelBreakdowns"][0])


def test_a_week_begins_on_the_day_asked_for(store: Builder, told: Callable[..., Json]) -> None:
    spend(store)  # on a Wednesday and a Thursday
    assert [row["period"] for row in told("usage", "weekly")["weekly"]] == ["2026-11-16"]
    answer = told("usage", "weekly", "--week-start", "thursday")
    assert [(row["week"], row["totalTokens"]) for row in answer["weekly"]] == [("2026-11-12", 333), ("2026-11-19", 4)]
    assert answer["weekStart"] == "thursday"


def test_a_month_holds_its_days(store: Builder, told: Callable[..., Json]) -> None:
    spend(store)
    (month,) = told("usage", "monthly")["monthly"]
    assert (month["month"], month["period"], month["totalTokens"]) == ("2026-11", "2026-11", 337)


def test_reports_can_be_of_one_agent_or_one_project(store: Builder, told: Callable[..., Json]) -> None:
    spend(store)
    assert told("usage", "daily", "--source", "codex")["totals"]["totalTokens"] == 111
    assert told("usage", "session", "--source", "claude")["totals"]["totalTokens"] == 226
    assert told("usage", "daily", "--source", "all")["totals"]["totalTokens"] == 337
    assert told("usage", "monthly", "--project", "W/X")["totals"]["totalTokens"] == 111
    assert told("usage", "session", "--project", "nowhere")["session"] == []


def test_an_agent_that_is_none_is_refused(refused: Callable[..., str]) -> None:
    assert "--source codx: no such agent; write all, claude, codex" in refused("usage", "daily", "--source", "codx")


def test_what_subagents_and_hidden_requests_used_is_told_apart(
    store: Builder, told: Callable[..., Json], said: Callable[..., str]
) -> None:
    spend(store)
    store.usage(store.session("s2", agent="claude"), input=8, hidden="advisor", time_ms=BORN_MS)
    (row,) = (row for row in told("usage", "session")["session"] if row["sessionId"] == "s2")
    assert {each["origin"]: each["totalTokens"] for each in row["origins"]} == {"main": 222, "subagent": 4, "hidden": 8}
    assert row["subagents"] == 1
    for words in (("usage", "daily"), ("usage", "session")):
        assert "  hidden" in said(*words, "--by-origin")
        assert "hidden" not in said(*words)


def test_a_session_has_the_tokens_of_its_subagents(store: Builder, told: Callable[..., Json]) -> None:
    spend(store)
    answer = told("usage", "session")
    rows = {row["sessionId"]: row for row in answer["session"]}
    assert set(rows) == {"s1", "s2"}
    assert five(rows["s2"]) == [2, 4, 220, 0, 226]
    assert rows["s2"]["lastActivity"] == "2026-11-19T11:06:40.000Z"
    assert (rows["s1"]["id"], rows["s1"]["projectPath"]) == ("codex:s1", "/w/x")
    assert answer["totals"]["totalTokens"] == 337


@pytest.mark.parametrize(
    ("words", "total"),
    [
        (("--since", "2026-11-19"), 4),
        (("--until", "2026-11-18"), 333),
        (("--since", "2026-11-19", "--timezone", "Pacific/Auckland"), 337),
        (("--until", "2026-11-18", "--timezone", "Pacific/Auckland"), 0),
        (("--since", "2026-11-20", "--timezone", "Pacific/Auckland"), 4),
        (("--since", "2026-11-21", "--timezone", "Pacific/Auckland"), 0),
    ],
)
def test_days_of_an_interval_are_those_of_the_zone(
    store: Builder, told: Callable[..., Json], words: tuple[str, ...], total: int
) -> None:
    spend(store)
    assert told("usage", "daily", *words)["totals"]["totalTokens"] == total


def test_an_interval_that_ends_before_it_begins_is_refused(refused: Callable[..., str]) -> None:
    assert "turn them round" in refused("usage", "daily", "--since", "2026-11-22", "--until", "2026-11-20")


def test_a_zone_that_is_none_is_refused(refused: Callable[..., str]) -> None:
    assert "--timezone Mars: no such zone" in refused("usage", "daily", "--timezone", "Mars")


def test_the_tables_say_the_total_and_what_is_missing(store: Builder, said: Callable[..., str]) -> None:
    assert said("usage", "daily") == "No tokens were recorded for that time, agent and project.\n"
    spend(store)
    for report in ("daily", "weekly", "monthly", "session"):
        out = said("usage", report)
        (total,) = (line for line in out.splitlines() if line.startswith("total"))
        assert total.split()[-2:] == ["337", "$0.0010+"]
        assert "not final" in out
        assert "226 tokens have no known price and are in no cost: haiku, opus" in out
        assert "not a bill (genai-prices " in out
        assert max(map(len, out.splitlines())) <= 80


@pytest.mark.parametrize(
    ("micros", "text"),
    [
        (None, "–"),
        (0, "$0.00"),
        (1, "$0.000001"),
        (2_800, "$0.0028"),
        (4_999, "$0.0050"),
        (5_000, "$0.01"),
        (12_345_678, "$12.35"),
    ],
)
def test_money_is_shown_in_cents_unless_it_is_less(micros: int | None, text: str) -> None:
    assert dollars(micros) == text


def test_status_says_tokens_today_and_the_latest_word_on_limits(
    store: Builder, story: int, told: Callable[..., Json], said: Callable[..., str]
) -> None:
    store.usage(story, input=7, time_ms=midnight(today()))
    store.session("s2", agent="claude")
    now = now_ms()
    limit: dict[str, Any] = {"agent": "codex", "host": "h", "limit_id": "codex", "time_ms": now - HOUR_MS}
    store.row("limit_samples", **limit, window_minutes=300, used_percent=42.4, resets_ms=now + HOUR_MS)
    store.row("limit_samples", **limit, window_minutes=10_080, used_percent=99.0, resets_ms=now - 1)
    codex, claude = told("status")["agents"]
    assert (codex["agent"], codex["tokens_today"]["total"]) == ("codex", 7)
    assert [(each["used_percent"], each["reset_since"]) for each in codex["limits"]] == [(42.4, False), (None, True)]
    assert (claude["tokens_today"], claude["limits"]) == (None, [])
    out = said("status")
    assert "codex   5 h: 42 % used, resets " in out
    assert "codex   7 d: use unknown, began anew" in out
    assert "claude  limits unknown: no file of it states any" in out


def test_status_of_an_empty_store_says_what_to_do(store: Builder, said: Callable[..., str]) -> None:
    assert said("status") == "No session has been recorded yet; `codex-loop ingest` reads them.\n"


def test_a_limit_without_a_number_is_unknown_and_not_zero() -> None:
    limit = status.LimitSeen(
        limit_id="codex",
        slot="primary",
        window_minutes=None,
        used_percent=None,
        resets_at=None,
        observed_at=None,
        reset_since=False,
        plan=None,
        reached=None,
    )
    agent = status.AgentStatus(agent="codex", sessions=1, last_active_at=None, tokens_today=None, limits=(limit,))
    assert list(status.limit_lines([agent], 0)) == ["codex   primary: use unknown, resets – (seen –)"]


def test_blocks_are_labelled_estimated_and_windows_as_the_providers(
    store: Builder, told: Callable[..., Json], said: Callable[..., str]
) -> None:
    nothing = "No tokens of claude were recorded in that time. --source all asks for every agent.\n"
    assert said("usage", "blocks") == nothing
    assert said("usage", "blocks", "--source", "all") == "No tokens were recorded in that time.\n"
    spend(store)
    facts: dict[str, Any] = {"agent": "claude", "host": "h", "limit_id": "claude", "window_minutes": 300}
    store.row("limit_samples", **facts, time_ms=BORN_MS, used_percent=42.0, resets_ms=BORN_MS + HOUR_MS)
    answer = told("usage", "blocks")
    assert [(each["kind"], each["totalTokens"]) for each in answer["blocks"]] == [
        ("estimated", 222),
        ("estimated", 0),
        ("estimated", 4),
    ]
    assert [(each["kind"], each["usedPercent"]) for each in answer["windows"]] == [("provider", 42.0)]
    out = said("usage", "blocks")
    assert "estimated" in out
    assert "42 %" in out
    assert max(map(len, out.splitlines())) <= 80
    assert told("usage", "blocks", "--active")["blocks"] == []


def test_a_limit_of_tokens_that_is_none_is_refused(refused: Callable[..., str]) -> None:
    assert "--token-limit many: not a number of tokens" in refused("usage", "blocks", "--token-limit", "many")


def test_reconcile_says_where_the_agents_own_total_differs(
    store: Builder, told: Callable[..., Json], said: Callable[..., str]
) -> None:
    assert "No session has a total" in said("usage", "reconcile")
    spend(store)
    key = store.session("s2", agent="claude")
    totals = '{"opus":{"inputTokens":2,"cacheCreationInputTokens":220},"haiku":{"outputTokens":9}}'
    store.row("agent_totals", key=key, time_ms=BORN_MS + 48 * HOUR_MS, cost_usd=0.5, totals=totals)
    answer = told("usage", "reconcile")
    (check,) = answer["sessions"]
    assert (check["sessionId"], check["differenceTokens"], check["reason"]) == ("s2", 5, "partial")
    assert [each["difference"]["outputTokens"] for each in check["models"]] == [5, 0]
    assert (answer["agreeing"], answer["differing"], answer["withoutOwnTotal"]) == (0, 1, 1)
    out = said("usage", "reconcile")
    assert "answers written before they were complete" in out
    assert max(map(len, out.splitlines())) <= 80


def test_a_difference_without_a_reason_is_a_finding(store: Builder, told: Callable[..., Json]) -> None:
    key = store.session("s2", agent="claude")
    store.usage(key, output=4, model="haiku", time_ms=BORN_MS)
    store.row("agent_totals", key=key, time_ms=BORN_MS, totals='{"haiku":{"outputTokens":1}}')
    assert told("usage", "reconcile", code=1)["unexplained"] == 1


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Auckland", "America/New_York"])
def test_months_agree_with_their_days_their_sessions_and_every_account(
    store: Builder, told: Callable[..., Json], said: Callable[..., str], zone: str
) -> None:
    spend(store)
    key = store.session("s3")
    for day in range(-60, 60, 7):
        store.usage(key, input=day + 61, time_ms=BORN_MS + day * 24 * HOUR_MS)
    check = told("usage", "monthly", "--check", "--timezone", zone)["check"]
    assert (check["agrees"], check["accountsNotClosing"], len(check["months"])) == (True, 0, 5)
    assert "every account closes" in said("usage", "monthly", "--check", "--timezone", zone)
    assert told("usage", "monthly")["check"] is None


def test_an_account_that_does_not_close_is_a_finding(
    store: Builder, told: Callable[..., Json], said: Callable[..., str]
) -> None:
    spend(store)
    store.write()
    store.database.execute("UPDATE cursors SET read = read + 1")
    assert told("usage", "monthly", "--check", code=1)["check"]["accountsNotClosing"] == 1
    assert "1 account does not close" in said("usage", "monthly", "--check", code=1)


def test_a_price_taken_from_another_model_is_an_estimate_and_says_so(
    store: Builder, told: Callable[..., Json], said: Callable[..., str]
) -> None:
    store.usage(store.session("s1"), input=1_000_000, model="gpt-5.2-codex-xhigh", time_ms=BORN_MS)
    (model,) = told("usage", "daily")["daily"][0]["modelBreakdowns"]
    assert (model["cost"], model["pricedAs"]) == (1.75, "gpt-5.2")
    for report in ("daily", "session"):
        assert "estimated: gpt-5.2-codex-xhigh has no price of its own and is priced as gpt-5.2" in said(
            "usage", report
        )


def test_a_persons_prices_are_used_and_named(
    store: Builder, told: Callable[..., Json], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "prices.toml"
    own.write_text("[models.opus]\ninput = 1\noutput = 2\n", encoding="utf-8")
    monkeypatch.setenv("CODEX_LOOP_PRICES", str(own))
    monkeypatch.setenv("CODEX_LOOP_DATA_DIR", str(tmp_path / "data"))
    spend(store)
    answer = told("usage", "daily")
    assert answer["pricing"]["overridden"] == ["opus"]
    assert answer["totals"]["unpricedModels"] == ["haiku"]


def test_a_setting_says_which_calendar_holds(
    store: Builder, told: Callable[..., Json], monkeypatch: pytest.MonkeyPatch
) -> None:
    spend(store)
    monkeypatch.setenv("CODEX_LOOP_TIMEZONE", "Pacific/Auckland")
    monkeypatch.setenv("CODEX_LOOP_WEEK_START", "thursday")
    assert [row["date"] for row in told("usage", "daily")["daily"]] == ["2026-11-19", "2026-11-20"]
    assert told("usage", "weekly")["weekly"][0]["week"] == "2026-11-19"
    assert told("usage", "daily", "--timezone", "UTC")["daily"][0]["date"] == "2026-11-18"


def test_a_year_that_this_machine_does_not_know_is_still_reported(store: Builder, told: Callable[..., Json]) -> None:
    key = store.session("s1")
    store.usage(key, input=1, time_ms=253_402_300_799_999)
    store.usage(key, input=2, time_ms=1 << 60)
    for report in ("daily", "weekly", "monthly", "session", "blocks"):
        answer = told("usage", report, "--timezone", "Pacific/Auckland")
        assert report == "blocks" or answer["totals"]["totalTokens"] == 3


def test_an_active_block_says_its_pace_and_how_far_it_is(
    store: Builder, told: Callable[..., Json], said: Callable[..., str]
) -> None:
    key = store.session("s1", agent="claude")
    now = now_ms()
    for ago in (61_000, 1_000):
        store.usage(key, output=50, model="claude-sonnet-4-5", time_ms=now - ago)
    (block,) = (each for each in told("usage", "blocks", "--active")["blocks"][-1:])
    assert block["isActive"]
    out = said("usage", "blocks", "--token-limit", "100")
    assert "% of limit" in out
    assert block["entries"] == 1 or "  to " in out
    assert "clau…" not in out
    assert block["entries"] == 1 or "claude is active: 100 tokens a minute" in out  # the hour may begin between the two


def test_only_the_latest_sessions_fill_the_screen(store: Builder, said: Callable[..., str]) -> None:
    for number in range(45):
        store.usage(store.session(f"s{number:02}"), input=1, time_ms=BORN_MS + number)
    out = said("usage", "session")
    assert "s04 " not in out
    assert "s05 " in out
    assert "the latest 40 of 45 sessions; the total is of all" in out


def test_a_wide_page_has_every_number(
    store: Builder, said: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    spend(store)
    store.usage(store.session("s1"), cached=1_234_567, time_ms=BORN_MS)
    monkeypatch.setenv("COLUMNS", "140")
    assert "written" in said("usage", "session")
    assert "1\u202f234\u202f904" in said("usage", "daily")


def test_a_report_tells_what_is_in_no_cost_beside_it(
    store: Builder, told: Callable[..., Json], said: Callable[..., str]
) -> None:
    key = store.session("s1", agent="claude")
    store.usage(key, input=100_000, model="claude-sonnet-4-5", time_ms=BORN_MS)
    totals = '{"claude-sonnet-4-5":{"inputTokens":100000,"costUSD":0.33}}'
    store.row("agent_totals", key=key, time_ms=BORN_MS, cost_usd=0.33, totals=totals)
    for report in ("daily", "weekly", "monthly", "session"):
        answer = told("usage", report)
        assert (answer["totals"]["costMicros"], answer["notPriced"]["costMicros"]) == (300_000, 30_000)
        out = said("usage", report)
        assert "not priced: the tenth that the agent adds" in out
        assert "session: $0.03" in out


def test_reconcile_says_what_the_same_tokens_are_worth_to_the_agent(store: Builder, said: Callable[..., str]) -> None:
    key = store.session("s1", agent="claude")
    store.usage(key, input=100_000, model="claude-sonnet-4-5", time_ms=BORN_MS)
    totals = '{"claude-sonnet-4-5":{"inputTokens":100000}}'
    store.row("agent_totals", key=key, time_ms=BORN_MS, cost_usd=0.33, totals=totals)
    out = said("usage", "reconcile")
    assert "1 session agrees, 0 not." in out
    assert "same tokens, worth $0.30 here and $0.33 to the agent, in 1 session:" in out
    assert "not priced: the tenth that the agent adds for inference in one chosen region" in out


def test_sessions_that_begin_alike_are_told_apart(store: Builder, said: Callable[..., str]) -> None:
    for name in ("01a1fd80-1", "01a1fd80-2"):
        store.usage(store.session(name), input=1, time_ms=BORN_MS)
    assert {line.split()[0] for line in said("usage", "session").splitlines()[1:3]} == {"01a1fd80-1", "01a1fd80-2"}


@pytest.mark.parametrize("report", ["daily", "weekly", "monthly", "session", "blocks"])
def test_every_report_takes_the_same_flags(store: Builder, told: Callable[..., Json], report: str) -> None:
    spend(store)
    words = ("--source", "codex", "--since", "2026-11-01", "--until", "2026-12-01", "--timezone", "UTC")
    found = told("usage", report, *words, "--by-agent", "--project", "nowhere")
    assert found["schema"] == f"codex-loop/usage-{report}/1"


def test_blocks_by_agent_are_those_of_every_agent(store: Builder, told: Callable[..., Json]) -> None:
    spend(store)
    assert {each["agent"] for each in told("usage", "blocks", "--by-agent")["blocks"]} == {"codex", "claude"}
    assert {each["agent"] for each in told("usage", "blocks")["blocks"]} == {"claude"}
