"""All cases by name, and the sessions of a run."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import NamedTuple

from benchmarks.scenarios import (
    asking,
    benign,
    checking,
    ending,
    failing,
    firehose,
    forgetting,
    looping,
    talking,
    undoing,
)
from benchmarks.scenarios.claude import VERSIONS, ClaudePen
from benchmarks.scenarios.codex import DIALECTS, CodexPen
from benchmarks.scenarios.pen import Pen
from benchmarks.scenarios.planted import Plant, Planted
from benchmarks.scenarios.spine import SpinePen
from benchmarks.scenarios.work import Desk, turn

DAY_MS = 86_400_000
SPINE = ("codex", "spine")
FORMATS = (*(("codex", version) for version in DIALECTS), *(("claude", version) for version in VERSIONS))
PLANTS: tuple[Plant, ...] = (
    *failing.PLANTS,
    *looping.PLANTS,
    *checking.PLANTS,
    *asking.PLANTS,
    *undoing.PLANTS,
    *forgetting.PLANTS,
    *talking.PLANTS,
    *ending.PLANTS,
    *firehose.PLANTS,
)
_FURTHER = (1, 1, 1, 1, 1, 1, 2, 2, 2, 3)
"""How many events a session holds."""
_REQUESTS = 4
"""A session with fewer is a quick one, which is a signal of its own."""
_BEGINS_RED = 0.3
_ENDS_ODDLY = 0.15


class Case(NamedTuple):
    """A session, and the truth about it."""

    agent: str
    version: str
    path: str
    session: str
    content: bytes
    planted: tuple[Planted, ...]
    allows: frozenset[str]
    incidents: int = 0
    """Harmless things that only look like trouble."""
    kinds: tuple[str, ...] = ()
    before: tuple[tuple[str, bytes], ...] = ()
    """Earlier files of the session, with their contents."""


def pen_for(agent: str, version: str, rng: Random, now_ms: int) -> Pen:
    """A session that began between two and thirty days ago."""
    start = now_ms - int(rng.uniform(2, 30) * DAY_MS)
    cwd = f"/home/dev/{rng.choice(('shop', 'desk', 'fleet', 'atlas'))}"
    if (agent, version) == SPINE:
        return SpinePen(rng, start, cwd)
    return CodexPen(version, rng, start, cwd) if agent == "codex" else ClaudePen(version, rng, start, cwd)


def formats(plant: Plant) -> list[tuple[str, str]]:
    """Those that can show it."""
    if "spine" in plant.needs:
        return [SPINE]
    shows = {**{("codex", name): each.shows for name, each in DIALECTS.items()}}
    shows |= {("claude", name): each for name, each in VERSIONS.items()}
    return [each for each in FORMATS if each[0] in plant.agents and plant.needs <= shows[each]]


def planted(rng: Random, now_ms: int, plants: tuple[Plant, ...], each: int) -> Iterator[Case]:
    """At least `each` events of every kind, spread evenly over the formats that can show it."""
    for plant in plants:
        able = formats(plant)
        for number in range(each):
            agent, version = able[number % len(able)]
            yield _case(plant, pen_for(agent, version, rng, now_ms), rng, plants)


def _case(plant: Plant, pen: Pen, rng: Random, plants: tuple[Plant, ...]) -> Case:
    desk = Desk(rng)
    chosen = [plant]
    if plant.place in {"within", "last"}:
        chosen = [*_companions(plant, pen, rng, plants), plant]
    acts = []
    quick = plant.place == "whole"
    for at, each in enumerate(chosen):
        for _ in range(0 if quick else rng.randint(2, 3)):
            turn(pen, desk)
        acts.append(each.plant(pen, desk))
        assert at < len(chosen) - 1 or each is plant
    for _ in range(0 if quick or plant.place == "last" else 2):
        turn(pen, desk)
    return Case(
        agent=pen.agent,
        version=pen.version,
        path=pen.path,
        session=pen.session,
        content=pen.content,
        planted=tuple(event for act in acts for event in act.planted),
        allows=frozenset().union(*(act.allows for act in acts)),
        kinds=tuple(each.category for each in chosen),
        before=tuple(pen.before),
    )


def _companions(plant: Plant, pen: Pen, rng: Random, plants: tuple[Plant, ...]) -> list[Plant]:
    """Up to two more events that leave each other alone."""
    wanted = rng.choice(_FURTHER) - 1
    found: list[Plant] = []
    for other in rng.sample(plants, len(plants)):
        noisy = sum(each.noisy for each in (plant, other, *found))
        fits = other.place == "within" and other is not plant and noisy <= 1
        if len(found) < wanted and fits and (pen.agent, pen.version) in formats(other):
            found.append(other)
    return found


def harmless(rng: Random, now_ms: int, incidents: int) -> Iterator[Case]:
    """Sessions in which nothing goes wrong, until they hold so many things that look as if."""
    seen = number = 0
    while seen < incidents:
        agent, version = FORMATS[number % len(FORMATS)]
        number += 1
        pen = pen_for(agent, version, rng, now_ms)
        desk = Desk(rng)
        told = []
        kinds = rng.sample(benign.WITHIN, 3)
        if rng.random() < _BEGINS_RED:
            kinds = [rng.choice(benign.FIRST), *kinds]
        for kind in kinds:
            for _ in range(0 if kind in benign.FIRST else 2):
                turn(pen, desk)
            told.append(kind(pen, desk))
        turn(pen, desk)
        ending = rng.random()
        if ending < _ENDS_ODDLY:
            told.append(benign.killed(pen, desk))
        elif ending < 2 * _ENDS_ODDLY:
            told.append(benign.live(pen, desk, now_ms))
        count = sum(each.incidents for each in told)
        seen += count
        yield Case(
            agent=agent,
            version=version,
            path=pen.path,
            session=pen.session,
            content=pen.content,
            planted=tuple(event for each in told for event in each.planted),
            allows=frozenset().union(*(each.allows for each in told)),
            incidents=count,
            kinds=tuple(kind.__name__ for kind in kinds),
        )
