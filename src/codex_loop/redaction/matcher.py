"""One rule at work: all places in a decoded text where it finds a secret."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple, Protocol

from codex_loop.redaction import shape as shapes
from codex_loop.redaction.boundary import closes, opens
from codex_loop.redaction.pem import pem_end
from codex_loop.redaction.worth import worth

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from codex_loop.redaction.rule import Rule

    Compile = Callable[[bytes], "Pattern"]

MOST_HEADS = 16


class Match(Protocol):
    def start(self, group: int = ..., /) -> int: ...
    def end(self, group: int = ..., /) -> int: ...


class Pattern(Protocol):
    """What re and re2 have in common."""

    def match(self, data: bytes, pos: int, /) -> Match | None: ...
    def search(self, data: bytes, pos: int, /) -> Match | None: ...


class Span(NamedTuple):
    """Where a secret stands, and which rule says so."""

    start: int
    end: int
    rule: int


class Matcher:
    """Finds one rule's secrets. Built on the first hit of the rule: most rules never get one."""

    def __init__(self, index: int, rule: Rule, compile_pattern: Compile) -> None:
        self.index, self.rule, self._compile = index, rule, compile_pattern

    @cached_property
    def _tree(self) -> shapes.Node:
        return shapes.parse(self.rule.shape)

    @cached_property
    def _heads(self) -> tuple[bytes, ...]:
        found = shapes.heads(self._tree)
        return found if len(found) <= MOST_HEADS else ()

    @cached_property
    def _pattern(self) -> Pattern:
        # Where every place of a text may be a beginning, the search must be bounded; `_tail` does the rest.
        return self._compile(shapes.regex(self._tree if self._heads else shapes.cut_tail(self._tree)))

    @cached_property
    def _tail(self) -> re.Pattern[bytes] | None:
        tail = None if self._heads else shapes.tail(self._tree)
        return re.compile(shapes.char_class(tail) + b"*") if tail else None

    @cached_property
    def _has_group(self) -> bool:
        return b"(" in shapes.regex(self._tree).replace(b"(?:", b"")

    def _value_group(self, match: Match) -> int:
        return 1 if self._has_group and match.start(1) >= 0 else 0

    @cached_property
    def _before(self) -> frozenset[int]:
        return shapes.members(self.rule.before)

    @cached_property
    def _after(self) -> frozenset[int]:
        return shapes.members(self.rule.after)

    def spans(self, data: bytes) -> Iterator[Span]:
        """Secrets from left to right, none overlapping another of the same rule."""
        return self._by_head(data) if self._heads else self._by_search(data)

    def _by_head(self, data: bytes) -> Iterator[Span]:
        done = 0
        for start in self._starts(data):
            if start < done:
                continue
            match = self._pattern.match(data, start)
            if match is None:
                continue
            span = self._judged(data, match)
            if span is not None:
                done = span.end
                yield span

    def _starts(self, data: bytes) -> list[int]:
        """Every allowed beginning. The boundary is asked first: it is what keeps hostile repeats linear."""
        starts: list[int] = []
        for head in self._heads:
            at = data.find(head)
            while at >= 0:
                if opens(data, at, self._before):
                    starts.append(at)
                at = data.find(head, at + 1)
        return sorted(starts)

    def _by_search(self, data: bytes) -> Iterator[Span]:
        at = 0
        while (match := self._pattern.search(data, at)) is not None:
            at = match.start() + 1
            if not opens(data, match.start(), self._before):
                continue
            span = self._judged(data, match)
            if span is not None:
                yield span
                at = max(at, span.end)

    def _judged(self, data: bytes, match: Match) -> Span | None:
        group = self._value_group(match)
        start, end = match.start(group), match.end(group)
        if self.rule.check == "pem":
            found = pem_end(data, end)
            return None if found is None else Span(start, found, self.index)
        if self._tail is not None:
            longer = self._tail.match(data, end)
            end = longer.end() if longer else end
        if not closes(data, end, self._after) or not worth(self.rule.check, data[start:end]):
            return None
        return Span(start, end, self.index)
