"""`codex-loop measure setup`: Harbor, and what tasks run in."""

import os
from collections.abc import Iterator
from textwrap import wrap

import msgspec

from codex_loop.cli.progress import Progress
from codex_loop.cli.render import page_width, show, style
from codex_loop.cli.width import clean
from codex_loop.errors import Exit, HarborUnusable, MissingTool
from codex_loop.harbor.environments import Environment, available
from codex_loop.harbor.place import Harbor, find
from codex_loop.harbor.progress import Step
from codex_loop.harbor.setup import setup as install
from codex_loop.settings import load


class HarborReady(msgspec.Struct, frozen=True):
    """What is there."""

    version: str
    program: str
    origin: str
    """`managed`: installed here; `path` or `settings`: another one comes before it."""
    environments: tuple[Environment, ...]
    problem: str | None
    """Why the Harbor that the settings name cannot be used."""


def setup(*, json: bool = False) -> int:
    """Install Harbor, and say where tasks can run.

    Harbor comes into an environment of its own, pinned by hashes, with the Python that the sandbox shows to tasks; some
    400 MB. What is there already is not touched. A Harbor that the settings name, or that is on the PATH in a supported
    version, is used before it. Exit code 3: no environment works here yet.

    Examples:
        codex-loop measure setup
        codex-loop measure setup --json

    Args:
        json: Print one JSON object.
    """
    with Progress("measure setup", total=1) as bar:

        def told(step: Step) -> None:
            bar.to(step.done / step.total, note=step.note)

        installed = install(told)
    report = _ready(installed)
    show(report, _draw, schema="measure-setup", as_json=json)
    return Exit.OK if any(each.usable for each in report.environments) else Exit.MISSING


def _ready(installed: Harbor) -> HarborReady:
    used, problem = installed, None
    try:
        used = find(load(), os.environ)
    except (HarborUnusable, MissingTool) as error:
        problem = str(error)
    return HarborReady(used.version, str(used.program), used.origin, available(), problem)


_INDENT = 18
_ORIGIN = {"managed": "installed here", "path": "on the PATH", "settings": "named by the settings"}


def _draw(report: HarborReady) -> Iterator[str]:
    yield f"Harbor {report.version}, {_ORIGIN[report.origin]}: {report.program}"
    if report.problem is not None:
        yield clean(report.problem)
    yield ""
    for each in report.environments:
        head, *more = wrap(clean(each.detail), page_width() - _INDENT)
        verdict = style("yes  ", "green") if each.usable else style("no   ", "yellow")
        yield f"{each.name:<{_INDENT - 5}}{verdict}{head}"
        yield from (" " * _INDENT + line for line in more)
    usable = [each.name for each in report.environments if each.usable]
    yield ""
    if usable:
        yield f"Tasks run in {usable[0]}."
        yield "Next: codex-loop measure --dataset DIR --agent codex --model NAME"
    else:
        yield "Tasks can run in none of them yet; make one usable and run this again."
