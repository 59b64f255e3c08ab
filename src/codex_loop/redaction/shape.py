"""The small pattern language in which rules are written.

A shape is a regular expression over bytes with literals, classes, groups, alternation and counted
repeats, and nothing else: no look-around, no anchors, no back references. Three engines read the same
shape, so it has to mean the same in all of them; because we parse it ourselves we can also ask it
questions (how does a match begin? which text must be there?) and rewrite it for raw JSON (`raw.py`).

A negated class never contains NUL. The scanner overwrites what it has already redacted with NULs, so
no later match can reach across an earlier one.
"""

from __future__ import annotations

import msgspec

_META = frozenset("[](){}|?*+\\")
_CONTROL = {"n": 10, "r": 13, "t": 9, "f": 12, "v": 11, "0": 0}
_ESCAPED = frozenset(b'"\\/') | frozenset(range(0x20)) | frozenset(range(0x7F, 256))  # JSON may write these otherwise
ANY = frozenset(range(1, 256))


class Char(msgspec.Struct, frozen=True, tag=True):
    """One byte out of a set."""

    of: frozenset[int]


class Seq(msgspec.Struct, frozen=True, tag=True):
    """One after another."""

    items: tuple[Node, ...]


class Alt(msgspec.Struct, frozen=True, tag=True):
    """The first option that fits."""

    options: tuple[Node, ...]


class Repeat(msgspec.Struct, frozen=True, tag=True):
    """As often as possible; `high` None means without end."""

    item: Node
    low: int
    high: int | None


class Value(msgspec.Struct, frozen=True, tag=True):
    """The part of the match that is the secret."""

    item: Node


Node = Char | Seq | Alt | Repeat | Value


class ShapeError(ValueError):
    """A rule is written in a way the shape language does not know."""


def parse(text: str) -> Node:
    """The tree of a shape; raises ShapeError with the position when it is not well formed."""
    parser = _Parser(text)
    node = parser.alternation(fold=False)
    if parser.at < len(text):
        raise ShapeError(f"unexpected {text[parser.at]!r} at {parser.at} in {text!r}")
    return node


class _Parser:
    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0

    def peek(self) -> str:
        return self.text[self.at : self.at + 1]

    def take(self, expected: str) -> bool:
        if not self.text.startswith(expected, self.at):
            return False
        self.at += len(expected)
        return True

    def need(self, expected: str) -> None:
        if not self.take(expected):
            raise ShapeError(f"{expected!r} expected at {self.at} in {self.text!r}")

    def alternation(self, *, fold: bool) -> Node:
        options = [self.sequence(fold=fold)]
        while self.take("|"):
            options.append(self.sequence(fold=fold))
        return options[0] if len(options) == 1 else Alt(tuple(options))

    def sequence(self, *, fold: bool) -> Node:
        items: list[Node] = []
        while self.at < len(self.text) and self.peek() not in "|)":
            items.append(self.repeat(self.atom(fold=fold)))
        return items[0] if len(items) == 1 else Seq(tuple(items))

    def atom(self, *, fold: bool) -> Node:
        if self.take("(?i:"):
            return self.closed(self.alternation(fold=True))
        if self.take("(?:"):
            return self.closed(self.alternation(fold=fold))
        if self.take("("):
            return Value(self.closed(self.alternation(fold=fold)))
        if self.take("["):
            return Char(_folded(self.members(), fold=fold))
        if self.peek() in _META - {"\\"}:
            raise ShapeError(f"unexpected {self.peek()!r} at {self.at} in {self.text!r}")
        return Char(_folded(frozenset((self.byte(),)), fold=fold))

    def closed(self, node: Node) -> Node:
        self.need(")")
        return node

    def byte(self) -> int:
        char = self.peek()
        self.at += 1
        if char != "\\":
            return ord(char)
        escaped = self.peek()
        self.at += 1
        if escaped == "x":
            self.at += 2
            return int(self.text[self.at - 2 : self.at], 16)
        if escaped.isalnum() and escaped not in _CONTROL:
            raise ShapeError(f"unknown escape \\{escaped} in {self.text!r}")
        return _CONTROL.get(escaped, ord(escaped))

    def members(self) -> frozenset[int]:
        negated, found = self.take("^"), set[int]()
        while not self.take("]"):
            low = self.byte()
            high = low
            if self.peek() == "-" and self.text[self.at + 1 : self.at + 2] != "]":
                self.at += 1
                high = self.byte()
            found.update(range(low, high + 1))
        return ANY - found if negated else frozenset(found)

    def repeat(self, node: Node) -> Node:
        if self.take("?"):
            return Repeat(node, 0, 1)
        if self.take("*"):
            return Repeat(node, 0, None)
        if self.take("+"):
            return Repeat(node, 1, None)
        if not self.take("{"):
            return node
        end = self.text.index("}", self.at)
        low, comma, high = self.text[self.at : end].partition(",")
        self.at = end + 1
        bounded = int(high) if high else None
        return Repeat(node, int(low), bounded if comma else int(low))


def _folded(of: frozenset[int], *, fold: bool) -> frozenset[int]:
    if not fold:
        return of
    text = bytes(of)
    return frozenset(text.lower() + text.upper()) | of


def regex(node: Node) -> bytes:
    """The shape as an expression that re, re2 and hyperscan understand alike."""
    match node:
        case Char(of):
            return char_class(of)
        case Seq(items):
            return b"".join(grouped(item) if isinstance(item, Alt) else regex(item) for item in items)
        case Alt(options):
            return b"|".join(regex(option) for option in options)
        case Repeat(item, low, high):
            return (regex(item) if isinstance(item, Char) else grouped(item)) + counted(low, high)
        case Value(item):
            return b"(" + regex(item) + b")"


