"""Which part of a session a signal is about: from the request behind it to the end of the work on that request."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from codex_loop.errors import UsageError
from codex_loop.semantics import cues
from codex_loop.tasks.distill.story import Prompt, Story

_SHORT = 8
_REFERRING = re.compile(
    r"^\W*(?:no\b|nope|wrong|again|still|that(?:'s| is| was)?\b|it(?:'s| is)?\b|this (?:is|does)|try again|retry"
    r"|continue|go on|go ahead|keep going|proceed|please (?:continue|go on|retry)|now it|same\b|undo|revert"
    r"|you (?:broke|forgot|missed|changed|did|should)|why did you|not what|i (?:said|meant|asked|told)|but\b"
    r"|instead\b|actually\b)",
    re.IGNORECASE,
)
_BACKWARD = re.compile(
    r"\b(?:do the same|same (?:thing|way|fix|for)|as (?:before|above|you did|we discussed)|like (?:before|above)"
    r"|the (?:previous|above|other|last) (?:one|file|fix|change|function|approach)|again|your (?:last|previous) \w+)\b",
    re.IGNORECASE,
)
_CORRECTING = frozenset({"correcting", "repeating", "broken", "fed_up", "curse", "dislike", "negative"})
_MOST_TURNS = 12


class Segment(NamedTuple):
    """Lines of a session that belong to one request."""

    first: int
    last: int
    prompts: tuple[Prompt, ...]
    """The request, and what was said about the work on it."""
    earlier: tuple[Prompt, ...]
    """What was asked before, in the same session."""

    @property
    def turns(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(prompt.turn for prompt in self.prompts if prompt.turn is not None))

    @property
    def leans_back(self) -> bool:
        """The request can only be understood by who knows what was said before."""
        text = self.prompts[0].text
        return bool(self.earlier) and (follows(text) or bool(_BACKWARD.search(text)))


def around(story: Story, lines: Iterable[int]) -> Segment:
    """The segment that holds these lines; the whole session when there are none. UsageError without any prompt."""
    held = sorted(lines) or [1, story.last_seq]
    starts = [prompt.seq for prompt in story.prompts]
    if not starts:
        raise UsageError(f"session {story.facts.agent}:{story.facts.native_id} holds no prompt of a person")
    first, last = _index(starts, held[0]), _index(starts, held[-1])
    while first > 0 and follows(story.prompts[first].text):
        first -= 1
    while last + 1 < len(starts) and last - first < _MOST_TURNS and follows(story.prompts[last + 1].text):
        last += 1
    return between(story, starts[first], _end(story, last))


def between(story: Story, first: int, last: int) -> Segment:
    """These lines, as somebody named them; the prompts in them are the request."""
    prompts = tuple(prompt for prompt in story.prompts if first <= prompt.seq <= last)
    earlier = tuple(prompt for prompt in story.prompts if prompt.seq < first)
    if not prompts:
        # Whoever names a span inside a turn means the request of that turn.
        prompts, earlier = earlier[-1:], earlier[:-1]
    if not prompts:
        raise UsageError(f"lines {first} to {last} hold no prompt of a person, and none stands before them")
    return Segment(first, min(last, story.last_seq), prompts, earlier)


def longer(story: Story, segment: Segment) -> Segment | None:
    """The segment with the next turn too; None at the end of the session."""
    following = next((at for at, prompt in enumerate(story.prompts) if prompt.seq > segment.last), None)
    return None if following is None else between(story, segment.first, _end(story, following))


def follows(text: str) -> bool:
    """Whether a prompt is about the work before it rather than a request of its own."""
    words = text.split()
    if _REFERRING.search(text) and len(words) <= 4 * _SHORT:
        return True
    said = cues.of_person(text.replace("\u2019", "'"))
    return len(words) <= 3 * _SHORT and ("no" in said or (bool(_CORRECTING & set(said)) and len(words) <= _SHORT))


def _index(starts: list[int], line: int) -> int:
    return max((at for at, start in enumerate(starts) if start <= line), default=0)


def _end(story: Story, at: int) -> int:
    return story.prompts[at + 1].seq - 1 if at + 1 < len(story.prompts) else story.last_seq
