"""Names without a model: what is said in a cluster more often than elsewhere, and the text in its middle."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Matrix = NDArray[np.float32]

TERMS = 6
SESSIONS = 2
_WORD = re.compile(r"[a-z][a-z0-9_]{2,}")
# fmt: off
_COMMON = frozenset({
    "all", "also", "and", "any", "are", "been", "being", "but", "call", "can", "code", "could", "did", "does",
    "done", "error", "exit", "failed", "failure", "file", "files", "for", "from", "get", "got", "had", "has",
    "have", "how", "into", "its", "just", "let", "like", "line", "lines", "made", "make", "more", "most",
    "need", "not", "now", "one", "only", "out", "please", "same", "see", "should", "some", "than", "that",
    "the", "then", "there", "they", "this", "tool", "tool_use_error", "use", "used", "using", "want", "was",
    "way", "were", "what", "when", "where", "which", "while", "who", "why", "will", "with", "would", "you",
    "your",
})
# fmt: on


def words(text: str) -> list[str]:
    """The words that may be terms, and pairs of neighbours."""
    single = [word for word in _WORD.findall(text.lower()) if word not in _COMMON]
    return single + [f"{one} {two}" for one, two in pairwise(single)]


def terms(groups: Sequence[Sequence[tuple[int | None, str]]]) -> list[list[str]]:
    """For each group of (session, text) its distinguishing words, the best first.

    A word that only one session uses names nobody's problem but its own, and may name its owner: it is left out.
    """
    counts = [_counted(group) for group in groups]
    everywhere: Counter[str] = Counter()
    for each in counts:
        everywhere.update(each)
    mean = sum(map(len, groups)) / max(len(groups), 1)
    return [_best(each, everywhere, mean) for each in counts]


def _counted(group: Iterable[tuple[int | None, str]]) -> Counter[str]:
    sessions: dict[str, set[int | None]] = defaultdict(set)
    found: Counter[str] = Counter()
    for session, text in group:
        for word in set(words(text)):
            found[word] += 1
            sessions[word].add(session)
    return Counter({word: count for word, count in found.items() if len(sessions[word]) >= SESSIONS})


def _best(counts: Counter[str], everywhere: Counter[str], mean: float) -> list[str]:
    scored = {word: count * math.log(1 + mean / everywhere[word]) for word, count in counts.items()}
    chosen: list[str] = []
    for word in sorted(scored, key=lambda each: (-scored[each], each)):
        if not any(word in other or other in word for other in chosen):
            chosen.append(word)
        if len(chosen) == TERMS:
            break
    return chosen


def name(detector: str, found: Sequence[str], taken: Iterable[str]) -> str:
    """`<what finds it>_<first term>_<second term>`, in snake_case, used by no other cluster."""
    begins = plain("_".join((detector, *found[:2])))
    used = frozenset(taken)
    candidate, number = begins, 2
    while candidate in used:
        candidate, number = f"{begins}_{number}", number + 1
    return candidate


def plain(text: str) -> str:
    """The text in snake_case, at most 60 characters."""
    return re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")[:60].rstrip("_")


def medoid(vectors: Matrix) -> int:
    """The place of the row that is nearest to all others."""
    import numpy as np

    return int(np.argmax(vectors @ vectors.mean(axis=0)))
