"""Where a PEM private key ends.

Between the header and the footer anything may stand: line numbers of a file viewer, the signs of a
diff, escaped newlines. Without a footer (a text cut short) the key goes as far as its alphabet.
"""

from __future__ import annotations

import re

_FOOTER = re.compile(rb"-----END[A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
_FARTHEST = 64 * 1024
_BODY = re.compile(rb"[A-Za-z0-9+/=\s\\:,|>#\"'\x00-]*")
# One unbroken piece of key. A detector's source that only names header and footer has none.
_PIECE = re.compile(rb"[A-Za-z0-9+/]{24,}")


def pem_end(data: bytes, header_end: int) -> int | None:
    """The end of the key whose header ends at `header_end`, or None when no key follows."""
    # A key ends where the next one begins: so the search stays linear in a text full of headers.
    next_header = data.find(b"-----BEGIN", header_end, header_end + _FARTHEST)
    limit = min(len(data), header_end + _FARTHEST) if next_header < 0 else next_header
    footer = _FOOTER.search(data, header_end, limit)
    if footer is not None and _PIECE.search(data, header_end, footer.start()):
        return footer.end()
    body = _BODY.match(data, header_end, limit)
    last = None
    for last in _PIECE.finditer(data, header_end, body.end() if body else header_end):  # noqa: B007 - the last counts
        pass
    return last.end() if last is not None else None
