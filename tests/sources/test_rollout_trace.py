"""What a rollout trace tells, and that its payload files are shown only through redaction."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TypeVar

import pytest

from codex_loop.model.records import (
    AgentMessage,
    AnyRecord,
    Compaction,
    FileChange,
    Interrupted,
    Problem,
    Reasoning,
    SessionStarted,
    ToolCall,
    ToolResult,
    TurnEnded,
    TurnStarted,
    Unknown,
    UserMessage,
)
from codex_loop.sources.base import Homes
from codex_loop.sources.lines import split
from codex_loop.sources.trace.payloads import Redact
from codex_loop.sources.trace.traces import ROOT_VARIABLE, RolloutTraces, kebab

GOLDEN = Path(__file__).parents[1] / "golden" / "codex-0.169.0" / "rollout-trace"
THREAD, CHILD = "0198c1e2-0000-7000-8000-000000000001", "0198c1e2-0000-7000-8000-000000000002"
SUMMARY = "Another language model started to solve this problem and said: half done"
R = TypeVar("R", bound=AnyRecord)


def every(kind: type[R], records: Iterable[AnyRecord]) -> list[R]:
    return [record for record in records if isinstance(record, kind)]


def as_it_is(data: bytes) -> bytes:
    return data


def read(trace: Path, redact: Redact | None = as_it_is) -> list[AnyRecord]:
    source = RolloutTraces(redact)
    out = source.decode(source.state(), str(trace / "trace.jsonl"), split((trace / "trace.jsonl").read_bytes(), 0))
    assert out.rejects == []
    return out.records


class Trace:
    """Writes a trace the way Codex does: a numbered log, and a payload file for whatever is large."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "payloads").mkdir(parents=True)
        self.lines: list[str] = []
        self.payloads = 0

    def add(self, kind: str, *, thread: str | None = THREAD, turn: str | None = "turn-1", **fields: object) -> None:
        """Fields ending in `_payload` become files."""
        for name, value in fields.items():
            if name.endswith("_payload"):
                self.payloads += 1
                path = f"payloads/{self.payloads}.json"
                (self.folder / path).write_text(json.dumps(value), encoding="utf-8")
                fields[name] = {"raw_payload_id": f"raw_payload:{self.payloads}", "path": path}
        seq = len(self.lines) + 1
        self.lines.append(
            json.dumps(
                {
                    "schema_version": 2,
                    "seq": seq,
                    "wall_time_unix_ms": 1_795_000_000_000 + seq,
                    "rollout_id": THREAD,
                    "thread_id": thread,
                    "codex_turn_id": turn,
                    "payload": {"type": kind, **fields},
                }
            )
        )
        (self.folder / "trace.jsonl").write_text("\n".join(self.lines) + "\n", encoding="utf-8")

    def turn(self, turn: str = "turn-1", thread: str = THREAD) -> None:
        self.add("codex_turn_started", thread=thread, turn=turn, codex_turn_id=turn, thread_id=thread)

    def asks(self, *messages: Mapping[str, object], thread: str = THREAD, turn: str = "turn-1") -> None:
        """Messages enter the history, then a request carries them."""
        for message in messages:
            self.add("history_item_accepted", thread=thread, turn=turn, item_id=message["id"])
        self.add("inference_started", thread=thread, turn=turn, request_payload={"input": list(messages)})

    def read(self, redact: Redact | None = as_it_is) -> list[AnyRecord]:
        return read(self.folder, redact)


@pytest.fixture
def trace(tmp_path: Path) -> Trace:
    return Trace(tmp_path / f"trace-1-{THREAD}")


def said(ident: str, text: str) -> Mapping[str, object]:
    return {"type": "message", "id": ident, "role": "user", "content": [{"type": "input_text", "text": text}]}


def test_a_real_trace_says_what_was_asked_called_and_answered() -> None:
    (log,) = GOLDEN.glob("rollout-trace/*/trace.jsonl")
    truth = json.loads((GOLDEN / "truth.json").read_bytes())
    records = read(log.parent)
    assert every(Unknown, records) == []
    assert [(one.session, one.text) for one in every(UserMessage, records) if one.author == "human"] == [
        (asked["session"], asked["prompt"]) for asked in truth["prompts"]
    ]
    assert [one.text for one in every(AgentMessage, records)] == [sent["text"] for sent in truth["responses"]]
    calls = [call for sent in truth["responses"] for call in sent["calls"]]
    assert {one.call_id: json.loads(one.arguments) for one in every(ToolCall, records) if one.arguments} == {
        call["call_id"]: call["arguments"] for call in calls
    }
    assert {one.call_id: one.exit_code for one in every(ToolResult, records)} == {
        call["call_id"]: call["exit_code"] for call in calls
    }


