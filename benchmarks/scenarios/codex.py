"""Rollouts as Codex 0.63.0, 0.92.0, 0.120.0 and 0.169.0 write them."""

# A record is easier to check against a real one when it stands on one line.
# ruff: noqa: E501

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping, Sequence
from random import Random
from typing import NamedTuple

from benchmarks.corpus.draw import file_stamp, token, uuid7
from benchmarks.scenarios.pen import Anchor, Change, Pen

Payload = Mapping[str, object]


class Dialect(NamedTuple):
    """What tells one version from another."""

    version: str
    model: str
    shell: str
    turn_ids: bool
    items: bool
    """Completed items and ordinals instead of messages as events."""
    context_per_call: bool
    shows: frozenset[str]


_COMMON = frozenset({"exit codes", "effort"})
DIALECTS = {
    "0.63.0": Dialect("0.63.0", "gpt-5.1-codex", "shell_command", False, False, True, _COMMON),
    "0.92.0": Dialect("0.92.0", "gpt-5.2-codex", "shell_command", False, False, True, _COMMON),
    "0.120.0": Dialect("0.120.0", "gpt-5.4", "exec_command", True, False, False, _COMMON | {"manual compaction"}),
    "0.169.0": Dialect(
        "0.169.0", "gpt-5.5", "exec_command", True, True, False,
        _COMMON | {"manual compaction", "api errors", "reverts", "fields"},
    ),
}  # fmt: skip
_SUMMARY = "Another language model started to solve this problem and produced a summary of its thinking process."


