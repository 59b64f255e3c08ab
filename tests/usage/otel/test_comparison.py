"""An export against the ledger: each difference has the requests it comes from, and the reasons add up to it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from codex_loop.cli.app import run
from codex_loop.store import runs
from codex_loop.store.spending import Asked
from codex_loop.usage.otel.comparison import OtelCheck, OtelReport, compare
from codex_loop.usage.otel.exports import read
from codex_loop.usage.prices import PriceTable
from codex_loop.usage.surcharge import not_priced
from tests.store.builder import BORN_MS, Builder
from tests.usage.otel.exporting import claude_request, codex_answer, logs, metric, point, written

SONNET = "claude-sonnet-4-5-20250929"
LATER = BORN_MS + 60_000


class Bench:
    """One store and one export."""

    def __init__(self, store: Builder, table: PriceTable, file: Path) -> None:
        self.store, self._table, self.file = store, table, file

    def row(self, session: int, number: int, output: int = 100, **facts: Any) -> None:
        said: dict[str, Any] = {"input": 10, "output": output, "model": SONNET, "time_ms": BORN_MS}
        self.store.usage(session, **(said | {"request_id": f"req_{number}"} | facts))

    def report(self, *documents: dict[str, Any], asked: Asked | None = None) -> OtelReport:
        self.store.write()
        export = read([written(self.file, *documents)])
        return compare(self.store.database, self._table, asked or Asked(), export)

    def only(self, *documents: dict[str, Any]) -> OtelCheck:
        (check,) = self.report(*documents).sessions
        return check


@pytest.fixture
def bench(store: Builder, table: PriceTable, tmp_path: Path) -> Bench:
    return Bench(store, table, tmp_path / "export.jsonl")


def event(number: int, *, at: int = 0, **facts: Any) -> dict[str, Any]:
    return claude_request("s1", number, time_ms=BORN_MS + at, **facts)


def causes(check: OtelCheck) -> list[tuple[str, int | None, int]]:
    return [(each.reason, each.requests, each.tokens) for each in check.causes]


def test_the_same_requests_agree_under_a_dated_name_and_in_a_subagent(bench: Bench) -> None:
    key = bench.store.session("s1", agent="claude")
    child = bench.store.session("s1/a1", agent="claude", lineage="subagent", parent_id="s1")
    bench.row(key, 1)
    bench.row(child, 2)
    check = bench.only(logs(event(1), event(2, at=9, query_source="agent:builtin:general-purpose")))
    assert (check.agrees, check.told_by, causes(check), check.difference_tokens) == (True, "events", [], 0)
    assert (check.ledger_cost_micros, check.otel_cost_micros, check.cost_note) == (3060, 3060, None)


def test_each_difference_names_its_requests_and_all_of_them_add_up(bench: Bench) -> None:
    key = bench.store.session("s1", agent="claude")
    bench.row(key, 1)
    bench.row(key, 2, output=1, quality=1)
    bench.row(key, 3, time_ms=BORN_MS - 5000)
    bench.row(key, 4, output=1, quality=1)
    told = logs(event(1), event(2), event(7, at=5, query_source="compact", input_tokens=1000))
    check = bench.only(told)
    assert causes(check) == [
        ("unseen", 1, 1100),
        ("outside", 1, -110),
        ("partial", 1, 99),
        ("interrupted", 1, -11),
    ]
    assert check.causes[0].queries == ("compact",)
    assert sum(each.tokens for each in check.causes) == check.difference_tokens


def test_the_same_request_with_other_final_numbers_is_unexplained(bench: Bench) -> None:
    bench.row(bench.store.session("s1", agent="claude"), 1, output=99)
    report = bench.report(logs(event(1)))
    assert causes(report.sessions[0]) == [("unknown", 1, 1)]
    assert report.unexplained == 1


def test_a_request_that_the_ledger_counts_in_another_session_is_not_called_unseen(bench: Bench) -> None:
    bench.row(bench.store.session("s1", agent="claude"), 1)
    bench.row(bench.store.session("s0", agent="claude"), 2)
    assert causes(bench.only(logs(event(1), event(2)))) == [("elsewhere", 1, 110)]


def test_what_is_newer_than_the_last_ingest_says_so(bench: Bench) -> None:
    bench.row(bench.store.session("s1", agent="claude"), 1)
    bench.store.write()
    runs.record(bench.store.database, BORN_MS + 1000, BORN_MS + 2000, "ingest", "{}")
    assert causes(bench.only(logs(event(1), event(2, at=1001)))) == [("not read yet", 1, 110)]
    assert causes(bench.only(logs(event(1), event(2, at=1000)))) == [("unseen", 1, 110)]


def test_a_session_without_any_file_is_told_as_such(bench: Bench) -> None:
    bench.store.session("other", agent="claude")
    assert causes(bench.only(logs(event(1)))) == [("no session", 1, 110)]


def test_requests_without_an_id_meet_by_their_numbers(bench: Bench) -> None:
    """Claude Code 1.0 tells no ids, and its transcripts have a first guess of the output."""
    key = bench.store.session("s1", agent="claude")
    bench.row(key, 1)
    bench.row(key, 2, output=1, quality=1, input=11)
    old: dict[str, Any] = {"request_id": None}
    check = bench.only(
        logs(event(0, **old), event(0, at=3, input_tokens=11, **old), event(0, at=4, input_tokens=5, **old))
    )
    assert causes(check) == [("unseen", 1, 105), ("partial", 1, 99)]


def test_two_equal_requests_are_two(bench: Bench) -> None:
    thread = bench.store.session("t1")
    for at in (0, 1):
        bench.store.usage(thread, input=1000, cached=2000, output=50, model="gpt-5.5", time_ms=BORN_MS + at)
    told = [codex_answer("t1", time_ms=BORN_MS + at) for at in (0, 1)]
    assert bench.only(logs(*told, scope="codex_otel.log_only")).agrees
    one = bench.only(logs(told[0], scope="codex_otel.log_only"))
    assert causes(one) == [("outside", 1, -3050)]


def test_a_codex_subagent_is_compared_with_its_own_thread(bench: Bench) -> None:
    parent = bench.store.session("t0")
    child = bench.store.session("t1", lineage="subagent", parent_id="t0", root_id="t0")
    for key in (parent, child):
        bench.store.usage(key, input=1000, cached=2000, output=50, model="gpt-5.5", time_ms=BORN_MS)
    report = bench.report(logs(codex_answer("t0"), codex_answer("t1"), scope="codex_otel.log_only"))
    assert [(each.session_id, each.agrees) for each in report.sessions] == [("t0", True), ("t1", True)]


def counters(output: float, **facts: Any) -> dict[str, Any]:
    begun, at = BORN_MS * 1_000_000, LATER * 1_000_000
    return metric(point(10.0, begun=begun, at=at), point(output, begun=begun, at=at, type="output"), **facts)


@pytest.mark.parametrize(
    ("output", "ours", "facts", "expected"),
    [
        (100.0, 100, {}, []),
        (150.0, 100, {}, [("unseen", None, 50)]),
        (150.0, 100, {"quality": 1}, [("partial", None, 50)]),
        (50.0, 100, {"quality": 1}, [("interrupted", None, -50)]),
        (50.0, 100, {"time_ms": BORN_MS - 10 * 60_000}, [("outside", None, -50)]),
        (50.0, 100, {}, [("unknown", None, -50)]),
    ],
)
def test_counters_alone_have_likely_reasons(
    bench: Bench, output: float, ours: int, facts: dict[str, Any], expected: list[tuple[str, None, int]]
) -> None:
    bench.row(bench.store.session("s1", agent="claude"), 1, output=ours, **facts)
    check = bench.only(counters(output))
    assert (check.told_by, causes(check)) == ("counters", expected)


def test_events_speak_before_counters_and_a_gap_between_them_is_shown(bench: Bench) -> None:
    bench.row(bench.store.session("s1", agent="claude"), 1)
    whole = bench.only(logs(event(1)), counters(100.0))
    assert (whole.told_by, whole.agrees, whole.counters_less_events) == ("events", True, 0)
    assert bench.only(logs(event(1)), counters(170.0)).counters_less_events == 70
    assert bench.only(logs(event(1))).counters_less_events is None


def test_a_model_of_which_only_the_cost_was_told_has_no_tokens_to_miss(bench: Bench) -> None:
    bench.row(bench.store.session("s1", agent="claude"), 1)
    cost = metric(point(0.5, model="claude-haiku-4-5", type=None), name="claude_code.cost.usage")
    check = bench.only(counters(100.0), cost)
    assert (check.agrees, check.otel_cost_micros) == (True, 500_000)


def test_only_sessions_that_are_asked_for_are_compared_and_each_whole(bench: Bench) -> None:
    key = bench.store.session("s1", agent="claude")
    bench.row(key, 1)
    bench.row(key, 2, time_ms=LATER)
    told = logs(event(1), event(2, at=60_000), claude_request("s2", 3))
    assert [each.agrees for each in bench.report(told, asked=Asked(since_ms=LATER)).sessions] == [True]
    assert bench.report(told, asked=Asked(since_ms=LATER + 1)).sessions == ()
    assert bench.report(told, asked=Asked(agent="codex")).sessions == ()


def test_what_was_exported_in_the_time_asked_for_is_compared_also_where_the_ledger_has_none_of_it(bench: Bench) -> None:
    bench.row(bench.store.session("s1", agent="claude"), 1)
    told = logs(event(1), event(2, at=60_000), claude_request("s2", 3, time_ms=LATER))
    for asked in (Asked(since_ms=LATER), Asked(since_ms=LATER, until_ms=LATER + 1)):
        found = {each.session_id: causes(each) for each in bench.report(told, asked=asked).sessions}
        assert found == {"s1": [("unseen", 1, 110)], "s2": [("no session", 1, 110)]}
    assert [each.session_id for each in bench.report(told, asked=Asked(until_ms=LATER)).sessions] == ["s1"]
    assert bench.report(told, asked=Asked(since_ms=LATER, folders=("/w",))).sessions == ()
    counted = metric(point(10.0, begun=BORN_MS * 1_000_000, at=LATER * 1_000_000, sessionDid="s3"))
    assert [each.session_id for each in bench.report(counted, asked=Asked(since_ms=LATER)).sessions] == ["s3"]
    assert bench.report(counted, asked=Asked(until_ms=BORN_MS)).sessions == ()


def test_sessions_that_the_export_does_not_tell_of_are_counted(bench: Bench) -> None:
    for number, name in enumerate(("s1", "s2", "s3")):
        bench.row(bench.store.session(name, agent="claude"), number, time_ms=BORN_MS + number)
    bench.store.session("empty", agent="claude")
    assert bench.report(logs(event(0))).without_export == 2
    assert bench.report(logs(event(0)), asked=Asked(since_ms=BORN_MS + 2)).without_export == 1


def test_the_command_shows_both_sides_and_says_why(
    bench: Bench, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key = bench.store.session("s1", agent="claude")
    bench.row(key, 1)
    bench.store.write()
    foreign = metric(point(1.0), name="http.server.duration")
    file = written(bench.file, logs(event(1), event(1), event(2, query_source="compact")), foreign)
    words = ["usage", "reconcile", "--db", bench.store.place]
    assert run([*words, "--otel", str(file)]) == 0
    shown = capsys.readouterr().out
    assert "1 request (compact) in no session file" in shown
    assert "0 sessions agree, 1 not; ledger 110, exported 220 tokens." in shown
    assert "1 event or data point told again, counted once" in shown
    assert "not compared: http.server.duration (1): not of Claude Code or Codex" in shown
    assert max(map(len, shown.splitlines())) <= 80
    assert run([*words, "--otel", str(file), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)["otel"]
    assert said["sessions"][0]["causes"][0]["queries"] == ["compact"]
    assert said["notCompared"] == [{"name": "http.server.duration", "what": "metric", "why": "foreign", "count": 1}]


def test_the_exit_code_tells_a_finding_from_an_export_that_is_half_read(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    bench.row(bench.store.session("s1", agent="claude"), 1)
    bench.store.write()
    words = ["usage", "reconcile", "--db", bench.store.place, "--otel", str(bench.file)]
    good, wrong = (json.dumps(logs(event(1, output_tokens=output))) for output in (100, 101))
    bench.file.write_text(f"{good}\nnothing\n", encoding="utf-8")
    assert run(words) == 4
    assert f"1 line could not be read, first {bench.file}:2"[:70] in capsys.readouterr().out
    bench.file.write_text(f"{wrong}\n", encoding="utf-8")
    assert run(words) == 1
    bench.file.write_text("nothing\n", encoding="utf-8")
    assert run(words) == 2


def test_an_export_is_compared_with_a_store_on_either_engine(place: str, table: PriceTable, tmp_path: Path) -> None:
    store = Builder(place)
    bench = Bench(store, table, tmp_path / "export.jsonl")
    key = store.session("s1", agent="claude")
    bench.row(key, 1, cache_write_5m=3, cache_write_1h=4, cached=5)
    bench.row(store.session("s0", agent="claude"), 2, time_ms=None)
    store.row("events", session_key=key, kind="interrupted", scope="model", time_ms=BORN_MS)
    totals = '{"claude-sonnet-4-5":{"inputTokens":10,"outputTokens":100,"costUSD":0.001683}}'
    store.row("agent_totals", key=key, time_ms=BORN_MS, cost_usd=0.001683, totals=totals)
    known = event(1, cache_creation_tokens=7, cache_read_tokens=5)
    nameless = event(3, request_id="\0", input_tokens=0, output_tokens=0)
    report = bench.report(logs(known, event(2), nameless), asked=Asked(since_ms=BORN_MS))
    assert [(each.session_id, causes(each)) for each in report.sessions] == [("s1", [("elsewhere", 1, 110)])]
    told = not_priced(store.database, table, Asked())
    assert told is not None
    assert told.cost_micros == 153
    store.close()
