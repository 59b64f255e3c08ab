"""Whatever bytes a trace format is given: nothing raises, and how the bytes arrive in pieces changes nothing."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codex_loop.model.records import AnyRecord, Unknown
from codex_loop.sources.base import Line, Reject, Source
from codex_loop.sources.codex.exec import EVENTS as EXEC_EVENTS
from codex_loop.sources.codex.exec import ITEMS, CodexExecs
from codex_loop.sources.spine.calls import CALLS
from codex_loop.sources.spine.events import EVENTS
from codex_loop.sources.spine.spines import KINDS, TraceSpines
from codex_loop.sources.spine.submissions import OPS
from codex_loop.sources.trace.traces import EVENTS as TRACE_EVENTS
from codex_loop.sources.trace.traces import RolloutTraces
from tests.sources.spines import envelope, lines_of, story

GOLDEN = Path(__file__).parents[1] / "golden"
SOURCES: Sequence[Source] = (TraceSpines(), RolloutTraces(lambda data: data), CodexExecs())
PATHS = {
    "trace-spine": "t/segment-000.jsonl",
    "rollout-trace": "trace-1-t/trace.jsonl",
    "codex-exec": "exec.jsonl",
}
every_source = pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)

scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
FIELDS = [
    *("id", "call_id", "turn_id", "type", "op", "msg", "item", "items", "meta", "context", "git", "command", "cwd"),
    *("exit_code", "duration", "secs", "nanos", "changes", "decision", "content", "text", "role", "output", "error"),
    *("codex_error_info", "status", "message", "plan", "query", "invocation", "result", "arguments", "num_turns"),
    *("success", "reason", "source", "subagent", "session_source", "thread_id", "item_id", "event_type"),
]
names = st.sampled_from(FIELDS) | st.text(max_size=4)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(names, inner, max_size=3), max_leaves=4
)
bodies = st.dictionaries(st.sampled_from(FIELDS), values, max_size=5)


@st.composite
def spine_lines(draw: st.DrawFn) -> bytes:
    kind = draw(st.sampled_from([*KINDS, "new"]))
    payload: dict[str, object] = {**draw(bodies)}
    if kind == "event":
        payload["msg"] = {**draw(bodies), "type": draw(st.sampled_from([*EVENTS, *CALLS, "new"]))}
    elif kind == "submission":
        payload["op"] = {**draw(bodies), "type": draw(st.sampled_from([*OPS, "new"]))}
    return json.dumps(envelope(draw(st.integers(0, 9)), kind, payload)).encode()


@st.composite
def trace_lines(draw: st.DrawFn) -> bytes:
    payload = {**draw(bodies), "type": draw(st.sampled_from([*TRACE_EVENTS, "new"]))}
    line = {"rollout_id": "t", "thread_id": draw(st.sampled_from(["t", "c", None])), "codex_turn_id": "1"}
    return json.dumps({**line, "seq": draw(st.integers(0, 9)), "wall_time_unix_ms": 1, "payload": payload}).encode()


@st.composite
def exec_lines(draw: st.DrawFn) -> bytes:
    if draw(st.booleans()):
        return json.dumps({**draw(bodies), "type": draw(st.sampled_from([*EXEC_EVENTS, "new"]))}).encode()
    item = {**draw(bodies), "type": draw(st.sampled_from([*ITEMS, "new"])), "id": draw(st.sampled_from("ab"))}
    return json.dumps({"type": draw(st.sampled_from(["item.started", "item.completed"])), "item": item}).encode()


SHAPED = {"trace-spine": spine_lines(), "rollout-trace": trace_lines(), "codex-exec": exec_lines()}


def at(lines: Sequence[bytes]) -> list[Line]:
    offsets = [sum(len(line) + 1 for line in lines[:index]) for index in range(len(lines))]
    return [Line(offset, line) for offset, line in zip(offsets, lines, strict=True)]


def whole(source: Source, lines: Sequence[Line]) -> tuple[list[AnyRecord], list[Reject]]:
    out = source.decode(source.state(), PATHS[source.name], lines)
    return out.records, out.rejects


def in_pieces(source: Source, lines: Sequence[Line], cuts: Sequence[int]) -> tuple[list[AnyRecord], list[Reject]]:
    """Decode piece by piece; between two pieces the state goes through the store."""
    state: Any = source.state()
    records: list[AnyRecord] = []
    rejects: list[Reject] = []
    edges = sorted({0, len(lines), *(cut % (len(lines) + 1) for cut in cuts)})
    for start, end in pairwise(edges):
        state = msgspec.msgpack.decode(msgspec.msgpack.encode(state), type=source.state)
        out = source.decode(state, PATHS[source.name], lines[start:end])
        records += out.records
        rejects += out.rejects
    return records, rejects


def stored(records: Sequence[AnyRecord]) -> None:
    """Records survive the way to the store, and their integers fit its columns."""
    for record in records:
        again = msgspec.msgpack.decode(msgspec.msgpack.encode(record), type=AnyRecord)
        assert again == record
        for value in msgspec.structs.astuple(record):
            assert not isinstance(value, int) or -(2**63) <= value < 2**63


@every_source
@given(lines=st.lists(st.binary(max_size=60), max_size=5))
def test_arbitrary_bytes_are_rejected_or_read_but_never_raise(source: Source, lines: list[bytes]) -> None:
    records, rejects = whole(source, at(lines))
    assert len(rejects) + len(records) >= sum(bool(line.strip()) for line in lines)
    assert all(isinstance(record, Unknown) for record in records)
    keys = source.identify(source.state(), PATHS[source.name], lines)
    assert len(keys) == len(lines)


@every_source
@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_records_of_any_shape_never_raise_and_pieces_change_nothing(source: Source, data: st.DataObject) -> None:
    shaped = SHAPED[source.name]
    lines = data.draw(st.lists(shaped | shaped.map(lambda line: line[:-2]), max_size=4))
    cuts = data.draw(st.lists(st.integers(0, 6), max_size=3))
    once = whole(source, at(lines))
    stored(once[0])
    assert in_pieces(source, at(lines), cuts) == once


@every_source
@settings(max_examples=40, deadline=None)
@given(data=st.data(), cuts=st.lists(st.integers(0, 6), max_size=3))
def test_keys_do_not_depend_on_the_pieces(source: Source, data: st.DataObject, cuts: list[int]) -> None:
    lines = data.draw(st.lists(SHAPED[source.name] | st.binary(max_size=9), max_size=4))
    state: Any = source.state()
    keys: list[int] = []
    edges = sorted({0, len(lines), *(cut % (len(lines) + 1) for cut in cuts)})
    for start, end in pairwise(edges):
        state = msgspec.msgpack.decode(msgspec.msgpack.encode(state), type=source.state)
        keys += source.identify(state, PATHS[source.name], lines[start:end])
    assert keys == source.identify(source.state(), PATHS[source.name], lines)


@given(cuts=st.lists(st.integers(0, 14), max_size=5))
def test_a_whole_story_comes_out_the_same_in_any_pieces(cuts: list[int]) -> None:
    source = TraceSpines()
    lines = lines_of(story("rust"))
    assert in_pieces(source, lines, cuts) == whole(source, lines)


def real_files() -> list[tuple[Source, Path]]:
    streams = sorted(GOLDEN.glob("codex-*/*/streams/exec-*.jsonl"))
    logs = sorted(GOLDEN.glob("codex-*/*/rollout-trace/*/trace.jsonl"))
    return [(SOURCES[2], path) for path in streams] + [(SOURCES[1], path) for path in logs]


@settings(max_examples=10, deadline=None)
@given(data=st.data(), cuts=st.lists(st.integers(0, 200), max_size=4))
def test_real_files_come_out_the_same_in_any_pieces(data: st.DataObject, cuts: list[int]) -> None:
    source, path = data.draw(st.sampled_from(real_files()))
    lines = at(path.read_bytes().split(b"\n"))
    assert in_pieces(source, lines, cuts) == whole(source, lines)


@every_source
def test_a_broken_line_between_good_ones_costs_only_itself(source: Source) -> None:
    for broken in (b'{"type":', b"[1,2]", b"\xff\xfe", b"null", b'{"a":' * 5000):
        records, rejects = whole(source, at([b"{}", broken, b"{}"]))
        assert [reject.offset for reject in rejects] == [3]
        assert len(records) == 2
