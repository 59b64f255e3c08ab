"""Whole contents of files, where an agent wrote them down or kept them: what a diff alone cannot tell.

A diff does not say whether its file ends in a newline, nor what else an edit found in it. Claude Code records the
file before an edit and the text of a written one, Codex the content of a new file.
"""

from __future__ import annotations

import msgspec


class Whole(msgspec.Struct, frozen=True):
    """The file before and after a change; None: not told."""

    before: str | None = None
    after: str | None = None


class _Result(msgspec.Struct, rename="camel"):
    file_path: str | None = None
    original_file: str | None = None
    content: str | None = None
    old_string: str | None = None
    new_string: str | None = None
    replace_all: bool | None = None


class _ClaudeLine(msgspec.Struct, rename="camel"):
    tool_use_result: _Result | None = None


class _File(msgspec.Struct):
    type: str | None = None
    content: str | None = None


class _Item(msgspec.Struct):
    changes: dict[str, _File] | None = None


class _Ghost(msgspec.Struct):
    id: str | None = None


class _Payload(msgspec.Struct):
    item: _Item | None = None
    ghost_commit: _Ghost | None = None


class _CodexLine(msgspec.Struct):
    payload: _Payload | None = None


_claude: msgspec.json.Decoder[_ClaudeLine] = msgspec.json.Decoder(_ClaudeLine)
_codex: msgspec.json.Decoder[_CodexLine] = msgspec.json.Decoder(_CodexLine)


def whole_files(agent: str, line: bytes) -> dict[str, Whole]:
    """By path, what this line of the agent tells of whole files; nothing where it tells it otherwise."""
    try:
        return _of_claude(_claude.decode(line)) if agent == "claude" else _of_codex(_codex.decode(line))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {}


def snapshot(agent: str, line: bytes) -> str | None:
    """The commit by which some versions of Codex kept the whole work tree at the start of a turn."""
    if agent != "codex" or b'"ghost_commit"' not in line:
        return None
    try:
        payload = _codex.decode(line).payload
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return payload.ghost_commit.id if payload is not None and payload.ghost_commit is not None else None


def _of_claude(line: _ClaudeLine) -> dict[str, Whole]:
    result = line.tool_use_result
    if result is None or not result.file_path:
        return {}
    after = result.content if result.content is not None else _replaced(result)
    return {result.file_path: Whole(result.original_file, after)}


def _replaced(result: _Result) -> str | None:
    before, old, new = result.original_file, result.old_string, result.new_string
    if before is None or not old or new is None or old not in before:
        return None
    return before.replace(old, new) if result.replace_all else before.replace(old, new, 1)


def _of_codex(line: _CodexLine) -> dict[str, Whole]:
    files = line.payload.item.changes if line.payload and line.payload.item else None
    return {
        path: Whole(after=file.content)
        for path, file in (files or {}).items()
        if file.type == "add" and file.content is not None
    }
