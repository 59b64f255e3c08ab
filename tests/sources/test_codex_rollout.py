"""Single lines of Codex rollouts, and what must hold for any of them."""

from __future__ import annotations

import pytest

from codex_loop.model.records import (
    AgentMessage,
    AnyRecord,
    ApprovalDecided,
    Attachment,
    Compaction,
    FileChange,
    Interrupted,
    PlanUpdated,
    Problem,
    Reasoning,
    Reverted,
    SessionStarted,
    ToolCall,
    ToolResult,
    TurnEnded,
    TurnStarted,
    Unknown,
    UserMessage,
)
from tests.sources.rollouts import (
    PATH,
    THREAD,
    assistant,
    call,
    completed,
    decode,
    event,
    item,
    line,
    meta,
    only,
    output,
    records,
    user,
)

PATCH = "*** Begin Patch\n*** Update File: a.py\n@@\n-old\n+new\n+more\n*** Add File: /x/b.py\n+b\n*** End Patch\n"


def texts(found: list[AnyRecord]) -> list[tuple[str, str]]:
    return [(record.author, record.text) for record in only(found, UserMessage)]


# -- texts ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("turned", [False, True])
def test_a_prompt_that_stands_twice_is_one(turned: bool) -> None:
    pair = [user("fix it"), event("user_message", message="fix it", images=[])]
    assert texts(records(meta(), *(reversed(pair) if turned else pair))) == [("human", "fix it")]


def test_the_same_prompt_typed_twice_is_two() -> None:
    pair = [user("again"), event("user_message", message="again")]
    assert texts(records(meta(), *pair, *pair)) == [("human", "again")] * 2


def test_files_with_only_one_of_the_channels_lose_nothing() -> None:
    assert texts(records(meta(), user("a"), user("b"))) == [("human", "a"), ("human", "b")]
    assert texts(records(meta(), event("user_message", message="a"))) == [("human", "a")]


@pytest.mark.parametrize(
    ("said", "author"),
    [
        ("<environment_context>\n<cwd>/x</cwd>\n</environment_context>", "injected"),
        ("# AGENTS.md instructions for /x\n\nBe nice", "injected"),
        ("<user_instructions>\nx\n</user_instructions>", "injected"),
        ("<turn_aborted>\nx\n</turn_aborted>", "injected"),
        ("<skill>\n<name>x</name>\n</skill>", "injected"),
        ("<a_name_of_tomorrow>\nx\n</a_name_of_tomorrow>", "injected"),
        ("<user_action>\n<action>review</action>\n</user_action>", "command"),
        ("<b>why</b> is this bold?", "human"),
        ("# AGENTS is a file I would like to have", "human"),
    ],
)
def test_injected_context_is_told_from_prompts(said: str, author: str) -> None:
    assert texts(records(meta(), user(said))) == [(author, said)]


def test_0_169_says_itself_what_is_a_prompt() -> None:
    def kinds(name: str) -> dict[str, object]:
        return {"internal_chat_message_metadata_passthrough": {"content_item_kinds": [name]}}

    found = texts(records(meta(), user("<note>x</note>", **kinds("user.text")), user("soft", **kinds("memory.note"))))
    assert found == [("human", "<note>x</note>"), ("injected", "soft")]


def test_announced_context_is_no_prompt() -> None:
    said = "<user_instructions>be brief</user_instructions>"
    assert texts(records(meta(), user(said), event("user_message", message=said, kind="user_instructions"))) == [
        ("injected", said)
    ]


def test_what_one_agent_tells_another_is_no_prompt() -> None:
    source = {"subagent": {"thread_spawn": {"parent_thread_id": "P", "depth": 1, "agent_nickname": "Boyle"}}}
    found = records(meta(source=source), user("count the files"), event("user_message", message="count the files"))
    assert texts(found) == [("injected", "count the files")]
    (started,) = only(found, SessionStarted)
    assert (started.lineage, started.parent, started.nickname) == ("subagent", "P", "Boyle")


def test_images_are_counted_and_their_tags_are_no_text() -> None:
    content = [
        {"type": "input_text", "text": "<image>"},
        {"type": "input_image", "image_url": "data:"},
        {"type": "input_text", "text": "</image>"},
        {"type": "input_text", "text": "what is this?"},
    ]
    (message,) = only(records(meta(), item("message", role="user", content=content)), UserMessage)
    assert (message.text, message.images) == ("what is this?", 1)


