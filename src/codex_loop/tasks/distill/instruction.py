"""The task in the user's own words: redacted, with the paths of the sandbox; never what the agent said or planned."""

from __future__ import annotations

import hashlib
import re
from typing import NamedTuple

from codex_loop.signals.prompts import is_praise
from codex_loop.tasks.distill.ground import Ground
from codex_loop.tasks.distill.segment import Segment

APP = "/app"
_FEW_WORDS = 4
_EARLIER = 3
_SLUG = 24
_HOME = re.compile(r"(?<![\w/])(?:/home|/Users)/[^/\s'\"`:,;)]+|(?<![\w/])[A-Za-z]:\\Users\\[^\\\s'\"`]+")
_ASKED_IN_IDE = re.compile(r"^## My request for Codex:\s*$", re.MULTILINE)
_ADDED = re.compile(r"<(system-reminder|ide_selection|ide_opened_file)>.*?</\1>\s*", re.DOTALL)
_FILLER = frozenset(
    [
        "a",
        "an",
        "and",
        "are",
        "as",
        "at",
        "be",
        "but",
        "by",
        "can",
        "could",
        "for",
        "from",
        "has",
        "have",
        "i",
        "if",
        "in",
        "into",
        "is",
        "it",
        "its",
        "me",
        "my",
        "not",
        "now",
        "of",
        "on",
        "or",
        "our",
        "please",
        "should",
        "so",
        "that",
        "the",
        "then",
        "there",
        "this",
        "to",
        "was",
        "we",
        "when",
        "which",
        "will",
        "with",
        "would",
        "you",
        "your",
    ]
)


class Instruction(NamedTuple):
    """What the agent is told."""

    text: str
    edited: bool
    """Words were added that the user did not say there."""
    left_out: int
    """Remarks about the work that ask for nothing."""


def instruction(segment: Segment, ground: Ground, *, seeded: bool) -> Instruction:
    """The prompts of the segment, one after the other. Without a seeded context, what they lean on is told before."""
    texts = [_plain(prompt.text, ground) for prompt in segment.prompts]
    kept = [text for at, text in enumerate(texts) if text and (at == 0 or _asks(text))]
    left_out = len(texts) - len(kept)
    body = "\n\n".join(kept) or texts[0]
    if not segment.leans_back or seeded:
        return Instruction(f"{body}\n", edited=False, left_out=left_out)
    earlier = [_plain(prompt.text, ground) for prompt in segment.earlier[-_EARLIER:]]
    quoted = "\n\n".join("\n".join(f"> {line}".rstrip() for line in text.splitlines()) for text in earlier if text)
    return Instruction(
        f"Asked before, and done already:\n\n{quoted}\n\nNow:\n\n{body}\n", edited=True, left_out=left_out
    )


def _asks(text: str) -> bool:
    return len(text.split()) >= _FEW_WORDS and not is_praise(text)


def _plain(text: str, ground: Ground) -> str:
    asked = _ASKED_IN_IDE.split(text)[-1]
    return moved(_ADDED.sub("", asked), ground).strip()


def moved(text: str, ground: Ground) -> str:
    """The text with the session's paths as they are in the sandbox."""
    root = re.escape(ground.root.rstrip("/"))
    return _HOME.sub("~", re.sub(rf"(?:file://)?{root}(?=[/\s'\"`:,;.)\]]|$)", APP, text))


def title(text: str) -> str:
    """One line for a person."""
    line = next((line.strip(" #>*-") for line in text.splitlines() if line.strip(" #>*-")), "a task")
    return line if len(line) <= 72 else f"{line[:71].rstrip()}…"


def slug(text: str, identity: str) -> str:
    """A folder name: words of the request, and six digits that tell it from others with the same words."""
    words = [word for word in re.findall(r"[a-z0-9]+", text.lower()) if word not in _FILLER]
    name = ""
    for word in words:
        if len(name) + len(word) + 1 > _SLUG:
            break
        name = f"{name}-{word}" if name else word
    return f"{name or 'task'}-{hashlib.sha256(identity.encode()).hexdigest()[:6]}"