class CodexPen(Pen):
    agent = "codex"

    def __init__(self, version: str, rng: Random, start_ms: int, cwd: str) -> None:
        super().__init__(rng, start_ms, cwd)
        self.dialect = DIALECTS[version]
        self.version = version
        self.shows = self.dialect.shows
        self.session = self.thread = uuid7(rng, start_ms).decode()
        self.turn = ""
        self.part = ""
        self.began = (0, 0)
        self.model = self.dialect.model
        self.effort = "medium"
        self.ordinal = 0
        self.spent = [0, 0, 0]
        self._begin()

    @property
    def path(self) -> str:
        day = file_stamp(self.start_ms)
        return f"sessions/{day[:4]}/{day[5:7]}/{day[8:10]}/rollout-{day}-{self.thread}{self.part}.jsonl"

    def _line(self, kind: str, payload: Payload) -> int:
        record: dict[str, object] = {"timestamp": self.now}
        if self.dialect.items:
            record["ordinal"] = self.ordinal
            self.ordinal += 1
        return self.put({**record, "type": kind, "payload": payload})

    def _event(self, kind: str, **rest: object) -> int:
        return self._line("event_msg", {"type": kind, **rest})

    def _item(self, item: Payload) -> int:
        return self._event("item_completed", thread_id=self.thread, turn_id=self.turn, item=item)

    def _begin(self, **history: object) -> None:
        meta: dict[str, object] = {"id": self.thread, "timestamp": self.now, "cwd": self.cwd}
        if self.dialect.items:
            meta = {"account_scoped": True, "session_id": self.thread, **meta, "thread_source": "user"}
        rest = {"originator": "codex_cli_rs", "cli_version": self.version, "source": "cli", "model_provider": "openai"}
        self._line(
            "session_meta",
            {**meta, **rest, **history, "git": {"branch": "main", "repository_url": "https://example.com/demo.git"}},
        )

    def _context(self) -> None:
        ids = {"turn_id": self.turn} if self.dialect.turn_ids else {}
        policy = {"approval_policy": "on-request", "sandbox_policy": {"type": "workspace-write"}}
        self._line(
            "turn_context",
            {**ids, "cwd": self.cwd, **policy, "model": self.model, "effort": self.effort, "summary": "auto"},
        )

    def _message(self, role: str, text: str) -> int:
        kind = "output_text" if role == "assistant" else "input_text"
        return self._line("response_item", {"type": "message", "role": role, "content": [{"type": kind, "text": text}]})

    def _tokens(self) -> None:
        last = (self.rng.randint(2000, 9000), self.rng.randint(500, 1900), self.rng.randint(20, 400))
        self.spent = [before + now for before, now in zip(self.spent, last, strict=True)]
        if self.dialect.items:
            response = f"resp_{token(self.rng, 64).decode()}"
            self._line(
                "token_usage_record",
                {"thread_id": self.thread, "turn_id": self.turn, "response_id": response, "usage": _usage(last)},
            )
        info = {
            "total_token_usage": _usage(self.spent),
            "last_token_usage": _usage(last),
            "model_context_window": 258400,
        }
        self._event("token_count", info=info, rate_limits=None)

    def _start_turn(self) -> None:
        self.began = (self.ordinal, self.size)
        self.turn = uuid7(self.rng, self.ms).decode()
        if self.dialect.turn_ids:
            self._event("task_started", turn_id=self.turn, model_context_window=258400)

    def prompt(self, text: str) -> Anchor:
        self._start_turn()
        if self.dialect.turn_ids:
            self._context()
        told = [self._message("user", text)]
        if self.dialect.items:
            told.append(
                self._item(
                    {
                        "type": "UserMessage",
                        "id": uuid7(self.rng, self.ms).decode(),
                        "content": [{"type": "text", "text": text}],
                    }
                )
            )
        else:
            told.append(self._event("user_message", message=text, images=[]))
            if not self.dialect.turn_ids:
                self._context()
        self.pause(self.rng.uniform(1, 4))
        return frozenset(told)

    def say(self, text: str, final: bool = False) -> Anchor:
        self.pause(self.rng.uniform(0.5, 3))
        phase = {"phase": "final_answer" if final else "commentary"} if self.dialect.turn_ids else {}
        message = f"msg_{token(self.rng, 64).decode()}"
        if self.dialect.items:
            told = [
                self._item(
                    {"type": "AgentMessage", "id": message, "content": [{"type": "Text", "text": text}], **phase}
                )
            ]
        else:
            told = [self._event("agent_message", message=text, **phase)]
        ids = {"id": message} if self.dialect.items else {}
        content = [{"type": "output_text", "text": text}]
        told.append(
            self._line("response_item", {"type": "message", **ids, "role": "assistant", "content": content, **phase})
        )
        if final:
            self._tokens()
            self._complete(text)
        return frozenset(told)

    def _complete(self, text: str | None, **rest: object) -> int | None:
        if not self.dialect.turn_ids:
            return None
        return self._event("task_complete", turn_id=self.turn, last_agent_message=text, **rest)

    def _call(self, name: str, arguments: Payload) -> str:
        call = self._id()
        self._line(
            "response_item",
            {"type": "function_call", "name": name, "arguments": json.dumps(arguments), "call_id": call},
        )
        return call

    def _id(self) -> str:
        self.calls += 1
        return f"call_{token(self.rng, 64).decode()}_{self.calls}"

    def _output(self, call: str, text: str, custom: bool = False) -> int:
        kind = "custom_tool_call_output" if custom else "function_call_output"
        offset = self._line("response_item", {"type": kind, "call_id": call, "output": text})
        if self.dialect.context_per_call:
            self._context()
        self._tokens()
        return offset

    def _command(self, command: str, **rest: object) -> str:
        key = "cmd" if self.dialect.shell == "exec_command" else "command"
        return self._call(self.dialect.shell, {key: command, "workdir": self.cwd, **rest})

    def _ended(self, call: str, command: str, code: int, output: str, seconds: float) -> None:
        if self.dialect.items:
            status = "failed" if code else "completed"
            self._item({
                "type": "CommandExecution", "id": call, "process_id": str(self.rng.randint(1000, 99999)),
                "command": ["/bin/bash", "-lc", command], "cwd": f"file://{self.cwd}", "parsed_cmd": [{"type": "unknown", "cmd": command}],
                "source": "unified_exec_startup", "status": status, "aggregated_output": output, "exit_code": code,
                "duration": {"secs": int(seconds), "nanos": 1000},
            })  # fmt: skip
        if self.dialect.shell == "exec_command":
            head = f"Chunk ID: {token(self.rng, 24).decode()}\nWall time: {seconds:.4f} seconds\nProcess exited with code {code}"
            text = f"{head}\nOriginal token count: {len(output) // 4}\nOutput:\n{output}"
        else:
            text = f"Exit code: {code}\nWall time: {seconds:.1f} seconds\nOutput:\n{output}"
        self._output(call, text)

    def run(self, command: str, code: int = 0, output: str = "", seconds: float = 0.5) -> Anchor:
        call = self._command(command)
        self.pause(seconds)
        self._ended(call, command, code, output, seconds)
        return frozenset({call})

    def together(self, commands: Sequence[tuple[str, int, str]]) -> list[Anchor]:
        calls = [self._command(command) for command, _, _ in commands]
        for call, (command, code, output) in zip(calls, commands, strict=True):
            self._ended(call, command, code, output, 0.2)
        return [frozenset({call}) for call in calls]

    def read(self, path: str, text: str = "") -> Anchor:
        return self.run(f"sed -n '1,200p' {path}", 0, text or f"# {path}\n")

    def _patch(self, change: Change) -> tuple[str, str]:
        call = self._id()
        body = _patch_text(change)
        self._line(
            "response_item",
            {"type": "custom_tool_call", "status": "completed", "call_id": call, "name": "apply_patch", "input": body},
        )
        return call, body

    def edit(self, change: Change) -> Anchor:
        call, _ = self._patch(change)
        self.pause(0.2)
        told = f"Success. Updated the following files:\n{_letter(change)} {change.moved_to or change.path}\n"
        if self.dialect.items:
            self._item(
                {
                    "type": "FileChange",
                    "id": call,
                    "changes": {f"{self.cwd}/{change.path}": file_change(change)},
                    "status": "completed",
                    "stdout": told,
                    "stderr": "",
                }
            )
            self._output(call, f"Exit code: 0\nWall time: 0 seconds\nOutput:\n{told}", custom=True)
        else:
            self._output(
                call, json.dumps({"output": told, "metadata": {"exit_code": 0, "duration_seconds": 0.0}}), custom=True
            )
        return frozenset({call})

    def missed_edit(self, path: str, wanted: str) -> Anchor:
        call, _ = self._patch(Change(path, wanted, wanted + "  # changed"))
        self._output(
            call,
            f"apply_patch verification failed: Failed to find expected lines in {self.cwd}/{path}:\n{wanted}",
            custom=True,
        )
        return frozenset({call})

    def declined(self, command: str) -> Anchor:
        call = self._command(command, sandbox_permissions="require_escalated", justification="outside the sandbox")
        self.pause(self.rng.uniform(6, 20))
        if self.dialect.shell == "shell_command":
            text = "exec command rejected by user"
        else:
            told = (
                "exec_command failed" if self.dialect.items else f"exec_command failed for `/bin/bash -lc '{command}'`"
            )
            text = told + ': CreateProcess { message: "Rejected(\\"rejected by user\\")" }'
        self._output(call, text)
        return frozenset({call})

    def declined_edit(self, change: Change) -> Anchor:
        call, _ = self._patch(change)
        self.pause(self.rng.uniform(6, 20))
        if self.dialect.items:
            changes = {f"{self.cwd}/{change.path}": file_change(change)}
            self._item(
                {
                    "type": "FileChange",
                    "id": call,
                    "changes": changes,
                    "status": "declined",
                    "stdout": "",
                    "stderr": "patch rejected by user",
                }
            )
        self._output(call, "patch rejected by user", custom=True)
        return frozenset({call})

    def interrupted(self, command: str | None) -> Anchor:
        self.pause(self.rng.uniform(5, 40))
        told: list[str | int] = []
        if command is not None:
            call = self._command(command)
            self.pause(self.rng.uniform(5, 40))
            text = (
                "aborted by user after 9.2s" if self.version == "0.120.0" else "Wall time: 9.2 seconds\naborted by user"
            )
            self._output(call, text)
            told.append(call)
        return frozenset(told) | self.stopped_at_once()

    def cut_off(self, command: str) -> None:
        self._command(command)

    def stopped_at_once(self) -> Anchor:
        told: list[str | int] = []
        if self.version != "0.63.0":
            told.append(
                self._message(
                    "user", "<turn_aborted>\nThe user interrupted the previous turn on purpose.\n</turn_aborted>"
                )
            )
        ids = {"turn_id": self.turn} if self.dialect.turn_ids else {}
        told.append(self._event("turn_aborted", **ids, reason="interrupted"))
        return frozenset(told)

    def compacted(self, manual: bool = False) -> Anchor:
        if manual:
            self._start_turn()
        told = [self._line("compacted", {"message": f"{_SUMMARY}\nThe work so far."})]
        if self.dialect.items:
            told.append(self._item({"type": "ContextCompaction", "id": uuid7(self.rng, self.ms).decode()}))
        elif self.version != "0.63.0":
            told.append(self._event("context_compacted"))
        if manual:
            self._complete(None)
        return frozenset(told)

    def reverted(self) -> None:
        """The last turn is taken back: the session goes on in a file of its own, which names where it left the old one."""
        ordinal, size = self.began
        self.before.append((self.path, self.content))
        self.lines, self.size, self.ordinal = [], 0, ordinal
        self.part = f"_{uuid7(self.rng, self.ms).decode()}"
        base = {"thread_id": self.thread, "end_ordinal_exclusive": ordinal, "end_byte_offset": size}
        self._begin(history_mode="paginated", history_base=base)

    def plan(self, steps: Sequence[tuple[str, str]]) -> Anchor:
        told = self.size
        call = self._call("update_plan", {"plan": [{"step": step, "status": status} for step, status in steps]})
        self._output(call, "Plan updated")
        return frozenset({call, told})

    def timed_out(self, command: str) -> Anchor:
        self.pause(120)
        return self.run(command, 124, "command timed out after 120000 milliseconds\n", 120.0)

    def unknown_tool(self, name: str) -> Anchor:
        call = self._call(name, {"query": "x"})
        self._output(call, f"unsupported call: {name}")
        return frozenset({call})

    def set_model(self, model: str) -> None:
        self.model = model

    def set_effort(self, effort: str) -> None:
        self.effort = effort

    def limit(self) -> Anchor:
        error = {"message": "You've hit your usage limit.", "codex_error_info": "usage_limit_exceeded"}
        offset = self._complete(None, error=error)
        return frozenset(() if offset is None else {offset})

    def api_error(self) -> Anchor:
        error = {"message": "unexpected status 500 Internal Server Error", "codex_error_info": "internal_server_error"}
        offset = self._complete(None, error=error)
        return frozenset(() if offset is None else {offset})


