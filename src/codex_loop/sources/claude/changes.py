"""Which files an edit changed, and how: from the patch the program recorded, else from what the model asked for.

Subagent files and failed edits hold no patch, so the request of an open call is kept until its result arrives.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import msgspec

from codex_loop.sources.claude.entries import payload

Kind = Literal["add", "update", "delete", "move", "unknown"]

EDITORS = frozenset({"Edit", "MultiEdit", "Write", "NotebookEdit"})

KEEP_CHARS = 32_768
"""A request with more text than this is remembered by its path alone."""


class Hunk(msgspec.Struct, rename="camel", gc=False):
    old_start: int = 0
    old_lines: int = 0
    new_start: int = 0
    new_lines: int = 0
    lines: list[str] = []


class Patch(msgspec.Struct, rename="camel"):
    """The fields of an editor's `toolUseResult` that describe the change."""

    type: str | None = None
    file_path: str | None = None
    content: str | None = None
    structured_patch: list[Hunk] | None = None


class Replacement(msgspec.Struct):
    old_string: str = ""
    new_string: str = ""


class Request(msgspec.Struct):
    """The input of an edit, as the model wrote it and as an open call remembers it."""

    file_path: str | None = None
    notebook_path: str | None = None
    old_string: str | None = None
    new_string: str | None = None
    new_source: str | None = None
    content: str | None = None
    edits: list[Replacement] | None = None


class Change(NamedTuple):
    path: str
    kind: Kind
    diff: str | None = None
    added: int | None = None
    removed: int | None = None


def request(raw: msgspec.Raw) -> Request | None:
    """The input of an edit, small enough to remember."""
    if len(bytes(raw)) <= KEEP_CHARS:
        return payload(raw, Request)
    path = payload(raw, _Target)
    return Request(path.file_path, path.notebook_path) if path else None


class _Target(msgspec.Struct):
    file_path: str | None = None
    notebook_path: str | None = None


def recorded(raw: msgspec.Raw) -> Change | None:
    """The change as the program recorded it."""
    patch = payload(raw, Patch)
    if patch is None or not patch.file_path:
        return None
    kind: Kind = "add" if patch.type == "create" else "update"
    if patch.structured_patch:
        return _from_lines(patch.file_path, kind, _hunks(patch.structured_patch))
    if kind == "add" and patch.content is not None:
        return _from_lines(patch.file_path, kind, _marked("+", patch.content))
    return Change(patch.file_path, kind)


def asked_for(wanted: Request, tool: str) -> Change | None:
    """The change the model asked for; a written file may be new or not, nobody recorded which."""
    path = wanted.file_path or wanted.notebook_path
    if not path:
        return None
    kind: Kind = "unknown" if tool == "Write" else "update"
    if wanted.edits:
        lines = [line for edit in wanted.edits for line in _replaced(edit.old_string, edit.new_string)]
        return _from_lines(path, kind, lines)
    if wanted.new_string is not None:
        return _from_lines(path, kind, _replaced(wanted.old_string or "", wanted.new_string))
    written = wanted.content if wanted.content is not None else wanted.new_source
    if written is None:
        return Change(path, kind)
    added = _marked("+", written)
    # What the new text replaced is unknown, so the number of removed lines is too.
    return Change(path, kind, "\n".join(added), len(added), None)


def _hunks(hunks: list[Hunk]) -> list[str]:
    lines: list[str] = []
    for hunk in hunks:
        lines.append(f"@@ -{hunk.old_start},{hunk.old_lines} +{hunk.new_start},{hunk.new_lines} @@")
        lines += hunk.lines
    return lines


def _replaced(old: str, new: str) -> list[str]:
    return [*_marked("-", old), *_marked("+", new)]


def _marked(sign: str, text: str) -> list[str]:
    return [sign + line for line in text.removesuffix("\n").split("\n")] if text else []


def _from_lines(path: str, kind: Kind, lines: list[str]) -> Change:
    added = sum(line.startswith("+") for line in lines)
    removed = sum(line.startswith("-") for line in lines)
    return Change(path, kind, "\n".join(lines), added, removed)