def test_without_redaction_nothing_of_a_payload_is_shown() -> None:
    (log,) = GOLDEN.glob("rollout-trace/*/trace.jsonl")
    records = read(log.parent, None)
    assert every(UserMessage, records) == []
    assert every(AgentMessage, records) == []
    assert {one.output for one in every(ToolResult, records)} == {""}
    assert {one.status for one in every(ToolResult, records)} == {"ok", "failed"}
    assert len(every(ToolCall, records)) == 2


def test_a_payload_passes_through_redaction_before_anything_reads_it(trace: Trace) -> None:
    trace.turn()
    trace.asks(said("msg_1", "my key is sk-EXAMPLE"))
    (message,) = every(UserMessage, trace.read(lambda data: data.replace(b"sk-EXAMPLE", b"[gone]")))
    assert message.text == "my key is [gone]"


@pytest.mark.parametrize(
    "path", ["../secret.json", "/etc/hostname", "payloads/../../secret.json", "payloads/9.json", 7]
)
def test_a_payload_elsewhere_or_missing_is_not_read(trace: Trace, path: object) -> None:
    (trace.folder.parent / "secret.json").write_text('{"error":"leaked"}', encoding="utf-8")
    trace.add("tool_call_ended", tool_call_id="c1", status="failed", result={"path": path})
    text = (trace.folder / "trace.jsonl").read_text(encoding="utf-8").replace('"result"', '"result_payload"')
    (trace.folder / "trace.jsonl").write_text(text, encoding="utf-8")
    (result,) = every(ToolResult, trace.read())
    assert (result.status, result.output) == ("failed", "")


def test_a_link_out_of_the_trace_is_not_followed(trace: Trace) -> None:
    secret = trace.folder.parent / "secret.json"
    secret.write_text('{"error":"leaked"}', encoding="utf-8")
    trace.add("tool_call_ended", tool_call_id="c1", status="failed", result_payload={})
    payload = trace.folder / "payloads" / "1.json"
    payload.unlink()
    try:
        payload.symlink_to(secret)
    except OSError:
        pytest.skip("this system lets nobody make links")
    assert every(ToolResult, trace.read())[0].output == ""


def test_a_payload_too_large_is_left_out(trace: Trace, monkeypatch: pytest.MonkeyPatch) -> None:
    trace.add("tool_call_ended", tool_call_id="c1", status="failed", result_payload={"error": "x" * 500})
    assert every(ToolResult, trace.read())[0].output == "x" * 500
    monkeypatch.setattr("codex_loop.sources.trace.payloads.OVERSIZE", 100)
    assert every(ToolResult, trace.read())[0].output == ""


def test_a_session_and_its_turns_carry_the_settings(trace: Trace) -> None:
    meta = {
        "session_source": "exec",
        "cwd": "/home/dev/proj",
        "model": "gpt-5.5",
        "provider_name": "openai",
        "approval_policy": "on-request",
        "sandbox_policy": "WorkspaceWrite { network_access: false }",
    }
    trace.add("thread_started", thread=None, turn=None, thread_id=THREAD, agent_path="/root", metadata_payload=meta)
    trace.turn()
    records = trace.read()
    (started,), (turn,) = every(SessionStarted, records), every(TurnStarted, records)
    assert (started.session, started.lineage, started.cwd, started.model) == (
        THREAD,
        "main",
        "/home/dev/proj",
        "gpt-5.5",
    )
    assert (turn.turn, turn.approval_policy, turn.sandbox_policy) == ("turn-1", "on-request", "workspace-write")


def test_policies_are_spelt_as_everywhere_else() -> None:
    names = ["DangerFullAccess", "ReadOnly", "read-only", "WorkspaceWrite { x: 1 }", None]
    assert [kebab(name) for name in names] == ["danger-full-access", "read-only", "read-only", "workspace-write", None]


def test_a_subagent_between_the_lines_of_its_parent_is_its_own_session(trace: Trace) -> None:
    source = {"subagent": {"thread_spawn": {"parent_thread_id": THREAD, "depth": 1}}}
    trace.turn()
    trace.add("history_item_accepted", item_id="msg_1")
    trace.add("thread_started", thread=None, thread_id=CHILD, metadata_payload={"session_source": source})
    trace.turn("turn-c", CHILD)
    trace.asks(said("msg_c", "count"), thread=CHILD, turn="turn-c")
    trace.add("inference_started", request_payload={"input": [said("msg_1", "go")]})
    trace.add("codex_turn_ended", thread=CHILD, turn="turn-c", status="cancelled")
    records = trace.read()
    (child,) = every(SessionStarted, records)
    assert (child.session, child.lineage, child.parent, child.root) == (CHILD, "subagent", THREAD, THREAD)
    assert {(one.session, one.text) for one in every(UserMessage, records)} == {(CHILD, "count"), (THREAD, "go")}
    assert [one.session for one in every(Interrupted, records)] == [CHILD]


