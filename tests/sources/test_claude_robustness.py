"""Claude Code transcripts of bytes of every kind, in pieces of every size."""

from __future__ import annotations

import itertools
import json

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from codex_loop.model import records as r
from codex_loop.sources.base import Line
from codex_loop.sources.lines import split
from tests.sources.transcripts import LEAD, PATH, SOURCE, decode, line, only, text


def test_two_records_on_one_line_are_both_recovered() -> None:
    joined = json.dumps(line("user", "one", uuid="u1")) + json.dumps(line("user", "two", uuid="u2"))
    assert [m.text for m in only(r.UserMessage, decode(joined))] == ["one", "two"]


def test_a_value_of_an_unexpected_type_costs_only_itself() -> None:
    odd = line("user", [{"type": "text", "text": "x"}, 7, {"type": "text", "text": ["?"]}], promptId=5, isMeta="no")
    assert [m.text for m in only(r.UserMessage, decode(odd))] == ["x"]


def test_what_a_strict_decoder_refuses_is_repaired() -> None:
    odd = json.dumps(line("user", "a\x00b\ud800c"))
    assert [m.text for m in only(r.UserMessage, decode(odd))] == [
        "a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}c"
    ]


def test_a_line_that_is_no_record_is_rejected_with_its_place() -> None:
    data = text(line("user", "x"), '"stop_reason":null,"usa', "[1]")
    decoded = SOURCE.decode(SOURCE.state(), PATH, split(data, 100))
    first = 100 + data.index(b"\n") + 1
    assert [reject.offset for reject in decoded.rejects] == [first, first + len('"stop_reason":null,"usa') + 1]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["type", "text", "content", "input", "uuid", "prompt", "is_error"]), inner)
    ),
    max_leaves=10,
)
NAMES = st.sampled_from(
    ["message", "toolUseResult", "attachment", "error", "timestamp", "sessionId", "uuid", "origin", "data", "version"]
)
KINDS = st.sampled_from(["user", "assistant", "system", "attachment", "summary", "cost-state", "progress", "?"])


def test_what_is_nested_too_deeply_is_rejected_in_plain_words() -> None:
    deep = b'{"a":' * 5000 + b"1" + b"}" * 5000
    (reject,) = SOURCE.decode(SOURCE.state(), PATH, split(deep + b"\n", 0)).rejects
    assert reject.reason == "nested too deeply to be read"


@given(kind=KINDS, fields=st.dictionaries(NAMES, JSON), subtype=st.sampled_from(["api_error", "compact_boundary", "x"]))
def test_json_of_any_shape_never_raises(kind: str, fields: dict[str, object], subtype: str) -> None:
    data = text({"type": kind, "subtype": subtype, **fields})
    decoded = SOURCE.decode(SOURCE.state(), PATH, split(data, 0))
    msgspec.json.encode(decoded.records)
    assert decoded.rejects == []


@given(data=st.binary(max_size=300))
def test_arbitrary_bytes_never_raise(data: bytes) -> None:
    state = SOURCE.state()
    lines = split(data, 0)
    assert len(SOURCE.identify(state, PATH, [each.data for each in lines])) == len(lines)
    SOURCE.decode(state, PATH, lines)


TOOL = {
    "type": "tool_use",
    "id": "t1",
    "name": "Edit",
    "input": {"file_path": "/w/a", "old_string": "a", "new_string": "b"},
}
REFUSED = {
    "type": "tool_result",
    "tool_use_id": "t1",
    "is_error": True,
    "content": "The user doesn't want to proceed with this tool use.",
}
POOL: list[str] = [
    json.dumps(each)
    for each in (
        LEAD,
        line("user", "one", uuid="u1", promptId="p1"),
        line("user", "two", uuid="u2", timestamp="2026-05-01T12:00:00.000Z"),
        line("assistant", [TOOL], uuid="u3"),
        line("user", [REFUSED], uuid="u4", toolUseResult="User rejected tool use"),
        line("user", "[Request interrupted by user for tool use]", uuid="u5", interruptedMessageId="m"),
        line("user", "x", uuid="c1", isSidechain=True),
        line("user", "y", uuid="c2", isSidechain=True, parentUuid="c1"),
        line("system", uuid="b1", subtype="compact_boundary", compactMetadata={"trigger": "auto"}),
        line("user", "sum", uuid="u6", isCompactSummary=True),
        {"type": "ai-title", "aiTitle": "T", "sessionId": "S"},
        {"type": "summary", "summary": "Z", "leafUuid": "u2"},
        {"type": "mode", "mode": "normal", "sessionId": "S"},
    )
] + ["{broken", ""]


@given(chosen=st.lists(st.sampled_from(POOL), max_size=16), cuts=st.lists(st.integers(0, 16), max_size=4))
def test_any_split_of_a_file_gives_the_same_keys_and_records(chosen: list[str], cuts: list[int]) -> None:
    lines = [each for each in split(text(*chosen), 0) if each.data]
    raw = [each.data for each in lines]
    whole = SOURCE.state()
    keys, at_once = SOURCE.identify(whole, PATH, raw), SOURCE.decode(whole, PATH, lines)
    state, pieces, records = SOURCE.state(), list[int](), list[r.AnyRecord]()
    edges = sorted({0, len(lines), *(cut for cut in cuts if cut < len(lines))})
    for start, end in itertools.pairwise(edges):
        pieces += SOURCE.identify(state, PATH, raw[start:end])
        records += SOURCE.decode(state, PATH, [Line(*each) for each in lines[start:end]]).records
        state = msgspec.msgpack.decode(msgspec.msgpack.encode(state), type=SOURCE.state)
    assert pieces == keys
    assert records == at_once.records
