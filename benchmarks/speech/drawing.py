"""Puts sentences together: a turn, what came before it, and how likely it means each label."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import NamedTuple

from benchmarks.speech.agents import MOVES as LONG_MOVES
from benchmarks.speech.agents import Move
from benchmarks.speech.displeased import DISPLEASED
from benchmarks.speech.meaning import Meaning
from benchmarks.speech.people import CONTENT
from benchmarks.speech.style import spoken
from benchmarks.speech.subjects import SUBJECTS, Subject
from benchmarks.speech.terse import TERSE, TERSE_MOVES
from benchmarks.speech.tongues import AGENTS, PEOPLE
from codex_loop.semantics.turn import LABELS, Turn

MEANINGS = {**CONTENT, **DISPLEASED, **TERSE}
MOVES = {**LONG_MOVES, **TERSE_MOVES}
ENGLISH = 0.88
"""Of all turns; the rest are of nine more languages."""
_FIRST = frozenset({"request", "reports", "how_to", "likes", "complains", "rages"})


class Said(NamedTuple):
    """One drawn turn with its truth."""

    turn: Turn
    shares: tuple[float, ...]
    """For each label: how many of a hundred who say this mean it, over 100."""
    subject: str
    meaning: str
    line: str
    """Which sentence of the tables it was made of: for keeping whole sentences out of training."""


def draw_turns(count: int, seed: int = 1) -> list[Said]:
    """The same turns for the same seed."""
    draw = Random(seed)
    names = list(SUBJECTS)
    tongues = list(PEOPLE)
    return [
        _english(draw, draw.choice(names)) if draw.random() < ENGLISH else _foreign(draw, draw.choice(tongues))
        for _ in range(count)
    ]


def _english(draw: Random, name: str) -> Said:
    subject = SUBJECTS[name]
    fitting = [each for each, meaning in MEANINGS.items() if not meaning.kinds or subject.kind in meaning.kinds.split()]
    chosen = draw.choices(fitting, [MEANINGS[each].weight for each in fitting])[0]
    meaning = MEANINGS[chosen]
    move = _move_before(draw, subject, chosen, meaning)
    line = draw.choice(meaning.lines)
    text = spoken(draw, _filled(draw, line, subject))
    if draw.random() < 0.12:
        text = _longer(draw, chosen, subject, text)
    before = _filled(draw, draw.choice(subject.requests), subject) if draw.random() < 0.6 else ""
    previous = spoken(draw, _heard(draw, move, subject)) if move else ""
    return Said(Turn(text, previous, before), _shares(meaning, MOVES[move].strain if move else 0.0), name, chosen, line)


def _move_before(draw: Random, subject: Subject, chosen: str, meaning: Meaning) -> str:
    after = meaning.after.split() or list(MOVES)
    fitting = [
        each for each in after if each in MOVES and (not MOVES[each].kinds or subject.kind in MOVES[each].kinds.split())
    ]
    if not fitting or (chosen in _FIRST and draw.random() < 0.25) or draw.random() < 0.08:
        return ""
    return draw.choice(fitting)


def _heard(draw: Random, move: str, subject: Subject) -> str:
    text = _filled(draw, draw.choice(MOVES[move].lines), subject)
    if move in ("failed", "empty") and draw.random() < 0.15:
        text += " " + _filled(draw, draw.choice(MOVES["offer"].lines), subject)
    if move in ("found", "offer") and draw.random() < 0.2:
        text += " " + _filled(draw, draw.choice(MOVES["found"].lines), subject)
    return text


def _longer(draw: Random, chosen: str, subject: Subject, text: str) -> str:
    """What people add rarely changes what they mean: a plain sentence of the subject, before or after."""
    if chosen in ("closes", "no_offer", "thanks", "praise"):
        return text
    more = _filled(draw, draw.choice(subject.requests), subject)
    return f"{text} {more}" if draw.random() < 0.7 else f"{more}. {text}"


def _filled(draw: Random, line: str, subject: Subject) -> str:
    for slot, words in (
        ("{request}", subject.requests),
        ("{thing}", subject.things),
        ("{name}", subject.names),
        ("{value}", subject.values),
        ("{fact}", subject.facts),
    ):
        while slot in line:
            line = line.replace(slot, draw.choice(words), 1)
    return line


def _shares(meaning: Meaning, strain: float) -> tuple[float, ...]:
    dissatisfied = meaning.dissatisfied
    strained = 1 - (1 - dissatisfied) * (1 - strain) if strain > 0 else dissatisfied * (1 + strain)
    return (strained, meaning.escalation, meaning.correction, meaning.praise, meaning.confusion)


def _foreign(draw: Random, tongue: str) -> Said:
    chosen = draw.choice(list(PEOPLE[tongue]))
    meaning = MEANINGS[chosen]
    after = [each for each in AGENTS[tongue] if not meaning.after or each in meaning.after.split()]
    move = draw.choice(after) if after and draw.random() < 0.7 else ""
    line = draw.choice(PEOPLE[tongue][chosen])
    text = line.lower() if draw.random() < 0.3 else line
    previous = draw.choice(AGENTS[tongue][move]) if move else ""
    return Said(Turn(text, previous), _shares(meaning, MOVES[move].strain if move else 0.0), tongue, chosen, line)


def all_lines() -> Iterator[str]:
    """Every sentence of the tables: what the model's name is made of."""
    moves: list[Move] = list(MOVES.values())
    yield from (line for move in moves for line in (*move.lines, f"{move.strain} {move.kinds}"))
    yield from (f"{meaning}" for meaning in MEANINGS.values())
    yield from (f"{subject}" for subject in SUBJECTS.values())
    yield f"{PEOPLE} {AGENTS} {LABELS} {ENGLISH}"
