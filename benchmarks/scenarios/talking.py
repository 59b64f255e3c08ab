"""What people say."""

# A sentence is easier to check against a real one when it stands on one line.
# ruff: noqa: E501

from __future__ import annotations

from benchmarks.scenarios.pen import Pen
from benchmarks.scenarios.planted import Act, Plant, act
from benchmarks.scenarios.words import CHECKS
from benchmarks.scenarios.work import Desk, answer, ask, edit, look

_CORRECTIONS = (
    "No, the {noun} has to stay where it was", "no, I wanted the {module} page, not the footer",
    "That's not what I asked for: only {module} was meant", "That is wrong, the {noun} belongs into {module}",
    "I meant the {noun} of {module}, the other one", "You edited the wrong file, {module} is the one",
    "Not like that, use the shared {noun}", "No, that's not right. The {noun} must be first",
    "I said {module}, not the whole package", "Wrong place: it belongs to {module}",
    "This is not what I wanted, {module} should keep its order", "nope, that broke the {noun}",
)  # fmt: skip
_REVERTS = (
    "Undo that change in {module}", "Please revert the last edit of {module}", "revert that, the {noun} was fine before",
    "Please undo what you just did to the {noun}", "Go back to the previous version of {module}",
    "Can you roll that back? The {noun} was better before", "Take that back please, the {noun} was right",
    "Put it back the way it was before, the {noun} is gone",
)  # fmt: skip
_PRAISE = (
    "Thanks, that works!", "Perfect, thank you", "Great job, this is exactly what I wanted", "It works now, thanks a lot",
    "thank you, looks good", "Awesome, works perfectly", "Thanks!", "That's perfect", "Excellent work, thank you",
)  # fmt: skip
_SAME = (
    ("Fix the login form so that it accepts long names", "The login form should accept long names, please fix it", "Please fix the login form, it must accept long names"),
    ("Sort the invoice list by date of payment", "The invoice list has to be sorted by payment date", "Please sort the list of invoices by the date of payment"),
    ("Make the search ignore accents in names", "The search has to ignore accents in names", "Please make search ignore accents in the names"),
    ("Show the stock count in the catalog header", "The catalog header should show the stock count", "I want the stock count shown in the catalog header"),
)  # fmt: skip


def _done(pen: Pen, desk: Desk) -> None:
    about = ask(pen, desk)
    look(pen, desk, about)
    edit(pen, desk, about)
    answer(pen, desk)


def _follow(pen: Pen, desk: Desk) -> None:
    about = desk.theme()
    edit(pen, desk, about)
    answer(pen, desk)


def correction(pen: Pen, desk: Desk) -> Act:
    _done(pen, desk)
    pen.pause(desk.rng.uniform(20, 200))
    anchor = pen.prompt(desk.theme().fill(desk.rng.choice(_CORRECTIONS)))
    _follow(pen, desk)
    return act("correction", anchor)


def revert_in_message(pen: Pen, desk: Desk) -> Act:
    _done(pen, desk)
    pen.pause(desk.rng.uniform(20, 200))
    anchor = pen.prompt(desk.theme().fill(desk.rng.choice(_REVERTS)))
    _follow(pen, desk)
    return act("revert_in_message", anchor, allows=("correction",))


def positive_feedback(pen: Pen, desk: Desk) -> Act:
    _done(pen, desk)
    pen.pause(desk.rng.uniform(20, 200))
    anchor = pen.prompt(desk.rng.choice(_PRAISE))
    pen.say("You are welcome.", final=True)
    return act("positive_feedback", anchor)


def duplicate_prompt(pen: Pen, desk: Desk) -> Act:
    """The same request word for word, or with a full stop more."""
    about = desk.theme()
    request = desk.request(about)
    pen.pause(90)
    pen.prompt(request)
    edit(pen, desk, about)
    answer(pen, desk)
    pen.pause(desk.rng.uniform(30, 400))
    anchor = pen.prompt(request + desk.rng.choice(("", ".", "!", "  ")))
    _follow(pen, desk)
    return act("duplicate_prompt", anchor, allows=("repeated_rephrasing",))


def repeated_rephrasing(pen: Pen, desk: Desk) -> Act:
    anchors = []
    for text in desk.rng.choice(_SAME):
        pen.pause(desk.rng.uniform(30, 300))
        anchors.append(pen.prompt(text))
        _follow(pen, desk)
    return act("repeated_rephrasing", frozenset().union(*anchors), allows=("duplicate_prompt",))


def one_shot_success(pen: Pen, desk: Desk) -> Act:
    """Asked once, done, verified, thanked for."""
    about = ask(pen, desk)
    command, passed, _, _ = desk.rng.choice(CHECKS)
    look(pen, desk, about)
    edit(pen, desk, about)
    pen.run(about.fill(command), 0, about.fill(passed), 3)
    answer(pen, desk)
    pen.pause(40)
    pen.prompt(desk.rng.choice(_PRAISE))
    pen.say("You are welcome.", final=True)
    return act(
        "one_shot_success", frozenset(), allows=("positive_feedback", "first_attempt_success", "fast_completion")
    )


PLANTS = (
    Plant("correction", correction),
    Plant("revert_in_message", revert_in_message),
    Plant("positive_feedback", positive_feedback),
    Plant("duplicate_prompt", duplicate_prompt),
    Plant("repeated_rephrasing", repeated_rephrasing),
    Plant("one_shot_success", one_shot_success, place="alone"),
)
