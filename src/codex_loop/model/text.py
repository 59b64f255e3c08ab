"""Text that both database engines can hold, and numbers of things in words."""

from __future__ import annotations

import re

HEAD_BYTES = 512
UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
"""How both agents name sessions and threads."""

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def clean(text: str) -> str:
    """NUL and lone surrogates become U+FFFD: PostgreSQL refuses the one, UTF-8 the other."""
    if text.isascii() and "\0" not in text:
        return text
    return _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", text)


def head(text: str, limit: int = HEAD_BYTES) -> str:
    """The beginning of `text`, clean, of at most `limit` UTF-8 bytes, cut between characters."""
    if len(text) > limit:
        text = text[:limit]
    try:
        data = text.encode()
    except UnicodeEncodeError:  # a lone surrogate: rare, so that all other text is spared the search for one
        text = clean(text)
        data = text.encode()
    if b"\0" in data:
        text = clean(text)
        data = text.encode()
    if len(data) <= limit:
        return text
    return data[:limit].decode("utf-8", "ignore")


def counted(count: int, noun: str) -> str:
    """`1 call`, `3 calls`."""
    return f"{count} {noun}{'' if count == 1 else 's'}"
