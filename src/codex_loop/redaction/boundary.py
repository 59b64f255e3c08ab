"""May a token begin here? The character before it decides, with one eye on escapes.

In JSON inside a string the newline before a token is the two characters `\\n`, in a URL the `=` may be
`%3D`, in terminal output a colour ends in `m`. Their last letter is not a part of the token.
"""

from __future__ import annotations

import re

_ESCAPES = re.compile(rb"(?:\\[bfnrt]|\\u[0-9A-Fa-f]{4}|%[0-9A-Fa-f]{2}|[0-9;\[]m)\Z")
_LONGEST_ESCAPE = 6


def opens(data: bytes, start: int, before: frozenset[int]) -> bool:
    """Whether what stands before `start` lets a token begin."""
    if start == 0 or data[start - 1] not in before:
        return True
    return _ESCAPES.search(data[max(0, start - _LONGEST_ESCAPE) : start]) is not None


def closes(data: bytes, end: int, after: frozenset[int]) -> bool:
    """Whether what stands at `end` lets a token end."""
    return end >= len(data) or data[end] not in after