def test_an_answer_that_stands_twice_is_one() -> None:
    found = records(meta(), event("agent_message", message="done", phase="final_answer"), assistant("done"))
    assert [(message.text, message.phase) for message in only(found, AgentMessage)] == [("done", "final_answer")]


def test_a_summary_of_two_parts_is_told_once() -> None:
    summary = [{"type": "summary_text", "text": "one"}, {"type": "summary_text", "text": "two"}]
    events = [event("agent_reasoning", text="one"), event("agent_reasoning", text="two")]
    reasoning = item("reasoning", id="rs", summary=summary, content=None, encrypted_content="x")
    assert [thought.text for thought in only(records(meta(), *events, reasoning), Reasoning)] == ["one", "two"]
    assert [thought.text for thought in only(records(meta(), reasoning, *events), Reasoning)] == ["one\n\ntwo"]


def test_encrypted_reasoning_says_nothing() -> None:
    assert records(item("reasoning", summary=[], encrypted_content="x")) == []


# -- tools ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "arguments", "command", "cwd"),
    [
        ("shell", {"command": ["bash", "-lc", "ls -la"], "workdir": "/x"}, "ls -la", "/x"),
        ("shell", {"command": ["rg", "a b"]}, "rg 'a b'", None),
        ("shell_command", {"command": "ls | wc"}, "ls | wc", None),
        ("exec_command", {"cmd": "make test", "workdir": "/y"}, "make test", "/y"),
        ("exec_command", "not json", None, None),
        ("exec_command", '{"cmd": 7}', None, None),
        ("mcp__db__run", {"sql": "select 1"}, None, None),
    ],
)
def test_the_command_of_a_call(name: str, arguments: object, command: str | None, cwd: str | None) -> None:
    (made,) = only(records(meta(), call(name, arguments)), ToolCall)
    assert (made.name, made.command, made.cwd) == (name, command, cwd)


def test_plans_are_told() -> None:
    plan = {"plan": [{"step": "look", "status": "completed"}, {"step": "fix", "status": "pending"}], "explanation": "e"}
    (updated,) = only(records(meta(), call("update_plan", plan)), PlanUpdated)
    assert (updated.steps, updated.explanation) == ((("completed", "look"), ("pending", "fix")), "e")


@pytest.mark.parametrize(
    "made",
    [
        call("apply_patch", {"input": PATCH}),
        call("shell", {"command": ["apply_patch", PATCH]}),
        call("shell_command", {"command": f"apply_patch <<'EOF'\n{PATCH}EOF"}),
        item("custom_tool_call", name="apply_patch", input=PATCH, call_id="c1"),
    ],
)
def test_a_patch_without_an_item_is_told_with_its_result(made: bytes) -> None:
    found = records(meta(), made, output("Exit code: 0\nWall time: 0 seconds\nOutput:\nSuccess."))
    assert [(one.path, one.change, one.added, one.removed, one.ok) for one in only(found, FileChange)] == [
        ("/home/dev/proj/a.py", "update", 2, 1, True),
        ("/x/b.py", "add", 1, 0, True),
    ]


def test_a_moved_and_a_deleted_file() -> None:
    patch = "*** Begin Patch\n*** Update File: a\n*** Move to: b\n@@\n-x\n+y\n*** Delete File: c\n*** End Patch"
    found = only(records(call("apply_patch", {"input": patch}), output("apply_patch verification failed")), FileChange)
    assert [(one.path, one.change, one.moved_to, one.added, one.ok) for one in found] == [
        ("a", "move", "b", 1, False),
        ("c", "delete", None, None, False),
    ]


def test_a_patch_with_an_item_is_told_by_the_item_only() -> None:
    changes = {
        "/home/dev/proj/a.py": {"type": "update", "unified_diff": "@@ -1 +1 @@\n-old\n+new\n", "move_path": None}
    }
    told = completed("FileChange", id="c1", changes=changes, status="completed", stdout="Success.", stderr="")
    found = records(meta(), call("apply_patch", {"input": PATCH}), told, output("Exit code: 0"))
    assert [(one.added, one.removed) for one in only(found, FileChange)] == [(1, 1)]


