"""A shape as it looks inside raw JSON: the expression that finds the lines worth a closer look.

The block scan reads undecoded bytes. There a newline is the two characters `\\n`, a quote may be `\\"`,
a slash may be `\\/` and anything that is not printable ASCII may be `\\uXXXX`. The expression made here
matches whenever the shape matches the decoded text, and sometimes when it does not: never too little.
Characters that nobody has to write as `\\u00XX` are not covered; NEEDLESS finds those lines, and they
are decoded.
"""

from __future__ import annotations

from codex_loop.redaction.shape import Alt, Char, Node, Repeat, Seq, Value, char_class, counted

NEEDLESS = rb"\\u00(?:[2-7][0-9A-Fa-f]|0[89AaCcDd])"

_SHORT = {0x22: b'"', 0x5C: b"\\", 0x2F: b"/", 8: b"b", 9: b"t", 10: b"n", 12: b"f", 13: b"r"}
_LONG = rb"\\u[0-9A-Fa-f]{4}"
_LONG_CHARS = frozenset(b"\\u0123456789abcdefABCDEF")
# Long counts make a large automaton and find no fewer lines: the closer look counts exactly.
_ENOUGH = 24
_FEW = 8


def raw_regex(shape: Node) -> bytes:
    """The expression for raw bytes, as short as it can be and still find every match of the shape.

    What stands before and after is left to the closer look: asked here, it would cost most of the speed.
    """
    return _group(_trim(shape))


def _trim(node: Node) -> Node:
    """Without the part of the end that may be missing: one report for each start, not for each end."""
    match node:
        case Seq(items):
            kept = list(items)
            while kept and isinstance(kept[-1], Repeat) and kept[-1].low == 0:
                kept.pop()
            return Seq((*kept[:-1], _trim(kept[-1]))) if kept else Seq(())
        case Alt(options):
            return Alt(tuple(_trim(option) for option in options))
        case Repeat(item, low, _) if low > 0:
            enough = min(low, _ENOUGH)
            # As many raw bytes are always there, whatever is escaped; and so there is one report only.
            raw = Char(item.of | _escape_chars(item.of)) if isinstance(item, Char) else item
            return Repeat(raw, enough, enough)
        case Value(item):
            return _trim(item)
        case _:
            return node


def _raw(node: Node) -> bytes:
    match node:
        case Char(of):
            return _raw_char(of)
        case Seq(items):
            return b"".join(_group(item) if isinstance(item, Alt) else _raw(item) for item in items)
        case Alt(options):
            return b"|".join(_raw(option) for option in options)
        case Repeat(Char(of), low, high):
            return _raw_run(of, low, high)
        case Repeat(item, low, high):
            return _group(item) + counted(low, high)
        case Value(item):
            return _group(item)


def _group(node: Node) -> bytes:
    return _raw(node) if isinstance(node, Char) else b"(?:" + _raw(node) + b")"


def _raw_run(of: frozenset[int], low: int, high: int | None) -> bytes:
    """A run of characters as a run of raw bytes: each of them is at least one byte."""
    wider = of | _escape_chars(of)
    cut = wider == of and low == high  # by `_trim`; no rule has such a class with a fixed count in its middle
    longer = bool(_escape_chars(of)) and not cut
    if high is not None and high > _FEW and (longer or high > 4 * _ENOUGH):
        low, high = min(low, _ENOUGH), None
    elif high is not None and longer:
        high *= 6
    return char_class(wider) + counted(low, high)


def _escape_chars(of: frozenset[int]) -> frozenset[int]:
    """What the escapes of these characters are written with."""
    short = b"".join(_SHORT[byte] for byte in of if byte in _SHORT)
    found = frozenset(short + b"\\") if short else frozenset[int]()
    return found | _LONG_CHARS if _needs_long(of) else found


def _raw_char(of: frozenset[int]) -> bytes:
    escapes: list[bytes] = []
    if short := frozenset(b"".join(_SHORT[byte] for byte in of if byte in _SHORT)):
        escapes.append(rb"\\" + char_class(short))
    if _needs_long(of):
        escapes.append(_LONG)
    return b"(?:" + b"|".join((char_class(of), *escapes)) + b")" if escapes else char_class(of)


def _needs_long(of: frozenset[int]) -> bool:
    return any((byte < 0x20 or byte >= 0x7F) and byte not in _SHORT for byte in of)
