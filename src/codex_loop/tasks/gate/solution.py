"""The solution of a task as its patch tells it: which files, which lines came and went."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

GRAM = 8
"""So many tokens in a row are no accident."""
_LEAST = 6
"""A shorter run of tokens is what a person has to say anyway: `return a + b`."""
_TOKEN = re.compile(r"[^\W\d]\w*|\d[\w.]*|[^\w\s]")

_QUOTED = re.compile(r"^[ \t]*[+>|#]+", re.MULTILINE)
"""What stands before the lines of a patch, a quotation, a comment."""

Grams = frozenset[tuple[str, ...]]


class Change(NamedTuple):
    """What the patch does to one file."""

    path: str
    is_new: bool
    added: tuple[str, ...]
    removed: tuple[str, ...]
    runs: tuple[tuple[str, ...], ...]
    """Added lines that stand together."""


def changes(patch: str) -> list[Change]:
    """What a unified diff does, file by file; files without text lines (renames, binary ones) have no lines."""
    return [_change(block) for block in _blocks(patch.splitlines())]


def _blocks(lines: Sequence[str]) -> Iterator[Sequence[str]]:
    starts = [at for at, line in enumerate(lines) if _begins_file(lines, at)]
    for start, end in pairwise([*starts, len(lines)]):
        yield lines[start:end]


def _begins_file(lines: Sequence[str], at: int) -> bool:
    if lines[at].startswith("diff --git "):
        return True
    if not lines[at].startswith("--- ") or not "".join(lines[at + 1 : at + 2]).startswith("+++ "):
        return False
    # Below `diff --git` the two headers belong to the file that began there.
    above = next((line for line in reversed(lines[:at]) if line.startswith(("diff --git ", "@@"))), "")
    return not above.startswith("diff --git ")


def _change(block: Sequence[str]) -> Change:
    header = next((at for at, line in enumerate(block) if line.startswith("@@")), len(block))
    added: list[str] = []
    removed: list[str] = []
    runs: list[tuple[str, ...]] = []
    run: list[str] = []
    for line in [*block[header:], "@@"]:
        if line.startswith("+"):
            run.append(line[1:])
            continue
        if run:
            runs.append(tuple(run))
            added += run
            run = []
        if line.startswith("-"):
            removed.append(line[1:])
    head = block[:header]
    is_new = any(line.startswith("new file") or line == "--- /dev/null" for line in head)
    return Change(_path(head), is_new, tuple(added), tuple(removed), tuple(runs))


def _path(head: Sequence[str]) -> str:
    for mark in ("+++ ", "--- "):
        for line in head:
            named = line.removeprefix(mark).split("\t")[0].strip('"')
            if line.startswith(mark) and named != "/dev/null":
                return named.removeprefix("a/" if mark == "--- " else "b/")
    told = next((line for line in head if line.startswith("diff --git ")), "")
    return told.rpartition(" b/")[2]


def key(patch: str) -> str | None:
    """The same for two patches that change the same lines of the same files; None for a patch without lines."""
    parts = [(each.path, each.added, each.removed) for each in changes(patch) if each.added or each.removed]
    if not parts:
        return None
    return hashlib.sha256(ascii(sorted(parts)).encode()).hexdigest()


def grams_of_patch(patch: str) -> Grams:
    """What the solution adds, in runs of tokens; what it takes away elsewhere is only moved, and left out."""
    every = changes(patch)
    moved = grams("\n".join(line for each in every for line in each.removed))
    found: set[tuple[str, ...]] = set()
    for each in every:
        for run in each.runs:
            found |= grams("\n".join(run))
    return frozenset(found - moved)


def grams(text: str) -> Grams:
    """Every run of tokens of a text; the whole of a text that is a little shorter than a run."""
    tokens = _TOKEN.findall(text)
    if len(tokens) < GRAM:
        return frozenset({tuple(tokens)}) if len(tokens) >= _LEAST else frozenset()
    return frozenset(tuple(tokens[at : at + GRAM]) for at in range(len(tokens) - GRAM + 1))


def told(wanted: Grams, text: str) -> int:
    """How many of these runs stand in the text."""
    if not wanted:
        return 0
    lengths = {len(gram) for gram in wanted}
    there: set[tuple[str, ...]] = set()
    for version in {text, _QUOTED.sub("", text)}:
        tokens = _TOKEN.findall(version)
        there |= {tuple(tokens[at : at + size]) for size in lengths for at in range(len(tokens) - size + 1)}
    return len(wanted & there)