def test_a_message_the_model_wrote_is_not_taken_for_a_prompt(trace: Trace) -> None:
    trace.turn()
    trace.asks(said("msg_1", "go"))
    trace.add("history_item_accepted", item_id="msg_2")  # accepted while it still streams
    answer = {"type": "message", "id": "msg_2", "content": [{"type": "output_text", "text": "Done."}]}
    thought = {"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": "Hm."}]}
    trace.add("inference_completed", response_payload={"output_items": [thought, answer]})
    records = trace.read()
    assert [one.text for one in every(UserMessage, records)] == ["go"]
    assert [(one.id, one.text) for one in every(AgentMessage, records)] == [("msg_2", "Done.")]
    assert every(Reasoning, records)[0].text == "Hm."


def test_what_codex_adds_to_the_prompt_is_injected(trace: Trace) -> None:
    trace.turn()
    trace.asks(said("msg_0", "<environment_context>\n</environment_context>"), said("msg_1", "go"))
    assert [one.author for one in every(UserMessage, trace.read())] == ["injected", "human"]


def test_a_prompt_is_told_once_however_often_requests_repeat_it(trace: Trace) -> None:
    trace.turn()
    trace.asks(said("msg_1", "go"))
    trace.add("history_item_accepted", item_id="msg_2")
    trace.add("inference_started", request_payload={"input": [said("msg_1", "go"), said("msg_2", "and also")]})
    assert [one.text for one in every(UserMessage, trace.read())] == ["go", "and also"]


def call(trace: Trace, tool: str = "exec_command", given: object = '{"cmd":"exit 3"}') -> None:
    invocation = {"tool_name": tool, "payload": {"arguments": given}}
    summary = {"label": tool, "input_preview": given}
    trace.add("tool_call_started", tool_call_id="c1", summary=summary, invocation_payload=invocation)


def ended(code: int, output: str = "") -> Mapping[str, object]:
    times = {"duration": {"secs": 2, "nanos": 0}, "status": "failed" if code else "completed"}
    return {"call_id": "c1", "exit_code": code, "aggregated_output": output, **times}


def test_completed_does_not_mean_exit_0(trace: Trace) -> None:
    call(trace)
    trace.add("tool_call_runtime_ended", tool_call_id="c1", status="failed", runtime_payload=ended(3, "no"))
    output = {"response_item": {"output": "Process exited with code 3\nOutput:\nno"}}
    trace.add("tool_call_ended", tool_call_id="c1", status="completed", result_payload=output)
    records = trace.read()
    (result,) = every(ToolResult, records)
    assert (result.status, result.exit_code, result.duration_ms, result.output) == ("failed", 3, 2000, "no")
    assert every(ToolCall, records)[0].command == "exit 3"


def test_the_tool_may_end_before_its_runtime(trace: Trace) -> None:
    call(trace)
    output = {"response_item": {"output": "Process exited with code 3\nOutput:\nno"}}
    trace.add("tool_call_ended", tool_call_id="c1", status="completed", result_payload=output)
    trace.add("tool_call_runtime_ended", tool_call_id="c1", status="failed", runtime_payload=ended(3, "no"))
    assert [(one.status, one.exit_code) for one in every(ToolResult, trace.read())] == [("failed", 3), ("failed", 3)]


def test_a_tool_that_refused_failed_and_one_the_user_refused_was_declined(trace: Trace) -> None:
    for error in ("apply_patch verification failed: no such file", 'Rejected("rejected by user")'):
        trace.add(
            "tool_call_ended", tool_call_id="c1", status="failed", result_payload={"type": "error", "error": error}
        )
    assert [one.status for one in every(ToolResult, trace.read())] == ["failed", "declined"]


def test_a_patch_tells_its_files(trace: Trace) -> None:
    changes = {"/p/a.py": {"type": "add", "content": "x\ny\n"}, "/p/b.py": {"type": "delete", "content": "z\n"}}
    call(trace, "apply_patch", "*** Begin Patch\n*** Add File: a.py\n+x\n*** End Patch")
    done = {"success": True, "stdout": "Success.", "changes": changes}
    trace.add("tool_call_runtime_ended", tool_call_id="c1", status="completed", runtime_payload=done)
    records = trace.read()
    files = [(one.path, one.change, one.added, one.removed, one.ok) for one in every(FileChange, records)]
    assert files == [("/p/a.py", "add", 2, 0, True), ("/p/b.py", "delete", 0, 1, True)]
    assert every(ToolCall, records)[0].command == "add a.py"


