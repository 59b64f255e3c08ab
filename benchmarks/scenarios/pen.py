"""What can happen in a session. A pen writes it down as one version of one agent would."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Sequence
from random import Random
from typing import Literal, NamedTuple

from benchmarks.corpus.draw import stamp

Anchor = frozenset[str | int]
"""How a record is recognised in evidence: by the id of its call, or by the offsets of the lines that tell of it."""
Shows = Literal[
    "exit codes",
    "decider",
    "reverts",
    "manual compaction",
    "api errors",
    "retries",
    "returned codes",
    "effort",
    "fields",
]


class Change(NamedTuple):
    """What an edit does to a file: None before: it is new, None after: it is gone."""

    path: str
    before: str | None
    after: str | None
    moved_to: str | None = None


class Pen(ABC):
    """A session being written. Time moves on with every line."""

    agent: str
    version: str
    shows: frozenset[str]
    session: str
    """Its native id."""

    def __init__(self, rng: Random, start_ms: int, cwd: str) -> None:
        self.rng = rng
        self.ms = start_ms
        self.start_ms = start_ms
        self.cwd = cwd
        self.lines: list[bytes] = []
        self.size = 0
        self.calls = 0
        self.before: list[tuple[str, bytes]] = []
        """Earlier files of the same session."""

    @property
    def content(self) -> bytes:
        return b"".join(self.lines)

    @property
    def now(self) -> str:
        return stamp(self.ms).decode()

    def pause(self, seconds: float) -> None:
        """Somebody thinks, or a program runs."""
        self.ms += int(seconds * 1000)

    def put(self, record: dict[str, object]) -> int:
        """Write a line; where it begins."""
        line = json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        offset = self.size
        self.lines.append(line)
        self.size += len(line)
        self.ms += self.rng.randint(1, 40)
        return offset

    @property
    @abstractmethod
    def path(self) -> str:
        """Where the file lies in the agent's home."""

    @abstractmethod
    def prompt(self, text: str) -> Anchor:
        """A person says something; a turn begins."""

    @abstractmethod
    def say(self, text: str, final: bool = False) -> Anchor:
        """The agent says something; `final` ends the turn."""

    @abstractmethod
    def run(self, command: str, code: int = 0, output: str = "", seconds: float = 0.5) -> Anchor:
        """A command, and how it ended."""

    @abstractmethod
    def together(self, commands: Sequence[tuple[str, int, str]]) -> list[Anchor]:
        """Commands of one answer of the model: all are called before the first result is there."""

    @abstractmethod
    def read(self, path: str, text: str = "") -> Anchor:
        """A file is read."""

    @abstractmethod
    def edit(self, change: Change) -> Anchor:
        """A file is changed."""

    @abstractmethod
    def missed_edit(self, path: str, wanted: str) -> Anchor:
        """An edit whose text is not in the file."""

    @abstractmethod
    def declined(self, command: str) -> Anchor:
        """A person says no to a command."""

    @abstractmethod
    def declined_edit(self, change: Change) -> Anchor:
        """A person says no to an edit."""

    @abstractmethod
    def interrupted(self, command: str | None) -> Anchor:
        """A person stops the turn, while this command runs or while the model writes."""

    @abstractmethod
    def cut_off(self, command: str) -> None:
        """The program is killed while this command runs: nothing more is written."""

    @abstractmethod
    def stopped_at_once(self) -> Anchor:
        """A person stops the turn before anything has happened."""

    @abstractmethod
    def compacted(self, manual: bool = False) -> Anchor:
        """History is replaced by a summary."""

    @abstractmethod
    def plan(self, steps: Sequence[tuple[str, str]]) -> Anchor:
        """A plan: steps, each pending, in_progress or completed."""

    @abstractmethod
    def timed_out(self, command: str) -> Anchor:
        """A command whose time was up."""

    @abstractmethod
    def unknown_tool(self, name: str) -> Anchor:
        """A tool that does not exist."""

    @abstractmethod
    def set_model(self, model: str) -> None:
        """From the next turn on."""

    @abstractmethod
    def limit(self) -> Anchor:
        """The provider says that the quota is used up; the turn ends."""

    @abstractmethod
    def api_error(self) -> Anchor:
        """The provider fails for good; the turn ends."""