def _usage(tokens: Sequence[int]) -> Payload:
    read, cached, written = tokens
    kinds = {
        "input_tokens": read,
        "cached_input_tokens": cached,
        "output_tokens": written,
        "reasoning_output_tokens": 0,
    }
    return {**kinds, "total_tokens": read + written}


def _letter(change: Change) -> str:
    return "A" if change.before is None else "D" if change.after is None else "M"


def _patch_text(change: Change) -> str:
    if change.before is None:
        body = f"*** Add File: {change.path}\n" + "".join(f"+{line}\n" for line in (change.after or "").splitlines())
    elif change.after is None:
        body = f"*** Delete File: {change.path}\n"
    else:
        move = f"*** Move to: {change.moved_to}\n" if change.moved_to else ""
        lines = _diff(change.before, change.after)
        body = f"*** Update File: {change.path}\n{move}@@\n" + "".join(f"{line}\n" for line in lines)
    return f"*** Begin Patch\n{body}*** End Patch\n"


def _diff(before: str, after: str) -> list[str]:
    diff = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=1)
    return [line for line in diff if not line.startswith(("---", "+++", "@@"))]


def file_change(change: Change) -> Payload:
    """As the protocol tells a change of one file."""
    if change.before is None:
        return {"type": "add", "content": change.after}
    if change.after is None:
        return {"type": "delete", "content": change.before}
    rows = len(change.before.splitlines())
    diff = f"@@ -1,{rows} +1,{rows} @@\n" + "".join(f"{line}\n" for line in _diff(change.before, change.after))
    return {"type": "update", "unified_diff": diff, "move_path": change.moved_to}
