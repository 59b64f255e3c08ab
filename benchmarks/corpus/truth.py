"""What the corpus means: the numbers a perfect reader must arrive at.

The generator books every token, prompt and tool call here at the moment it decides on it, before
any of the repetitions, copies and placeholders that make the files hard to read are written.
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeAlias

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"

DAY_MS = 86_400_000


def day_of(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).strftime("%Y-%m-%d")


@dataclass(slots=True)
class Tokens:
    """Kinds that never overlap, except that reasoning is a part of output."""

    input: int = 0
    cache_read: int = 0
    cache_write: int = 0
    output: int = 0
    reasoning: int = 0

    @property
    def total(self) -> int:
        return self.input + self.cache_read + self.cache_write + self.output

    def add(self, other: Tokens) -> None:
        self.input += other.input
        self.cache_read += other.cache_read
        self.cache_write += other.cache_write
        self.output += other.output
        self.reasoning += other.reasoning

    def as_json(self) -> dict[str, Json]:
        return {**asdict(self), "total": self.total}


@dataclass(slots=True)
class SessionTruth:
    """One session and only what is its own; copied history belongs to the session it came from."""

    agent: str
    kind: str  # root | fork | subagent
    family: str  # sessions that share copied history have one family
    parent: str | None = None
    prompts: int = 0
    tool_calls: int = 0
    failed: int = 0
    declined: int = 0
    interrupted: int = 0
    compactions: int = 0
    responses: int = 0
    tokens: Tokens = field(default_factory=Tokens)
    days: dict[int, Tokens] = field(default_factory=dict)

    def spend(self, ms: int, tokens: Tokens) -> None:
        """Book one model response at its time."""
        self.responses += 1
        self.tokens.add(tokens)
        self.days.setdefault(ms // DAY_MS, Tokens()).add(tokens)

    def take_over(self, other: SessionTruth) -> None:
        """Own what was booked under a session that has no file."""
        for name in COUNTS:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.tokens.add(other.tokens)
        for day, tokens in other.days.items():
            self.days.setdefault(day, Tokens()).add(tokens)

    def as_json(self) -> dict[str, Json]:
        counts = {name: getattr(self, name) for name in COUNTS}
        return {
            "kind": self.kind,
            "family": self.family,
            "parent": self.parent,
            **counts,
            "tokens": self.tokens.as_json(),
        }


COUNTS = ("prompts", "tool_calls", "failed", "declined", "interrupted", "compactions", "responses")


@dataclass(slots=True)
class FileCounts:
    """What lies on the disk, repetitions and damage included."""

    files: int = 0
    bytes: int = 0
    lines: int = 0  # complete lines
    usage_lines: int = 0  # lines that carry token numbers, however often repeated
    bad_lines: int = 0  # complete lines that are not JSON
    torn_files: int = 0  # files whose last line has no newline yet
    copied_files: int = 0  # byte copies of another file


class Ledger:
    """Collects sessions and file counts; `as_json` adds them up."""

    def __init__(self) -> None:
        self.sessions: dict[str, SessionTruth] = {}
        self.files: defaultdict[str, FileCounts] = defaultdict(FileCounts)
        self.secrets: tuple[str, ...] = ()  # credentials in the text; none may be found in a store

    def session(
        self, agent: str, key: str, *, kind: str = "root", family: str | None = None, parent: str | None = None
    ) -> SessionTruth:
        opened = SessionTruth(agent, kind, family or key, parent)
        if self.sessions.setdefault(key, opened) is not opened:
            raise ValueError(f"session {key} is generated twice")
        return opened

    def as_json(self) -> dict[str, Json]:
        agents: dict[str, Json] = {agent: self._agent(agent) for agent in ("codex", "claude")}
        return {"agents": agents, "secrets": list(self.secrets)}

    def _agent(self, agent: str) -> dict[str, Json]:
        mine = {key: one for key, one in sorted(self.sessions.items()) if one.agent == agent}
        total, days = Tokens(), defaultdict[int, Tokens](Tokens)
        for one in mine.values():
            total.add(one.tokens)
            for day, tokens in one.days.items():
                days[day].add(tokens)
        kinds = [one.kind for one in mine.values()]
        return {
            **asdict(self.files[agent]),
            "sessions": len(mine),
            **{f"{kind}_sessions": kinds.count(kind) for kind in ("root", "fork", "subagent")},
            **{name: sum(getattr(one, name) for one in mine.values()) for name in COUNTS},
            "tokens": total.as_json(),
            "days": {day_of(day * DAY_MS): tokens.as_json() for day, tokens in sorted(days.items())},
            "by_session": {key: one.as_json() for key, one in mine.items()},
        }

    def write(self, path: Path, about: dict[str, Json]) -> None:
        with path.open("w", encoding="utf-8") as out:
            json.dump({**about, **self.as_json()}, out, indent=1)
            out.write("\n")
