"""Transcripts as Claude Code 1.0.100, 2.0.76, 2.1.197 and 2.1.329 write them."""

# A record is easier to check against a real one when it stands on one line.
# ruff: noqa: E501

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from random import Random

from benchmarks.corpus.draw import token, uuid4
from benchmarks.scenarios.pen import Anchor, Change, Pen

Fields = Mapping[str, object]
_NO = (
    "The user doesn't want to proceed with this tool use. The tool use was rejected (eg. if it was a file edit, the"
    " new_string was NOT written to the file). "
)
_REFUSED = _NO + "STOP what you are doing and wait for the user to tell you how to proceed."
_REFUSED_WITH = _NO + "To tell you how to proceed, the user said:\n"
_STOPPED = "[Request interrupted by user]"
_COMMON = frozenset({"manual compaction", "api errors", "returned codes"})
VERSIONS: Mapping[str, frozenset[str]] = {
    "1.0.100": _COMMON,
    "2.0.76": _COMMON | {"exit codes"},
    "2.1.197": _COMMON | {"exit codes"},
    "2.1.329": _COMMON | {"exit codes", "decider", "fields", "retries"},
}
_MODELS = {
    "1.0.100": "claude-sonnet-4-20250514",
    "2.0.76": "claude-sonnet-4-5-20250929",
    "2.1.197": "claude-opus-4-8",
    "2.1.329": "claude-sonnet-5",
}
_NO_ANSWER = {
    "grep": "No matches found",
    "rg": "No matches found",
    "diff": "Files differ",
    "test": "Condition is false",
}