def test_an_interrupted_command_is_interrupted_not_failed(trace: Trace) -> None:
    trace.turn()
    call(trace)
    trace.add("codex_turn_ended", status="cancelled")
    trace.add("tool_call_runtime_ended", tool_call_id="c1", status="failed", runtime_payload=ended(-1))
    records = trace.read()
    (stop,), (result,) = every(Interrupted, records), every(ToolResult, records)
    assert (stop.during, stop.call_id, stop.duration_ms) == ("tool", "c1", 2)
    assert (result.status, result.exit_code) == ("interrupted", -1)


def test_an_interruption_while_the_model_answers_says_so(trace: Trace) -> None:
    trace.turn()
    trace.asks(said("msg_1", "go"))
    trace.add("codex_turn_ended", status="cancelled")
    assert every(Interrupted, trace.read())[0].during == "model"


def test_every_failed_request_is_told_and_the_error_that_ended_the_turn(trace: Trace) -> None:
    trace.turn()
    trace.add("inference_failed", error="overloaded")
    told = {"type": "error", "turn_id": "turn-1", "message": "overloaded", "codex_error_info": "internal_server_error"}
    trace.add("protocol_event_observed", thread=None, turn=None, event_type="error", event_payload=told)
    trace.add("codex_turn_ended", status="failed")
    records = trace.read()
    problems = [(one.scope, one.code, one.turn) for one in every(Problem, records)]
    assert problems == [("stream_error", None, "turn-1"), ("error", "internal_server_error", "turn-1")]
    assert every(TurnEnded, records)[0].status == "failed"


def test_a_compaction_shows_in_the_next_request(trace: Trace) -> None:
    trace.turn()
    trace.asks(said("msg_1", "go"))
    trace.add("inference_completed", response_payload={"output_items": []})
    trace.add("history_item_accepted", item_id="msg_9")
    trace.add("inference_started", request_payload={"input": [said("msg_1", "go"), said("msg_s", SUMMARY)]})
    trace.add("history_item_accepted", item_id="msg_10")
    trace.add("inference_started", request_payload={"input": [said("msg_s", SUMMARY)]})
    (found,) = every(Compaction, trace.read())
    assert (found.trigger, found.id, found.turn) == ("auto", "msg_s", "turn-1")


def test_a_turn_with_neither_prompt_nor_request_is_a_compaction_the_user_asked_for(trace: Trace) -> None:
    trace.turn("turn-1")
    trace.asks(said("msg_1", "go"))
    trace.add("codex_turn_ended", status="completed")
    trace.turn("turn-2")
    trace.add("history_item_accepted", turn="turn-2", item_id="msg_8")
    trace.add("codex_turn_ended", turn="turn-2", status="completed")
    trace.turn("turn-3")
    trace.asks(said("msg_s", SUMMARY), said("msg_2", "on"), turn="turn-3")
    assert [one.trigger for one in every(Compaction, trace.read())] == ["manual"]


def test_a_summary_that_is_older_than_the_process_is_no_compaction_of_now(trace: Trace) -> None:
    trace.turn()
    trace.asks(said("msg_s", SUMMARY), said("msg_1", "go on"))
    assert every(Compaction, trace.read()) == []


def test_unknown_lines_are_named(trace: Trace) -> None:
    trace.add("hologram_started")
    trace.add("protocol_event_observed", event_type="brand_new")
    trace.add("protocol_event_observed", event_type="turn_started")
    assert [one.type for one in every(Unknown, trace.read())] == ["hologram_started", "protocol_event/brand_new"]


def test_traces_are_found_below_the_variable_and_where_the_user_points(trace: Trace, tmp_path: Path) -> None:
    trace.turn()
    log = trace.folder / "trace.jsonl"
    source = RolloutTraces(environ={ROOT_VARIABLE: str(tmp_path)})
    assert [found.path for found in source.discover(Homes())] == [log]
    for place in (tmp_path, trace.folder, log):
        assert [found.path for found in RolloutTraces(environ={}).discover(Homes(extra=(place,)))] == [log]
    assert source.fingerprint(log, log.read_bytes()[:4096])


def test_a_resumed_thread_counts_again_and_its_lines_are_new(trace: Trace) -> None:
    trace.turn()
    source = RolloutTraces()
    raw = (trace.folder / "trace.jsonl").read_bytes().splitlines()
    later = [line.replace(b"1795000000001", b"1795999999999") for line in raw]
    first = source.identify(source.state(), str(trace.folder / "trace.jsonl"), raw)
    assert source.identify(source.state(), "elsewhere/trace.jsonl", raw) == first
    assert not set(source.identify(source.state(), "later/trace.jsonl", later)) & set(first)
