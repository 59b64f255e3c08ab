"""What people say: corrections, the same again in other words, praise. By patterns; a model may know better.

Words are a weak proof, so patterns here are few, look only at the beginning of a prompt outside code, and need
something that happened before: a correction needs work to correct.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise

from codex_loop.signals.detector import Detector, Finding, first_words
from codex_loop.signals.session import Goal, Prompt, Session

OPENING = 60
SIMILAR = 0.62
DUPLICATE = 0.85
REPHRASED = 3
SHORTEST = 20
FEWEST_WORDS = 4
_FENCE = re.compile(r"```.*?(?:```|$)|`[^`]*`", re.DOTALL)
_WORD = re.compile(r"[^\W_]+", re.UNICODE)
_CORRECTION = re.compile(
    r"^\W*(?:(?:ok|okay|hm+|wait|well|sorry|but|and)\b\W*)*"
    r"(?:nope\b|no\b(?!\s+(?:problem|worries|rush|need|issue|changes?|longer|matter|idea|thanks))(?=\W*(?:[,.!:;-]|that|this|i|it|not|you"
    r"|the|don't|use|we|leave|$))"
    r"|not (?:what|like that|that|there|this)\b|that'?s (?:not|wrong)|that is (?:not|wrong)|this is (?:not|wrong)"
    r"|i (?:meant|said|asked(?: you)? (?:for|to)|wanted|didn'?t (?:mean|ask|want|say))\b|wrong\b|instead\b(?! of)"
    r"|you (?:misunderstood|forgot|missed|broke|removed|deleted|changed the wrong|edited the wrong|ignored)\b"
    r"|don'?t do (?:that|this)|stop doing|why did you\b|it (?:still|should) (?:not )?(?:be|fail|break|doesn))",
    re.IGNORECASE,
)
_PRAISE = re.compile(
    r"^\W*(?:(?:ok|okay|wow|yes|yeah|ah|oh|great|nice|cool|super)\b\W*)*(?:perfect|excellent|awesome|brilliant|amazing|fantastic|wonderful"
    r"|great (?:job|work|stuff)|nice(?:ly done| work| job| one)|well done|good (?:job|work)|thank(?:s| you)|thx|ty\b"
    r"|love (?:it|this)|works (?:perfectly|great|like a charm|now)|(?:it|this|that|now it) (?:works|worked)\b"
    r"|(?:that|this|it)(?:'?s| is| looks) (?:perfect|great|excellent|awesome|exactly|amazing|wonderful|brilliant)"
    r"|that (?:fixed it|did it)|looks (?:good|great|perfect)|exactly)",
    re.IGNORECASE,
)
_SARCASM = re.compile(
    r"thanks? (?:you )?for nothing|great,? (?:another|now it|it'?s broken|more)|nice,? (?:another|it broke)"
    r"|perfect(?:ly)?,? (?:except|another|now it)|(?:still|again) (?:fail|broken|wrong)"
    r"|\bbut\b.{0,40}\b(?:still|not|doesn|broke|fail|wrong)",
    re.IGNORECASE | re.DOTALL,
)
_STRONG_PRAISE = re.compile(
    r"perfect|excellent|awesome|brilliant|amazing|fantastic|wonderful|love|well done|great", re.IGNORECASE
)
_LITTLE = frozenset(
    [
        "a",
        "an",
        "the",
        "this",
        "that",
        "it",
        "its",
        "of",
        "in",
        "on",
        "at",
        "to",
        "for",
        "from",
        "with",
        "by",
        "and",
        "or",
        "so",
        "be",
        "is",
        "are",
        "was",
        "has",
        "have",
        "had",
        "do",
        "does",
        "should",
        "must",
        "can",
        "could",
        "would",
        "will",
        "i",
        "we",
        "you",
        "me",
        "my",
        "our",
        "your",
        "please",
        "want",
        "need",
        "make",
        "made",
        "just",
        "also",
        "now",
    ]
)
_ENDING = re.compile(r"(?:ations?|ings?|edly|ed|es|s|e)$")
_CONTROL = frozenset({"yes", "no", "ok", "okay", "continue", "go", "on", "ahead", "please", "proceed", "next", "retry",
                      "again", "sure", "y", "do", "it", "keep", "going"})  # fmt: skip


def opening(text: str) -> str:
    """How a prompt begins, without code."""
    return _FENCE.sub(" ", text).strip()[:OPENING]


@lru_cache(maxsize=512)
def words(text: str) -> frozenset[str]:
    return frozenset(word.lower() for word in _WORD.findall(_FENCE.sub(" ", text)))


@lru_cache(maxsize=512)
def meaning(text: str) -> frozenset[str]:
    """The stems of the words that carry it: `sorted by dates` and `sort by date` say the same."""
    found = frozenset(_ENDING.sub("", word) or word for word in words(text) - _LITTLE)
    return found or words(text)


def similarity(one: frozenset[str], two: frozenset[str]) -> float:
    """Shared words among all words: 0 to 1."""
    return len(one & two) / len(one | two) if one and two else 0.0


def corrections(session: Session) -> Iterator[Finding]:
    """Prompts that say of the work before them that it is not what was wanted."""
    for before, goal in pairwise(session.goals):
        prompt = goal.prompt
        worked = before.edits or before.calls
        if prompt is None or not worked or not _CORRECTION.search(opening(prompt.text)):
            continue
        last = (before.edits or before.calls)[-1]
        yield Finding(
            anchor=_anchor(prompt),
            evidence=(prompt, last),
            title="the user corrected what was done",
            body=first_words(prompt.text),
            basis="text",
            confidence=0.85 if before.edits else 0.65,
        )


def _anchor(prompt: Prompt) -> str:
    return prompt.native_id or str(prompt.key)


def _substantial(prompt: Prompt) -> bool:
    said = words(prompt.text)
    return len(prompt.text) >= SHORTEST and len(said) >= FEWEST_WORDS and not said <= _CONTROL


def _rephrased(session: Session) -> Iterator[Finding]:
    run: list[Prompt] = []
    for prompt in session.prompts:
        if run and not (_substantial(prompt) and similarity(meaning(run[-1].text), meaning(prompt.text)) >= SIMILAR):
            yield from _if_long(run)
            run = []
        run = [*run, prompt] if _substantial(prompt) else []
    yield from _if_long(run)


def _if_long(run: Sequence[Prompt]) -> Iterator[Finding]:
    if len(run) >= REPHRASED:
        yield Finding(
            anchor=_anchor(run[0]),
            evidence=tuple(run),
            title=f"the same request {len(run)} times in other words",
            body=first_words(run[-1].text),
            basis="text",
            severity=min(0.6 + 0.05 * len(run), 0.95),
            measured={"prompts": len(run), "threshold": REPHRASED, "similarity": SIMILAR},
        )


def _duplicate(session: Session) -> Iterator[Finding]:
    said: list[tuple[Prompt, frozenset[str]]] = []
    for prompt in session.prompts:
        if not _substantial(prompt):
            continue
        told = words(prompt.text)
        before = next((each for each, known in said if similarity(known, told) >= DUPLICATE), None)
        if before is not None:
            yield Finding(
                anchor=_anchor(prompt),
                evidence=(before, prompt),
                title="the same prompt again",
                body=first_words(prompt.text),
                basis="text",
                measured={"threshold": DUPLICATE},
            )
        said.append((prompt, told))


def _praise(session: Session) -> Iterator[Finding]:
    for before, goal in pairwise(session.goals):
        prompt = goal.prompt
        if prompt is None or not before.steps or not is_praise(prompt.text):
            continue
        alone = len(words(prompt.text)) <= 2 * FEWEST_WORDS
        strong = bool(_STRONG_PRAISE.search(opening(prompt.text)))
        yield Finding(
            anchor=_anchor(prompt),
            evidence=(prompt, *_last(before)),
            title="the user was pleased",
            body=first_words(prompt.text),
            basis="text",
            # "Great, now do the next thing" is how people go on; praise alone, or strong, means more.
            severity=0.9 if strong and alone else 0.6 if strong or alone else 0.3,
            confidence=0.85 if alone else 0.6,
        )


def is_praise(text: str) -> bool:
    begins = opening(text)
    return bool(_PRAISE.search(begins)) and not _SARCASM.search(text[:200])


def _last(goal: Goal) -> tuple[Prompt, ...]:
    return () if goal.prompt is None else (goal.prompt,)


REPEATING = (_rephrased, _duplicate)
"""Somebody had to ask again."""

DETECTORS = (
    Detector("correction", 1, "friction", 0.6, 0.8, corrections, "The user said that what was done is not it.",
             absorbs=frozenset({"dissatisfaction"})),
    Detector("repeated_rephrasing", 1, "friction", 0.7, 0.8, _rephrased, "One request, three times in other words.",
             absorbs=frozenset({"semantic_rephrasing"})),
    Detector("duplicate_prompt", 1, "friction", 0.4, 0.9, _duplicate, "The very same prompt once more."),
    Detector("positive_feedback", 2, "delight", 0.9, 0.8, _praise, "The user said thanks, or that it works.",
             absorbs=frozenset({"semantic_praise"})),
)  # fmt: skip
