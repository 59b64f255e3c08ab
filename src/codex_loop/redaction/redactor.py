"""The redactor: texts, lines and blocks in, the same without secrets out.

A line is treated as JSON when it is made like JSON (`leaves.py`), else as one text; torn lines, invalid
UTF-8 and lone surrogates need no special path. Nothing is parsed into objects, so there is no depth at
which it would have to give up.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from typing import TYPE_CHECKING

from codex_loop.redaction import engines, leaves
from codex_loop.redaction.findings import BlockLine, Finding, LineFinding, Redacted, RedactedBlock, RedactedLine
from codex_loop.redaction.rules import RULES
from codex_loop.redaction.scanner import Scanner, merged
from codex_loop.redaction.structure import is_opaque
from codex_loop.redaction.tags import tag
from codex_loop.redaction.version import rules_version

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from collections.abc import Set as AbstractSet

    from codex_loop.redaction.engines import Hit
    from codex_loop.redaction.matcher import Span

_NEEDLESS = len(RULES)
_COLON = re.compile(rb"\s*:\s*")
_CONTINUATIONS = bytes(range(0x80, 0xC0))


class Redactor:
    """Takes secrets out. One per process and key; safe to share between threads.

    `engine` is auto, hyperscan, re2 or pure; all give the same result. With `candidate` also what is only
    perhaps a secret is replaced: for everything that leaves the machine. Without it, candidates are
    reported and their text is kept.
    """

    def __init__(self, key: bytes, *, engine: str = "auto", candidate: bool = False) -> None:
        self.rules_version = rules_version()
        self.engine = engines.choose(engine)
        self.candidate = candidate
        self._key = key
        self._engine = engines.make(self.engine, RULES, self.rules_version)
        self._scanner = Scanner(RULES, engines.span_compiler(self.engine), self._which, replace=candidate)

    def redact(self, text: str) -> Redacted:
        """The text without secrets; offsets of the findings are those of the text that went in."""
        data = text.encode("utf-8", "surrogatepass")
        spans = self._text_spans(data, self._which(data))
        if not spans:
            return Redacted(text, ())
        findings = tuple(_findings(data, spans))
        changed = self._replaced(data, self._hidden(spans))
        return Redacted(changed.decode("utf-8", "surrogatepass"), findings)

    def line(self, line: bytes) -> RedactedLine:
        """One line without secrets: the same object when nothing was found."""
        return self._line(line, self._engine.hits(line))

    def block(self, block: bytes) -> RedactedBlock:
        """Many lines at once. One pass over the raw bytes decides which lines are looked at at all."""
        lines = tuple(self._found_lines(block, self._engine.hits(block)))
        changed = [line for line in lines if line.redacted.changed]
        if not changed:
            return RedactedBlock(block, lines, changed=False)
        parts: list[bytes] = []
        done = 0
        for line in changed:
            parts += (block[done : line.start], line.redacted.line)
            done = line.end
        parts.append(block[done:])
        return RedactedBlock(b"".join(parts), lines, changed=True)

    def _found_lines(self, block: bytes, hits: Sequence[Hit]) -> Iterator[BlockLine]:
        index = at = counted = 0
        while at < len(hits):
            start = block.rfind(b"\n", 0, hits[at].end) + 1
            end = block.find(b"\n", start)
            end = len(block) if end < 0 else end
            here = at
            while at < len(hits) and hits[at].end <= end:
                at += 1
            redacted = self._line(block[start:end], hits[here:at], start)
            if redacted.findings:
                index += block.count(b"\n", counted, start)
                counted = start
                yield BlockLine(index, start, end, redacted)

    def _which(self, data: bytes) -> AbstractSet[int]:
        return {hit.rule for hit in self._engine.hits(data)}

    def _line(self, line: bytes, hits: Sequence[Hit], base: int = 0) -> RedactedLine:
        if not hits:
            return RedactedLine(line, (), changed=False)
        literals = leaves.literals(line)
        if literals is None:
            spans = self._text_spans(line, {hit.rule for hit in hits})
        else:
            spans = self._json_spans(line, literals, hits, base)
        if not spans:
            return RedactedLine(line, (), changed=False)
        hidden = self._hidden(spans)
        return RedactedLine(self._replaced(line, hidden) if hidden else line, _counted(spans), changed=bool(hidden))

    def _json_spans(
        self, line: bytes, literals: Sequence[tuple[int, int]], hits: Sequence[Hit], base: int
    ) -> list[Span]:
        """Only literals with a hit are decoded; a hit in a key counts for its value too."""
        wanted: dict[int, set[int]] = {}
        ends = [end for _, end in literals]
        for end, rule in hits:
            index = bisect_left(ends, end - base)
            if index < len(literals) and end - base > literals[index][0]:
                wanted.setdefault(index, set()).add(rule)
        for index in sorted(wanted):
            if index + 1 < len(literals) and _is_key(line, literals, index):
                wanted.setdefault(index + 1, set()).update(wanted[index])
        return [span for index in sorted(wanted) for span in self._literal_spans(line, literals, index, wanted[index])]

    def _literal_spans(
        self, line: bytes, literals: Sequence[tuple[int, int]], index: int, rules: AbstractSet[int]
    ) -> Iterator[Span]:
        """Secrets of one literal. A value is read together with its key, which may be what gives it away."""
        start, end = literals[index]
        key, gap = _key_before(line, literals, index)
        prefix = leaves.text(b'"' + key + b'"') + gap if gap else b""
        generic = not is_opaque(key)
        text = leaves.text(line[start:end])
        found = self._text_spans(prefix + text, rules, floor=len(prefix), generic=generic)
        places = leaves.same_places(text, line[start + 1 : end - 1], found, len(prefix))
        if places is None:
            inside = leaves.decode(line[start + 1 : end - 1])
            found = self._text_spans(prefix + inside.text, rules, floor=len(prefix), generic=generic)
            places = [inside.raw_span(span.start - len(prefix), span.end - len(prefix)) for span in found]
        for span, (first, last) in zip(found, places, strict=True):
            yield span._replace(start=start + 1 + first, end=start + 1 + last)

    def _text_spans(self, data: bytes, rules: AbstractSet[int], *, floor: int = 0, generic: bool = True) -> list[Span]:
        """Secrets of a decoded text, also those behind escapes that a second reader would undo."""
        if _NEEDLESS not in rules:
            return self._scanner.scan(data, rules, floor=floor, generic=generic)
        rules = self._which(data) - {_NEEDLESS}
        spans = self._scanner.scan(data, rules, floor=floor, generic=generic)
        plain = leaves.decode_needless(data)
        if not plain.at:
            return spans
        behind = self._scanner.scan(plain.text, self._which(plain.text) - {_NEEDLESS}, floor=floor, generic=generic)
        back = [span._replace(start=a, end=b) for span in behind for a, b in (plain.raw_span(span.start, span.end),)]
        return self._both(spans, [span for span in back if span.start >= floor])

    def _both(self, spans: list[Span], more: list[Span]) -> list[Span]:
        """Definite before candidate, as everywhere."""
        definite = merged(span for span in spans + more if RULES[span.rule].tier == "definite")
        candidates = merged(span for span in spans + more if RULES[span.rule].tier == "candidate")
        apart = [c for c in candidates if all(c.end <= d.start or d.end <= c.start for d in definite)]
        return sorted(definite + apart)

    def _hidden(self, spans: Sequence[Span]) -> list[Span]:
        return [span for span in spans if self.candidate or RULES[span.rule].tier == "definite"]

    def _replaced(self, data: bytes, spans: Sequence[Span]) -> bytes:
        parts: list[bytes] = []
        done = 0
        for start, end, rule in spans:
            parts += (data[done:start], tag(self._key, RULES[rule].id, data[start:end]))
            done = end
        parts.append(data[done:])
        return b"".join(parts)


def _is_key(line: bytes, literals: Sequence[tuple[int, int]], index: int) -> bool:
    return _COLON.fullmatch(line, literals[index][1], literals[index + 1][0]) is not None


def _key_before(line: bytes, literals: Sequence[tuple[int, int]], index: int) -> tuple[bytes, bytes]:
    """The key of a value, raw, and what stands between the two; of an array's element only the key."""
    at = index
    while at > 0:
        gap = line[literals[at - 1][1] : literals[at][0]]
        if _COLON.fullmatch(gap):
            start, end = literals[at - 1]
            return line[start + 1 : end - 1], b'"' + gap + b'"'
        if b":" in gap and not gap.strip(b" \t[:"):
            start, end = literals[at - 1]
            return line[start + 1 : end - 1], b""
        if gap.strip(b" \t,"):
            return b"", b""
        at -= 1
    return b"", b""


def _findings(data: bytes, spans: Sequence[Span]) -> Iterator[Finding]:
    """Offsets in characters; each byte is counted once, however many secrets there are."""
    at = told = 0
    for span in spans:
        start = told + _characters(data[at : span.start])
        told, at = start + _characters(data[span.start : span.end]), span.end
        rule = RULES[span.rule]
        yield Finding(rule.id, rule.tier, start, told)


def _characters(data: bytes) -> int:
    """Characters that begin here: every byte of UTF-8 that is not a continuation."""
    return len(data.translate(None, _CONTINUATIONS))


def _counted(spans: Sequence[Span]) -> tuple[LineFinding, ...]:
    counts = Counter(span.rule for span in spans)
    return tuple(LineFinding(RULES[rule].id, RULES[rule].tier, count) for rule, count in sorted(counts.items()))
