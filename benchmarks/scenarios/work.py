"""Ordinary work: requests, looks, edits, answers. Nothing fails, nothing is verified, nobody is happy or cross."""

from __future__ import annotations

from random import Random

from benchmarks.scenarios.pen import Change, Pen
from benchmarks.scenarios.words import ANSWERS, LOOKS, MODULES, NOUNS, REQUESTS, Theme


class Desk:
    """One session's supply: no request, file or theme twice."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self._requests = rng.sample(REQUESTS, len(REQUESTS))
        self._modules = rng.sample(MODULES, len(MODULES))
        self._files = 0
        self._looks: list[tuple[str, str]] = []

    def theme(self) -> Theme:
        if not self._modules:
            self._modules = self.rng.sample(MODULES, len(MODULES))
        return Theme(self._modules.pop(), self.rng.choice(NOUNS))

    def request(self, about: Theme) -> str:
        return about.fill(self._requests.pop())

    def glance(self) -> tuple[str, str]:
        """A harmless command; each once before any comes again."""
        if not self._looks:
            self._looks = self.rng.sample(LOOKS, len(LOOKS))
        return self._looks.pop()

    def file(self, about: Theme) -> str:
        self._files += 1
        return f"src/{about.module}/{about.noun}_{self._files}.py"


def source(about: Theme, rng: Random, lines: int = 4) -> str:
    """The text of a small file, different each time."""
    return "".join(f"{about.noun}_{rng.randint(0, 99999)} = {rng.randint(0, 99999)}\n" for _ in range(lines))


def changed(text: str, rng: Random) -> str:
    """The text with one line replaced."""
    rows = text.splitlines(keepends=True)
    at = rng.randrange(len(rows))
    rows[at] = f"value_{rng.randint(0, 99999)} = {rng.randint(0, 99999)}\n"
    return "".join(rows)


def look(pen: Pen, desk: Desk, about: Theme) -> None:
    """One glance at the repository."""
    command, output = desk.glance()
    if desk.rng.random() < 0.4:
        pen.read(desk.file(about))
    else:
        pen.run(about.fill(command), 0, about.fill(output), desk.rng.uniform(0.1, 3))


def edit(pen: Pen, desk: Desk, about: Theme, path: str | None = None) -> Change:
    """One edit that succeeds, of a file nobody touched before unless one is named."""
    text = source(about, desk.rng)
    change = Change(path or desk.file(about), text, changed(text, desk.rng))
    pen.edit(change)
    return change


def turn(pen: Pen, desk: Desk) -> None:
    """A request and its fulfilment."""
    about = desk.theme()
    pen.pause(desk.rng.uniform(60, 600))
    pen.prompt(desk.request(about))
    if desk.rng.random() < 0.5:
        pen.say("I will look at it first.")
    for _ in range(desk.rng.randint(1, 3)):
        look(pen, desk, about)
    for _ in range(desk.rng.randint(1, 2)):
        edit(pen, desk, about)
    pen.say(desk.rng.choice(ANSWERS), final=True)


def ask(pen: Pen, desk: Desk) -> Theme:
    """A request alone; what follows is up to the caller."""
    about = desk.theme()
    pen.pause(desk.rng.uniform(60, 600))
    pen.prompt(desk.request(about))
    return about


def answer(pen: Pen, desk: Desk) -> None:
    """The turn ends as it should."""
    pen.say(desk.rng.choice(ANSWERS), final=True)
