"""A turn as numbers: which cues it holds, how it is built, and which words and letters it is made of.

The same function serves training and judging; a model names the `VERSION` it was trained with.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from math import log2
from typing import NamedTuple
from zlib import crc32

from codex_loop.semantics import cues
from codex_loop.semantics.turn import Turn

VERSION = 2
BUCKETS = 1 << 14
_OWN_CHARACTERS = 700
_AGENT_CHARACTERS = 500
_FENCE = re.compile(r"```.*?(?:```|$)|`[^`]*`|https?://\S+", re.DOTALL)
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?|\d+|[!?]+")
_CAPITALS = re.compile(r"\b[A-Z]{2,}\b")
_ALPHABETIC = re.compile(r"\b[^\W\d_]{2,}\b")
_BARE = re.compile(
    r"\b(did|do|does|is|was|are|were|have|has|had|would|could|should|wo|ca)nt\b", re.IGNORECASE
)  # fmt: skip
"""`didnt` is `didn't`: people in a hurry leave marks out."""
_WIDE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_COMMON = frozenset({
    "the", "a", "an", "i", "you", "it", "is", "to", "of", "and", "in", "for", "on", "my", "me", "that", "this",
    "be", "do", "can", "with", "at", "are", "have", "was", "we", "your", "what", "so", "or", "as", "if",
    "would", "like", "please", "need", "want", "not", "no", "yes",
})  # fmt: skip


class Features(NamedTuple):
    """What a turn shows."""

    named: dict[str, float]
    """Cues, pairs of cues, and measures of form."""
    groups: tuple[Sequence[int], ...]
    """Buckets of hashed n-grams: of the person's words, of their letters, of the agent's words. Each group counts as
    one vector of length 1."""


def features(turn: Turn) -> Features:
    """Deterministic on every machine: nothing but the texts decides."""
    text = _FENCE.sub(" ", _ends(turn.text, _OWN_CHARACTERS))
    previous = _ends(turn.previous or "", _AGENT_CHARACTERS)
    words = _words(text)
    heard = _words(_FENCE.sub(" ", previous))
    named = _cues(text, previous)
    named.update(_form(turn.text[:_OWN_CHARACTERS], words))
    named.update(_echoes(words, heard, _words((turn.before or "")[:_OWN_CHARACTERS])))
    groups = (
        _buckets("w", [*words, *map(" ".join, pairwise(["^", *words]))]),
        _buckets("c", _letters(text.lower())),
        _buckets("p", [*heard, *map(" ".join, pairwise(heard))]),
    )
    return Features(named, groups)


def _ends(text: str, most: int) -> str:
    """The beginning and the end of a long text: there people say what they think."""
    kept = text if len(text) <= most else f"{text[: most // 2]} {text[-most // 2 :]}"
    return _BARE.sub(r"\1n't", kept.replace("\u2019", "'"))


def _words(text: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(text)]


def _cues(text: str, previous: str) -> dict[str, float]:
    said = cues.of_person(text)
    heard = cues.of_agent(previous) if previous else ["nothing"]
    named = {f"p:{name}": 1.0 for name in said}
    named.update({f"a:{name}": 1.0 for name in heard})
    named.update({f"p:{one}&a:{two}": 1.0 for one in (said or ["plain"]) for two in heard})
    named.update({f"p:{one}&p:{two}": 1.0 for at, one in enumerate(said) for two in said[at + 1 :]})
    if cues.is_work(text) or cues.is_work(previous):
        told = [*said, *cues.at_work(text)] or ["plain"]
        named.update({f"w:{name}": 1.0 for name in told})
        named.update({f"w:{one}&a:{two}": 1.0 for one in told for two in heard})
        named.update({f"w:{one}&w:{two}": 1.0 for at, one in enumerate(told) for two in told[at + 1 :]})
    return named


def _form(text: str, words: Sequence[str]) -> dict[str, float]:
    alphabetic = _ALPHABETIC.findall(text)
    shouted = len(_CAPITALS.findall(text)) / len(alphabetic) if len(alphabetic) >= 3 else 0.0
    count = len(_WIDE.findall(text)) // 2 + len(words)
    marks = [word for word in words if word[0] in "!?"]
    shown = {
        "f:length": min(log2(1 + count) / 6, 1.5),
        "f:one": float(count <= 1),
        "f:short": float(2 <= count <= 4),
        "f:long": float(count > 25),
        "f:shouted": shouted if shouted >= 0.4 else 0.0,
        "f:bang": float("!" in text),
        "f:bangs": float(any(mark.count("!") > 1 for mark in marks)),
        "f:asked": float("?" in text),
        "f:asked_much": float(any(len(mark) > 1 and "?" in mark for mark in marks)),
        "f:dots": float("..." in text or "…" in text),
    }
    return {name: value for name, value in shown.items() if value}


def _echoes(words: Sequence[str], heard: Sequence[str], before: Sequence[str]) -> dict[str, float]:
    said = frozenset(words) - _COMMON
    shown = {"e:agent": _shared(said, heard), "e:before": _shared(said, before)}
    if shown["e:before"] >= 0.5 and len(said) >= 3:
        shown["e:repeats"] = 1.0
    return {name: value for name, value in shown.items() if value}


def _shared(said: frozenset[str], other: Sequence[str]) -> float:
    told = frozenset(other) - _COMMON
    return len(said & told) / len(said | told) if said and told else 0.0


def _letters(text: str) -> list[str]:
    """Runs of three and four letters, words' ends included; of scripts without spaces also single signs and pairs."""
    padded = f" {' '.join(text.split())} "[:400]
    runs = [padded[at : at + 4] for at in range(len(padded) - 3)] + [
        padded[at : at + 3] for at in range(len(padded) - 2)
    ]
    if _WIDE.search(padded):
        runs += [padded[at : at + 2] for at in range(len(padded) - 1)] + list(padded)
    return runs


def _buckets(group: str, grams: Sequence[str]) -> Sequence[int]:
    return sorted({crc32(f"{group}{gram}".encode("utf-8", "replace")) % BUCKETS for gram in grams})
