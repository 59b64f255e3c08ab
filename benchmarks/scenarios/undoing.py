"""Work that is thrown away."""

from __future__ import annotations

from benchmarks.scenarios.codex import CodexPen
from benchmarks.scenarios.pen import Change, Pen
from benchmarks.scenarios.planted import Act, Plant, Planted, act
from benchmarks.scenarios.words import FAILURES
from benchmarks.scenarios.work import Desk, answer, ask, changed, edit, look, source


def backtracking(pen: Pen, desk: Desk) -> Act:
    """The agent takes its own edits back with git."""
    about = ask(pen, desk)
    change = edit(pen, desk, about)
    look(pen, desk, about)
    command = desk.rng.choice(("git checkout -- {}", "git restore {}", "git checkout HEAD -- {}", "git reset --hard"))
    anchor = pen.run(command.format(change.path), 0, "")
    edit(pen, desk, about)
    answer(pen, desk)
    return act("backtracking", anchor, allows=("file_churn",))


def diff_oscillation(pen: Pen, desk: Desk) -> Act:
    """The same lines out, in, out, in."""
    about = ask(pen, desk)
    path = desk.file(about)
    first = source(about, desk.rng)
    second = changed(first, desk.rng)
    anchors = []
    for number in range(desk.rng.randint(4, 6)):
        before, after = (first, second) if number % 2 == 0 else (second, first)
        anchors.append(pen.edit(Change(path, before, after)))
        if desk.rng.random() < 0.5:
            look(pen, desk, about)
    answer(pen, desk)
    return act("diff_oscillation", frozenset().union(*anchors), allows=("file_churn", "edit_churn", "oscillation"))


def file_churn(pen: Pen, desk: Desk) -> Act:
    """A file is made and deleted again, or changed and changed back."""
    about = ask(pen, desk)
    path = desk.file(about)
    text = source(about, desk.rng)
    if desk.rng.random() < 0.5:
        first = pen.edit(Change(path, None, text))
        look(pen, desk, about)
        second = pen.edit(Change(path, text, None))
    else:
        other = changed(text, desk.rng)
        first = pen.edit(Change(path, text, other))
        look(pen, desk, about)
        second = pen.edit(Change(path, other, text))
    edit(pen, desk, about)
    answer(pen, desk)
    return act("file_churn", first | second)


def edit_churn(pen: Pen, desk: Desk) -> Act:
    """Three edits of one file close together, and failures between them."""
    about = ask(pen, desk)
    path = desk.file(about)
    failures = desk.rng.sample(FAILURES, 2)
    anchors = []
    text = source(about, desk.rng)
    for number in range(3):
        after = changed(text, desk.rng)
        anchors.append(pen.edit(Change(path, text, after)))
        text = after
        if number < 2:
            failure = failures[number]
            pen.run(about.fill(failure.command), failure.code, about.fill(failure.output))
    answer(pen, desk)
    return act("edit_churn", frozenset().union(*anchors), allows=("exec_failure",))


def wrong_file(pen: Pen, desk: Desk) -> Act:
    """A line is put into one file, taken out again, and put into another."""
    about = ask(pen, desk)
    wrong, right = source(about, desk.rng), source(about, desk.rng)
    line = f"{about.module}_{about.noun} = {desk.rng.randint(0, 99999)}\n"
    path = desk.file(about)
    first = pen.edit(Change(path, wrong, wrong + line))
    look(pen, desk, about)
    second = pen.edit(Change(path, wrong + line, wrong))
    third = pen.edit(Change(desk.file(about), right, right + line))
    answer(pen, desk)
    return act("wrong_file", first | second | third)


def revert(pen: Pen, desk: Desk) -> Act:
    """A person takes the last turn back and goes on from before it."""
    about = ask(pen, desk)
    look(pen, desk, about)
    edit(pen, desk, about)
    answer(pen, desk)
    assert isinstance(pen, CodexPen)
    pen.reverted()
    return Act((Planted("revert"),))


PLANTS = (
    Plant("revert", revert, place="alone", needs=frozenset({"reverts"})),
    Plant("backtracking", backtracking),
    Plant("diff_oscillation", diff_oscillation),
    Plant("file_churn", file_churn),
    Plant("wrong_file", wrong_file),
    Plant("edit_churn", edit_churn, noisy=True),
)
