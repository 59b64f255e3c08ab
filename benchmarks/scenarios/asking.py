"""Permissions, refusals, interruptions."""

from __future__ import annotations

from benchmarks.scenarios.claude import ClaudePen
from benchmarks.scenarios.pen import Change, Pen
from benchmarks.scenarios.planted import Act, Plant, Planted, act
from benchmarks.scenarios.work import Desk, answer, ask, changed, edit, look, source

_RISKY = (
    "touch ../{module}",
    "rm -r build/{module}",
    "npm install {noun}",
    "git push --force origin {module}",
    "curl https://{module}.example",
    "chmod 777 {module}",
)


def denial_exec(pen: Pen, desk: Desk) -> Act:
    about = ask(pen, desk)
    look(pen, desk, about)
    anchor = pen.declined(about.fill(desk.rng.choice(_RISKY)))
    edit(pen, desk, about)
    answer(pen, desk)
    return act("denial_exec", anchor)


def denial_patch(pen: Pen, desk: Desk) -> Act:
    about = ask(pen, desk)
    text = source(about, desk.rng)
    anchor = pen.declined_edit(Change(desk.file(about), text, changed(text, desk.rng)))
    look(pen, desk, about)
    edit(pen, desk, about)
    answer(pen, desk)
    return act("denial_patch", anchor)


def repeated_denial(pen: Pen, desk: Desk) -> Act:
    """Three refusals in three turns, or two of one program in one turn."""
    if desk.rng.random() < 0.4:
        about = ask(pen, desk)
        anchors = [pen.declined(f"npm install {about.noun}{number}") for number in range(2)]
        edit(pen, desk, about)
        answer(pen, desk)
    else:
        anchors = []
        for risky in desk.rng.sample(_RISKY, 3):
            about = ask(pen, desk)
            anchors.append(pen.declined(about.fill(risky)))
            edit(pen, desk, about)
            answer(pen, desk)
    return Act((Planted("repeated_denial"), *(Planted("denial_exec", anchor) for anchor in anchors)))


def denial_then_rephrase(pen: Pen, desk: Desk) -> Act:
    """A person says no, the agent gives up, and a minute later the person says what is wanted instead."""
    about = ask(pen, desk)
    look(pen, desk, about)
    anchor = pen.declined(about.fill(desk.rng.choice(_RISKY)))
    pen.say("Then I leave it as it is.", final=True)
    pen.pause(desk.rng.uniform(20, 400))
    pen.prompt(about.fill("Put it into the {noun} folder of {module} and leave everything else alone"))
    edit(pen, desk, about)
    answer(pen, desk)
    return Act((Planted("denial_then_rephrase", anchor), Planted("denial_exec", anchor)))


def policy_block(pen: Pen, desk: Desk) -> Act:
    about = ask(pen, desk)
    assert isinstance(pen, ClaudePen)
    anchor = pen.blocked(about.fill(desk.rng.choice(_RISKY)))
    look(pen, desk, about)
    edit(pen, desk, about)
    answer(pen, desk)
    return act("policy_block", anchor)


def zero_denial(pen: Pen, desk: Desk) -> Act:
    """A person is asked, once or more, and always says yes."""
    about = ask(pen, desk)
    assert isinstance(pen, ClaudePen)
    for risky in desk.rng.sample(_RISKY, desk.rng.randint(1, 3)):
        pen.approved(about.fill(risky))
    edit(pen, desk, about)
    answer(pen, desk)
    return Act((Planted("zero_denial"),), frozenset({"rapid_approvals"}))


def interrupted_turn(pen: Pen, desk: Desk) -> Act:
    """A person stops the turn: while a command runs, or while the model writes."""
    about = ask(pen, desk)
    look(pen, desk, about)
    edit(pen, desk, about)
    running = f"python scripts/{about.module}_all.py" if desk.rng.random() < 0.5 else None
    return act("interrupted_turn", pen.interrupted(running))


PLANTS = (
    Plant("denial_exec", denial_exec, place="alone"),
    Plant("denial_patch", denial_patch, place="alone"),
    Plant("repeated_denial", repeated_denial, place="alone"),
    Plant("denial_then_rephrase", denial_then_rephrase, place="alone"),
    Plant("policy_block", policy_block, agents=("claude",)),
    Plant("zero_denial", zero_denial, place="alone", needs=frozenset({"decider"})),
    Plant("interrupted_turn", interrupted_turn),
)
