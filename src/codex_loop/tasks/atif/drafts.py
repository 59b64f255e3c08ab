"""Steps while they are told: what later lines may still add to. `finish.py` makes ATIF of them."""

from __future__ import annotations

from typing import Literal

import msgspec

from codex_loop.capture.fold_state import Call
from codex_loop.model.records import LimitObserved, Usage
from codex_loop.tasks.atif.document import Extra
from codex_loop.tasks.atif.foreign import Image, Shown

Source = Literal["system", "user", "agent"]


class Said(msgspec.Struct, frozen=True):
    """One of the texts that a step's message consists of."""

    text: str
    id: str | None = None
    phase: str | None = None
    after_calls: int = 0
    """How many calls of the same reply came before it."""


class CallDraft(msgspec.Struct):
    """A tool call, and everything that became of it."""

    id: str
    """As the document names it: unique, also where the agent was not."""
    step: Draft
    outcome: Call
    """What the store would hold of it: the best founded status, exit code and duration."""
    name: str
    guessed: bool = False
    """Only a question whether it may run tells of it: its name is what such questions are about."""
    namespace: str | None = None
    arguments: str = ""
    """As the model wrote them."""
    command: str | None = None
    cwd: str | None = None
    item: str | None = None
    shown: Shown | None = None
    reported: str = ""
    """The whole output by the agent program's own account, where the model was shown another text."""
    later: list[Extra] = msgspec.field(default_factory=list)
    """What was told of it after its result: the end of work in the background."""
    approvals: list[Extra] = msgspec.field(default_factory=list)
    changes: list[Extra] = msgspec.field(default_factory=list)
    children: list[str] = msgspec.field(default_factory=list)
    """Sessions it started."""
    answered: bool = False
    answered_ms: int | None = None


class Draft(msgspec.Struct, kw_only=True):
    """A step that is being told."""

    source: Source
    seq: int
    time_ms: int | None = None
    turn: str | None = None
    said: list[Said] = msgspec.field(default_factory=list)
    images: list[Image] = msgspec.field(default_factory=list)
    thoughts: list[str] = msgspec.field(default_factory=list)
    calls: list[CallDraft] = msgspec.field(default_factory=list)
    observed: list[tuple[str, Extra]] = msgspec.field(default_factory=list)
    """What a system step shows: (content, extra)."""
    children: list[str] = msgspec.field(default_factory=list)
    usages: list[Usage] = msgspec.field(default_factory=list)
    limits: list[LimitObserved] = msgspec.field(default_factory=list)
    model: str | None = None
    effort: str | None = None
    sealed: int = 0
    """Pieces of reasoning that cannot be read."""
    sealed_bytes: int = 0
    thinking_items: int = 0
    answered: bool = False
    """A result came: what the model says next is another reply."""
    copied: bool = False
    extra: Extra = msgspec.field(default_factory=dict)
