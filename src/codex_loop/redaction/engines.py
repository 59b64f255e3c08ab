"""Which rules may have a match, and where: one answer, three speeds.

`hits` may report too much, never too little; the spans come from the same code for every engine. So the
choice of engine changes how long it takes and nothing else.
"""

from __future__ import annotations

import re
from functools import lru_cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, NamedTuple, Protocol

from codex_loop.redaction import shape as shapes
from codex_loop.redaction.raw import NEEDLESS, raw_regex

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from codex_loop.redaction.matcher import Compile, Pattern
    from codex_loop.redaction.rule import Rule

ENGINES = ("hyperscan", "re2", "pure")


class Hit(NamedTuple):
    """A rule that may match, and the end of what made us think so."""

    end: int
    rule: int


class Engine(Protocol):
    """Finds the rules worth a closer look. The rule after the last one means: printable ASCII was escaped."""

    name: str

    def hits(self, data: bytes) -> list[Hit]:
        """Where rules may match in raw bytes, decoded or not."""
        ...


def choose(name: str) -> str:
    """The engine that `name` stands for on this machine; `auto` is the fastest one there is."""
    if name == "auto":
        return next(engine for engine in ENGINES if engine == "pure" or find_spec(engine))
    if name not in ENGINES:
        raise ValueError(f"no engine named {name!r}; there are auto, {', '.join(ENGINES)}")
    if name != "pure" and not find_spec(name):
        raise ValueError(f"engine {name!r} is not installed; use auto or pure")
    return name


def make(name: str, rules: Sequence[Rule], version: str) -> Engine:
    """The engine, ready to scan."""
    if name == "hyperscan":
        from codex_loop.redaction.hyperscan_engine import HyperscanEngine

        return HyperscanEngine(lambda: expressions(rules), version)
    return LiteralEngine(name, rules)


def span_compiler(name: str) -> Compile:
    """What compiles a rule's own expression: re2 where there is one, except for the pure engine."""
    return _re2 if name != "pure" and find_spec("re2") else _re


def expressions(rules: Sequence[Rule]) -> list[bytes]:
    """What to look for in raw bytes: one expression for each rule, and at the end the escaped ASCII."""
    return [*(raw_regex(shapes.parse(rule.hint or rule.shape)) for rule in rules), NEEDLESS]


def _re(pattern: bytes) -> Pattern:
    return re.compile(pattern)


def _re2(pattern: bytes) -> Pattern:
    import re2

    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    compiled: Pattern = re2.compile(pattern, options=options)
    return compiled


class LiteralEngine:
    """No engine at all: texts that every match of a rule contains, looked for one after the other."""

    def __init__(self, name: str, rules: Sequence[Rule]) -> None:
        self.name = name
        self._needles, self._shaped = _needles(tuple(rule.hint or rule.shape for rule in rules))
        self._compile = span_compiler(name)
        self._expressions = {index: self._compile(expressions([rules[index]])[0]) for index in self._shaped}
        self._needless = (re.compile(NEEDLESS), len(rules))

    def hits(self, data: bytes) -> list[Hit]:
        """Every place of every needle, and of the rules that have no needle."""
        return sorted({*self._by_needle(data.lower()), *self._by_shape(data), *self._by_needless(data)})

    def _by_needle(self, lowered: bytes) -> Iterator[Hit]:
        for needle, rules in self._needles.items():
            at = lowered.find(needle)
            while at >= 0:
                at += len(needle)
                yield from (Hit(at, rule) for rule in rules)
                at = lowered.find(needle, at)

    def _by_shape(self, data: bytes) -> Iterator[Hit]:
        for index, pattern in self._expressions.items():
            at = 0
            while (match := pattern.search(data, at)) is not None:
                yield Hit(match.end(), index)
                at = match.start() + 1 if match.end() == match.start() else match.end()

    def _by_needless(self, data: bytes) -> Iterator[Hit]:
        pattern, index = self._needless
        return (Hit(match.end(), index) for match in pattern.finditer(data))


@lru_cache(maxsize=4)
def _needles(shape_texts: tuple[str, ...]) -> tuple[dict[bytes, tuple[int, ...]], tuple[int, ...]]:
    """Needle to rules, and the rules without one."""
    needles: dict[bytes, list[int]] = {}
    without: list[int] = []
    for index, text in enumerate(shape_texts):
        required = shapes.literals(shapes.parse(text))
        if not required or min(map(len, required)) < 2:
            without.append(index)
        for needle in required if index not in without else ():
            needles.setdefault(needle, []).append(index)
    return {needle: tuple(rules) for needle, rules in needles.items()}, tuple(without)
