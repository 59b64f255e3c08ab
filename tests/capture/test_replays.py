"""Side conversations of Claude Code that repeat what was said before them: each call stands where it was made."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.capture.ground import Ground, lines

MAIN = "claude/projects/-home-ann-shop/s1.jsonl"
SIDE = "claude/projects/-home-ann-shop/s1/subagents/agent-a1.jsonl"
FIRST, SECOND = "toolu_01AbCdEfGhIjKlMnOpQrStUv", "toolu_01BbCdEfGhIjKlMnOpQrStUv"
OTHER = "claude/projects/-home-ann-shop/s1/subagents/agent-a2.jsonl"


def entry(kind: str, uuid: str, content: Any, second: int, **more: Any) -> bytes:
    role = {"role": kind, "content": content}
    message = role | ({"id": f"msg_{uuid[:2]}", "model": "claude-sonnet-4-5"} if kind == "assistant" else {})
    stamp = f"2026-11-18T11:06:{second:02d}.000Z"
    known = {"isSidechain": False, "sessionId": "s1", "cwd": "/home/ann/shop", "version": "2.1.197"}
    return json.dumps(known | {"type": kind, "uuid": uuid, "timestamp": stamp, "message": message} | more).encode()


def history(mark: str, second: int, **more: Any) -> list[bytes]:
    """An edit with its result; `mark` makes the uuids of one telling."""
    call = {"type": "tool_use", "id": FIRST, "name": "Edit", "input": {"file_path": "/home/ann/shop/a.py"}}
    result = {"type": "tool_result", "tool_use_id": FIRST, "content": "done"}
    return [
        entry("assistant", f"a1{mark}", [call], second, **more),
        entry("user", f"u1{mark}", [result], second + 1, **more),
    ]


def own(mark: str, call_id: str, second: int, **more: Any) -> bytes:
    call = {"type": "tool_use", "id": call_id, "name": "Bash", "input": {"command": "ls"}}
    return entry("assistant", f"a2{mark}", [call], second, **more)


def side(agent: str | None = None) -> dict[str, Any]:
    return {"isSidechain": True} | ({"agentId": agent} if agent else {})


def calls(ground: Ground) -> list[tuple[Any, ...]]:
    return ground.rows(
        "SELECT s.native_id, t.call_id, t.name, t.status FROM tool_calls t JOIN sessions s ON s.key = t.session_key"
        " ORDER BY s.native_id, t.call_id"
    )


TOLD = [("s1", FIRST, "Edit", "ok"), ("s1/a1", SECOND, "Bash", None)]


@pytest.mark.parametrize("order", [(MAIN, SIDE), (SIDE, MAIN)])
def test_a_call_that_a_subagents_file_repeats_stands_once(ground: Ground, order: tuple[str, str]) -> None:
    repeated = lines(*history("-side", 1, **side("a1")), own("-side", SECOND, 9, **side("a1")))
    files = {MAIN: lines(entry("user", "u0", "edit it", 0), *history("", 1)), SIDE: repeated}
    for path in order:
        ground.put(path, files[path])
        ground.ingest()
    assert calls(ground) == TOLD
    assert ground.value("SELECT count(*) FROM file_changes") == 1
    ground.ingest()
    assert calls(ground) == TOLD


def test_a_call_that_is_repeated_in_the_sessions_own_file_stands_once(ground: Ground) -> None:
    copy = history("-side", 1, parentUuid="u0", **side())
    ground.put(MAIN, lines(entry("user", "u0", "edit it", 0), *history("", 1), *copy))
    ground.ingest()
    assert calls(ground) == TOLD[:1]


def test_a_repetition_that_is_read_in_pieces_leaves_nothing(ground: Ground) -> None:
    ground.put(MAIN, lines(entry("user", "u0", "edit it", 0), *history("", 1)))
    ground.put(SIDE, b"")
    for line in (*history("-side", 1, **side("a1")), own("-side", SECOND, 9, **side("a1"))):
        ground.append(SIDE, lines(line))
        ground.ingest()
    assert calls(ground) == TOLD


def test_of_two_side_conversations_of_a_lost_session_the_first_owns_what_both_tell(ground: Ground) -> None:
    ground.put(OTHER, lines(*history("-two", 5, **side("a2"))))
    ground.ingest()
    ground.put(SIDE, lines(*history("-one", 1, **side("a1"))))
    ground.ingest()
    assert calls(ground) == [("s1/a1", FIRST, "Edit", "ok")]


def test_a_result_that_only_the_session_was_told_of_stays(ground: Ground) -> None:
    notice = f"<task-notification><tool-use-id>{SECOND}</tool-use-id><status>completed</status></task-notification>"
    ground.put(MAIN, lines(entry("user", "u0", "edit it", 0), entry("user", "u9", notice, 20)))
    ground.put(SIDE, lines(own("-side", SECOND, 9, **side("a1"))))
    ground.ingest()
    assert ("s1/a1", SECOND, "Bash", None) in calls(ground)


def test_calls_that_a_proxy_numbers_in_each_conversation_are_different_calls(ground: Ground) -> None:
    ground.put(MAIN, lines(entry("user", "u0", "edit it", 0), own("", "functions.Bash:0", 1)))
    ground.put(SIDE, lines(own("-side", "functions.Bash:0", 9, **side("a1"))))
    ground.ingest()
    assert [call[:2] for call in calls(ground)] == [("s1", "functions.Bash:0"), ("s1/a1", "functions.Bash:0")]