class ClaudePen(Pen):
    agent = "claude"

    def __init__(self, version: str, rng: Random, start_ms: int, cwd: str) -> None:
        super().__init__(rng, start_ms, cwd)
        self.version = version
        self.shows = VERSIONS[version]
        self.session = uuid4(rng).decode()
        self.parent: str | None = None
        self.model = _MODELS[version]
        self.cumulative = 0

    @property
    def path(self) -> str:
        return f"projects/{self.cwd.replace('/', '-')}/{self.session}.jsonl"

    @property
    def modern(self) -> bool:
        return self.version.startswith("2.1.")

    def _line(self, kind: str, fields: Fields) -> int:
        uuid = uuid4(self.rng).decode()
        record = {
            "parentUuid": self.parent, "isSidechain": False, "userType": "external", "cwd": self.cwd,
            "sessionId": self.session, "version": self.version, "gitBranch": "main", "type": kind, **fields,
            "uuid": uuid, "timestamp": self.now,
        }  # fmt: skip
        self.parent = uuid
        return self.put(record)

    def prompt(self, text: str) -> Anchor:
        extra: dict[str, object] = {"permissionMode": "default", "promptSource": "typed"} if self.modern else {}
        offset = self._line("user", {"message": {"role": "user", "content": text}, **extra})
        self.pause(self.rng.uniform(1, 4))
        return frozenset({offset})

    def _assistant(self, *blocks: Fields, stop: str = "tool_use") -> list[int]:
        ident, request = f"msg_{token(self.rng, 80).decode()}", f"req_{token(self.rng, 80).decode()}"
        usage = {
            "input_tokens": self.rng.randint(5, 900), "cache_creation_input_tokens": self.rng.randint(0, 3000),
            "cache_read_input_tokens": self.rng.randint(1000, 90000), "output_tokens": self.rng.randint(20, 900),
            "service_tier": "standard",
        }  # fmt: skip
        told = []
        for block in blocks:
            message = {
                "id": ident, "type": "message", "role": "assistant", "model": self.model, "content": [block],
                "stop_reason": stop if self.modern else None, "stop_sequence": None, "usage": usage,
            }  # fmt: skip
            told.append(self._line("assistant", {"message": message, "requestId": request}))
        return told

    def say(self, text: str, final: bool = False) -> Anchor:
        self.pause(self.rng.uniform(0.5, 3))
        return frozenset(self._assistant({"type": "text", "text": text}, stop="end_turn" if final else "tool_use"))

    def _use(self, *uses: tuple[str, Fields]) -> list[str]:
        ids = [f"toolu_{token(self.rng, 96).decode()}" for _ in uses]
        blocks = [
            {"type": "tool_use", "id": ident, "name": name, "input": given}
            for ident, (name, given) in zip(ids, uses, strict=True)
        ]
        self._assistant(*blocks)
        return ids

    def _result(self, ident: str, text: str, result: object, error: bool = False, **extra: object) -> int:
        content = [{"tool_use_id": ident, "type": "tool_result", "content": text, "is_error": error}]
        if self.version == "2.1.329" and "permissionDecision" not in extra and not error:
            extra["permissionDecision"] = {"decision": "accept", "source": "config", "reasonType": "rule"}
        return self._line("user", {"message": {"role": "user", "content": content}, "toolUseResult": result, **extra})

    def _error(self, ident: str, text: str, **extra: object) -> int:
        plain = text.removeprefix("<tool_use_error>").removesuffix("</tool_use_error>")
        return self._result(ident, text, f"Error: {plain}", error=True, **extra)

    def _bash(self, command: str) -> tuple[str, Fields]:
        return "Bash", {
            "command": command,
            "description": f"Run {command.split(maxsplit=1)[0]} ({self.rng.randint(1, 999)})",
        }

    def _ended(self, ident: str, command: str, code: int, output: str) -> None:
        words = command.rsplit("&&", 1)[-1].split()
        told = _NO_ANSWER.get(words[0]) if code == 1 else None
        if code == 0 or told:
            extra = {"returnCodeInterpretation": told} if told else {}
            self._result(
                ident, output, {"stdout": output, "stderr": "", "interrupted": False, "isImage": False, **extra}
            )
        else:
            self._error(ident, output if self.version == "1.0.100" else f"Exit code {code}\n{output}")

    def run(self, command: str, code: int = 0, output: str = "", seconds: float = 0.5) -> Anchor:
        (ident,) = self._use(self._bash(command))
        self.pause(seconds)
        self._ended(ident, command, code, output)
        return frozenset({ident})

    def together(self, commands: Sequence[tuple[str, int, str]]) -> list[Anchor]:
        ids = self._use(*(self._bash(command) for command, _, _ in commands))
        failed = False
        for ident, (command, code, output) in zip(ids, commands, strict=True):
            if failed:
                self._error(ident, "<tool_use_error>Sibling tool call errored</tool_use_error>")
            else:
                self._ended(ident, command, code, output)
            failed = failed or code != 0
        return [frozenset({ident}) for ident in ids]

    def read(self, path: str, text: str = "") -> Anchor:
        name = f"{self.cwd}/{path}"
        (ident,) = self._use(("Read", {"file_path": name}))
        text = text or f"# {path}"
        file = {"filePath": name, "content": text, "numLines": 1, "startLine": 1, "totalLines": 1}
        self._result(ident, f"     1→{text}", {"type": "text", "file": file})
        return frozenset({ident})

    def _edit_use(self, change: Change) -> tuple[str, Fields]:
        name = f"{self.cwd}/{change.path}"
        if change.before is None:
            return "Write", {"file_path": name, "content": change.after}
        if change.after is None:
            return self._bash(f"rm {change.path}")
        if change.moved_to:
            return self._bash(f"git mv {change.path} {change.moved_to}")
        return "Edit", {"file_path": name, "old_string": change.before, "new_string": change.after}

    def edit(self, change: Change) -> Anchor:
        (ident,) = self._use(self._edit_use(change))
        name = f"{self.cwd}/{change.path}"
        self.pause(0.2)
        if change.before is None:
            made: Fields = {"type": "create", "filePath": name, "content": change.after, "structuredPatch": []}
            self._result(ident, f"File created successfully at: {name}", made)
        elif change.after is None or change.moved_to:
            self._result(ident, "", {"stdout": "", "stderr": "", "interrupted": False, "isImage": False})
        else:
            done = {
                "filePath": name, "oldString": change.before, "newString": change.after, "originalFile": change.before,
                "structuredPatch": [_hunk(change.before, change.after)], "userModified": False, "replaceAll": False,
            }  # fmt: skip
            self._result(ident, f"The file {name} has been updated.", done)
        return frozenset({ident})

    def missed_edit(self, path: str, wanted: str) -> Anchor:
        (ident,) = self._use(self._edit_use(Change(path, wanted, wanted + "  # changed")))
        self._error(ident, f"<tool_use_error>String to replace not found in file.\nString: {wanted}</tool_use_error>")
        return frozenset({ident})

    def unread_edit(self, path: str) -> Anchor:
        """An edit of a file that was not read; the agent reads it and goes on."""
        (ident,) = self._use(self._edit_use(Change(path, "a", "b")))
        self._error(
            ident, "<tool_use_error>File has not been read yet. Read it first before writing to it.</tool_use_error>"
        )
        return frozenset({ident})

    def _refused(self, ident: str) -> None:
        """A person says no, and what to do instead: the turn goes on."""
        self.pause(self.rng.uniform(6, 20))
        extra: dict[str, object] = {}
        if self.version == "2.1.329":
            decision = {"decision": "reject", "source": "user_reject", "reasonCode": "unknown"}
            extra = {"toolDenialKind": "user-rejected", "permissionDecision": decision}
        words = self.rng.choice(("ask me first", "leave that alone", "use the other folder"))
        self._result(ident, _REFUSED_WITH + words, f"Error: {_REFUSED_WITH}{words}", error=True, **extra)

    def declined(self, command: str) -> Anchor:
        (ident,) = self._use(self._bash(command))
        self._refused(ident)
        return frozenset({ident})

    def declined_edit(self, change: Change) -> Anchor:
        (ident,) = self._use(self._edit_use(change))
        self._refused(ident)
        return frozenset({ident})

    def blocked(self, command: str) -> Anchor:
        """A rule says no; nobody was asked."""
        (ident,) = self._use(self._bash(command))
        extra: dict[str, object] = {}
        if self.version == "2.1.329":
            extra = {"permissionDecision": {"decision": "reject", "source": "config", "reasonType": "rule"}}
        self._error(ident, f"Permission to use Bash with command {command} has been denied.", **extra)
        return frozenset({ident})

    def approved(self, command: str, output: str = "") -> Anchor:
        """A person was asked and said yes. Only 2.1.329 writes that down."""
        (ident,) = self._use(self._bash(command))
        self.pause(self.rng.uniform(2, 30))
        done = {"stdout": output, "stderr": "", "interrupted": False, "isImage": False}
        self._result(ident, output, done, permissionDecision={"decision": "accept", "source": "user_temporary"})
        return frozenset({ident})

    def interrupted(self, command: str | None) -> Anchor:
        self.pause(self.rng.uniform(5, 40))
        told: list[str | int] = []
        mark = _STOPPED
        if command is not None:
            mark = "[Request interrupted by user for tool use]"
            (ident,) = self._use(self._bash(command))
            self.pause(self.rng.uniform(5, 40))
            told.append(ident)
            if self.modern:
                self._result(ident, _REFUSED, "User rejected tool use", error=True)
            else:
                self._error(ident, mark if self.version == "1.0.100" else f"Exit code 137\n{mark}")
        return frozenset(told) | self._marked(mark)

    def cut_off(self, command: str) -> None:
        self._use(self._bash(command))

    def stopped_at_once(self) -> Anchor:
        return self._marked(_STOPPED)

    def _marked(self, mark: str) -> Anchor:
        extra = {"interruptedMessageId": f"msg_{token(self.rng, 80).decode()}"} if self.modern else {}
        content = [{"type": "text", "text": mark}]
        return frozenset({self._line("user", {"message": {"role": "user", "content": content}, **extra})})

    def compacted(self, manual: bool = False) -> Anchor:
        before = self.rng.randint(120_000, 180_000)
        self.cumulative += before
        data = {"trigger": "manual" if manual else "auto", "preTokens": before, "postTokens": 3000}
        told = self._line(
            "system",
            {
                "subtype": "compact_boundary",
                "content": "Conversation compacted",
                "level": "info",
                "compactMetadata": data,
            },
        )
        summary = "This session is being continued from a previous conversation that ran out of context."
        self._line(
            "user",
            {
                "message": {"role": "user", "content": summary},
                "isCompactSummary": True,
                "isVisibleInTranscriptOnly": True,
            },
        )
        return frozenset({told})

    def plan(self, steps: Sequence[tuple[str, str]]) -> Anchor:
        todos = [{"content": step, "status": status, "activeForm": step} for step, status in steps]
        told = self.size
        (ident,) = self._use(("TodoWrite", {"todos": todos}))
        self._result(ident, "Todos have been modified successfully.", {"oldTodos": [], "newTodos": todos})
        return frozenset({ident, told})

    def timed_out(self, command: str) -> Anchor:
        (ident,) = self._use(self._bash(command))
        self.pause(120)
        text = "Command timed out after 2m 0.0s"
        self._error(ident, text if self.version == "1.0.100" else f"Exit code 143\n{text}")
        return frozenset({ident})

    def unknown_tool(self, name: str) -> Anchor:
        (ident,) = self._use((name, {"query": "x"}))
        self._error(ident, f"<tool_use_error>Error: No such tool available: {name}</tool_use_error>")
        return frozenset({ident})

    def set_model(self, model: str) -> None:
        self.model = model

    def _synthetic(self, text: str, error: str, status: int) -> Anchor:
        usage = {"input_tokens": 0, "output_tokens": 0, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0}
        message = {
            "id": uuid4(self.rng).decode(), "model": "<synthetic>", "role": "assistant", "stop_reason": "stop_sequence",
            "stop_sequence": "", "type": "message", "usage": usage, "content": [{"type": "text", "text": text}],
        }  # fmt: skip
        extra: dict[str, object] = {"error": error, "apiErrorStatus": status} if self.modern else {}
        return frozenset({self._line("assistant", {"message": message, **extra, "isApiErrorMessage": True})})

    def limit(self) -> Anchor:
        if self.modern:
            return self._synthetic(
                "API Error: Request rejected (429) · This request would exceed your rate limit.", "rate_limit", 429
            )
        error = '{"type":"error","error":{"type":"rate_limit_error","message":"This request would exceed your rate limit."}}'
        return self._synthetic(f"API Error: 429 {error}", "rate_limit", 429)

    def api_error(self) -> Anchor:
        return self._synthetic("API Error: 400 The request was not understood.", "unknown", 400)

    def retried(self) -> Anchor:
        """The provider did not answer; the agent asks again."""
        told = {
            "subtype": "api_error", "level": "error", "error": {"status": 529, "message": "Overloaded"},
            "retryInMs": 600.0, "retryAttempt": 1, "maxRetries": 10,
        }  # fmt: skip
        return frozenset({self._line("system", told)})


def _hunk(before: str, after: str) -> Fields:
    lines = list(difflib.ndiff(before.splitlines(), after.splitlines()))
    kept = [f"{line[0]}{line[2:]}" for line in lines if line[0] in " +-"]
    return {
        "oldStart": 1, "oldLines": len(before.splitlines()), "newStart": 1, "newLines": len(after.splitlines()),
        "lines": kept,
    }  # fmt: skip
