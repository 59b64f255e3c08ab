"""What a saved `codex exec --json` stream tells: real streams of four releases against what the provider sent."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TypeVar

import pytest

from codex_loop.model.records import (
    AgentMessage,
    AnyRecord,
    Compaction,
    FileChange,
    PlanUpdated,
    Problem,
    Reasoning,
    SessionStarted,
    ToolCall,
    ToolResult,
    TurnEnded,
    TurnStarted,
    Unknown,
)
from codex_loop.sources.base import Homes
from codex_loop.sources.codex.exec import CodexExecs
from codex_loop.sources.lines import split

GOLDEN = Path(__file__).parents[1] / "golden"
STREAMS = sorted(GOLDEN.glob("codex-*/*/streams/exec-*.jsonl"))
PLAYS = sorted({path.parents[1] for path in STREAMS})
FORGOTTEN = {f"codex-0.120.0/{play}": Counter({0: 1}) for play in ("subagent", "given-history")}
"""Exit codes the stream never told: this release forgets a command that ends while a subagent speaks."""
R = TypeVar("R", bound=AnyRecord)


def name_of(path: Path) -> str:
    return "/".join(path.relative_to(GOLDEN).parts[::3])


def read(data: bytes) -> list[AnyRecord]:
    source = CodexExecs()
    out = source.decode(source.state(), "exec.jsonl", split(data, 0))
    assert out.rejects == []
    return out.records


def stream(*events: Mapping[str, object]) -> bytes:
    return b"".join(json.dumps(event).encode() + b"\n" for event in events)


def every(kind: type[R], records: Iterable[AnyRecord]) -> list[R]:
    return [record for record in records if isinstance(record, kind)]


STARTED: Mapping[str, object] = {"type": "thread.started", "thread_id": "T"}
TURN: Mapping[str, object] = {"type": "turn.started"}


def item(when: str, ident: str, kind: str, **fields: object) -> Mapping[str, object]:
    return {"type": f"item.{when}", "item": {"id": ident, "type": kind, **fields}}


def test_there_are_real_streams_of_every_release() -> None:
    assert {path.relative_to(GOLDEN).parts[0] for path in STREAMS} >= {
        "codex-0.63.0",
        "codex-0.92.0",
        "codex-0.120.0",
        "codex-0.169.0",
    }


@pytest.mark.parametrize("path", STREAMS, ids=name_of)
def test_a_real_stream_holds_nothing_unknown_and_belongs_to_the_session_that_was_asked(path: Path) -> None:
    records = read(path.read_bytes())
    truth = json.loads((path.parents[1] / "truth.json").read_bytes())
    assert every(Unknown, records) == []
    assert {record.session for record in records if not isinstance(record, SessionStarted)} <= {
        asked["session"] for asked in truth["prompts"]
    }


@pytest.mark.parametrize("play", PLAYS, ids=lambda play: "/".join(play.relative_to(GOLDEN).parts))
def test_every_command_that_ended_has_the_exit_code_it_ended_with(play: Path) -> None:
    truth = json.loads((play / "truth.json").read_bytes())
    records = [record for path in sorted(play.glob("streams/exec-*.jsonl")) for record in read(path.read_bytes())]
    sessions = {asked["session"] for asked in truth["prompts"]}
    sent = Counter(
        call["exit_code"]
        for response in truth["responses"]
        for call in response["calls"]
        if response["session"] in sessions and call["exit_code"] is not None and "patch" not in json.dumps(call)
    )
    told = Counter(result.exit_code for result in every(ToolResult, records) if result.exit_code is not None)
    assert told + FORGOTTEN.get("/".join(play.parts[-2:]), Counter()) == sent


def test_the_oldest_release_announces_a_compaction_as_if_the_model_spoke() -> None:
    records = read((GOLDEN / "codex-0.63.0/compaction/streams/exec-01.jsonl").read_bytes())
    assert [one.trigger for one in every(Compaction, records)] == ["auto"]


@pytest.mark.parametrize("play", PLAYS, ids=lambda play: "/".join(play.relative_to(GOLDEN).parts))
def test_every_finished_answer_is_there_word_for_word(play: Path) -> None:
    truth = json.loads((play / "truth.json").read_bytes())
    records = [record for path in sorted(play.glob("streams/exec-*.jsonl")) for record in read(path.read_bytes())]
    sent = [
        response["text"]
        for response in truth["responses"]
        if response["kind"] == "turn" and response["complete"] and response["text"] and response["status"] == 200
        if response["session"] in {asked["session"] for asked in truth["prompts"]}
    ]
    assert Counter(message.text for message in every(AgentMessage, records)) == Counter(sent)


def test_calls_of_two_processes_with_the_same_item_ids_stay_apart() -> None:
    ran = [
        item("started", "item_0", "command_execution", command="bash -lc ls", status="in_progress"),
        item("completed", "item_0", "command_execution", command="bash -lc ls", exit_code=0, status="completed"),
    ]
    first, second = every(ToolResult, read(stream(STARTED, TURN, *ran, STARTED, TURN, *ran)))
    assert first.call_id != second.call_id
    assert {first.status, second.status} == {"ok"}


def test_a_call_keeps_its_id_from_start_to_end() -> None:
    ran = [
        item("started", "item_3", "command_execution", command="bash -lc 'exit 3'", status="in_progress"),
        item("completed", "item_3", "command_execution", command="bash -lc 'exit 3'", exit_code=3, status="failed"),
    ]
    records = read(stream(STARTED, TURN, *ran))
    (call,), (result,) = every(ToolCall, records), every(ToolResult, records)
    assert call.call_id == result.call_id
    assert (call.command, result.status, result.exit_code) == ("exit 3", "failed", 3)


def test_a_run_that_just_stops_leaves_its_call_open_and_its_turn_without_end() -> None:
    begun = item("started", "item_0", "command_execution", command="bash -lc 'sleep 9'", status="in_progress")
    records = read(stream(STARTED, TURN, begun))
    assert len(every(ToolCall, records)) == 1
    assert every(ToolResult, records) == []
    assert every(TurnEnded, records) == []


def test_turns_have_names_of_their_own() -> None:
    records = read(stream(STARTED, TURN, {"type": "turn.completed"}, STARTED, TURN))
    first, second = every(TurnStarted, records)
    assert first.turn is not None
    assert first.turn != second.turn
    assert every(TurnEnded, records)[0].turn == first.turn


def test_the_error_that_ends_a_turn_is_told_once_and_retries_are_retries() -> None:
    limit = "You've hit your usage limit. Try again later."
    retry, error = {"type": "error", "message": "Reconnecting... 2/5"}, {"type": "error", "message": limit}
    failed = {"type": "turn.failed", "error": {"message": limit}}
    records = read(stream(STARTED, TURN, retry, error, failed))
    assert [(one.scope, one.attempt) for one in every(Problem, records)] == [("retry", 2), ("limit", None)]
    assert every(TurnEnded, records)[0].status == "failed"
    assert [one.scope for one in every(Problem, read(stream(STARTED, TURN, failed)))] == ["limit"]
    assert [one.scope for one in every(Problem, read(stream(STARTED, TURN, error)))] == ["limit"]


def test_files_plans_thoughts_and_searches_come_out() -> None:
    change = {"path": "/home/dev/proj/a.py", "kind": "add"}
    todo = [{"text": "look", "completed": True}, {"text": "fix", "completed": False}]
    records = read(
        stream(
            STARTED,
            TURN,
            item("completed", "item_0", "reasoning", text="Hm."),
            item("completed", "item_1", "file_change", changes=[change], status="completed"),
            item("started", "item_2", "todo_list", items=todo),
            item("completed", "item_2", "todo_list", items=todo),
            item("completed", "item_3", "web_search", query="msgspec"),
            item(
                "completed",
                "item_4",
                "mcp_tool_call",
                server="docs",
                tool="find",
                status="failed",
                error={"message": "no"},
            ),
        )
    )
    assert every(Reasoning, records)[0].text == "Hm."
    (file,) = every(FileChange, records)
    assert (file.path, file.change, file.ok) == ("/home/dev/proj/a.py", "add", True)
    assert [plan.steps for plan in every(PlanUpdated, records)] == [(("completed", "look"), ("pending", "fix"))]
    assert [call.name for call in every(ToolCall, records)] == ["apply_patch", "web_search", "mcp__docs__find"]
    assert [result.status for result in every(ToolResult, records)] == ["ok", "ok", "failed"]
    assert every(ToolCall, records)[0].command == "add /home/dev/proj/a.py"


def test_a_spawned_agent_is_a_session_of_its_own() -> None:
    spawn = item(
        "completed",
        "item_0",
        "collab_tool_call",
        tool="spawn_agent",
        sender_thread_id="T",
        receiver_thread_ids=["C"],
        status="completed",
    )
    _, child = every(SessionStarted, read(stream(STARTED, TURN, spawn)))
    assert (child.session, child.parent, child.lineage) == ("C", "T", "subagent")


def test_running_totals_are_not_counted() -> None:
    usage = {"input_tokens": 10, "cached_input_tokens": 0, "output_tokens": 5}
    kinds = [
        type(record).__name__ for record in read(stream(STARTED, TURN, {"type": "turn.completed", "usage": usage}))
    ]
    assert kinds == ["SessionStarted", "TurnStarted", "TurnEnded"]


def test_unknown_events_and_items_are_named() -> None:
    records = read(stream(STARTED, {"type": "thread.paused"}, item("completed", "item_0", "hologram")))
    assert [one.type for one in every(Unknown, records)] == ["thread.paused", "item/hologram"]


def test_a_copy_has_the_same_keys_and_an_appended_run_has_new_ones() -> None:
    source = CodexExecs()
    once = [line.data for line in split(stream(STARTED, TURN, {"type": "turn.completed"}), 0)]
    keys = source.identify(source.state(), "a.jsonl", once)
    assert source.identify(source.state(), "b.jsonl", once) == keys
    assert len(set(source.identify(source.state(), "a.jsonl", once * 2))) == 6


def test_streams_are_found_by_content_where_the_user_points(tmp_path: Path) -> None:
    run, other = tmp_path / "logs" / "run.jsonl", tmp_path / "logs" / "other.jsonl"
    run.parent.mkdir()
    run.write_bytes(b"Reading additional input from stdin...\n" + stream(STARTED))
    other.write_bytes(b'{"type":"session_meta"}\n')
    source = CodexExecs()
    assert [found.path for found in source.discover(Homes(extra=(tmp_path,)))] == [run]
    assert [found.path for found in source.discover(Homes(extra=(run,)))] == [run]
    assert list(source.discover(Homes(codex=(tmp_path,)))) == []
