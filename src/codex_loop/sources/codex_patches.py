"""The files an `apply_patch` text would change.

Codex's own patch language: `*** Add File:`, `*** Update File:` (with an optional `*** Move to:`) and
`*** Delete File:`, each followed by its hunks.
"""

from __future__ import annotations

import ntpath
import posixpath
import re
from collections.abc import Iterator

from codex_loop.sources.codex_shapes import Change, Changed

_FILE = re.compile(r"^\*\*\* (Add|Update|Delete) File: (.+?)\s*$", re.MULTILINE)
_MOVE = re.compile(r"\A\*\*\* Move to: (.+?)\s*(?:\n|\Z)")
_END = re.compile(r"^\*\*\* End Patch", re.MULTILINE)
_BEGIN = "*** Begin Patch"
_CHANGES: dict[str, Change] = {"Add": "add", "Update": "update", "Delete": "delete"}
_KEPT_DIFF = 16 * 1024
"""A patch waits for its result in stored state: of a longer one the numbers are kept, not the text."""


def is_patch(script: str) -> bool:
    return _BEGIN in script


def patched(script: str, cwd: str | None = None) -> list[Changed]:
    """What a patch, or a shell script around one, would change; paths as seen from `cwd` where that is known."""
    begin = script.find(_BEGIN)
    if begin < 0:
        return []
    end = _END.search(script, begin)
    return list(_files(script[begin : end.start() if end else len(script)], cwd))


def headline(script: str) -> str | None:
    """One line for a timeline: `Update calc.py, Add b.py`."""
    found = [f"{kind} {path}" for kind, path in _FILE.findall(script)]
    return ", ".join(found) if found else None


def _files(script: str, cwd: str | None) -> Iterator[Changed]:
    marks = list(_FILE.finditer(script))
    for mark, following in zip(marks, [*marks[1:], None], strict=False):  # a patch may name no file at all
        hunks = script[mark.end() + 1 : following.start() if following else len(script)]
        move = _MOVE.match(hunks)
        if move:
            hunks = hunks[move.end() :]
        lines = hunks.split("\n")
        yield Changed(
            absolute(mark[2], cwd),
            "move" if move else _CHANGES[mark[1]],
            absolute(move[1], cwd) if move else None,
            hunks if hunks and len(hunks) <= _KEPT_DIFF else None,
            None if mark[1] == "Delete" else sum(line.startswith("+") for line in lines),
            None if mark[1] == "Delete" else sum(line.startswith("-") for line in lines),
        )


def absolute(path: str, cwd: str | None) -> str:
    """The path the way completed items write it."""
    if cwd is None:
        return path
    rules = ntpath if re.match(r"[A-Za-z]:[\\/]|\\\\", cwd) else posixpath
    return str(rules.normpath(rules.join(cwd, path)))
