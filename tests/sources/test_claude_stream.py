"""stream-json files and the control protocol: what only they know."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_loop.model import records as r
from codex_loop.sources.base import Homes, Line
from codex_loop.sources.claude.stream import ClaudeStreams
from codex_loop.sources.claude.transcript import ClaudeTranscripts
from codex_loop.sources.lines import split

T = TypeVar("T")
SOURCE = ClaudeStreams()
INIT = {
    "type": "system",
    "subtype": "init",
    "session_id": "S",
    "cwd": "/w",
    "model": "m",
    "permissionMode": "default",
    "claude_code_version": "2.1.197",
    "uuid": "i",
}


def line(kind: str, **more: object) -> dict[str, object]:
    return {"type": kind, "session_id": "S", "uuid": "u", **more}


def said(kind: str, *blocks: object, **more: object) -> dict[str, object]:
    return line(kind, message={"role": kind, "model": "m", "id": "msg", "content": list(blocks)}, **more)


def text(*lines: Mapping[str, object] | str) -> bytes:
    return "".join((each if isinstance(each, str) else json.dumps(each)) + "\n" for each in lines).encode()


def decode(*lines: Mapping[str, object] | str) -> list[r.AnyRecord]:
    decoded = SOURCE.decode(SOURCE.state(), "/x/stream.jsonl", split(text(*lines), 0))
    assert decoded.rejects == []
    return decoded.records


def only(kind: type[T], records: list[r.AnyRecord]) -> list[T]:
    return [record for record in records if isinstance(record, kind)]


USE = {"type": "tool_use", "id": "t1", "name": "Bash", "input": {"command": "touch x"}}


def refused(content: str = "not here") -> dict[str, object]:
    block = {"type": "tool_result", "tool_use_id": "t1", "is_error": True, "content": content}
    return said("user", block, tool_use_result=f"Error: {content}")


def test_the_run_is_introduced() -> None:
    told = only(r.SessionStarted, decode(INIT))
    assert (told[0].session, told[0].lineage, told[0].agent_version) == ("S", "main", "2.1.197")
    assert (told[1].cwd, told[1].model) == ("/w", "m")


def test_messages_carry_the_transcripts_uuids() -> None:
    records = decode(INIT, said("assistant", {"type": "text", "text": "hi"}, uuid="a1"), said("assistant", USE))
    assert [(m.id, m.text) for m in only(r.AgentMessage, records)] == [("a1", "hi")]
    assert [(c.call_id, c.command) for c in only(r.ToolCall, records)] == [("t1", "touch x")]


def test_placeholder_tokens_are_not_told() -> None:
    body = {"role": "assistant", "model": "m", "content": [], "usage": {"input_tokens": 9, "output_tokens": 1}}
    assert only(r.Usage, decode(INIT, line("assistant", message=body))) == []


def test_a_host_is_asked_and_its_answer_is_a_persons() -> None:
    asked = {
        "type": "control_request",
        "request_id": "q1",
        "request": {
            "subtype": "can_use_tool",
            "tool_use_id": "t1",
            "input": {"command": "touch x"},
            "decision_reason": "This command requires approval",
        },
    }

    def answer(**behavior: object) -> dict[str, object]:
        response = {"subtype": "success", "request_id": "q1", "response": behavior}
        return {"type": "control_response", "response": response}

    records = decode(INIT, said("assistant", USE), asked, answer(behavior="allow"))
    (request,) = only(r.ApprovalRequested, records)
    assert (request.call_id, request.request_id, request.command) == ("t1", "q1", "touch x")
    for reply, decision in (
        ({"behavior": "allow"}, "approved"),
        ({"behavior": "deny", "message": "no"}, "denied"),
        ({"behavior": "deny", "message": "stop", "interrupt": True}, "aborted"),
    ):
        (decided,) = only(r.ApprovalDecided, decode(INIT, asked, answer(**reply)))
        assert (decided.call_id, decided.decision, decided.who) == ("t1", decision, "user")


@pytest.mark.parametrize(("reason", "who"), [("rule", "config"), ("hook", "hook"), ("other", "unknown")])
def test_a_denial_that_the_stream_names(reason: str, who: str) -> None:
    denied = line("system", subtype="permission_denied", tool_use_id="t1", decision_reason_type=reason)
    (decided,) = only(r.ApprovalDecided, decode(INIT, denied))
    assert (decided.call_id, decided.decision, decided.who, decided.basis) == ("t1", "denied", who, "permission_denied")


def test_a_result_lists_what_was_denied_and_ends_the_turn() -> None:
    result = line(
        "result",
        subtype="success",
        is_error=True,
        duration_ms=260,
        ttft_ms=95,
        total_cost_usd=0.5,
        modelUsage={"m": {"inputTokens": 3}},
        terminal_reason="completed",
        permission_denials=[{"tool_name": "Bash", "tool_use_id": "t1", "tool_input": {}}],
    )
    records = decode(INIT, said("assistant", USE), refused(), result)
    assert only(r.ApprovalDecided, records)[-1].basis == "permission_denials"
    assert [(t.status, t.duration_ms, t.first_token_ms) for t in only(r.TurnEnded, records)] == [("failed", 260, 95)]
    (ended,) = only(r.SessionEnded, records)
    assert (ended.reason, ended.cost_usd, ended.totals) == ("completed", 0.5, '{"m": {"inputTokens": 3}}')


def test_the_newest_streams_say_who_decided() -> None:
    meta = [{"id": "t1", "permission_decision": {"decision": "reject", "source": "user_reject"}}]
    records = decode(INIT, said("assistant", USE), refused() | {"tool_result_meta": meta})
    assert [(d.who, d.basis) for d in only(r.ApprovalDecided, records)] == [("user", "permissionDecision")]


def test_a_stream_cannot_tell_what_an_interruption_hit() -> None:
    dialog = "The user doesn't want to proceed with this tool use. The tool use was rejected …"
    stop = said("user", {"type": "text", "text": "[Request interrupted by user]"})
    records = decode(INIT, said("assistant", USE), refused(dialog), stop)
    assert [i.during for i in only(r.Interrupted, records)] == ["unknown"]


def test_a_subagents_messages_belong_to_the_subagent() -> None:
    begun = line("system", subtype="task_started", task_id="x1", tool_use_id="t9", task_type="local_agent")
    inside = said("assistant", {"type": "text", "text": "counting"}, parent_tool_use_id="t9")
    done = line("system", subtype="task_notification", task_id="x1", tool_use_id="t9", status="completed", summary="3")
    records = decode(INIT, begun, inside, done)
    assert [m.session for m in only(r.AgentMessage, records)] == ["S/x1"]
    assert {s.tool_call for s in only(r.SessionStarted, records) if s.session == "S/x1" and s.lineage} == {"t9"}
    assert [(t.call_id, t.status, t.session) for t in only(r.ToolResult, records)] == [("t9", "ok", "S")]


def test_retries_limits_and_compactions_are_told() -> None:
    retry = line("system", subtype="api_retry", attempt=2, error_status=529, error="overloaded", retry_delay_ms=1.5)
    info = {"status": "rejected", "rateLimitType": "five_hour", "resetsAt": 1795252114, "utilization": 0.9}
    limit = line("rate_limit_event", rate_limit_info=info)
    meta = {"trigger": "manual", "pre_tokens": 10, "post_tokens": 2}
    records = decode(INIT, retry, limit, line("system", subtype="compact_boundary", compact_metadata=meta, uuid="b"))
    (problem,) = only(r.Problem, records)
    assert (problem.scope, problem.attempt, problem.http_status, problem.code) == ("retry", 2, 529, "overloaded")
    (seen,) = only(r.LimitObserved, records)
    assert (seen.slot, seen.window_minutes, seen.used_percent, seen.resets_ms, seen.reached) == (
        "five_hour",
        300,
        90.0,
        1795252114000,
        "five_hour",
    )
    assert [(c.id, c.trigger, c.pre_tokens) for c in only(r.Compaction, records)] == [("b", "manual", 10)]


def test_unknown_events_are_named() -> None:
    records = decode(INIT, line("system", subtype="aurora"), line("hologram"), line("stream_event", event={}))
    assert [u.type for u in only(r.Unknown, records)] == ["system/aurora", "hologram"]


def test_a_stream_line_is_never_taken_for_its_transcripts_copy() -> None:
    raw = [json.dumps(line("user")).encode()]
    stream = SOURCE.identify(SOURCE.state(), "a", raw)
    assert stream != ClaudeTranscripts().identify(ClaudeTranscripts.state(), "a", raw)
    assert stream == SOURCE.identify(SOURCE.state(), "b", raw)


def test_streams_are_recognised_and_never_looked_for() -> None:
    long_first = b'{"type":"control_response","response":{"subtype":"success","request_id":"i1","resp'
    assert SOURCE.fingerprint(Path("x"), long_first)
    assert SOURCE.fingerprint(Path("x"), text(said("user")))
    assert not SOURCE.fingerprint(
        Path("x"), text({"type": "user", "sessionId": "S", "uuid": "u", "isSidechain": False})
    )
    assert not SOURCE.fingerprint(Path("x"), b'{"type":"thread.started","thread_id":"T"}\n')
    assert list(SOURCE.discover(Homes(claude=(Path("/"),)))) == []


POOL = [
    json.dumps(each)
    for each in (
        INIT,
        said("assistant", USE),
        refused(),
        line("system", subtype="task_started", task_id="x1", tool_use_id="t9", task_type="local_agent"),
        said("assistant", {"type": "text", "text": "x"}, parent_tool_use_id="t9"),
        {"type": "control_request", "request_id": "q", "request": {"subtype": "can_use_tool", "tool_use_id": "t1"}},
        {"type": "control_response", "response": {"request_id": "q", "response": {"behavior": "deny"}}},
        line("result", subtype="success"),
    )
] + ["{broken"]


@given(chosen=st.lists(st.sampled_from(POOL), max_size=12), cuts=st.lists(st.integers(0, 12), max_size=3))
def test_any_split_of_a_file_gives_the_same_keys_and_records(chosen: list[str], cuts: list[int]) -> None:
    lines = split(text(*chosen), 0)
    raw = [each.data for each in lines]
    whole = SOURCE.state()
    keys, at_once = SOURCE.identify(whole, "p", raw), SOURCE.decode(whole, "p", lines)
    state, pieces, records = SOURCE.state(), list[int](), list[r.AnyRecord]()
    edges = sorted({0, len(lines), *(cut for cut in cuts if cut < len(lines))})
    for start, end in itertools.pairwise(edges):
        pieces += SOURCE.identify(state, "p", raw[start:end])
        records += SOURCE.decode(state, "p", [Line(*each) for each in lines[start:end]]).records
        state = msgspec.msgpack.decode(msgspec.msgpack.encode(state), type=SOURCE.state)
    assert (pieces, records) == (keys, at_once.records)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["type", "subtype", "tool_use_id", "response", "behavior"]), inner)
    ),
    max_leaves=8,
)
FIELDS = st.sampled_from(
    [
        "message",
        "request",
        "response",
        "rate_limit_info",
        "permission_denials",
        "tool_use_result",
        "session_id",
        "error",
    ]
)
KINDS = st.sampled_from(
    ["user", "assistant", "system", "result", "control_request", "control_response", "rate_limit_event"]
)


@given(kind=KINDS, fields=st.dictionaries(FIELDS, JSON))
def test_json_of_any_shape_never_raises(kind: str, fields: dict[str, object]) -> None:
    msgspec.json.encode(decode(INIT, {"type": kind, **fields}))
