"""Made-up secrets in the published format of a rule, for tests and benchmarks. None of them was ever valid."""

from __future__ import annotations

import string
from typing import TYPE_CHECKING, NamedTuple

from codex_loop.redaction import shape as shapes
from codex_loop.redaction.worth import worth

if TYPE_CHECKING:
    from random import Random

    from codex_loop.redaction.rule import Rule

_PLAIN = frozenset((string.ascii_letters + string.digits).encode())
_BASE64 = string.ascii_letters + string.digits + "+/"
_PEM_LINES = 6
_PEM_WIDTH = 64
_MANY = 8


class Example(NamedTuple):
    """A text as a person would paste it, and the part of it that must not survive."""

    text: str
    secret: str


def example(rule: Rule, random: Random) -> Example:
    """One example of a rule; the same random state gives the same example. Never a placeholder."""
    tree = shapes.parse(rule.sample)
    while True:
        marks: list[tuple[int, int]] = []
        text = bytearray()
        _write(tree, random, text, marks)
        start, end = marks[0] if marks else (0, len(text))
        if rule.check == "pem":
            return _pem(random)
        if worth(rule.check, bytes(text[start:end])):
            return Example(text.decode(), text[start:end].decode())


def _write(node: shapes.Node, random: Random, out: bytearray, marks: list[tuple[int, int]]) -> None:
    match node:
        case shapes.Char(of):
            out.append(random.choice(sorted(of & _PLAIN or of) if len(of) > 2 * len(_PLAIN) else sorted(of)))
        case shapes.Seq(items):
            for item in items:
                _write(item, random, out, marks)
        case shapes.Alt(options):
            _write(random.choice(options), random, out, marks)
        case shapes.Repeat(item, low, high):
            for _ in range(random.randint(low, low + _MANY if high is None else high)):
                _write(item, random, out, marks)
        case shapes.Value(item):
            start = len(out)
            _write(item, random, out, marks)
            marks.append((start, len(out)))


def _pem(random: Random) -> Example:
    body = "\n".join("".join(random.choices(_BASE64, k=_PEM_WIDTH)) for _ in range(_PEM_LINES))
    kind = random.choice(("", "RSA ", "EC ", "OPENSSH ", "ENCRYPTED "))
    return Example(f"-----BEGIN {kind}PRIVATE KEY-----\n{body}\n-----END {kind}PRIVATE KEY-----", body)
