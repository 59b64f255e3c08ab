"""What only trace spines tell: history taken back, waiting for permission, broken streams, warnings."""

from __future__ import annotations

from benchmarks.scenarios.pen import Pen
from benchmarks.scenarios.planted import Act, Plant, Planted, act
from benchmarks.scenarios.spine import SpinePen
from benchmarks.scenarios.work import Desk, answer, ask, edit, look

_NEEDS = frozenset({"spine"})


def _spine(pen: Pen) -> SpinePen:
    if not isinstance(pen, SpinePen):
        raise TypeError("the table asks for a spine")
    return pen


def undo(pen: Pen, desk: Desk) -> Act:
    about = ask(pen, desk)
    edit(pen, desk, about)
    answer(pen, desk)
    return act("undo", _spine(pen).undone())


def rollback(pen: Pen, desk: Desk) -> Act:
    about = ask(pen, desk)
    edit(pen, desk, about)
    answer(pen, desk)
    return act("rollback", _spine(pen).rolled_back(desk.rng.randint(1, 2)))


def stream_error(pen: Pen, desk: Desk) -> Act:
    about = ask(pen, desk)
    look(pen, desk, about)
    anchor = _spine(pen).broken_stream()
    edit(pen, desk, about)
    answer(pen, desk)
    return act("stream_error", anchor)


def truncation_warning(pen: Pen, desk: Desk) -> Act:
    about = ask(pen, desk)
    _spine(pen).warned("The model answers slowly today.")
    anchor = _spine(pen).warned("The output of a tool was truncated.")
    edit(pen, desk, about)
    answer(pen, desk)
    return act("truncation_warning", anchor)


def permission_wait(pen: Pen, desk: Desk) -> Act:
    """One long wait, or several that add up to more than five minutes."""
    about = ask(pen, desk)
    waits = [400.0] if desk.rng.random() < 0.5 else [120.0, 110.0, 100.0]
    for number, seconds in enumerate(waits):
        _spine(pen).asked(f"npm install {about.noun}{number}", "approved", seconds)
    edit(pen, desk, about)
    answer(pen, desk)
    return Act((Planted("permission_wait"), Planted("zero_denial")))


def rapid_approvals(pen: Pen, desk: Desk) -> Act:
    about = ask(pen, desk)
    for number in range(desk.rng.randint(3, 5)):
        _spine(pen).asked(f"npm install {about.noun}{number}", "approved", desk.rng.uniform(0.5, 4))
    edit(pen, desk, about)
    answer(pen, desk)
    return Act((Planted("rapid_approvals"), Planted("zero_denial")))


def denial(pen: Pen, desk: Desk) -> Act:
    about = ask(pen, desk)
    look(pen, desk, about)
    anchor = _spine(pen).asked(f"rm -r build/{about.module}", "denied", desk.rng.uniform(6, 30))
    edit(pen, desk, about)
    answer(pen, desk)
    return act("denial_exec", anchor)


PLANTS = (
    Plant("undo", undo, needs=_NEEDS),
    Plant("rollback", rollback, needs=_NEEDS),
    Plant("stream_error", stream_error, needs=_NEEDS),
    Plant("truncation_warning", truncation_warning, needs=_NEEDS),
    Plant("permission_wait", permission_wait, place="alone", needs=_NEEDS),
    Plant("rapid_approvals", rapid_approvals, place="alone", needs=_NEEDS),
    Plant("denial_exec", denial, place="alone", needs=_NEEDS),
)
