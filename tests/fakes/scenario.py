"""What a mock provider says: a scenario is a list of steps, chosen by the newest prompt: its marker, or its words."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

Outcome = Literal["ok", "failed", "declined", "interrupted", "timeout", "running", "unknown"]

_MARKER = re.compile(r"\[s:([\w-]+)\]|\bSCN:([\w-]+)")


class Tokens(NamedTuple):
    """Tokens of one response; `fresh` excludes every kind of cache, `reasoning` is inside `output`."""

    fresh: int
    cache_read: int
    cache_write_5m: int
    cache_write_1h: int
    output: int
    reasoning: int


def tokens_of(ordinal: int) -> Tokens:
    """Different numbers for every response, so that a double count or a missing one always shows in a sum."""
    return Tokens(
        fresh=1000 + 37 * ordinal,
        cache_read=2000 + 11 * ordinal,
        cache_write_5m=400 + 3 * ordinal,
        cache_write_1h=500 + 5 * ordinal,
        output=50 + 7 * ordinal,
        reasoning=10 + ordinal,
    )


@dataclass(frozen=True)
class Call:
    """One tool call and what must become of it.

    `tool` is a neutral name (`shell`, `patch`, `plan`, `spawn`, `agent`) that the provider turns into whatever the
    running version offers, or an exact tool name, sent as it is.
    """

    tool: str
    arguments: Mapping[str, object]
    outcome: Outcome = "ok"
    exit_code: int | None = None


@dataclass(frozen=True)
class Step:
    """One reply of the model."""

    text: str | None = None
    thinking: str | None = None
    calls: tuple[Call, ...] = ()
    tokens: Tokens | None = None
    status: int = 200
    """HTTP status; anything but 200 sends an error instead of the reply."""
    failures: int | None = None
    """How many attempts get the error before the reply comes; None means every attempt."""
    delay_s: float = 0.0
    """Pause between two pieces of text."""
    hangs: bool = False
    """After the text the stream stays open and silent until the agent or the server goes away."""
    cuts: bool = False
    """After the text the connection breaks."""
    stop_reason: str | None = None


Book = Mapping[str, Sequence[Step]]

FINAL = Step(text="Done.")


def marker(text: str) -> str | None:
    """The scenario a text asks for: `[s:name]` or `SCN:name`; the last one wins."""
    found = _MARKER.findall(text)
    return (found[-1][0] or found[-1][1]) if found else None


def asked(book: Book, text: str) -> str | None:
    """The scenario a prompt asks for: by its marker, else by its words.

    A scenario whose name has a blank in it is asked for by whoever says that; the longest such name wins. So recorded
    prompts need no marker, and a task made of a session asks for what the session's own words asked for.
    """
    named = marker(text)
    if named is not None:
        return named
    said = " ".join(text.split())
    return max((name for name in book if " " in name and name in said), key=len, default=None)


@dataclass(frozen=True)
class Place:
    """Where a request stands: which prompt, which scenario, which step."""

    prompt: str
    scenario: str
    step: int


def step_at(book: Book, place: Place) -> Step:
    """The step of a scenario; past its end the model only says that it is done."""
    steps = book.get(place.scenario, ())
    return steps[place.step] if place.step < len(steps) else FINAL


def steps_done(steps: Sequence[Step], outputs: int) -> int:
    """How many steps are behind us, given how many tool outputs came back since the prompt.

    Counting outputs instead of requests keeps the place right over retries, resumes and restarts.
    """
    done = 0
    for step in steps:
        if not step.calls or outputs < len(step.calls):
            break
        outputs -= len(step.calls)
        done += 1
    return done


@dataclass
class Attempts:
    """How often each place was asked, so that an error can heal after some retries."""

    _seen: dict[tuple[str | None, Place], int] = field(default_factory=dict)

    def fails(self, thread: str | None, place: Place, step: Step) -> bool:
        if step.status == 200:
            return False
        key = (thread, place)
        self._seen[key] = self._seen.get(key, 0) + 1
        return step.failures is None or self._seen[key] <= step.failures
