"""What files of an export add up to: each thing once, in both temporalities, and nothing dropped without a word."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_loop.errors import UsageError
from codex_loop.sources.otlp import documents
from codex_loop.sources.otlp.told import PICO, Count, Other
from codex_loop.usage.otel.exports import amount, read
from tests.usage.otel.exporting import claude_request, codex_answer, logs, metric, point, written

FIXTURES = Path(__file__).parents[2] / "fixtures" / "otlp"
TRUTH: dict[str, list[dict[str, Any]]] = json.loads((FIXTURES / "truth.json").read_text())
CLAUDE, CODEX = sorted(TRUTH)


def tokens(file: Path, session: tuple[str, str] = ("claude", "s1")) -> int:
    """What the counters of one session say."""
    return sum(sum(each.sums.values()) for each in read([file]).counted[session])


@pytest.mark.parametrize("name", [CLAUDE, CODEX])
def test_a_real_export_tells_every_request_that_the_provider_answered(name: str) -> None:
    export = read([FIXTURES / name])
    told = [each for of in export.requests.values() for each in of]
    ours = [(each.session, each.input, each.cache_read, each.cache_creation, each.output) for each in told]
    truth = [
        (
            each["session"],
            each["fresh"],
            each["cache_read"],
            each["cache_write_5m"] + each["cache_write_1h"],
            each["output"],
        )
        for each in TRUTH[name]
    ]
    assert sorted(ours) == sorted(truth)
    assert (export.unreadable, export.torn, export.duplicates) == ((), 0, 0)


def test_the_real_counters_say_the_same_as_the_real_events() -> None:
    export = read([FIXTURES / CLAUDE])
    ((_, events),) = export.requests.items()
    ((counted,),) = export.counted.values()
    assert counted.sums["input"] == sum(each.input for each in events)
    assert counted.sums["output"] == sum(each.output for each in events)
    assert counted.sums["cache_read"] == sum(each.cache_read for each in events)
    assert counted.sums["cache_creation"] == sum(each.cache_creation for each in events)
    assert counted.sums["cost"] == pytest.approx(sum(each.cost_pico or 0 for each in events), abs=10)
    assert counted.queries == {"main", "auxiliary"}
    assert {each.query for each in events} == {"sdk", "compact"}


def test_what_carries_no_tokens_or_no_session_is_told_by_its_name() -> None:
    others = {each.name: each.why for each in read([FIXTURES / CODEX]).others}
    assert others["codex.turn.token_usage"] == "no-session"
    assert others["codex.api_request"] == "no-tokens"
    assert set(others.values()) == {"no-tokens", "no-session"}


def test_a_file_given_twice_counts_once(tmp_path: Path) -> None:
    copy = tmp_path / "copy.jsonl"
    copy.write_bytes((FIXTURES / CLAUDE).read_bytes())
    once, twice = read([FIXTURES / CLAUDE]), read([FIXTURES / CLAUDE, copy])
    assert (twice.requests, twice.counted) == (once.requests, once.counted)
    assert twice.duplicates == sum(map(len, once.requests.values())) + 15
    assert read([copy, copy]).files == 1


def test_what_a_collector_adds_on_its_way_makes_no_second_event(tmp_path: Path) -> None:
    event = codex_answer()
    direct = logs(event, scope="codex_otel.log_only")
    passed = json.loads(json.dumps(direct))
    passed["resourceLogs"][0]["resource"] = {"attributes": [{"key": "host.name", "value": {"stringValue": "edge"}}]}
    passed["resourceLogs"][0]["scopeLogs"][0]["logRecords"][0]["observedTimeUnixNano"] = "77"
    export = read([written(tmp_path / "a.jsonl", direct, passed)])
    assert [len(each) for each in export.requests.values()] == [1]
    assert export.duplicates == 1


def test_requests_without_an_id_are_told_apart_by_what_they_say(tmp_path: Path) -> None:
    old: dict[str, Any] = {"request_id": None, "query_source": None}
    events = [claude_request(time_ms=1_795_000_000_000 + at, **old) for at in (0, 5, 5)]
    export = read([written(tmp_path / "a.jsonl", logs(*events))])
    assert (len(export.requests["claude", "s1"]), export.duplicates) == (2, 1)


def test_numbers_as_texts_are_numbers(tmp_path: Path) -> None:
    event = claude_request(input_tokens="1037", cost_usd="0.0021")
    (request,) = read([written(tmp_path / "a.jsonl", logs(event))]).requests["claude", "s1"]
    assert (request.input, request.cost_pico) == (1037, 2_100_000_000)


def test_codex_input_leaves_out_what_the_cache_gave_and_took(tmp_path: Path) -> None:
    event = codex_answer(cache_write_token_count="300")
    (request,) = read([written(tmp_path / "a.jsonl", logs(event))]).requests["codex", "t1"]
    assert (request.input, request.cache_read, request.cache_creation, request.output) == (700, 2000, 300, 50)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"input_tokens": -1}, "bad-number"),
        ({"input_tokens": None}, "bad-number"),
        ({"output_tokens": 1.5}, "bad-number"),
        ({"output_tokens": "9" * 500}, "bad-number"),
        ({"cache_read_tokens": "many"}, "bad-number"),
        ({"sessionDid": None}, "no-session"),
        ({"model": None}, "no-model"),
    ],
)
def test_an_event_that_cannot_be_counted_is_told(change: dict[str, object], why: str, tmp_path: Path) -> None:
    export = read([written(tmp_path / "a.jsonl", logs(claude_request(**change)))])  # type: ignore[arg-type]
    assert export.requests == {}
    assert [(each.name, each.why) for each in export.others] == [("claude_code.api_request", why)]


@pytest.mark.parametrize(
    ("document", "told"),
    [
        (metric(point(1.0), name="http.server.duration"), Other("http.server.duration", "metric", "foreign")),
        (metric(point(1.0, type="thinking")), Other("claude_code.token.usage", "metric", "unknown-kind")),
        (metric(point(1.5)), Other("claude_code.token.usage", "metric", "bad-number")),
        (metric(point(1.0, sessionDid=None)), Other("claude_code.token.usage", "metric", "no-session")),
        (metric(point(1.0, model=None)), Other("claude_code.token.usage", "metric", "no-model")),
        (metric(point(1.0), isMonotonic=False), Other("claude_code.token.usage", "metric", "no-counter")),
        (metric(point(1.0), temporality=0), Other("claude_code.token.usage", "metric", "no-counter")),
        (logs({"attributes": []}, scope="my.app"), Other("(no name)", "event", "foreign")),
        (logs(claude_request(eventDname="tool_result"), scope="x"), None),
        ({"resourceSpans": [{"scopeSpans": [{"spans": [{}, {}]}]}]}, Other("spans", "span", "no-tokens", 2)),
    ],
)
def test_what_is_not_compared_is_named_with_its_reason(
    document: dict[str, Any], told: Other | None, tmp_path: Path
) -> None:
    export = read([written(tmp_path / "a.jsonl", document)])
    assert export.others == (() if told is None else (told,))


def test_a_gauge_of_the_same_name_is_no_counter(tmp_path: Path) -> None:
    document = {"resourceMetrics": [{"scopeMetrics": [{"metrics": [
        {"name": "claude_code.token.usage", "gauge": {"dataPoints": [point(7.0)]}}
    ]}]}]}  # fmt: skip
    export = read([written(tmp_path / "a.jsonl", document)])
    assert export.others == (Other("claude_code.token.usage", "metric", "no-counter"),)


def test_a_point_that_only_ends_its_stream_is_no_amount(tmp_path: Path) -> None:
    ended = point(0.0, at=3) | {"flags": 1}
    assert tokens(written(tmp_path / "a.jsonl", metric(point(5.0), ended))) == 5


def test_running_totals_begin_anew_with_a_new_start_and_where_they_fall(tmp_path: Path) -> None:
    """A session that is resumed is another process, with a counter of its own that begins at 0."""
    file = written(
        tmp_path / "a.jsonl",
        metric(point(100.0, begun=1, at=10), temporality=2),
        metric(point(150.0, begun=1, at=20), temporality="AGGREGATION_TEMPORALITY_CUMULATIVE"),
        metric(point(40.0, begun=30, at=40), temporality=2),
        metric(point(60.0, begun=30, at=50), temporality=2),
        metric(point(5.0, begun=30, at=60), temporality=2),
    )
    assert tokens(file) == 150 + 60 + 5


def test_one_amount_exported_in_both_ways_counts_once(tmp_path: Path) -> None:
    delta = [metric(point(30.0, begun=1, at=10)), metric(point(20.0, begun=10, at=20))]
    running = [metric(point(30.0, at=10), temporality=2), metric(point(50.0, at=20), temporality=2)]
    assert tokens(written(tmp_path / "a.jsonl", *delta, *running)) == 50


def points(growth: Sequence[Sequence[int]], *, cumulative: bool) -> Iterator[Count]:
    """One point for each number; each inner list is one life of the process."""
    clock = 0
    for life in growth:
        clock += 1
        begun, total = clock, 0
        for number in life:
            before, clock = clock, clock + 1
            total += number
            yield Count(
                agent="claude", session="s", model="m", kind="input", stream=1, cumulative=cumulative,
                value=total if cumulative else number, begun_ns=begun if cumulative else before, time_ns=clock,
            )  # fmt: skip


@given(growth=st.lists(st.lists(st.integers(0, 10**9), max_size=6), max_size=5), data=st.data())
def test_differences_and_running_totals_say_the_same_in_any_order(growth: list[list[int]], data: st.DataObject) -> None:
    truth = sum(map(sum, growth))
    for cumulative in (False, True):
        told = data.draw(st.permutations(list(points(growth, cumulative=cumulative))))
        assert amount(told) == truth


def test_a_document_over_many_lines_is_read_whole(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    for before in ("", "\n", "\ufeff\n \n"):
        file.write_text(before + json.dumps(logs(claude_request()), indent=2), encoding="utf-8")
        assert len(read([file]).requests["claude", "s1"]) == 1


def test_a_large_file_is_never_held_in_memory_as_a_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "LARGEST", 10)
    file = tmp_path / "a.json"
    file.write_text(json.dumps(logs(claude_request()), indent=2), encoding="utf-8")
    with pytest.raises(UsageError, match="not one line of it is OTLP/JSON"):
        read([file])


@pytest.mark.parametrize("end", ["", "\n", "\n{}\n"])
def test_a_line_without_end_is_told_and_the_others_are_read(
    end: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = json.dumps(logs(claude_request()))
    monkeypatch.setattr(documents, "LARGEST", len(good))
    file = tmp_path / "a.jsonl"
    file.write_text(f"{good}\n{'x' * 3 * len(good)}\n{good}\n{good}{'x' * len(good)}{end}", encoding="utf-8")
    export = read([file])
    told = [(each.line, each.reason) for each in export.unreadable if "longer" in each.reason]
    assert told == [(2, f"longer than {len(good)} bytes")] + [(4, f"longer than {len(good)} bytes")] * bool(end)
    assert (export.documents, export.torn) == (2, not end)


def test_a_folder_means_its_documents(tmp_path: Path) -> None:
    written(tmp_path / "a.jsonl", logs(claude_request(number=1)))
    written(tmp_path / "b.json", logs(claude_request(number=2)))
    (tmp_path / "notes.txt").write_text("no export", encoding="utf-8")
    export = read([tmp_path])
    assert (export.files, len(export.requests["claude", "s1"])) == (2, 2)


def test_lines_that_are_no_export_are_counted_and_the_rest_is_read(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    good = json.dumps(logs(claude_request()))
    file.write_text(
        f'{good}\n{{"resourceProfiles":[]}}\nnot json\n\n{{"resourceLogs": 7}}\n{good[:50]}', encoding="utf-8"
    )
    export = read([file])
    assert [each.line for each in export.unreadable] == [2, 3, 5]
    assert (export.documents, export.torn) == (1, 1)


@pytest.mark.parametrize(
    "content", [b"# a page\nof words\n", b"\x0a\x9f\x01binary", b"[1,2]\n", b'{"daily":[]}\n', b"x"]
)
def test_a_file_with_nothing_of_an_export_is_refused(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    file.write_bytes(content)
    with pytest.raises(UsageError, match="not one line of it is OTLP/JSON"):
        read([file])


def test_an_empty_file_is_an_export_of_nothing(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    file.touch()
    export = read([file])
    assert (export.files, export.documents, export.others) == (1, 0, ())


@pytest.mark.parametrize("name", ["absent.jsonl", "."])
def test_a_file_that_is_not_there_is_named(name: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=str(tmp_path / name).replace("\\", ".")):
        read([tmp_path / name])


@pytest.mark.parametrize("cost", [1e300, -1e300, "1e300", "9" * 300, float(2**70)])
def test_a_cost_beyond_all_counting_is_none_and_its_tokens_are_read(cost: object, tmp_path: Path) -> None:
    ((request,),) = read([written(tmp_path / "a.jsonl", logs(claude_request(cost_usd=cost)))]).requests.values()
    assert (request.cost_pico, request.total) == (None, 110)


@pytest.mark.parametrize("value", [1e300, 2.0**63, -1.0])
@pytest.mark.parametrize("name", ["claude_code.cost.usage", "claude_code.token.usage"])
def test_a_counter_beyond_all_counting_is_told_and_not_summed(name: str, value: float, tmp_path: Path) -> None:
    export = read([written(tmp_path / "a.jsonl", metric(point(value), name=name))])
    assert (export.counted, export.others) == ({}, (Other(name, "metric", "bad-number"),))


@given(
    st.integers()
    | st.floats()
    | st.text(max_size=25)
    | st.from_regex(r"-?\d{1,400}(\.\d+)?(e\d{1,3})?", fullmatch=True)
)
def test_what_is_read_as_a_number_can_be_counted(value: float | str) -> None:
    number, count = documents.real(value), documents.whole(value)
    assert number is None or abs(round(number * PICO)) < 2**63 * PICO
    assert count is None or (count == number and 0 <= count < 2**63)
    if isinstance(value, int) and 0 <= value < 2**63:
        assert count == documents.whole(str(value)) == value


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
PLACES: tuple[tuple[str | int, ...], ...] = (
    ("resourceLogs",),
    ("resourceLogs", 0, "scopeLogs"),
    ("resourceLogs", 0, "scopeLogs", 0, "logRecords", 0, "attributes"),
    ("resourceLogs", 0, "scopeLogs", 0, "logRecords", 0, "attributes", 5, "value"),
    ("resourceLogs", 0, "scopeLogs", 0, "logRecords", 0, "timeUnixNano"),
    ("resourceLogs", 0, "scopeLogs", 0, "logRecords", 0, "body"),
    ("resourceLogs", 0, "scopeLogs", 0, "logRecords", 0, "attributes", 8, "value", "doubleValue"),
    ("resourceMetrics", 0, "scopeMetrics", 0, "metrics", 0, "sum"),
    ("resourceMetrics", 0, "scopeMetrics", 0, "metrics", 0, "sum", "aggregationTemporality"),
    ("resourceMetrics", 0, "scopeMetrics", 0, "metrics", 0, "sum", "dataPoints", 0, "asDouble"),
    ("resourceMetrics", 0, "scopeMetrics", 0, "metrics", 0, "sum", "dataPoints", 0, "timeUnixNano"),
)


@given(place=st.sampled_from(PLACES), value=JSON)
def test_whatever_stands_in_a_document_it_is_read_or_refused(
    place: tuple[str | int, ...], value: object, tmp_path_factory: pytest.TempPathFactory
) -> None:
    document: Any = json.loads(json.dumps(logs(claude_request()) | metric(point(5.0))))
    inside = document
    for step in place[:-1]:
        inside = inside[step]
    inside[place[-1]] = value
    export = read([written(tmp_path_factory.mktemp("any") / "a.jsonl", logs(claude_request()), document)])
    assert export.documents + len(export.unreadable) == 2
