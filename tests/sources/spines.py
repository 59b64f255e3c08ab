"""Trace spines for tests: one story, told in each of the three dialects."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Literal

from codex_loop.sources.base import Line
from codex_loop.sources.lines import split

Dialect = Literal["rust", "demo", "fixtures"]
DIALECTS: Sequence[Dialect] = ("rust", "demo", "fixtures")
Payload = Mapping[str, object]
THREAD = "0198c1e2-5b7a-7d31-9d0e-3c1f5a2b4e6d"


def envelope(seq: int, kind: str, payload: object, thread: str = THREAD) -> dict[str, object]:
    return {
        "schema_version": "codex_trace_spine_v1",
        "thread_id": thread,
        "seq": seq,
        "timestamp": f"2026-01-31T08:{seq // 60 % 60:02}:{seq % 60:02}.250Z",
        "type": kind,
        "payload": payload,
    }


def lines_of(records: Iterable[tuple[str, Payload]], start: int = 1) -> list[Line]:
    return split(encoded(records, start), 0)


def encoded(records: Iterable[tuple[str, Payload]], start: int = 1) -> bytes:
    numbered = (envelope(seq, kind, payload) for seq, (kind, payload) in enumerate(records, start))
    return b"".join(json.dumps(record).encode() + b"\n" for record in numbered)


def write_segment(folder: Path, data: bytes, index: int = 0, meta: Payload | None = None) -> Path:
    """The segment and, with `meta` given, a meta file that describes it (fields in `meta` win)."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"segment-{index:03}.jsonl"
    path.write_bytes(data)
    if meta is not None:
        seqs = [json.loads(line)["seq"] for line in data.splitlines()]
        true = {
            "schema_version": "codex_trace_spine_v1",
            "thread_id": THREAD,
            "segment_index": index,
            "min_seq": min(seqs),
            "max_seq": max(seqs),
            "record_count": len(seqs),
            "bytes": len(data),
            "sha256": hashlib.sha256(data).hexdigest(),
            "closed_at": "2026-01-31T09:00:00.000Z",
        }
        path.with_suffix(".meta.json").write_text(json.dumps({**true, **meta}), encoding="utf-8")
    return path


def session(dialect: Dialect) -> tuple[str, Payload]:
    meta = {
        "id": THREAD,
        "timestamp": "2026-01-31T08:00:00.000Z",
        "cwd": "/home/dev/proj",
        "originator": "codex_cli_rs",
        "cli_version": "0.92.0",
        "source": "cli",
        "model_provider": "openai",
    }
    return "session_meta", meta if dialect == "rust" else {"meta": meta}


def prompt(text: str, turn: str = "turn-1") -> tuple[str, Payload]:
    op = {"type": "user_turn", "items": [{"type": "text", "text": text}]}
    return submission(op, turn)


def context(dialect: Dialect, turn: str = "turn-1", policy: str = "on-request") -> tuple[str, Payload]:
    sandbox: object = {"type": "workspace-write"} if dialect == "rust" else "workspace-write"
    settings = {"cwd": "/home/dev/proj", "approval_policy": policy, "sandbox_policy": sandbox, "model": "gpt-5.2-codex"}
    return "turn_context", {"turn_id": turn, **(settings if dialect == "demo" else {"context": settings})}


def submission(op: Payload, ident: str) -> tuple[str, Payload]:
    return "submission", {"id": ident, "op": op}


def event(dialect: Dialect, kind: str, turn: str = "turn-1", **fields: object) -> tuple[str, Payload]:
    """Fields flat, or in the fixtures' dialect one level deeper for ends and warnings."""
    if dialect == "fixtures" and (kind.endswith("_end") or kind == "warning"):
        outer = {name: fields.pop(name) for name in ("call_id",) if name in fields}
        return "event", {"id": turn, "msg": {"type": kind, **outer, "payload": fields}}
    if dialect == "fixtures" and kind == "agent_message":
        fields = {"text": fields["message"]}
    if dialect == "demo" and kind in ("error", "warning"):
        return "event", {"id": turn, "msg": {"type": kind, "payload": fields}}
    return "event", {"id": turn, "msg": {"type": kind, **fields}}


def answer(
    dialect: Dialect, decision: str, call_id: str, turn: str = "turn-1", ident: str = "s", patch: bool = False
) -> tuple[str, Payload]:
    """A decision, naming its request as the dialect does."""
    kind = "patch_approval" if patch else "exec_approval"
    if dialect == "rust":
        return submission({"type": kind, "id": turn, "decision": decision}, ident)
    name = "id" if dialect == "demo" else "call_id"
    return submission({"type": kind, name: call_id, "decision": {"type": decision}}, ident)


def story(dialect: Dialect) -> list[tuple[str, Payload]]:
    """A prompt, a failing command, a denied one, a patch, an answer, a compaction, and the end."""
    ls = ["bash", "-lc", "pytest -q"]
    rm = ["bash", "-lc", "rm -rf build"]
    patch = {"/home/dev/proj/a.py": {"type": "update", "unified_diff": "@@ -1 +1 @@\n-a\n+b\n", "move_path": None}}
    return [
        session(dialect),
        prompt("fix the test"),
        context(dialect),
        event(dialect, "exec_command_begin", call_id="c1", command=ls, cwd="/home/dev/proj"),
        event(
            dialect,
            "exec_command_end",
            call_id="c1",
            exit_code=2,
            aggregated_output="1 failed",
            duration={"secs": 1, "nanos": 500_000_000},
        ),
        event(dialect, "exec_approval_request", call_id="c2", command=rm, cwd="/home/dev/proj", reason="clean"),
        answer(dialect, "denied", "c2"),
        event(dialect, "patch_apply_begin", call_id="c3", auto_approved=True, changes=patch),
        event(dialect, "patch_apply_end", call_id="c3", success=True, stdout="Success.", stderr="", changes=patch),
        event(dialect, "warning", message="context is nearly full"),
        event(dialect, "agent_message", message="Fixed."),
        boundary(dialect),
        event(dialect, "context_compacted"),
        event(dialect, "task_complete", last_agent_message="Fixed."),
    ]


def boundary(dialect: Dialect, turn: str = "turn-1") -> tuple[str, Payload]:
    own: dict[Dialect, Payload] = {
        "rust": {
            "kind": "local",
            "summary_message": "so far",
            "pre_compaction_history": [{"type": "message"}],
            "post_compaction_history": [{"type": "message"}],
        },
        "demo": {"reason": "auto", "pre_tokens": 90_000, "post_tokens": 4_000},
        "fixtures": {"pre_summary": "long", "post_summary": "so far"},
    }
    return "compaction_boundary", {"turn_id": turn, **own[dialect]}
