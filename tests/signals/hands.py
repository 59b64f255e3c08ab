"""Sessions made by hand: steps by verbs, in the order they happen."""

from __future__ import annotations

from typing import Any

from codex_loop.model.keys import key
from codex_loop.signals.catalogue import BY_ID
from codex_loop.signals.detector import Detector, Finding
from codex_loop.signals.session import (
    Answer,
    Approval,
    Call,
    Compacted,
    Edit,
    Event,
    Place,
    Prompt,
    Session,
    Step,
    Turn,
)  # fmt: skip

BORN_MS = 1_795_000_000_000
SECOND = 1000


class Hand:
    """Adds steps; every one comes ten seconds after the one before unless `after` says otherwise."""

    def __init__(self, **facts: Any) -> None:
        self.ms = BORN_MS
        self.steps: list[Step] = []
        self.turns: list[Turn] = []
        self.facts: dict[str, Any] = {
            "key": 1, "agent": "codex", "native_id": "s", "lineage": "main", "parent_id": None, "forked_from": None,
            "started_ms": BORN_MS, "cwd": "/w", "git_url": None, "model": "m", "agent_version": "0.120.0",
            "settled": True,
        } | facts  # fmt: skip

    @property
    def session(self) -> Session:
        return Session(**self.facts, ended_ms=self.ms, turns=self.turns, steps=self.steps)

    def found(self, detector: str) -> list[Finding]:
        """What one detector says of the session."""
        return list(BY_ID[detector].find(self.session))

    def _base(self, after: float) -> dict[str, Any]:
        self.ms += int(after * SECOND)
        number = len(self.steps)
        return {
            "key": number + 100, "turn": self.turns[-1].key if self.turns else None, "time_ms": self.ms,
            "place": Place(1, number * 100),
        }  # fmt: skip

    def _add(self, step: Step) -> Step:
        self.steps.append(step)
        return step

    def prompt(self, text: str, *, after: float = 10, author: str = "human", **turn: Any) -> Step:
        self.ms += int(after * SECOND)
        facts: dict[str, Any] = dict.fromkeys(Turn.__struct_fields__) | {"started_ms": self.ms} | turn
        facts |= {"key": 1000 + len(self.turns), "native_id": f"t{len(self.turns)}"}
        if author == "human":
            self.turns.append(Turn(**facts))
        native = f"p{len(self.steps)}"
        return self._add(Prompt(**self._base(0), author=author, text=text, length=len(text), native_id=native))

    def say(self, text: str = "That is done.", after: float = 10) -> Step:
        return self._add(Answer(**self._base(after), text=text, length=len(text), phase=None, model="m"))

    def call(self, name: str, command: str | None, code: int | None, output: str = "", **facts: Any) -> Call:
        after = facts.pop("after", 10)
        number = len(self.steps)
        values: dict[str, Any] = {
            "call_id": f"c{number}", "name": name, "command": command, "arguments": facts.get("arguments", command),
            "cwd": "/w", "ended_ms": None, "status": "ok" if code in (0, None) else "failed", "exit_code": code,
            "duration_ms": None, "output": output, "output_length": len(output), "basis": "field",
            "arguments_key": key("arguments", name, command or ""), "output_key": key("output", output),
            "error": output.splitlines()[-1] if output and code not in (0, None) else None,
        }  # fmt: skip
        step = Call(**self._base(after), **(values | facts))
        self._add(step)
        return step

    def run(self, command: str, code: int | None = 0, output: str = "", **facts: Any) -> Call:
        return self.call("exec_command", command, code, output, **facts)

    def read(self, path: str) -> Call:
        return self.run(f"cat {path}", 0, path)

    def edit(self, path: str = "src/a.py", added: int = 1, removed: int = 2, **facts: Any) -> Edit:
        after = facts.pop("after", 10)
        values: dict[str, Any] = {
            "call_id": f"c{len(self.steps)}", "path": path, "change": "update", "moved_to": None, "added": 1,
            "removed": 1, "ok": True, "added_key": added, "removed_key": removed,
        }  # fmt: skip
        step = Edit(**self._base(after), **(values | facts))
        self._add(step)
        return step

    def approval(self, decision: str | None, who: str | None = "user", wait: float | None = None, **facts: Any) -> Step:
        base = self._base(10)
        decided = None if wait is None else base["time_ms"] + int(wait * SECOND)
        values: dict[str, Any] = {
            "call_id": None,
            "decided_ms": decided,
            "decision": decision,
            "who": who,
            "basis": "op",
            "command": None,
        }
        return self._add(Approval(**base, **(values | facts)))

    def compact(self, trigger: str = "auto") -> Step:
        return self._add(Compacted(**self._base(10), trigger=trigger, pre_tokens=100, post_tokens=10))

    def event(self, kind: str, scope: str | None = None, **facts: Any) -> Step:
        after = facts.pop("after", 10)
        values: dict[str, Any] = {"code": None, "message": None, "detail": None} | facts
        return self._add(Event(**self._base(after), kind=kind, scope=scope, **values))


def ids(findings: list[Finding]) -> list[list[str]]:
    """The calls that prove each finding."""
    return [[step.call_id for step in each.evidence if isinstance(step, Call)] for each in findings]


def all_found(hand: Hand, detectors: tuple[Detector, ...]) -> set[str]:
    return {each.id for each in detectors if list(each.find(hand.session))}
