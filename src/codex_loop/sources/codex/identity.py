"""By what a line of a Codex rollout is recognised wherever it lies.

Two questions, two answers. `line_keys`: is this the same line of the same thread (an archived copy, a compressed twin,
a rewritten file)? `lineage`: is this the same history in another thread (an old fork that begins with its parent's
lines, perhaps with new timestamps)?
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import msgspec

from codex_loop.model.keys import chain, key, near
from codex_loop.model.text import UUID
from codex_loop.sources.codex.sessions import fallback_id
from codex_loop.sources.codex.state import Identified, trim
from codex_loop.sources.lines import trim as trimmed

_STAMP = b'{"timestamp":"'
_STAMP_END = len(_STAMP) + len("2026-11-21T07:02:18.305Z")
_OF_STAMPS = b"0123456789-:.+TZ "
_ORDINAL = b'","ordinal":'
_LOOSE_STAMP = re.compile(rb'"timestamp"\s*:\s*"([^"\\]*)"')
_THREAD = re.compile(UUID)
_HEAD = 400
_KEPT = 4096
"""A rollout without timestamps has at most some thousand lines; of a longer one, far repetitions count as copies."""


class _Meta(msgspec.Struct):
    id: str | None = None
    session_id: str | None = None


class _Introduction(msgspec.Struct):
    type: str | None = None
    id: str | None = None
    payload: _Meta | None = None


class _Content(msgspec.Struct):
    type: str = ""
    payload: msgspec.Raw = msgspec.Raw()
    """Empty where there is none: msgspec knows no optional raw value."""


_introduction: msgspec.json.Decoder[_Introduction] = msgspec.json.Decoder(_Introduction)
_content: msgspec.json.Decoder[_Content] = msgspec.json.Decoder(_Content)


def line_keys(state: Identified, path: str, lines: Sequence[bytes]) -> list[int]:
    """A key for each line: the thread, the bytes, and which one it is among equal lines.

    Equal lines can only be told apart by counting. A line with an ordinal is unique. Of lines with a timestamp only
    those of the present timestamp are remembered: one that comes back later in the file is taken for a copy, and being
    equal to the byte it adds nothing. Lines without a timestamp ("continue" typed twice) are counted all along.
    """
    if state.thread is None and lines:
        state.thread = _remembered(_thread(lines[0]) or fallback_id(path))
    seed = _seed(state.thread or "", 0)
    keys = []
    for raw in lines:
        line = raw if raw[:1] == b"{" and raw[-1:] == b"}" else trimmed(raw)
        found = chain(seed, line)
        if not (line.startswith(_ORDINAL, _STAMP_END) and line.startswith(_STAMP)):
            earlier = _count(state, line, found)
            if earlier:
                found = chain(_seed(state.thread or "", earlier), line)
        keys.append(near(seed, found))
    return keys


def _remembered(thread: str) -> str:
    """A thread as the state keeps it: read from a raw line, it may be anything, and here it is only told apart."""
    return thread if _THREAD.fullmatch(thread) else f"{key('codex-thread', thread):016x}"


def _seed(thread: str, earlier: int) -> int:
    return key("codex-line", thread, earlier)


def _count(state: Identified, line: bytes, found: int) -> int:
    """How many equal lines came before this one."""
    if line.startswith(_STAMP):
        stamp = line[len(_STAMP) : _STAMP_END]
    else:
        loose = _LOOSE_STAMP.search(line, 0, _HEAD)
        stamp = loose[1] if loose else b""
    if not stamp or stamp.translate(None, _OF_STAMPS):
        seen = state.unstamped
    else:
        if stamp != state.stamp:
            state.stamp, state.stamped = stamp, {found: 1}
            return 0
        seen = state.stamped
    earlier = seen.get(found, 0)
    seen[found] = earlier + 1
    if len(seen) > _KEPT:
        trim(seen, _KEPT)
    return earlier


def _thread(line: bytes) -> str | None:
    try:
        found = _introduction.decode(trimmed(line))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    if found.type is None:
        return found.id
    if found.type != "session_meta" or found.payload is None:
        return None
    return found.payload.id or found.payload.session_id


def lineage(lines: Sequence[bytes], past: int = 0) -> list[int]:
    """For each line, what names it together with everything before it, in whatever thread and at whatever time.

    Two threads share history exactly as far as these numbers agree. Timestamps, ordinals and introductions do not
    count: copies change them. An introduction is 0 and starts anew: a copy stands behind the introduction of the
    thread it was taken from. `past` is the last number of the lines before, where a file comes in pieces.
    """
    found = []
    for raw in lines:
        said = _said(raw)
        past = 0 if said is None else chain(past, said)
        found.append(past)
    return found


def contents(lines: Iterable[bytes]) -> list[int]:
    """For each line, what it says in whatever thread, place and time; an introduction is 0."""
    return [0 if said is None else chain(0, said) for said in map(_said, lines)]


def _said(raw: bytes) -> bytes | None:
    """A line without what copies change; None for an introduction."""
    line = trimmed(raw)
    try:
        content = _content.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return line
    if not bytes(content.payload):
        return line
    if content.type == "session_meta":
        return None
    return content.type.encode("utf-8", "replace") + b"\0" + bytes(content.payload)
