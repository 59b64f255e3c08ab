"""What a trace spine tells, in each of its dialects."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TypeVar

import pytest

from codex_loop.model.records import (
    AgentMessage,
    AnyRecord,
    ApprovalDecided,
    ApprovalRequested,
    Attachment,
    Compaction,
    FileChange,
    Interrupted,
    PlanUpdated,
    Problem,
    Reverted,
    SessionEnded,
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
from codex_loop.sources.spine.spines import TraceSpines
from tests.sources.spines import (
    DIALECTS,
    THREAD,
    Dialect,
    Payload,
    answer,
    boundary,
    context,
    encoded,
    event,
    lines_of,
    prompt,
    session,
    story,
    submission,
    write_segment,
)

PATH = f"/home/dev/.codex/trace_spine/{THREAD}/segment-000.jsonl"
R = TypeVar("R", bound=AnyRecord)
every_dialect = pytest.mark.parametrize("dialect", DIALECTS)


def decoded(*records: tuple[str, Payload]) -> list[AnyRecord]:
    source = TraceSpines()
    out = source.decode(source.state(), PATH, lines_of(records))
    assert out.rejects == []
    return out.records


def only(kind: type[R], records: Iterable[AnyRecord]) -> R:
    (found,) = [record for record in records if isinstance(record, kind)]
    return found


def every(kind: type[R], records: Iterable[AnyRecord]) -> list[R]:
    return [record for record in records if isinstance(record, kind)]


@every_dialect
def test_a_session_says_where_and_by_what_it_ran(dialect: Dialect) -> None:
    started = only(SessionStarted, decoded(session(dialect)))
    assert (started.session, started.cwd, started.provider) == (THREAD, "/home/dev/proj", "openai")
    assert (started.agent_version, started.originator, started.entrypoint) == ("0.92.0", "codex_cli_rs", "cli")
    assert started.started_ms == 1769846400000


@every_dialect
def test_the_whole_story_comes_out_in_order_with_nothing_unknown(dialect: Dialect) -> None:
    kinds = [type(record).__name__ for record in decoded(*story(dialect))]
    assert kinds == [
        "SessionStarted",
        "UserMessage",
        "TurnStarted",
        "ToolCall",
        "ToolResult",
        "ApprovalRequested",
        "ApprovalDecided",
        "ToolCall",
        "FileChange",
        "FileChange",
        "ToolResult",
        "Problem",
        "AgentMessage",
        "Compaction",
        "TurnEnded",
    ]


@every_dialect
def test_a_turn_carries_its_policies_once(dialect: Dialect) -> None:
    again = [context(dialect), context(dialect), context(dialect, policy="never")]
    first, changed = every(TurnStarted, decoded(prompt("go"), *again))
    assert (first.turn, first.approval_policy, first.sandbox_policy) == ("turn-1", "on-request", "workspace-write")
    assert changed.approval_policy == "never"


@every_dialect
def test_a_command_has_its_exit_code_output_and_duration(dialect: Dialect) -> None:
    records = decoded(*story(dialect))
    call = every(ToolCall, records)[0]
    result = every(ToolResult, records)[0]
    assert (call.call_id, call.command, call.cwd) == ("c1", "pytest -q", "/home/dev/proj")
    assert (result.call_id, result.status, result.exit_code) == ("c1", "failed", 2)
    assert (result.output, result.duration_ms, result.basis) == ("1 failed", 1500, "event")


@every_dialect
def test_a_denial_is_the_users_and_finds_its_request(dialect: Dialect) -> None:
    records = decoded(*story(dialect))
    request, decided = only(ApprovalRequested, records), only(ApprovalDecided, records)
    assert (request.call_id, request.command, request.reason) == ("c2", "rm -rf build", "clean")
    assert (decided.call_id, decided.decision, decided.who, decided.basis) == ("c2", "denied", "user", "op")
    assert decided.turn == "turn-1"


def test_of_two_open_requests_of_a_turn_the_submission_id_answers_the_newest() -> None:
    ask = [event("rust", "exec_approval_request", call_id=call, command=["ls"], cwd="/") for call in ("c1", "c2")]
    late = event("rust", "exec_approval_request", turn="turn-2", call_id="c3", command=["ls"], cwd="/")
    answers = [answer("rust", "approved", "", ident="s1"), answer("rust", "denied", "", ident="s2")]
    decided = every(ApprovalDecided, decoded(*ask, late, *answers))
    assert [(found.call_id, found.decision) for found in decided] == [("c2", "approved"), ("c1", "denied")]


def test_decisions_without_a_request_in_this_segment_keep_their_turn_and_stay_apart() -> None:
    first = answer("rust", "approved_for_session", "", turn="turn-9", ident="s1")
    second = answer("rust", "denied", "", turn="turn-9", ident="s2")
    found = every(ApprovalDecided, decoded(first, second))
    assert [(one.turn, one.call_id, one.request_id) for one in found] == [
        ("turn-9", None, "s1"),
        ("turn-9", None, "s2"),
    ]
    assert only(ApprovalDecided, decoded(answer("demo", "denied", "c7"))).call_id == "c7"


@pytest.mark.parametrize(
    ("spelt", "meant"),
    [
        ("abort", "aborted"),
        ({"approved_execpolicy_amendment": {"proposed_execpolicy_amendment": ["ls"]}}, "approved"),
        ({"type": "approved_for_session"}, "approved_for_session"),
        ("something_new", "unknown"),
        (None, "unknown"),
    ],
)
def test_decisions_in_every_spelling(spelt: object, meant: str) -> None:
    op = submission({"type": "exec_approval", "id": "turn-1", "decision": spelt}, "s")
    assert only(ApprovalDecided, decoded(op)).decision == meant


def test_a_refused_command_is_declined_and_not_a_failure() -> None:
    words = "exec command rejected by user"
    end = event("rust", "exec_command_end", call_id="c1", command=["rm"], exit_code=-1, aggregated_output=words)
    assert only(ToolResult, decoded(end)).status == "declined"


def test_a_command_over_its_time_is_a_timeout() -> None:
    words = "command timed out after 1000 milliseconds\n"
    end = event("rust", "exec_command_end", call_id="c1", command=["sleep"], exit_code=124, aggregated_output=words)
    assert only(ToolResult, decoded(end)).status == "timeout"


@every_dialect
def test_a_patch_tells_its_files_and_whether_it_was_applied(dialect: Dialect) -> None:
    before, after = every(FileChange, decoded(*story(dialect)))
    assert (before.path, before.change, before.ok) == ("/home/dev/proj/a.py", "update", None)
    assert (after.path, after.added, after.removed, after.ok) == ("/home/dev/proj/a.py", 1, 1, True)


def test_an_interruption_is_told_once_and_says_what_it_hit() -> None:
    begin = event("rust", "exec_command_begin", call_id="c1", command=["sleep", "9"], cwd="/")
    stop = submission({"type": "interrupt"}, "s")
    end = event("rust", "exec_command_end", call_id="c1", exit_code=-1)
    aborted = event("rust", "turn_aborted", reason="interrupted")
    records = decoded(prompt("go"), begin, stop, aborted, end)
    found = only(Interrupted, records)
    assert (found.turn, found.during, found.call_id, found.basis) == ("turn-1", "tool", "c1", "op")
    assert only(ToolResult, records).status == "interrupted"


def test_an_abort_nobody_submitted_is_told_by_its_event() -> None:
    found = only(Interrupted, decoded(prompt("go"), event("rust", "turn_aborted", reason="replaced")))
    assert (found.reason, found.basis) == ("replaced", "event")


def test_the_interrupt_key_in_an_idle_session_means_nothing() -> None:
    assert decoded(submission({"type": "interrupt"}, "s")) == []


def test_undo_and_rollback_are_told_once_each() -> None:
    undo = [submission({"type": "undo"}, "s1"), event("rust", "undo_completed", success=True)]
    back = [
        submission({"type": "thread_rollback", "num_turns": 2}, "s2"),
        event("rust", "thread_rolled_back", num_turns=2),
    ]
    found = every(Reverted, decoded(*undo, *back))
    assert [(one.scope, one.turns) for one in found] == [("undo", None), ("rollback", 2)]


def test_an_undo_that_failed_leaves_a_problem() -> None:
    failed = event("rust", "undo_completed", success=False, message="no snapshot")
    problem = only(Problem, decoded(submission({"type": "undo"}, "s1"), failed))
    assert (problem.code, problem.message) == ("undo_failed", "no snapshot")


def test_a_rollback_seen_only_as_an_event_counts() -> None:
    assert only(Reverted, decoded(event("rust", "thread_rolled_back", num_turns=1))).turns == 1


@every_dialect
def test_a_compaction_is_told_once_and_is_automatic_in_a_turn_a_prompt_began(dialect: Dialect) -> None:
    found = only(Compaction, decoded(*story(dialect)))
    assert found.trigger == "auto"
    if dialect == "demo":
        assert (found.pre_tokens, found.post_tokens, found.summary) == (90_000, 4_000, None)
    else:
        assert found.summary == "so far"


def test_a_compaction_the_user_asked_for_is_manual() -> None:
    asked = submission({"type": "compact"}, "turn-2")
    assert only(Compaction, decoded(asked, boundary("rust", "turn-2"))).trigger == "manual"


def test_a_compaction_of_unknown_cause_says_so() -> None:
    assert only(Compaction, decoded(boundary("rust", "turn-7"))).trigger == "unknown"


def test_a_compaction_seen_only_as_an_event_counts() -> None:
    assert only(Compaction, decoded(prompt("go"), event("rust", "context_compacted"))).trigger == "auto"


def test_git_comes_from_its_artifact() -> None:
    git = {"commit_hash": "c0ffee", "branch": "main", "repository_url": "https://example.org/demo.git"}
    found = only(SessionStarted, decoded(("artifact_ref", {"kind": "git_info", "git": git})))
    assert (found.git_commit, found.git_branch) == ("c0ffee", "main")
    diff = only(
        Attachment, decoded(("artifact_ref", {"kind": "git_diff", "artifact_path": "artifacts/git_diff.patch"}))
    )
    assert (diff.name, diff.text) == ("git_diff", "artifacts/git_diff.patch")


def test_a_prompt_told_as_submission_and_as_event_is_one_message() -> None:
    records = decoded(prompt("go"), event("rust", "user_message", message="go"))
    assert only(UserMessage, records).author == "human"
    alone = decoded(event("rust", "user_message", turn="turn-8", message="go"))
    assert only(UserMessage, alone).text == "go"


def test_errors_say_their_code_and_limits_their_kind() -> None:
    limit = event("rust", "error", message="You've hit your usage limit.", codex_error_info="usage_limit_exceeded")
    http = {"http_connection_failed": {"http_status_code": 502}}
    broken = event("rust", "error", message="bad gateway", codex_error_info=http)
    again = event("rust", "stream_error", message="Reconnecting... 2/5")
    first, second, third = every(Problem, decoded(limit, broken, again))
    assert (first.scope, first.code) == ("limit", "usage_limit_exceeded")
    assert (second.code, second.http_status) == ("http_connection_failed", 502)
    assert (third.scope, third.attempt) == ("stream_error", 2)


def test_a_plan_keeps_its_steps_in_order() -> None:
    steps = [{"step": "look", "status": "completed"}, {"step": "fix", "status": "in_progress"}]
    plan = only(PlanUpdated, decoded(event("rust", "plan_update", plan=steps, explanation="so")))
    assert plan.steps == (("completed", "look"), ("in_progress", "fix"))


def test_the_name_the_model_used_for_a_tool_survives_the_event() -> None:
    item = {"type": "function_call", "name": "shell", "arguments": '{"command":["ls"]}', "call_id": "c1"}
    raw = event("rust", "raw_response_item", item=item)
    begin = event("rust", "exec_command_begin", call_id="c1", command=["ls"], cwd="/")
    assert {call.name for call in every(ToolCall, decoded(raw, begin))} == {"shell"}


def test_an_output_is_used_only_where_no_event_told_the_result() -> None:
    output = {
        "type": "function_call_output",
        "call_id": "c1",
        "output": "Exit code: 3\nWall time: 1 seconds\nOutput:\nno",
    }
    raw = event("rust", "raw_response_item", item=output)
    end = event("rust", "exec_command_end", call_id="c1", command=["x"], exit_code=3, aggregated_output="no")
    assert only(ToolResult, decoded(raw)).exit_code == 3
    assert only(ToolResult, decoded(end, raw)).basis == "event"


def test_mcp_calls_search_and_subagents_are_calls() -> None:
    invocation = {"server": "docs", "tool": "find", "arguments": {"q": "x"}}
    mcp = event("rust", "mcp_tool_call_end", call_id="m", invocation=invocation, result={"Err": "no server"})
    search = event("rust", "web_search_end", call_id="w", query="msgspec")
    spawn = event("rust", "collab_agent_spawn_end", call_id="a", new_thread_id="child", status="running")
    records = decoded(mcp, search, spawn)
    assert [call.name for call in every(ToolCall, records)] == ["mcp__docs__find", "web_search", "spawn_agent"]
    assert [result.status for result in every(ToolResult, records)] == ["failed", "ok", "ok"]
    child = only(SessionStarted, records)
    assert (child.session, child.parent, child.lineage, child.tool_call) == ("child", THREAD, "subagent", "a")


def test_a_bridge_carries_the_decision_to_the_subagent() -> None:
    bridge = {
        "bridge_kind": "exec_approval",
        "parent_thread_id": THREAD,
        "sub_agent_thread_id": "child",
        "sub_agent_turn_id": "turn-c",
        "sub_agent_call_id": "c9",
        "decision": "denied",
    }
    records = decoded(("bridge", bridge))
    decided = only(ApprovalDecided, records)
    assert (decided.session, decided.turn, decided.call_id) == ("child", "turn-c", "c9")
    assert (decided.decision, decided.who, decided.basis) == ("denied", "user", "bridge")
    assert only(SessionStarted, records).parent == THREAD


def test_tokens_are_left_to_the_rollout() -> None:
    usage = {"total_token_usage": {"total_tokens": 5}, "last_token_usage": {"total_tokens": 5}}
    assert decoded(event("rust", "token_count", info=usage)) == []


def test_what_nobody_knows_is_named_by_where_it_stood() -> None:
    records = decoded(
        event("rust", "brand_new"),
        submission({"type": "brand_new"}, "s"),
        ("brand_new", {}),
        event("rust", "exec_command_end", exit_code=0),
    )
    names = [record.type for record in every(Unknown, records)]
    assert names == ["event/brand_new", "submission/brand_new", "brand_new", "event/exec_command_end"]


def test_the_end_of_the_process_ends_the_session() -> None:
    records = decoded(event("rust", "task_complete"), event("rust", "shutdown_complete", turn=""))
    assert only(TurnEnded, records).status == "completed"
    assert only(SessionEnded, records).turn is None


def test_a_line_that_is_no_record_is_rejected_with_its_place() -> None:
    data = encoded([session("rust")]) + b"{torn\n" + encoded([prompt("go")], start=2)
    source = TraceSpines()
    out = source.decode(source.state(), PATH, split(data, 1000))
    (reject,) = out.rejects
    assert reject.offset == 1000 + data.index(b"{torn")
    assert len(out.records) == 2


def test_an_agent_message_is_found_under_either_name() -> None:
    for dialect in DIALECTS:
        said = event(dialect, "agent_message", message="Hello.")
        assert only(AgentMessage, decoded(said)).text == "Hello."


def test_segments_are_found_by_number_below_every_home(tmp_path: Path) -> None:
    spine = tmp_path / "home" / "trace_spine" / THREAD
    for index in (1000, 999, 2):
        write_segment(spine, b"", index)
    (spine / "segment-000.meta.json").write_text("{}", encoding="utf-8")
    found = [item.path.name for item in TraceSpines().discover(Homes(codex=(tmp_path / "home", tmp_path / "gone")))]
    assert found == ["segment-002.jsonl", "segment-999.jsonl", "segment-1000.jsonl"]


def test_a_bundle_or_a_segment_the_user_names_is_found(tmp_path: Path) -> None:
    bundle = write_segment(tmp_path / "bundle" / "spine", b"")
    lone = write_segment(tmp_path / "lone", b"")
    extra = (tmp_path / "bundle", lone, tmp_path / "nothing")
    assert [item.path for item in TraceSpines().discover(Homes(extra=extra))] == [bundle, lone]


def test_a_spine_is_recognised_by_its_first_line_even_of_a_later_schema() -> None:
    first = encoded([session("rust")])
    source = TraceSpines()
    assert source.fingerprint(Path("anything.jsonl"), b"\xef\xbb\xbf" + first)
    assert source.fingerprint(Path("segment-000.jsonl"), first.replace(b"_v1", b"_v9"))
    assert not source.fingerprint(Path("rollout.jsonl"), b'{"timestamp":"x","type":"session_meta","payload":{}}\n')


def test_a_copy_of_a_segment_has_the_keys_of_the_original() -> None:
    source = TraceSpines()
    raw = [line.data for line in lines_of(story("rust"))]
    here = source.identify(source.state(), PATH, raw)
    there = source.identify(source.state(), "/tmp/bundle/spine/segment-000.jsonl", raw)
    assert here == there
    assert len(set(here)) == len(raw)


def test_numbers_that_start_again_in_the_next_segment_are_other_records() -> None:
    source = TraceSpines()
    raw = [line.data for line in lines_of(story("rust"))]
    first = source.identify(source.state(), PATH, raw)
    second = source.identify(source.state(), PATH.replace("segment-000", "segment-001"), raw)
    assert not set(first) & set(second)


def test_a_repeated_number_with_other_content_is_not_taken_for_a_copy() -> None:
    source = TraceSpines()
    lines = [line.data for line in (*lines_of([prompt("one")]), *lines_of([prompt("two")]))]
    assert len(set(source.identify(source.state(), PATH, lines))) == 2
