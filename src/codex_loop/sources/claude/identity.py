"""How a line of Claude Code is recognised when it turns up again, in this file or another."""

from __future__ import annotations

from typing import Protocol

import msgspec

from codex_loop.model.keys import key

_RECENT = 64


class Remembered(Protocol):
    """What a source keeps between two looks to tell lines apart."""

    anchor: int
    since_anchor: int
    recent: list[int]


class _Identity(msgspec.Struct, gc=False):
    uuid: str | None = None
    session_id: str | None = None
    session: str | None = msgspec.field(default=None, name="sessionId")


_identity: msgspec.json.Decoder[_Identity] = msgspec.json.Decoder(_Identity)


def line_key(state: Remembered, space: str, owner: str, line: bytes) -> int:
    """The record's own uuid where it has one, so that a copy in a forked session's file has the same key.

    Two lines with one uuid close together are two lines; far apart the second is a copy. A line without a uuid is
    told apart by its bytes and its distance from the last line that has one.
    """
    try:
        own = _identity.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        own = _Identity()
    if own.uuid:
        plain = key(space, "uuid", own.uuid)
        again = state.recent.count(plain)
        state.recent.append(plain)
        del state.recent[:-_RECENT]
        state.anchor, state.since_anchor = plain, 0
        return plain if again == 0 else key(space, "uuid", own.uuid, again)
    state.since_anchor += 1
    return key(space, "line", own.session or own.session_id or owner, state.anchor, state.since_anchor, line)
