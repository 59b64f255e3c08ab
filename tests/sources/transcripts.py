"""Claude Code transcripts for tests: lines by hand, and what becomes of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TypeVar

from codex_loop.model import records as r
from codex_loop.sources.claude.transcript import ClaudeTranscripts
from codex_loop.sources.lines import split

T = TypeVar("T")
PATH = "/h/.claude/projects/-w/S.jsonl"
SOURCE = ClaudeTranscripts()
LEAD = {"type": "queue-operation", "operation": "dequeue", "timestamp": "2026-05-01T11:00:00.000Z", "sessionId": "F"}
"""A fork of a headless run begins with such a line of its own."""


def line(kind: str, content: object = None, **more: object) -> dict[str, object]:
    envelope: dict[str, object] = {
        "type": kind,
        "uuid": "u",
        "sessionId": "S",
        "version": "2.1.197",
        "timestamp": "2026-05-01T10:00:00.000Z",
        "isSidechain": False,
        "cwd": "/w",
    }
    if content is not None:
        envelope["message"] = {"role": kind, "content": content, "model": "m", "id": "msg"}
    return envelope | more


def text(*lines: Mapping[str, object] | str) -> bytes:
    return "".join((each if isinstance(each, str) else json.dumps(each)) + "\n" for each in lines).encode()


def decode(*lines: Mapping[str, object] | str, path: str = PATH) -> list[r.AnyRecord]:
    return SOURCE.decode(SOURCE.state(), path, split(text(*lines), 0)).records


def only(kind: type[T], records: list[r.AnyRecord]) -> list[T]:
    return [record for record in records if isinstance(record, kind)]
