"""Trace spines, as the Codex fork writes them that records what rollouts leave out: decisions, undo, broken streams.

Only what ordinary work and the events of `firehose.py` need; everything else is told by rollouts.
"""

from __future__ import annotations

from random import Random

from benchmarks.corpus.draw import uuid7
from benchmarks.scenarios.codex import CodexPen, Payload, file_change
from benchmarks.scenarios.pen import Anchor, Change

SHOWS = frozenset({"exit codes", "spine"})
_ENVELOPE = "codex_trace_spine_v1"


class SpinePen(CodexPen):
    def __init__(self, rng: Random, start_ms: int, cwd: str) -> None:
        self.seq = 0
        super().__init__("0.92.0", rng, start_ms, cwd)
        self.version, self.shows = "spine", SHOWS

    @property
    def path(self) -> str:
        return f"trace_spine/{self.thread}/segment-000.jsonl"

    def _line(self, kind: str, payload: Payload) -> int:
        self.seq += 1
        head = {"schema_version": _ENVELOPE, "thread_id": self.thread, "seq": self.seq, "timestamp": self.now}
        return self.put({**head, "type": kind, "payload": payload})

    def _event(self, kind: str, **rest: object) -> int:
        return self._line("event", {"id": self.turn, "msg": {"type": kind, **rest}})

    def _submit(self, ident: str, **op: object) -> int:
        return self._line("submission", {"id": ident, "op": op})

    def prompt(self, text: str) -> Anchor:
        self.turn = uuid7(self.rng, self.ms).decode()
        told = self._submit(self.turn, type="user_turn", items=[{"type": "text", "text": text}])
        settings = {"cwd": self.cwd, "approval_policy": "on-request", "sandbox_policy": {"type": "workspace-write"}}
        self._line("turn_context", {"turn_id": self.turn, "context": {**settings, "model": self.model}})
        self._event("task_started")
        self.pause(self.rng.uniform(1, 4))
        return frozenset({told})

    def say(self, text: str, final: bool = False) -> Anchor:
        self.pause(self.rng.uniform(0.5, 3))
        told = self._event("agent_message", message=text)
        if final:
            self._event("task_complete", last_agent_message=text)
        return frozenset({told})

    def run(self, command: str, code: int = 0, output: str = "", seconds: float = 0.5) -> Anchor:
        return frozenset({self._run(self._id(), command, code, output, seconds)})

    def _run(self, call: str, command: str, code: int, output: str, seconds: float) -> str:
        words = ["/bin/bash", "-lc", command]
        self._event("exec_command_begin", call_id=call, command=words, cwd=self.cwd)
        self.pause(seconds)
        duration = {"secs": int(seconds), "nanos": 1000}
        self._event(
            "exec_command_end", call_id=call, command=words, cwd=self.cwd, exit_code=code, aggregated_output=output,
            duration=duration,
        )  # fmt: skip
        return call

    def edit(self, change: Change) -> Anchor:
        call = self._id()
        changes = {f"{self.cwd}/{change.path}": file_change(change)}
        self._event("patch_apply_begin", call_id=call, changes=changes, auto_approved=True)
        self._event("patch_apply_end", call_id=call, changes=changes, success=True, stdout="Success.", stderr="")
        return frozenset({call})

    def asked(self, command: str, decision: str, seconds: float) -> Anchor:
        """The agent asks, a person answers after so many seconds; an approved command runs."""
        call = self._id()
        words = ["/bin/bash", "-lc", command]
        self._event("exec_approval_request", call_id=call, turn_id=self.turn, command=words, cwd=self.cwd)
        self.pause(seconds)
        self._submit(uuid7(self.rng, self.ms).decode(), type="exec_approval", id=self.turn, decision=decision)
        if decision == "approved":
            self._run(call, command, 0, "", 0.3)
        return frozenset({call})

    def undone(self) -> Anchor:
        told = self._submit(uuid7(self.rng, self.ms).decode(), type="undo")
        return frozenset({told, self._event("undo_completed", success=True, message="Undone.")})

    def rolled_back(self, turns: int) -> Anchor:
        told = self._submit(uuid7(self.rng, self.ms).decode(), type="thread_rollback", num_turns=turns)
        return frozenset({told, self._event("thread_rolled_back", num_turns=turns)})

    def broken_stream(self) -> Anchor:
        return frozenset({self._event("stream_error", message="Reconnecting... 1/5")})

    def warned(self, message: str) -> Anchor:
        return frozenset({self._event("warning", message=message)})
