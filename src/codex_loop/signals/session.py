"""A session as detectors see it: steps in the order they happened, each pointing back at its line."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple, TypeVar, cast

import msgspec

_BEFORE_EVERYTHING = -(1 << 62)


class Place(NamedTuple):
    """Where a step was read from."""

    source_id: int
    offset: int


class Step(msgspec.Struct, kw_only=True, frozen=True):
    """Something that happened."""

    key: int
    turn: int | None
    time_ms: int | None
    place: Place


class Prompt(Step, kw_only=True, frozen=True):
    """What stands in the user's role. Only `author == "human"` is somebody's own words."""

    author: str | None
    text: str
    """Its beginning."""
    length: int
    native_id: str | None


class Answer(Step, kw_only=True, frozen=True):
    """What the agent said to the user."""

    text: str
    length: int
    phase: str | None
    model: str | None


class Call(Step, kw_only=True, frozen=True):
    """A tool call and what became of it."""

    call_id: str
    name: str | None
    command: str | None
    arguments: str | None
    cwd: str | None
    ended_ms: int | None
    status: str | None
    exit_code: int | None
    duration_ms: int | None
    output: str | None
    output_length: int | None
    basis: str | None
    arguments_key: int | None
    error: str | None
    output_key: int | None


class Edit(Step, kw_only=True, frozen=True):
    """A change of one file."""

    call_id: str | None
    path: str
    change: str
    moved_to: str | None
    added: int | None
    removed: int | None
    ok: bool | None
    added_key: int | None
    removed_key: int | None


class Approval(Step, kw_only=True, frozen=True):
    """A request for permission, its decision, or both."""

    call_id: str | None
    decided_ms: int | None
    decision: str | None
    who: str | None
    basis: str | None
    command: str | None


class Compacted(Step, kw_only=True, frozen=True):
    trigger: str
    pre_tokens: int | None
    post_tokens: int | None


class Event(Step, kw_only=True, frozen=True):
    """problem | interrupted | reverted | plan | ended"""

    kind: str
    scope: str | None
    code: str | None
    message: str | None
    detail: str | None


class Turn(msgspec.Struct, kw_only=True, frozen=True):
    key: int
    native_id: str | None
    started_ms: int | None
    ended_ms: int | None
    status: str | None
    duration_ms: int | None
    approval_policy: str | None
    sandbox_policy: str | None
    model: str | None
    effort: str | None
    tokens: int | None
    """None: none were counted in it."""


StepKind = TypeVar("StepKind", bound=Step)


class Spent(NamedTuple):
    """Tokens over time: `sums[i]` were spent before `times[i]`."""

    times: Sequence[int] = ()
    sums: Sequence[int] = (0,)

    def between(self, first_ms: int | None, last_ms: int | None) -> int | None:
        """Tokens spent from the one instant to the other; None when none were counted then."""
        if first_ms is None or last_ms is None:
            return None
        start, stop = bisect_left(self.times, first_ms), bisect_right(self.times, last_ms)
        return self.sums[stop] - self.sums[start] if stop > start else None


class Session(msgspec.Struct, kw_only=True, dict=True):
    """One session. `steps` are in the order they happened: file order, never the order of clocks.

    Nearly every detector asks the same of it, so what is derived from the steps is derived once: they do not change.
    """

    key: int
    agent: str
    native_id: str
    lineage: str | None
    parent_id: str | None
    forked_from: str | None
    started_ms: int | None
    ended_ms: int | None
    cwd: str | None
    git_url: str | None
    model: str | None
    agent_version: str | None
    turns: list[Turn]
    steps: list[Step]
    spent: Spent = Spent()
    settled: bool = True
    """Nothing happened for half an hour: what is left open now stays open."""

    @cached_property
    def prompts(self) -> Sequence[Prompt]:
        """What a person said."""
        return [prompt for prompt in self.of(Prompt) if prompt.author == "human"]

    @property
    def calls(self) -> Sequence[Call]:
        return self.of(Call)

    @property
    def edits(self) -> Sequence[Edit]:
        return self.of(Edit)

    def of(self, kind: type[StepKind]) -> Sequence[StepKind]:
        """The steps of one kind."""
        return cast("Sequence[StepKind]", self._by_kind.get(kind, ()))

    @cached_property
    def _by_kind(self) -> Mapping[type[Step], Sequence[Step]]:
        found: dict[type[Step], list[Step]] = defaultdict(list)
        for step in self.steps:
            found[type(step)].append(step)
        return found

    @cached_property
    def goals(self) -> Sequence[Goal]:
        """The session cut before every human prompt. What came before the first prompt is a goal without one."""
        cuts = [at for at, step in enumerate(self.steps) if isinstance(step, Prompt) and step.author == "human"]
        begins = sorted({0, *cuts}) if self.steps else []
        found = []
        for start, stop in pairwise([*begins, len(self.steps)]):
            first = self.steps[start]
            prompt = first if isinstance(first, Prompt) and first.author == "human" else None
            found.append(Goal(prompt, self.steps[start + (prompt is not None) : stop]))
        return found


class Goal(msgspec.Struct, frozen=True, eq=False, dict=True):
    """A human prompt and everything up to the next one. Each is itself alone, so that it can be looked up."""

    prompt: Prompt | None
    steps: Sequence[Step]

    @cached_property
    def calls(self) -> Sequence[Call]:
        return [step for step in self.steps if isinstance(step, Call)]

    @cached_property
    def edits(self) -> Sequence[Edit]:
        return [step for step in self.steps if isinstance(step, Edit)]

    @cached_property
    def answers(self) -> Sequence[Answer]:
        return [step for step in self.steps if isinstance(step, Answer)]


def in_order(steps: Iterable[Step]) -> list[Step]:
    """File order within a file; several files are laid side by side by the latest time their lines have stated."""
    files: dict[int, list[Step]] = defaultdict(list)
    for step in steps:
        files[step.place.source_id].append(step)
    for lines in files.values():
        lines.sort(key=_line_order)
    if len(files) == 1:
        return next(iter(files.values()))
    return [step for *_, step in sorted(_timed(files), key=lambda each: each[:3])]


def _timed(files: dict[int, list[Step]]) -> Iterator[tuple[int, int, int, Step]]:
    for source_id, lines in files.items():
        now = _BEFORE_EVERYTHING
        for number, step in enumerate(lines):
            if step.time_ms is not None and step.time_ms > now:
                now = step.time_ms
            yield now, source_id, number, step


def _line_order(step: Step) -> tuple[int, int, int]:
    return step.place.offset, _WITHIN_A_LINE.get(type(step), 9), step.key


_WITHIN_A_LINE = {Prompt: 0, Answer: 1, Call: 2, Edit: 3}
"""Of things read from one line, a prompt comes first."""
