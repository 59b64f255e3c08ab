"""All secrets of one decoded text, in an order that leaves nothing behind.

Definite rules run first and again until they find nothing: hiding one secret can uncover the beginning of
the next. What is found is blanked with NULs, which no shape contains, so that no later match reaches
across. Candidates are looked for in what is left; that is why definite always beats candidate.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from codex_loop.redaction.matcher import Matcher, Span
from codex_loop.redaction.tags import without_tags

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence
    from collections.abc import Set as AbstractSet

    from codex_loop.redaction.matcher import Compile
    from codex_loop.redaction.rule import Rule

    Which = Callable[[bytes], AbstractSet[int]]


_REST = 3
"""No character has more bytes behind its first."""


class Scanner:
    """Applies rules to a text. `which` names the rules that may have a match there, never too few."""

    def __init__(self, rules: Sequence[Rule], compile_pattern: Compile, which: Which, *, replace: bool) -> None:
        self._matchers = [Matcher(index, rule, compile_pattern) for index, rule in enumerate(rules)]
        self._definite = frozenset(index for index, rule in enumerate(rules) if rule.tier == "definite")
        self._candidate = frozenset(range(len(rules))) - self._definite
        self._names = frozenset(rule.id for rule in rules)
        self._which, self._replace = which, replace

    def scan(self, data: bytes, rules: AbstractSet[int], *, floor: int = 0, generic: bool = True) -> list[Span]:
        """Secrets that begin at `floor` or later, sorted, none overlapping; candidates only when `generic`."""
        left = without_tags(data, self._names)
        found: list[Span] = []
        while True:
            left, definite = self._definite_spans(left, rules, floor)
            found += definite
            if definite:
                rules = self._which(left)
            candidates = self._pass(left, rules & self._candidate, floor) if generic else []
            found += candidates
            if not (self._replace and candidates):
                return sorted(found)
            left = _blank(left, candidates)
            rules = self._which(left)

    def _definite_spans(self, left: bytes, rules: AbstractSet[int], floor: int) -> tuple[bytes, list[Span]]:
        found: list[Span] = []
        while new := self._pass(left, rules & self._definite, floor):
            found += new
            left = _blank(left, new)
            rules = self._which(left)
        return left, found

    def _pass(self, data: bytes, rules: Collection[int], floor: int) -> list[Span]:
        return merged(
            _whole(span, data)
            for index in sorted(rules)
            for span in self._matchers[index].spans(data)
            if span.start >= floor
        )


def merged(spans: Iterable[Span]) -> list[Span]:
    """Overlapping spans become one; the longest gives it its name, the earlier rule when they are equal."""
    done: list[Span] = []
    longest = 0
    for span in sorted(spans, key=lambda s: (s.start, -s.end, s.rule)):
        length = span.end - span.start
        if done and span.start < done[-1].end:
            last = done[-1]
            name = span.rule if length > longest else last.rule
            longest = max(longest, length)
            done[-1] = Span(last.start, max(last.end, span.end), name)
        else:
            done.append(span)
            longest = length
    return done


def _whole(span: Span, data: bytes) -> Span:
    """To the end of its last character: shapes count bytes, and what is left of half a character is no text."""
    end = span.end
    while end < len(data) and end < span.end + _REST and data[end] & 0xC0 == 0x80:
        end += 1
    return span if end == span.end else span._replace(end=end)


def _blank(data: bytes, spans: Iterable[Span]) -> bytes:
    blanked = bytearray(data)
    for start, end, _ in spans:
        blanked[start:end] = b"\0" * (end - start)
    return bytes(blanked)
