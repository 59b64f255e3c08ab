"""The ledger against Claude Code's own totals: made by hand, and as the real program left them."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from codex_loop.cli.app import run
from codex_loop.store.engine import open_for_reading
from codex_loop.store.spending import Asked
from codex_loop.usage.prices import PriceTable
from codex_loop.usage.reconcile import Reconciled, SessionCheck, reconcile
from tests.store.builder import BORN_MS, Builder

GOLDEN = Path(__file__).parents[1] / "golden" / "claude-2.1.329"
PLAYS = sorted(path.name for path in GOLDEN.iterdir() if path.is_dir())
UNLIKE = {
    "auto-compaction": "unseen",
    "compaction": "unseen",
    "overfull": "unseen",
    "fork": "inherited",
    "interrupt": "partial",
}
"""Plays in which the program's own total is another than the transcript's sum, and why."""


def stated(store: Builder, key: int, output: int, *, later_ms: int = 1000, model: str = "claude-sonnet-4-5") -> None:
    totals = {model: {"inputTokens": 10, "outputTokens": output, "costUSD": 0.1}}
    text = msgspec.json.encode(totals).decode()
    store.row("agent_totals", key=key, time_ms=BORN_MS + later_ms, cost_usd=0.1, totals=text)


def used(store: Builder, key: int, output: int, quality: int = 2) -> None:
    model = "claude-sonnet-4-5-20250929"
    store.usage(key, input=10, output=output, quality=quality, model=model, time_ms=BORN_MS)


def found(store: Builder, table: PriceTable) -> Reconciled:
    store.write()
    return reconcile(store.database, table, Asked())


def only(store: Builder, table: PriceTable) -> SessionCheck:
    (check,) = found(store, table).sessions
    return check


def test_equal_numbers_agree_under_a_dated_name_too(store: Builder, table: PriceTable) -> None:
    key = store.session("s1", agent="claude")
    used(store, key, 100)
    stated(store, key, 100)
    check = only(store, table)
    assert (check.agrees, check.reason, check.difference_tokens) == (True, "agrees", 0)
    assert (check.ledger_cost_micros, check.agents_own_cost_micros) == (1530, 100_000)
    assert check.cost_note == "the agent has other prices than the table"


def test_a_model_under_two_names_in_one_total_is_one_model(store: Builder, table: PriceTable) -> None:
    key = store.session("s1", agent="claude")
    used(store, key, 100)
    store.usage(key, input=5, output=7, model="claude-sonnet-4-5[1m]", time_ms=BORN_MS)
    totals = (
        '{"claude-sonnet-4-5-20250929":{"inputTokens":10,"outputTokens":100},'
        '"claude-sonnet-4-5[1m]":{"inputTokens":5,"outputTokens":7}}'
    )
    store.row("agent_totals", key=key, time_ms=BORN_MS + 1000, cost_usd=0.1, totals=totals)
    check = only(store, table)
    assert (check.reason, check.difference_tokens, len(check.models)) == ("agrees", 0, 1)


def test_a_subagent_counts_in_the_session_whose_total_holds_it(store: Builder, table: PriceTable) -> None:
    key = store.session("s1", agent="claude")
    child = store.session("s1/a1", agent="claude", lineage="subagent", parent_id="s1")
    used(store, key, 60)
    store.usage(child, output=40, model="claude-sonnet-4-5", time_ms=BORN_MS)
    stated(store, key, 100)
    assert only(store, table).agrees


@pytest.mark.parametrize(
    ("ours", "quality", "theirs", "later_ms", "facts", "reason"),
    [
        (50, 2, 100, 1000, {}, "unseen"),
        (50, 1, 100, 1000, {}, "partial"),
        (50, 2, 100, 1000, {"forked_from": "s0"}, "inherited"),
        (100, 2, 50, -1, {}, "went on"),
        (100, 1, 50, 1000, {}, "interrupted"),
        (100, 2, 50, 1000, {}, "unknown"),
    ],
)
def test_a_difference_has_its_likely_reason(
    store: Builder,
    table: PriceTable,
    ours: int,
    quality: int,
    theirs: int,
    later_ms: int,
    facts: dict[str, str],
    reason: str,
) -> None:
    key = store.session("s1", agent="claude", **facts)
    used(store, key, ours, quality)
    stated(store, key, theirs, later_ms=later_ms)
    check = only(store, table)
    assert (check.reason, check.difference_tokens) == (reason, theirs - ours)
    assert check.cost_note is None


def test_an_interruption_that_is_recorded_explains_that_we_count_more(store: Builder, table: PriceTable) -> None:
    key = store.session("s1", agent="claude")
    used(store, key, 100)
    store.row("events", session_key=key, kind="interrupted", scope="model", time_ms=BORN_MS)
    stated(store, key, 50)
    assert only(store, table).reason == "interrupted"


def test_sessions_without_a_total_are_counted_and_not_compared(store: Builder, table: PriceTable) -> None:
    used(store, store.session("s1", agent="claude"), 100)
    store.usage(store.session("c1"), output=5, time_ms=BORN_MS)
    report = found(store, table)
    assert (report.sessions, report.without_own_total) == ((), 2)


@pytest.mark.parametrize("totals", ['["new"]', f'{{"m":{{"new":{"[" * 5000}{"]" * 5000}}}}}'])
def test_a_total_in_unknown_words_is_left_alone(totals: str, store: Builder, table: PriceTable) -> None:
    key = store.session("s1", agent="claude")
    used(store, key, 100)
    store.row("agent_totals", key=key, time_ms=BORN_MS, totals=totals)
    report = found(store, table)
    assert (report.sessions, report.unreadable_totals) == ((), 1)


@pytest.mark.parametrize("play", PLAYS)
def test_what_the_real_program_says_of_itself_is_the_ledgers_or_explained(
    play: str, tmp_path: Path, table: PriceTable, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CODEX_LOOP_DATA_DIR", str(tmp_path / "data"))
    place, nothing = str(tmp_path / "loop.db"), tmp_path / "none"
    nothing.mkdir()
    homes = ["--codex-home", str(nothing), "--claude-home", str(GOLDEN / play)]
    assert run(["ingest", *homes, "--db", place, "--lookback-hours", "8760", "--jobs", "1", "--json"]) == 0
    capsys.readouterr()
    with open_for_reading(place) as database:
        report = reconcile(database, table, Asked())
    reasons = {each.reason for each in report.sessions} - {"agrees"}
    assert reasons == ({UNLIKE[play]} if play in UNLIKE else set())
    for each in report.sessions:
        if each.agrees and each.ledger_cost_micros:
            assert each.agents_own_cost_micros == pytest.approx(each.ledger_cost_micros * 1.1, abs=1)
            assert each.cost_note == "not priced: the tenth that the agent adds for inference in one chosen region"


def test_a_session_is_compared_whole_when_only_its_end_is_asked_for(store: Builder, table: PriceTable) -> None:
    key = store.session("s1", agent="claude")
    used(store, key, 60)
    store.usage(key, output=40, model="claude-sonnet-4-5", time_ms=BORN_MS + 60_000)
    stated(store, key, 100, later_ms=61_000)
    store.write()
    for asked in (
        Asked(since_ms=BORN_MS + 60_000),
        Asked(until_ms=BORN_MS + 1),
        Asked(since_ms=BORN_MS, agent="claude"),
    ):
        (check,) = reconcile(store.database, table, asked).sessions
        assert (check.agrees, check.difference_tokens) == (True, 0)
    assert reconcile(store.database, table, Asked(since_ms=BORN_MS + 60_001)).sessions == ()
