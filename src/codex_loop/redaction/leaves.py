"""The strings of a JSON line, found without parsing it.

A line is cut into its string literals; what lies between them is left alone. So numbers, spacing, key
order, repeated keys and nesting of any depth survive byte for byte, and only the part of a string that is
a secret is ever rewritten.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from codex_loop.redaction.raw import NEEDLESS

if TYPE_CHECKING:
    from collections.abc import Sequence

_LITERAL = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_BETWEEN = b" \t\r\n{}[]:,0123456789+-.eEtrufalsn"
_ESCAPE = re.compile(rb'\\(?:u[dD][89abAB][0-9A-Fa-f]{2}\\u[dD][c-fC-F][0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|["\\/bfnrt])')
_NEEDLESS = re.compile(NEEDLESS)
_PLAIN = re.compile(rb"[A-Za-z0-9_.=:@+-]+")
_FEW = 64
_SHORT = {ord(a): b for a, b in (("b", b"\b"), ("f", b"\f"), ("n", b"\n"), ("r", b"\r"), ("t", b"\t"))}


class Decoded(NamedTuple):
    """Text without its escapes, and the way back to where each part stood."""

    text: bytes
    at: list[int]  # where, in the text, what an escape stood for begins and ends
    raw: list[int]  # where the escape itself begins and ends

    def raw_span(self, start: int, end: int) -> tuple[int, int]:
        """The part of the raw text that holds text[start:end]; never half an escape."""
        return self._back(start, end_of=False), self._back(end, end_of=True)

    def _back(self, offset: int, *, end_of: bool) -> int:
        index = bisect_right(self.at, offset) - 1
        if index < 0:
            return offset
        if index % 2 == 0 and offset > self.at[index]:
            return self.raw[index + 1] if end_of else self.raw[index]
        return self.raw[index] + offset - self.at[index]


def literals(line: bytes) -> list[tuple[int, int]] | None:
    """Where the string literals of a line are, quotes included; None when the line is not made like JSON."""
    if not (_is_json(line) or not _LITERAL.sub(b"", line).translate(None, _BETWEEN)):
        return None
    return [match.span() for match in _LITERAL.finditer(line)]


def _is_json(line: bytes) -> bool:
    """The quick answer. No is not the last word: depth and strange numbers do not hide strings from us."""
    try:
        _skip.decode(line)
    except (msgspec.DecodeError, RecursionError):
        return False
    return True


_skip = msgspec.json.Decoder(msgspec.Raw)
_string = msgspec.json.Decoder(str)


def text(literal: bytes) -> bytes:
    """The decoded text of a literal, quotes included, without the way back: the fast half of `decode`."""
    if b"\\" not in literal:
        return literal[1:-1]
    try:
        return _string.decode(literal).encode()
    except (msgspec.DecodeError, UnicodeDecodeError):  # lone surrogates, unknown escapes, invalid UTF-8
        return decode(literal[1:-1]).text


def same_places(
    text: bytes, raw: bytes, spans: Sequence[tuple[int, int, int]], base: int
) -> list[tuple[int, int]] | None:
    """Where spans of the text, counted from `base`, stand in the raw literal, when that can be told without decoding.

    A value of plain characters looks the same in both. When it occurs equally often in both, the first is the
    first and so on; else the answer is None, and `decode` has to tell: of many, too, as each is looked for anew.
    """
    if text == raw:
        return [(start - base, end - base) for start, end, _ in spans]
    if len(spans) > _FEW:
        return None
    places: list[tuple[int, int]] = []
    for start, end, _ in spans:
        value = text[start - base : end - base]
        if not _PLAIN.fullmatch(value) or text.count(value) != raw.count(value):
            return None
        at = raw.find(value)
        for _ in range(text.count(value, 0, start - base)):
            at = raw.find(value, at + len(value))
        places.append((at, at + len(value)))
    return places


def decode(raw: bytes) -> Decoded:
    """The inside of a literal, decoded. Broken escapes stay as they are, lone surrogates become three bytes."""
    return _decode(raw, _ESCAPE)


def decode_needless(raw: bytes) -> Decoded:
    """Only the escapes decoded that nobody needs: they may hide something."""
    return _decode(raw, _NEEDLESS)


def _decode(raw: bytes, escape: re.Pattern[bytes]) -> Decoded:
    if b"\\" not in raw:
        return Decoded(raw, [], [])
    parts: list[bytes] = []
    at: list[int] = []
    places: list[int] = []
    done = length = 0
    for match in escape.finditer(raw):
        char = _meaning(match[0])
        parts += (raw[done : match.start()], char)
        length += match.start() - done
        at += (length, length + len(char))
        length += len(char)
        done = match.end()
        places += (match.start(), done)
    parts.append(raw[done:])
    return Decoded(b"".join(parts), at, places)


def _meaning(escape: bytes) -> bytes:
    if escape[1] != ord("u"):
        return _SHORT.get(escape[1], escape[1:2])
    units = [int(digits, 16) for digits in escape[2:].split(b"\\u")]
    if len(units) == 2:
        return chr(0x10000 + ((units[0] - 0xD800) << 10) + units[1] - 0xDC00).encode()
    return chr(units[0]).encode("utf-8", "surrogatepass")