def grouped(node: Node) -> bytes:
    return b"(?:" + regex(node) + b")"


def counted(low: int, high: int | None) -> bytes:
    """The shortest way to write a repeat count."""
    if (low, high) == (1, 1):
        return b""
    short = {(0, 1): b"?", (0, None): b"*", (1, None): b"+"}.get((low, high))
    if short is not None:
        return short
    if low == high:
        return b"{%d}" % low
    return b"{%d,}" % low if high is None else b"{%d,%d}" % (low, high)


def char_class(of: frozenset[int]) -> bytes:
    """A class, or one escaped byte."""
    if len(of) == 1:
        return _byte(*of)
    ranges: list[tuple[int, int]] = []
    for byte in sorted(of):
        if ranges and ranges[-1][1] == byte - 1:
            ranges[-1] = (ranges[-1][0], byte)
        else:
            ranges.append((byte, byte))
    return b"[" + b"".join(_byte(a) if a == b else _byte(a) + b"-" + _byte(b) for a, b in ranges) + b"]"


def _byte(byte: int) -> bytes:
    char = chr(byte)
    return char.encode() if char.isascii() and char.isalnum() else b"\\x%02x" % byte


def heads(node: Node, *, limit: int = 48) -> tuple[bytes, ...]:
    """Literal beginnings: every match starts with one of them. Empty when there is no such short list."""
    found, _ = _heads(node, limit)
    return tuple(sorted(found)) if found and min(map(len, found)) >= 2 else ()


def _heads(node: Node, limit: int) -> tuple[set[bytes], bool]:
    """Beginnings, and whether they are the whole of the node (so that a sequence may go on)."""
    match node:
        case Char(of):
            return ({bytes((byte,)) for byte in of}, True) if len(of) <= 6 else ({b""}, False)
        case Seq(items):
            return _sequence_heads(items, limit)
        case Alt(options):
            parts = [_heads(option, limit) for option in options]
            return set().union(*(part for part, _ in parts)), all(whole for _, whole in parts)
        case Repeat(item, low, high):
            if low == 0 or high != low:
                first = _heads(item, limit)[0] if low else {b""}
                return first, False
            return _sequence_heads((item,) * low, limit)
        case Value(item):
            return _heads(item, limit)


def _sequence_heads(items: tuple[Node, ...], limit: int) -> tuple[set[bytes], bool]:
    found = {b""}
    for item in items:
        more, whole = _heads(item, limit)
        if len(found) * len(more) > limit:
            return found, False
        found = {a + b for a in found for b in more}
        if not whole:
            return found, False
    return found, True


def literals(node: Node) -> tuple[bytes, ...]:
    """Lower-case texts of which one at least is in every match, also as raw JSON; empty when nothing is required."""
    by_head = frozenset(head.lower() for head in heads(node))
    if any(_ESCAPED & frozenset(head) for head in by_head):
        by_head = frozenset()
    best = max(_literals(node), by_head, key=lambda texts: min(map(len, texts), default=0))
    return tuple(sorted(best))


def _literals(node: Node) -> frozenset[bytes]:
    match node:
        case Char(of):
            low = frozenset(bytes(of).lower())
            return frozenset((bytes(low),)) if len(low) == 1 and not low & _ESCAPED else frozenset()
        case Seq(items):
            return _sequence_literals(items)
        case Alt(options):
            parts = [_literals(option) for option in options]
            return frozenset().union(*parts) if all(parts) else frozenset()
        case Repeat(item, low, _):
            return _literals(item) if low else frozenset()
        case Value(item):
            return _literals(item)


def _sequence_literals(items: tuple[Node, ...]) -> frozenset[bytes]:
    """The best of: runs of fixed characters, and what single items require."""
    found: list[frozenset[bytes]] = []
    run = b""
    for item in (*items, Alt(())):
        fixed = _literals(item) if isinstance(item, Char) else frozenset()
        if fixed:
            run += next(iter(fixed))
            continue
        if run:
            found.append(frozenset((run,)))
            run = b""
        if not isinstance(item, Char):
            found.append(_literals(item))
    return max(found, key=_worth, default=frozenset())


def _worth(texts: frozenset[bytes]) -> tuple[int, int]:
    return (min(map(len, texts)), -len(texts)) if texts else (0, 0)


def members(text: str) -> frozenset[int]:
    """The bytes of the inside of a class, for example `A-Za-z0-9_`; none for the empty text."""
    return _Parser(text + "]").members() if text else frozenset()


def tail(node: Node) -> frozenset[int] | None:
    """What the end of a match is made of when nothing but its text limits it."""
    match node:
        case Seq(items) if items:
            return tail(items[-1])
        case Value(item):
            return tail(item)
        case Repeat(Char(of), _, None):
            return of
        case _:
            return None


def cut_tail(node: Node) -> Node:
    """The shape with such an end cut to its least length."""
    match node:
        case Seq(items) if items:
            return Seq((*items[:-1], cut_tail(items[-1])))
        case Value(item):
            return Value(cut_tail(item))
        case Repeat(Char(_) as item, low, None):
            return Repeat(item, low, low)
        case _:
            return node


def bounded(node: Node) -> bool:
    """Whether every match has a greatest length."""
    match node:
        case Char():
            return True
        case Seq(items) | Alt(items):
            return all(bounded(item) for item in items)
        case Repeat(item, _, high):
            return high is not None and bounded(item)
        case Value(item):
            return bounded(item)
