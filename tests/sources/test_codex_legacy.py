"""Rollouts from before `session_meta`."""

from __future__ import annotations

import json

from codex_loop.model.records import (
    AgentMessage,
    FileChange,
    SessionStarted,
    ToolCall,
    ToolResult,
    Unknown,
    UserMessage,
)
from codex_loop.sources.base import Line
from codex_loop.sources.codex.rollout import CodexRollouts, RolloutState
from tests.sources.rollouts import decode, only

OLD = "0b2c7f6e-0c0d-4f5e-9a66-1d0f6f3f2a11"
PATH = f"rollout-2025-08-19T08-25-08-{OLD}.jsonl"
LINES = [
    {"id": OLD, "timestamp": "2025-08-19T08:25:08.000Z", "instructions": None, "git": {"branch": "main"}},
    {"record_type": "state"},
    {"type": "message", "id": None, "role": "user", "content": [{"type": "input_text", "text": "<environment_context>\n"
     "<cwd>/home/dev/proj</cwd>\n</environment_context>"}]},
    {"type": "message", "id": None, "role": "user", "content": [{"type": "input_text", "text": "list the files"}]},
    {"record_type": "state"},
    {"type": "reasoning", "id": "rs_1", "summary": [], "content": None, "encrypted_content": "x"},
    {"type": "function_call", "id": "fc_1", "name": "shell", "arguments": '{"command":["ls"]}', "call_id": "call_1"},
    {"type": "function_call_output", "call_id": "call_1",
     "output": '{"output":"a\\n","metadata":{"exit_code":2,"duration_seconds":0.5}}'},
    {"type": "function_call", "id": "fc_2", "name": "shell", "call_id": "call_2",
     "arguments": json.dumps({"command": ["apply_patch", "*** Begin Patch\n*** Add File: b\n+x\n*** End Patch"]})},
    {"type": "function_call_output", "call_id": "call_2", "output": '{"output":"Success.","metadata":{"exit_code":0}}'},
    {"type": "message", "id": None, "role": "assistant", "content": [{"type": "output_text", "text": "There is a."}]},
]  # fmt: skip


def test_json_lines_without_an_envelope() -> None:
    found = decode([json.dumps(line).encode() for line in LINES], path=PATH)
    assert found.rejects == []
    assert only(found.records, Unknown) == []
    (started,) = only(found.records, SessionStarted)
    assert (started.session, started.started_ms, started.git_branch) == (OLD, 1755591908000, "main")
    assert [(m.author, m.text) for m in only(found.records, UserMessage)][1:] == [("human", "list the files")]
    assert [m.text for m in only(found.records, AgentMessage)] == ["There is a."]
    assert [(r.status, r.exit_code, r.duration_ms) for r in only(found.records, ToolResult)] == [
        ("failed", 2, 500),
        ("ok", 0, None),
    ]
    assert [(c.path, c.ok) for c in only(found.records, FileChange)] == [("/home/dev/proj/b", True)]
    assert {record.session for record in found.records} == {OLD}


def test_one_object_of_the_typescript_era() -> None:
    document = {
        "session": {"timestamp": "2025-05-01T08:00:00.000Z", "id": OLD, "instructions": ""},
        "items": [
            {"role": "user", "content": [{"type": "input_text", "text": "list"}], "type": "message"},
            {
                "role": "assistant",
                "content": "I will look.",
                "tool_calls": [
                    {"id": "c1", "type": "function", "function": {"name": "shell", "arguments": '{"command":["ls"]}'}}
                ],
            },
            {"role": "tool", "tool_call_id": "c1", "content": '{"output":"a","metadata":{"exit_code":0}}'},
            {"type": "function_call", "name": "shell", "call_id": "c2", "arguments": "{}"},
            {"type": "function_call_output", "call_id": "c2", "output": "aborted"},
            {"type": "reasoning", "summary": []},
            7,
        ],
    }
    data = json.dumps(document, indent=1).encode()
    found = CodexRollouts().decode(RolloutState(), "rollout-2025-05-01-x.json", [Line(0, data)])
    assert [type(record).__name__ for record in found.records] == [
        "SessionStarted",
        "UserMessage",
        "AgentMessage",
        "ToolCall",
        "ToolResult",
        "ToolCall",
        "ToolResult",
    ]
    assert [call.command for call in only(found.records, ToolCall)] == ["ls", None]
    assert [result.status for result in only(found.records, ToolResult)] == ["ok", "interrupted"]
    assert {record.session for record in found.records} == {OLD}
