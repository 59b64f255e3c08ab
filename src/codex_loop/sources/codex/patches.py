"""The files an `apply_patch` text would change.

Codex's own patch language: `*** Add File:`, `*** Update File:` (with an optional `*** Move to:`) and
`*** Delete File:`, each followed by its hunks, between `*** Begin Patch` and `*** End Patch`.
"""

from __future__ import annotations

import ntpath
import posixpath
import re

from codex_loop.sources.codex.shapes import Change, Changed

_BEGIN = "*** Begin Patch"
_MARK = "\n*** "
_HEADS: dict[str, Change] = {"Add File: ": "add", "Update File: ": "update", "Delete File: ": "delete"}
_MOVE, _END = "Move to: ", "End Patch"
_KEPT_DIFF = 16 * 1024
"""A patch waits for its result in stored state: of a longer one the numbers are kept, not the text."""


def is_patch(script: str) -> bool:
    return _BEGIN in script


def patched(script: str) -> list[Changed]:
    """What a patch, or a shell script around one, would change; paths as the model wrote them."""
    begin = script.find(_BEGIN)
    files: list[Changed] = []
    for section in script[begin:].replace("\r\n", "\n").split(_MARK)[1:] if begin >= 0 else ():
        head, _, hunks = section.partition("\n")
        if head.startswith(_END):
            break
        kind = next((kind for kind in _HEADS if head.startswith(kind)), None)
        if kind is not None:
            files.append(_with(Changed(head[len(kind) :].strip(), _HEADS[kind], None, None, None, None), hunks))
        elif files and head.startswith(_MOVE):
            moved = head[len(_MOVE) :].strip()
            files[-1] = _with(files[-1]._replace(change="move", moved_to=moved), hunks)
    return files


def located(files: list[Changed], cwd: str | None) -> list[Changed]:
    """The same with paths as completed items write them, where the working directory is known."""
    if cwd is None:
        return files
    return [
        file._replace(
            path=absolute(file.path, cwd), moved_to=None if file.moved_to is None else absolute(file.moved_to, cwd)
        )
        for file in files
    ]


def headline(files: list[Changed]) -> str | None:
    """One line for a timeline: `update calc.py, add b.py`."""
    return ", ".join(f"{file.change} {file.path}" for file in files) if files else None


def _with(file: Changed, hunks: str) -> Changed:
    hunks = hunks + "\n" if hunks else hunks
    if file.change == "delete":
        return file
    return file._replace(
        diff=hunks if hunks and len(hunks) <= _KEPT_DIFF else None, added=_lines(hunks, "+"), removed=_lines(hunks, "-")
    )


def _lines(hunks: str, mark: str) -> int:
    return hunks.count("\n" + mark) + hunks.startswith(mark)


def absolute(path: str, cwd: str) -> str:
    rules = ntpath if re.match(r"[A-Za-z]:[\\/]|\\\\", cwd) else posixpath
    return str(rules.normpath(rules.join(cwd, path)))
