"""What tool results of Claude Code say happened, through the whole transcript decoder."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TypeVar

import pytest

from codex_loop.model.records import AnyRecord, ApprovalDecided, FileChange, Interrupted, SessionStarted, ToolResult
from codex_loop.sources.claude.transcript import ClaudeTranscripts
from codex_loop.sources.lines import split

T = TypeVar("T")
PATH = "/h/.claude/projects/-w/S.jsonl"


def line(kind: str, content: object, *, uuid: str = "u", version: str = "2.1.197", **more: object) -> dict[str, object]:
    return {
        "type": kind,
        "uuid": uuid,
        "sessionId": "S",
        "version": version,
        "timestamp": "2026-05-01T10:00:00.000Z",
        "isSidechain": False,
        "entrypoint": "cli",
        "message": {"role": kind, "content": content},
    } | more


def called(tool: str = "Bash", call_id: str = "t1", entrypoint: str = "cli", **arguments: object) -> dict[str, object]:
    return line(
        "assistant",
        [{"type": "tool_use", "id": call_id, "name": tool, "input": arguments}],
        uuid=f"a-{call_id}",
        entrypoint=entrypoint,
    )


def answered(content: object, *, error: bool = True, call_id: str = "t1", **more: object) -> dict[str, object]:
    block = {"type": "tool_result", "tool_use_id": call_id, "content": content, "is_error": error}
    return line("user", [block], **more)  # type: ignore[arg-type]


def decode(*lines: Mapping[str, object]) -> list[AnyRecord]:
    data = "".join(json.dumps(each) + "\n" for each in lines).encode()
    decoded = ClaudeTranscripts().decode(ClaudeTranscripts.state(), PATH, split(data, 0))
    assert decoded.rejects == []
    return decoded.records


def only(kind: type[T], records: list[AnyRecord]) -> list[T]:
    return [record for record in records if isinstance(record, kind)]


def result(*lines: Mapping[str, object]) -> ToolResult:
    return only(ToolResult, decode(*lines))[-1]


DIALOG = "The user doesn't want to proceed with this tool use. The tool use was rejected (eg. if it was a file edit, …)"


@pytest.mark.parametrize(
    ("text", "status", "exit_code"),
    [
        ("Exit code 3\noops", "failed", 3),
        ("Exit code 143\nCommand timed out after 1s", "timeout", 143),
        ("Command timed out after 2m 0s", "timeout", None),
        ("<tool_use_error>Sibling tool call errored</tool_use_error>", "cascade", None),
        ("Cancelled: parallel tool call Bash(ls) errored", "cascade", None),
        ("<tool_use_error>String to replace not found in file.</tool_use_error>", "failed", None),
        ("This command requires approval", "declined", None),
        ("Claude requested permissions to write to /w/x, but you haven't granted it yet.", "declined", None),
        ("Permission to use Bash with command exit 3 has been denied.", "declined", None),
        ("touch in '/x' was blocked. For security, Claude Code may only create files in …", "declined", None),
        (DIALOG, "declined", None),
    ],
)
def test_the_programs_own_texts_name_the_status(text: str, status: str, exit_code: int | None) -> None:
    found = result(called(), answered(text, toolUseResult=f"Error: {text}"))
    assert (found.status, found.exit_code) == (status, exit_code)


@pytest.mark.parametrize("version", ["1.0.100", ""])
def test_a_failure_without_exit_code_prefix_has_an_unknown_code(version: str) -> None:
    found = result(called(), answered("oops", toolUseResult="Error: oops", version=version))
    assert (found.status, found.exit_code, found.basis) == ("failed", None, "is_error")


def test_a_command_that_ran_well_exited_with_zero() -> None:
    found = result(called(), answered("hi", error=False, toolUseResult={"stdout": "hi", "interrupted": False}))
    assert (found.status, found.exit_code, found.output) == ("ok", 0, "hi")


def test_a_code_that_only_means_nothing_found_is_not_claimed_to_be_zero() -> None:
    quiet = {"stdout": "", "returnCodeInterpretation": "No matches found"}
    found = result(called(), answered("", error=False, toolUseResult=quiet))
    assert (found.status, found.exit_code) == ("ok", None)


def test_without_a_structured_result_the_code_of_success_is_unknown() -> None:
    assert result(called(), answered("hi", error=False)).exit_code is None


def test_a_command_in_the_background_runs_until_its_notification() -> None:
    started = {"stdout": "", "backgroundTaskId": "b1"}
    launched = answered("Command running in background with ID: b1", error=False, toolUseResult=started)
    notice = (
        "<task-notification><task-id>b1</task-id><tool-use-id>t1</tool-use-id><status>failed</status>"
        '<summary>Background command "x" failed with exit code 7</summary></task-notification>'
    )
    records = decode(called(), launched, line("user", notice, origin={"kind": "task-notification"}))
    assert [(r.status, r.exit_code) for r in only(ToolResult, records)] == [("running", None), ("failed", 7)]


def decisions(*lines: Mapping[str, object]) -> list[tuple[str, str, str]]:
    return [(r.decision, r.who, r.basis) for r in only(ApprovalDecided, decode(*lines))]


@pytest.mark.parametrize(
    ("text", "who"),
    [
        ("This command requires approval", "config"),
        ("Permission to use Bash with command exit 3 has been denied.", "config"),
        ("PreToolUse:Bash hook error: [x]: policy", "hook"),
        ("policy: no curl", "unknown"),
        (DIALOG + " To tell you how to proceed, the user said:\nuse uv", "user"),
    ],
)
def test_who_denied_is_read_from_the_text_when_nothing_better_is_there(text: str, who: str) -> None:
    assert decisions(called(), answered(text, toolUseResult=f"Error: {text}")) == [("denied", who, "text")]


@pytest.mark.parametrize(
    ("decision", "expected"),
    [
        ({"decision": "reject", "source": "config"}, ("denied", "config", "permissionDecision")),
        ({"decision": "reject", "source": "user_reject"}, ("denied", "user", "permissionDecision")),
        ({"decision": "reject", "source": "hook"}, ("denied", "hook", "permissionDecision")),
        ({"decision": "reject", "source": "new_party"}, ("denied", "unknown", "permissionDecision")),
    ],
)
def test_the_source_of_a_recorded_decision_beats_the_denial_kind(
    decision: dict[str, str], expected: tuple[str, str, str]
) -> None:
    refused = answered("no", toolUseResult="Error: no", permissionDecision=decision, toolDenialKind="user-rejected")
    assert decisions(called(), refused) == [expected]
    assert result(called(), refused).status == "declined"


def test_an_allowed_call_that_fails_was_approved_and_failed() -> None:
    allowed = {"decision": "accept", "source": "user_temporary", "grantScope": "once"}
    lines = (called(), answered("Exit code 1", permissionDecision=allowed))
    assert decisions(*lines) == [("approved", "user", "permissionDecision")]
    assert result(*lines).status == "failed"


STOPPED = "[Request interrupted by user for tool use]"


def test_escape_during_a_running_tool_is_told_by_the_line_after_it() -> None:
    refused = answered(DIALOG, toolUseResult="User rejected tool use")
    records = decode(called(), refused, line("user", [{"type": "text", "text": STOPPED}], interruptedMessageId="m1"))
    assert [r.status for r in only(ToolResult, records)] == ["declined", "interrupted"]
    assert only(ApprovalDecided, records) == []
    (interrupted,) = only(Interrupted, records)
    assert (interrupted.during, interrupted.call_id, interrupted.basis) == ("tool", "t1", "interruptedMessageId")


def test_a_dialogs_no_is_told_by_the_line_after_it() -> None:
    refused = answered(DIALOG, toolUseResult="User rejected tool use")
    lines = (called(), refused, line("user", [{"type": "text", "text": STOPPED}]))
    assert decisions(*lines) == [("denied", "user", "text")]
    assert [r.during for r in only(Interrupted, decode(*lines))] == ["approval"]


def test_old_versions_cannot_tell_escape_from_no() -> None:
    refused = answered(DIALOG, toolUseResult="User rejected tool use", version="2.1.39")
    lines = (called(), refused, line("user", [{"type": "text", "text": STOPPED}], version="2.1.39"))
    assert decisions(*lines) == [("unknown", "user", "text")]
    assert [r.during for r in only(Interrupted, decode(*lines))] == ["unknown"]


def test_under_a_host_a_stop_and_a_refusal_look_the_same() -> None:
    refused = answered(DIALOG, toolUseResult="User rejected tool use", entrypoint="sdk-cli")
    stopped = line("user", [{"type": "text", "text": STOPPED}], entrypoint="sdk-cli")
    records = decode(called(entrypoint="sdk-cli"), refused, stopped)
    assert [(d.decision, d.who) for d in only(ApprovalDecided, records)] == [("unknown", "user")]
    assert [i.during for i in only(Interrupted, records)] == ["unknown"]


@pytest.mark.parametrize("text", [STOPPED, f"Exit code 137\n{STOPPED}"])
def test_old_versions_say_in_the_result_that_a_running_tool_was_stopped(text: str) -> None:
    lines = (called(), answered(text, toolUseResult=f"Error: {text}", version="2.0.76"), line("user", STOPPED))
    found = result(*lines)
    assert (found.status, found.exit_code) == ("interrupted", None)
    assert decisions(*lines) == []


@pytest.mark.parametrize(("mark", "status"), [({"toolDenialBeforeRun": True}, "declined"), ({}, "interrupted")])
def test_the_newest_versions_mark_a_refusal_that_came_before_the_tool_ran(mark: dict[str, object], status: str) -> None:
    marks = {"version": "2.1.329", "toolDenialKind": "user-rejected"} | mark
    refused = answered(DIALOG, toolUseResult="User rejected tool use") | marks
    found = result(called(), refused)
    assert (found.status, found.basis) == (status, "toolDenialBeforeRun")
    expected = [("denied", "user", "toolDenialBeforeRun")] if mark else []
    assert decisions(called(), refused) == expected


def test_a_refusal_that_the_agent_goes_on_after_was_a_dialogs_no() -> None:
    refused = answered(DIALOG, toolUseResult="User rejected tool use")
    assert decisions(called(), refused, line("assistant", [{"type": "text", "text": "Well."}])) == [
        ("denied", "user", "text")
    ]


def test_an_interruption_while_the_model_writes() -> None:
    records = decode(line("user", "[Request interrupted by user]", interruptedMessageId="m1"))
    assert [(r.during, r.basis) for r in only(Interrupted, records)] == [("model", "interruptedMessageId")]


PATCH = [{"oldStart": 1, "oldLines": 2, "newStart": 1, "newLines": 2, "lines": [" a", "-b", "+c", "+d"]}]


def test_an_edit_keeps_the_recorded_patch() -> None:
    recorded = {"filePath": "/w/a.py", "structuredPatch": PATCH, "originalFile": "a\nb"}
    records = decode(called("Edit", file_path="/w/a.py"), answered("done", error=False, toolUseResult=recorded))
    (change,) = only(FileChange, records)
    assert (change.path, change.change, change.added, change.removed, change.ok) == ("/w/a.py", "update", 2, 1, True)
    assert change.diff == "@@ -1,2 +1,2 @@\n a\n-b\n+c\n+d"


def test_a_new_file_is_an_addition() -> None:
    recorded = {"type": "create", "filePath": "/w/a.py", "content": "x\ny\n", "structuredPatch": []}
    (change,) = only(FileChange, decode(called("Write"), answered("done", error=False, toolUseResult=recorded)))
    assert (change.change, change.diff, change.added, change.removed) == ("add", "+x\n+y", 2, 0)


def test_without_a_recorded_patch_the_request_says_what_changed() -> None:
    edit = called("MultiEdit", file_path="/w/a.py", edits=[{"old_string": "a", "new_string": "b\nc"}])
    (change,) = only(FileChange, decode(edit, answered("done", error=False)))
    assert (change.diff, change.added, change.removed, change.ok) == ("-a\n+b\n+c", 2, 1, True)


def test_a_failed_edit_changed_nothing_and_says_so() -> None:
    edit = called("Edit", file_path="/w/a.py", old_string="a", new_string="b")
    failed = answered("<tool_use_error>File has not been read yet.</tool_use_error>", toolUseResult="Error: File …")
    assert [change.ok for change in only(FileChange, decode(edit, failed))] == [False]


def test_a_huge_request_is_remembered_by_its_path_alone() -> None:
    edit = called("Edit", file_path="/w/a.py", old_string="a" * 40_000, new_string="b")
    (change,) = only(FileChange, decode(edit, answered("done", error=False)))
    assert (change.path, change.diff, change.added) == ("/w/a.py", None, None)


def test_a_subagent_is_tied_to_the_call_that_started_it() -> None:
    done = {"status": "completed", "agentId": "x1", "agentType": "general-purpose", "totalDurationMs": 287}
    records = decode(called("Agent"), answered("done", error=False, toolUseResult=done))
    child = only(SessionStarted, records)[-1]
    assert (child.session, child.parent, child.tool_call, child.role) == ("S/x1", "S", "t1", "general-purpose")
    assert only(ToolResult, records)[0].duration_ms == 287


def test_a_search_for_tools_says_which_it_found() -> None:
    found = [{"type": "tool_reference", "tool_name": name} for name in ("TodoWrite", "mcp__shop__buy")]
    said = result(called("ToolSearch", query="todo"), answered(found, error=False))
    assert said.output == "TodoWrite\nmcp__shop__buy"