def test_the_patch_event_of_older_versions() -> None:
    told = event(
        "patch_apply_end", call_id="c1", success=False, stderr="no", changes={"a": {"add": {"content": "x\ny\n"}}}
    )
    found = records(meta(), call("apply_patch", {"input": PATCH}), told, output("x"))
    assert [(one.path, one.change, one.added, one.ok) for one in only(found, FileChange)] == [("a", "add", 2, False)]
    assert [result.status for result in only(found, ToolResult)] == ["failed", "unknown"]


def test_a_command_of_the_person_has_a_call_of_its_own() -> None:
    told = completed(
        "CommandExecution",
        id="u1",
        command=["/bin/bash", "-lc", "ls"],
        cwd="file:///home/dev/a%20b",
        source="user_shell",
        status="completed",
        exit_code=0,
        aggregated_output="x",
        duration={"secs": 1, "nanos": 5_000_000},
    )
    made, ended = records(meta(), told)[1:]
    assert isinstance(made, ToolCall)
    assert (made.name, made.command, made.cwd) == ("user_shell", "ls", "/home/dev/a b")
    assert isinstance(ended, ToolResult)
    assert (ended.status, ended.duration_ms) == ("ok", 1005)


def test_a_command_killed_with_its_turn_was_interrupted() -> None:
    killed = completed("CommandExecution", id="c1", status="failed", exit_code=-1, aggregated_output="")
    started, aborted = event("task_started", turn_id="T1"), event("turn_aborted", turn_id="T1", reason="interrupted")
    opened = [meta(), started, call("exec_command", {"cmd": "sleep 9"})]
    after = only(records(*opened, aborted, killed), ToolResult)
    before = only(records(*opened, killed, aborted), ToolResult)
    assert [result.status for result in after] == ["interrupted"]
    assert [(result.status, result.basis) for result in before] == [("failed", "item"), ("interrupted", "event")]


@pytest.mark.parametrize(("calls", "during"), [([], "model"), ([call("shell", {})], "tool")])
def test_what_was_going_on_when_the_person_interrupted(calls: list[bytes], during: str) -> None:
    aborted = event("turn_aborted", turn_id="T1", reason="interrupted", duration_ms=1517)
    (stop,) = only(records(meta(), event("task_started", turn_id="T1"), *calls, aborted), Interrupted)
    assert (stop.during, stop.reason, stop.duration_ms, stop.turn) == (during, "interrupted", 1517, "T1")


def test_a_version_that_loses_the_event_still_tells_the_interruption_once() -> None:
    message, aborted = user("<turn_aborted>\nx\n</turn_aborted>"), event("turn_aborted", reason="interrupted")
    assert [stop.basis for stop in only(records(meta(), user("a"), message), Interrupted)] == ["text"]
    assert len(only(records(meta(), user("a"), message, aborted, user("b"), message, aborted), Interrupted)) == 2


def test_hosted_tools_are_call_and_result() -> None:
    found = records(item("web_search_call", id="ws_1", status="completed", action={"type": "search", "query": "q"}))
    assert [type(record) for record in found] == [ToolCall, ToolResult]
    assert only(found, ToolCall)[0].command == "q"


def test_mcp_results() -> None:
    invocation = {"server": "db", "tool": "run", "arguments": {}}
    failed = event("mcp_tool_call_end", call_id="c1", invocation=invocation, result={"Err": "gone"})
    worked = event(
        "mcp_tool_call_end", call_id="c2", invocation=invocation, result={"Ok": {"content": [], "isError": False}}
    )
    found = records(failed, worked)
    assert [(one.status, one.call_id) for one in only(found, ToolResult)] == [("failed", "c1"), ("ok", "c2")]
    assert [(one.name, one.namespace) for one in only(found, ToolCall)] == [("run", "db")] * 2


def test_a_spawned_agent_is_known_to_its_parent() -> None:
    agents = [{"thread_id": "C", "agent_nickname": "Boyle", "agent_role": "default"}]
    told = completed("CollabAgentToolCall", id="c1", tool="spawn_agent", status="completed", receiver_agents=agents)
    child = only(records(meta(), told), SessionStarted)[1]
    assert (child.session, child.parent, child.tool_call, child.nickname) == ("C", THREAD, "c1", "Boyle")


