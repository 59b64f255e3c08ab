"""Contexts that are full, and what is read again."""

from __future__ import annotations

from benchmarks.scenarios.pen import Pen
from benchmarks.scenarios.planted import Act, Plant, Planted, act
from benchmarks.scenarios.work import Desk, answer, ask, edit, look


def compaction(pen: Pen, desk: Desk) -> Act:
    about = ask(pen, desk)
    look(pen, desk, about)
    anchor = pen.compacted()
    edit(pen, desk, about)
    answer(pen, desk)
    return act("compaction", anchor)


def repeated_compaction(pen: Pen, desk: Desk) -> Act:
    """Twice or three times before the next request."""
    about = ask(pen, desk)
    anchors = []
    for _ in range(desk.rng.randint(2, 3)):
        look(pen, desk, about)
        anchors.append(pen.compacted())
        edit(pen, desk, about)
    answer(pen, desk)
    every = frozenset().union(*anchors)
    return Act((Planted("repeated_compaction", every), *(Planted("compaction", anchor) for anchor in anchors)))


def context_thrash(pen: Pen, desk: Desk) -> Act:
    """Three to five files are read, forgotten, and read again."""
    about = ask(pen, desk)
    files = [desk.file(about) for _ in range(desk.rng.randint(3, 5))]
    for file in files:
        pen.read(file)
    cut = pen.compacted()
    again = [pen.read(file) for file in files]
    edit(pen, desk, about)
    answer(pen, desk)
    return Act((Planted("context_thrash", frozenset().union(*again) | cut), Planted("compaction", cut)))


def context_churn(pen: Pen, desk: Desk) -> Act:
    """A change is asked for; more than ten files are read; nothing is changed."""
    about = desk.theme()
    pen.pause(90)
    pen.prompt(f"Fix the {about.noun} of {about.module} so that it keeps its value")
    anchors = [pen.read(desk.file(about)) for _ in range(desk.rng.randint(12, 16))]
    pen.say("I have looked through the modules but have not changed anything yet.", final=True)
    return act("context_churn", frozenset().union(*anchors))


PLANTS = (
    Plant("compaction", compaction),
    Plant("repeated_compaction", repeated_compaction, place="alone"),
    Plant("context_thrash", context_thrash, place="alone"),
    Plant("context_churn", context_churn),
)
