"""A fork copies a call but has a result of its own: neither is lost, whichever file is read first."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest

from codex_loop.capture import rebuild as rebuilding
from codex_loop.capture.rebuild import rebuild
from tests.capture.ground import NOW_MS, Ground, lines, same

PARENT, FORK = "claude/projects/-shop/parent.jsonl", "claude/projects/-shop/fork.jsonl"


def told(kind: str, session: str, uuid: str, second: int, content: list[dict[str, Any]] | str) -> bytes:
    message: dict[str, Any] = {"role": kind, "content": content}
    if kind == "assistant":
        message |= {"id": f"msg_{uuid}", "model": "claude-sonnet-4-5", "usage": {"input_tokens": 1, "output_tokens": 2}}
    stamp = f"2026-11-18T11:06:{second:02d}.000Z"
    return json.dumps(
        {"type": kind, "uuid": uuid, "sessionId": session, "timestamp": stamp, "cwd": "/shop", "version": "2.1.197",
         "requestId": f"req_{uuid}", "message": message}
    ).encode()  # fmt: skip


def history(session: str) -> list[bytes]:
    call = {"type": "tool_use", "id": "toolu_1", "name": "Bash", "input": {"command": "make test"}}
    return [told("user", session, "u1", 1, "run the tests"), told("assistant", session, "u2", 2, [call])]


def result(session: str, uuid: str, second: int, text: str) -> bytes:
    block = {"type": "tool_result", "tool_use_id": "toolu_1", "is_error": True, "content": text}
    return told("user", session, uuid, second, [block])


def queued(session: str) -> bytes:
    """What a real fork begins with: a line of its own, later than its parent's first."""
    return json.dumps(
        {"type": "queue-operation", "operation": "enqueue", "timestamp": "2026-11-18T11:06:30.000Z",
         "sessionId": session}
    ).encode()  # fmt: skip


FILES = {
    PARENT: [*history("parent"), result("parent", "u3", 3, "Exit code 1\nparent's end")],
    FORK: [queued("fork"), *history("fork"), result("fork", "u9", 40, "Exit code 2\nfork's end")],
}


def calls(ground: Ground) -> list[tuple[Any, ...]]:
    return ground.rows(
        "SELECT s.native_id, c.name, c.command, c.status, c.exit_code FROM tool_calls c"
        " JOIN sessions s ON s.key = c.session_key ORDER BY s.native_id"
    )


BOTH = [("fork", "Bash", "make test", "failed", 2), ("parent", "Bash", "make test", "failed", 1)]


@pytest.mark.parametrize("order", list(itertools.permutations(FILES)))
def test_each_session_has_the_call_and_its_own_result_in_every_order(ground: Ground, order: tuple[str, ...]) -> None:
    for path in order:
        ground.put(path, lines(*FILES[path]))
        ground.ingest()
    assert calls(ground) == BOTH


def test_the_result_may_come_in_a_later_look(ground: Ground) -> None:
    ground.put(PARENT, lines(*FILES[PARENT]))
    ground.put(FORK, lines(*FILES[FORK][:-1]))
    ground.ingest()
    ground.append(FORK, lines(FILES[FORK][-1]))
    ground.ingest()
    assert calls(ground) == BOTH


def test_a_run_killed_before_it_mended_them_is_made_up_for(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    ground.put(FORK, lines(*FILES[FORK]))
    ground.ingest()
    ground.put(PARENT, lines(*FILES[PARENT]))
    with monkeypatch.context() as patch:
        patch.setattr(rebuilding, "refold", killed)
        with pytest.raises(KeyboardInterrupt):
            ground.ingest()
    assert calls(ground) == BOTH[1:]
    ground.ingest()
    assert calls(ground) == BOTH


def test_a_rebuild_gives_the_same(ground: Ground) -> None:
    for path in (FORK, PARENT):
        ground.put(path, lines(*FILES[path]))
        ground.ingest()
    before = ground.content()
    rebuild(ground.database, str(ground.key_file), NOW_MS)
    assert calls(ground) == BOTH
    same(before, ground.content())


def test_a_fork_without_a_result_of_its_own_has_no_call(ground: Ground) -> None:
    ground.put(FORK, lines(*FILES[FORK][:-1], told("user", "fork", "u8", 41, "never mind")))
    ground.ingest()
    ground.put(PARENT, lines(*FILES[PARENT]))
    ground.ingest()
    assert calls(ground) == BOTH[1:]