def test_an_automatic_reviewer_decides() -> None:
    (decided,) = only(
        records(event("guardian_assessment", id="g", target_item_id="c1", status="denied")), ApprovalDecided
    )
    assert (decided.call_id, decided.decision, decided.who) == ("c1", "denied", "config")


# -- turns ---------------------------------------------------------------------------------------------------------

SETTINGS = {"cwd": "/x", "approval_policy": "never", "sandbox_policy": {"type": "read-only"}, "model": "m"}


def test_settings_are_told_when_a_turn_begins_and_when_they_change() -> None:
    context, changed = line("turn_context", SETTINGS), line("turn_context", {**SETTINGS, "model": "n"})
    found = only(records(meta(), user("a"), context, context, changed, user("b"), changed, changed), TurnStarted)
    assert [turn.model for turn in found] == ["m", "n", "n"]
    assert (found[0].approval_policy, found[0].sandbox_policy, found[0].cwd) == ("never", "read-only", "/x")


def test_a_turn_with_an_id_gives_it_to_what_happens_in_it() -> None:
    found = records(
        meta(),
        event("task_started", turn_id="T1"),
        line("turn_context", {**SETTINGS, "turn_id": "T1"}),
        user("a"),
        event("task_complete", turn_id="T1", duration_ms=321, time_to_first_token_ms=80),
        event("task_started", turn_id="T2"),
        user("b"),
    )
    assert [message.turn for message in only(found, UserMessage)] == ["T1", "T2"]
    (ended,) = only(found, TurnEnded)
    assert (ended.turn, ended.status, ended.duration_ms, ended.first_token_ms) == ("T1", "completed", 321, 80)


@pytest.mark.parametrize("info", ["usage_limit_exceeded", "usageLimitExceeded", {"usage_limit_exceeded": {}}])
def test_a_limit_that_ended_a_turn(info: object) -> None:
    error = {"message": "You've hit your usage limit.", "codex_error_info": info}
    found = records(meta(), event("error", **error), event("task_complete", turn_id="T1", error=error))
    assert [problem.scope for problem in only(found, Problem)] == ["limit"]
    assert [turn.status for turn in only(found, TurnEnded)] == ["failed"]


def test_errors_keep_the_status_the_provider_answered() -> None:
    info = {"http_connection_failed": {"http_status_code": 502}}
    (problem,) = only(records(event("stream_error", message="m", codex_error_info=info)), Problem)
    assert (problem.scope, problem.code, problem.http_status) == ("stream_error", "http_connection_failed", 502)


def test_a_compaction_is_one_in_each_spelling() -> None:
    compacted = line("compacted", {"message": "summary", "replacement_history": []})
    prompt = [meta(), event("task_started", turn_id="T1"), user("a")]
    for rest in ([], [event("context_compacted")], [completed("ContextCompaction", id="x")]):
        found = only(records(*prompt, compacted, *rest), Compaction)
        assert [(one.trigger, one.summary) for one in found] == [("auto", "summary")]
    assert len(only(records(*prompt, compacted, event("context_compacted"), compacted), Compaction)) == 2


def test_a_task_of_nothing_but_a_compaction_was_asked_for() -> None:
    compacted, started = line("compacted", {"message": "s"}), event("task_started", turn_id="T1")
    manual = records(meta(), started, compacted, event("task_complete", turn_id="T1"))
    before_prompt = records(meta(), started, compacted, user("a"), event("task_complete", turn_id="T1"))
    assert [one.trigger for one in only(manual, Compaction)] == ["manual"]
    assert [one.trigger for one in only(before_prompt, Compaction)] == ["auto"]


def test_a_version_without_tasks_does_not_say_who_compacted() -> None:
    assert [one.trigger for one in only(records(meta(), user("a"), line("compacted", {})), Compaction)] == ["unknown"]


def test_what_0_63_says_after_a_compaction_the_model_never_said() -> None:
    found = records(
        meta(), line("compacted", {"message": "s"}), event("agent_message", message="Compact task completed")
    )
    assert only(found, AgentMessage) == []


# -- sessions ------------------------------------------------------------------------------------------------------


