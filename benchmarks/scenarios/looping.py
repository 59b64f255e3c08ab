"""The same again, and again."""

# A sentence is easier to check against a real one when it stands on one line.
# ruff: noqa: E501

from __future__ import annotations

from benchmarks.scenarios.pen import Anchor, Pen
from benchmarks.scenarios.planted import Act, Plant, act
from benchmarks.scenarios.words import FAILURES
from benchmarks.scenarios.work import Desk, answer, ask, edit, look

_TOLD = ("exec_failure", "tool_error_storm")


def _joined(anchors: list[Anchor]) -> Anchor:
    return frozenset().union(*anchors)


def retry_loop(pen: Pen, desk: Desk) -> Act:
    """The same command three to five times in a row, nothing in between, and it never works."""
    about = ask(pen, desk)
    look(pen, desk, about)
    failure = desk.rng.choice(FAILURES)
    anchors = [
        pen.run(about.fill(failure.command), failure.code, about.fill(failure.output), desk.rng.uniform(0.2, 9))
        for _ in range(desk.rng.randint(3, 5))
    ]
    look(pen, desk, about)
    edit(pen, desk, about)
    answer(pen, desk)
    return act("retry_loop", _joined(anchors), allows=(*_TOLD, "error_loop"))


def error_loop(pen: Pen, desk: Desk) -> Act:
    """Different commands, one error, within eight calls."""
    about = ask(pen, desk)
    error = f"ModuleNotFoundError: No module named '{about.module}_core'"
    commands = [
        f"python scripts/{about.module}.py", f"python -m {about.module}.main", f"python manage.py {about.module}",
        f"python tools/check_{about.module}.py --all", f"python {about.module}/cli.py show",
    ]  # fmt: skip
    anchors = []
    for command in desk.rng.sample(commands, desk.rng.randint(3, 4)):
        output = (
            f'Traceback (most recent call last):\n  File "x.py", line {desk.rng.randint(1, 90)}, in <module>\n{error}\n'
        )
        anchors.append(pen.run(command, 1, output))
        if desk.rng.random() < 0.5:
            look(pen, desk, about)
    look(pen, desk, about)
    edit(pen, desk, about)
    answer(pen, desk)
    return act("error_loop", _joined(anchors), allows=(*_TOLD, "parameter_drift"))


def parameter_drift(pen: Pen, desk: Desk) -> Act:
    """One program with ever other arguments, each failing in its own way, nothing in between."""
    about = ask(pen, desk)
    errors = desk.rng.sample(
        ("unrecognized option", "missing operand", "cannot parse value", "unknown target", "bad address"), 4
    )
    anchors = [
        pen.run(
            f"convert --{word} src/{about.module}.{desk.rng.choice('abcdef')}",
            2,
            f"convert: error: {error} in {word}\n",
        )
        for word, error in zip(desk.rng.sample(("size", "depth", "crop", "fit", "strip"), 4), errors, strict=True)
    ]
    look(pen, desk, about)
    edit(pen, desk, about)
    answer(pen, desk)
    return act("parameter_drift", _joined(anchors), allows=(*_TOLD, "error_loop"))


def oscillation(pen: Pen, desk: Desk) -> Act:
    """Two or three calls, round and round, with the same output each time."""
    about = ask(pen, desk)
    path = desk.file(about)
    rounds: list[tuple[str, str]] = [
        (f"cat {path}", "x = 1\n"), (f"grep -n {about.noun} {path}", f"3:{about.noun}\n"), (f"wc -l {path}", f"9 {path}\n"),
    ]  # fmt: skip
    chosen = desk.rng.sample(rounds, desk.rng.randint(2, 3))
    anchors = [pen.run(command, 0, output) for _ in range(desk.rng.randint(3, 4)) for command, output in chosen]
    edit(pen, desk, about)
    answer(pen, desk)
    return act("oscillation", _joined(anchors))


def tool_error_storm(pen: Pen, desk: Desk) -> Act:
    """Five different failures or more within twelve calls."""
    about = ask(pen, desk)
    anchors = []
    for failure in desk.rng.sample(FAILURES, desk.rng.randint(5, 6)):
        anchors.append(pen.run(about.fill(failure.command), failure.code, about.fill(failure.output)))
        if desk.rng.random() < 0.5:
            look(pen, desk, about)
    edit(pen, desk, about)
    answer(pen, desk)
    return act("tool_error_storm", _joined(anchors), allows=(*_TOLD, "parameter_drift", "error_loop"))


PLANTS = (
    Plant("retry_loop", retry_loop, noisy=True),
    Plant("error_loop", error_loop, noisy=True),
    Plant("parameter_drift", parameter_drift, noisy=True),
    Plant("oscillation", oscillation, noisy=True),
    Plant("tool_error_storm", tool_error_storm, noisy=True),
)
