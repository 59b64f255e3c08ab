"""A story: a repository with something wrong in it, a person's words, and what the agent does about it."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

from tests.contract.book import ESCALATED, patch, shell
from tests.fakes.scenario import Book, Call, Step

Agent = Literal["codex", "claude"]
Afterwards = Literal["kept", "gone", "rewritten"]
"""What becomes of the clone when the session is over: left, deleted, or its history written anew."""


class Change(NamedTuple):
    """Whole lines of one file: as they should be, and as the session finds them."""

    path: str
    right: str
    wrong: str


class Run(NamedTuple):
    """A command and how it ends."""

    command: str
    exit_code: int = 0
    says: str | None = None


class Edit(NamedTuple):
    """Whole lines replaced; an edit that does not fit names lines the file does not have."""

    path: str
    old: str
    new: str
    says: str | None = None
    fits: bool = True


class Write(NamedTuple):
    """A new file."""

    path: str
    text: str
    says: str | None = None


class Ask(NamedTuple):
    """A command that the person is asked about, and declines."""

    command: str
    says: str | None = None


Act = Run | Edit | Write | Ask


class Turn(NamedTuple):
    """What the person says, what the agent does, and its last words."""

    words: str
    acts: tuple[Act, ...]
    answer: str


class Story(NamedTuple):
    """One session."""

    name: str
    agent: Agent
    version: str
    repository: str
    turns: tuple[Turn, ...]
    base: tuple[Change, ...] = ()
    """What is wrong in the commit that the session starts from."""
    dirty: tuple[Change, ...] = ()
    """What differs from that commit before the session starts."""
    is_repository: bool = True
    afterwards: Afterwards = "kept"
    why_not: str | None = None
    """Why no valid task can be made of it; None: one can."""

    @property
    def asks(self) -> bool:
        """Whether somebody has to sit beside it and decline."""
        return any(isinstance(act, Ask) for turn in self.turns for act in turn.acts)


def found(files: Mapping[str, str], changes: Sequence[Change]) -> dict[str, str]:
    """The files with everything wrong that these changes name."""
    told = dict(files)
    for change in changes:
        told[change.path] = replaced(told[change.path], change.right, change.wrong)
    return told


def replaced(text: str, old: str, new: str) -> str:
    """These lines for those, which must be there exactly once. Raise ValueError otherwise."""
    lines, wanted = text.splitlines(), old.splitlines()
    places = [at for at in range(len(lines) - len(wanted) + 1) if lines[at : at + len(wanted)] == wanted]
    if len(places) != 1:
        raise ValueError(f"{len(places)} places instead of one for {old!r}")
    at = places[0]
    return "".join(f"{line}\n" for line in (*lines[:at], *new.splitlines(), *lines[at + len(wanted) :]))


def book(story: Story) -> Book:
    """What the model says in it, each turn asked for by the person's own words."""
    steps = _codex if story.agent == "codex" else _claude
    return {turn.words: (*steps(turn.acts), Step(turn.answer)) for turn in story.turns}


def _codex(acts: Sequence[Act]) -> Iterator[Step]:
    for act in acts:
        if isinstance(act, Run):
            yield Step(act.says, None, (shell(act.command, act.exit_code),))
        elif isinstance(act, Ask):
            yield Step(act.says, None, (shell(act.command, None, "declined", **ESCALATED),))
        elif isinstance(act, Write):
            body = "".join(f"+{line}\n" for line in act.text.splitlines())
            yield Step(act.says, None, (patch(f"*** Begin Patch\n*** Add File: {act.path}\n{body}*** End Patch\n"),))
        else:
            yield Step(act.says, None, (patch(_update(act), "ok" if act.fits else "failed"),))


def _update(edit: Edit) -> str:
    told = list(difflib.ndiff(edit.old.splitlines(), edit.new.splitlines()))
    hunk = "".join(f"{line[0]}{line[2:]}\n" for line in told if line[0] != "?")
    return f"*** Begin Patch\n*** Update File: {edit.path}\n@@\n{hunk}*** End Patch\n"


def _claude(acts: Sequence[Act]) -> Iterator[Step]:
    known: set[str] = set()
    for act in acts:
        if isinstance(act, Run):
            yield Step(act.says, None, (shell(act.command, act.exit_code),))
        elif isinstance(act, Ask):
            yield Step(act.says, None, (shell(act.command, None, "declined"),))
        elif isinstance(act, Write):
            yield Step(act.says, None, (Call("Write", {"file_path": "{proj}/" + act.path, "content": act.text}),))
        else:
            path = "{proj}/" + act.path
            if path not in known:
                # Claude Code refuses to edit what it has not read.
                yield Step(None, None, (Call("Read", {"file_path": path}),))
                known.add(path)
            words = {"file_path": path, "old_string": act.old, "new_string": act.new}
            yield Step(act.says, None, (Call("Edit", words, "ok" if act.fits else "failed"),))