def test_a_revert_names_what_it_takes_back() -> None:
    segment = "01a1fd77-8f07-7d33-9f02-dc1d993050ba"
    base = {"thread_id": THREAD, "end_ordinal_exclusive": 21, "end_byte_offset": 14943}
    found = records(meta(history_base=base), path=PATH.replace(THREAD, f"{THREAD}_{segment}"))
    (started,), (reverted,) = only(found, SessionStarted), only(found, Reverted)
    assert (started.session, started.segment) == (THREAD, segment)
    assert (reverted.scope, reverted.base, reverted.from_ordinal, reverted.from_offset) == ("revert", THREAD, 21, 14943)


def test_a_fork_takes_nothing_back() -> None:
    base = {"thread_id": "segment", "end_ordinal_exclusive": 67}
    found = records(meta(forked_from_id="P", forked_from_ordinal_exclusive=67, history_base=base))
    (started,) = only(found, SessionStarted)
    assert (started.forked_from, started.forked_at, only(found, Reverted)) == ("P", 67, [])


def test_lines_copied_from_a_parent_are_decoded_as_the_childs() -> None:
    found = records(meta(), meta("P"), user("a"))
    assert [message.session for message in only(found, UserMessage)] == [THREAD]
    assert [(one.session, one.forked_from) for one in only(found, SessionStarted)] == [(THREAD, None), (THREAD, "P")]


def test_a_file_that_never_introduces_itself_is_named_by_its_path() -> None:
    assert [message.session for message in only(records(user("a")), UserMessage)] == [THREAD]
    assert [message.session for message in only(records(user("a"), path="odd\udc80name.jsonl"), UserMessage)] != []


@pytest.mark.parametrize(
    ("made", "record"),
    [
        (event("undo_completed", success=True), Reverted),
        (event("thread_rolled_back", num_turns=2), Reverted),
        (event("thread_name_updated", thread_id=THREAD, thread_name="Fix"), SessionStarted),
        (event("entered_review_mode", user_facing_hint="changes"), Attachment),
        (event("exited_review_mode", review_output={"findings": []}), Attachment),
        (event("dynamic_tool_call_request", call_id="c1", tool="x", arguments={}), ToolCall),
        (item("local_shell_call", call_id="c1", action={"command": ["ls"]}), ToolCall),
    ],
)
def test_rare_lines_are_known(made: bytes, record: type[AnyRecord]) -> None:
    assert [type(one) for one in records(made)] == [record]


@pytest.mark.parametrize(
    ("made", "name"),
    [
        (event("foo"), "event_msg/foo"),
        (item("bar"), "response_item/bar"),
        (line("baz", {}), "baz"),
        (completed("Qux"), "item_completed/Qux"),
        (line("event_msg", {}), "event_msg/(untyped)"),
        (b'{"hello":1}', "(untyped)"),
    ],
)
def test_what_nobody_knows_is_counted_by_its_name(made: bytes, name: str) -> None:
    assert [record.type for record in only(records(made), Unknown)] == [name]


@pytest.mark.parametrize("made", [b"{torn", b"[1,2]", b"7", b'"text"', b"\x80\x81", b"null"])
def test_what_is_no_object_is_rejected(made: bytes) -> None:
    found = decode([meta(), made, user("a")])
    assert [reject.offset for reject in found.rejects] == [len(meta()) + 1]
    assert len(only(found.records, UserMessage)) == 1


def test_blank_lines_are_nothing() -> None:
    assert decode([b"", b"  ", b"\r"]).records == []
    assert decode([b"", b"  ", b"\r"]).rejects == []


def test_broken_text_is_repaired_not_lost() -> None:
    surrogate = user("x").replace(b'"x"', b'"a\\ud800b"')
    invalid = user("x").replace(b'"x"', b'"a\xffb"')
    found = [message.text for message in only(records(meta(), surrogate, invalid), UserMessage)]
    assert found == ["a\N{REPLACEMENT CHARACTER}b"] * 2


def test_a_field_of_a_strange_type_costs_only_itself() -> None:
    (message,) = only(records(meta(), user("a", id=7, phase={}).replace(b'"2026-', b'"late 2026-')), UserMessage)
    assert (message.text, message.id, message.time_ms) == ("a", None, None)
