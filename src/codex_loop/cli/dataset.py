"""`codex-loop trace dataset` and `trace verify`: tasks that passed the gate, and a new look at them."""

import os
import textwrap
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from codex_loop import clock
from codex_loop.cli.progress import Progress
from codex_loop.cli.render import Column, counted, fields, page_width, show, style, table
from codex_loop.cli.width import clean
from codex_loop.errors import Exit, UsageError
from codex_loop.harbor.folders import task_paths
from codex_loop.harbor.progress import Step
from codex_loop.settings import Settings, load, place_name
from codex_loop.store.engine import is_url, open_for_writing
from codex_loop.tasks.dataset.dataset import SIDECAR, Dataset, read
from codex_loop.tasks.dataset.gating import Verified, make
from codex_loop.tasks.dataset.gating import verify as look_again
from codex_loop.tasks.gate.check import Check
from codex_loop.tasks.gate.gate import Gated
from codex_loop.tasks.gate.workshop import open_workshop

COLOURS = {"passed": "green", "failed": "red", "warned": "yellow", "skipped": "dim"}


def dataset(
    *,
    task: tuple[Path, ...] = (),
    output: Path | None = None,
    name: str | None = None,
    allow_unverified: bool = False,
    allow_draft: bool = False,
    again: bool = False,
    attempts: int = 3,
    environment: str | None = None,
    db: str | None = None,
    json: bool = False,
) -> int:
    """Make a dataset of tasks that pass the validity gate.

    A task passes when an agent that does nothing fails it every time, its solution passes it every time, and nothing
    gives it away. What was checked before is not run again. Exit code 4: some tasks were set aside.

    Examples:
        codex-loop trace dataset --task ./harbor_task --output ./harbor_dataset
        codex-loop trace dataset --task ./a --task ./b --output ./harbor_dataset --attempts 5
        codex-loop trace dataset --task ./drafts --output ./harbor_dataset --allow-unverified

    Args:
        task: A task's folder, or a folder that holds some; may be given again.
        output: The folder of the dataset; tasks that are in it already stay.
        name: Its name, to which a number is added; by default the name of its folder.
        allow_unverified: Let tasks in for which no test could be had. The manifest says so.
        allow_draft: Let tasks in that could not be run here. The manifest says so.
        again: Run what was checked before, too.
        attempts: How often nothing and the solution are tried, at least 3.
        environment: docker, bubblewrap or module:Class; by default docker where it answers, else bubblewrap.
        db: Database file or postgresql:// URL; by default a file in the data folder of this machine.
        json: Print one JSON object.
    """
    if not task or output is None:
        raise UsageError("name the tasks with --task and the folder of the dataset with --output")
    _refuse_empty(task)
    settings = load({"db": db})
    workshop = open_workshop(settings, environ=os.environ, environment=environment, attempts=attempts)
    with open_for_writing(settings.db) as database, Progress("checking") as bar:
        made = make(
            task,
            output,
            workshop,
            lambda step: _advance(bar, step),
            database=database,
            now_ms=clock.now_ms(),
            again=again,
            name=name,
            allow_unverified=allow_unverified,
            allow_draft=allow_draft,
            place=_place(settings),
        )
    show(made, _draw_dataset, schema="trace-dataset", as_json=json)
    return Exit.DEGRADED if made.set_aside else Exit.OK


def verify(
    *paths: Path,
    attempts: int = 3,
    environment: str | None = None,
    checks: bool = False,
    db: str | None = None,
    json: bool = False,
) -> int:
    """Pass tasks, or a whole dataset, through the gate again.

    In a dataset of codex-loop, tasks that no longer pass are set aside, and those that pass now are taken in. Exit code
    1: a task did not pass. 4: tasks could not be run here.

    Examples:
        codex-loop trace verify ./harbor_dataset
        codex-loop trace verify ./harbor_task --checks --attempts 5

    Args:
        paths: Folders of tasks or datasets.
        attempts: How often nothing and the solution are tried, at least 3.
        environment: docker, bubblewrap or module:Class; by default docker where it answers, else bubblewrap.
        checks: Show every check with what it saw.
        db: Database file or postgresql:// URL; by default the store the dataset was made from.
        json: Print one JSON object.
    """
    if not paths:
        raise UsageError("no folder given; name a task or a dataset, like ./harbor_dataset")
    for path in paths:
        if not (path / SIDECAR).is_file():
            _refuse_empty((path,))
    settings = load({"db": db if db is not None else _own_store(paths)})
    workshop = open_workshop(settings, environ=os.environ, environment=environment, attempts=attempts)
    with open_for_writing(settings.db) as database, Progress("checking") as bar:
        found = look_again(
            paths,
            workshop,
            lambda step: _advance(bar, step),
            database=database,
            now_ms=clock.now_ms(),
            place=_place(settings),
        )
    draw = _draw_checks if checks else _draw_verified
    show(found, draw, schema="trace-verify", as_json=json)
    return _exit_code(found)


def _refuse_empty(places: Sequence[Path]) -> None:
    """Before a store is opened: a new one would only be left behind, empty."""
    for place in places:
        if not place.is_dir():
            raise UsageError(f"{place} is not a folder; name a task's folder, or one that holds some")
    if not any(task_paths(place) for place in places):
        raise UsageError(f"{', '.join(map(str, places))} holds no task; a task is a folder with a task.toml")


def _exit_code(found: Verified) -> Exit:
    states = {each.state for each in found.tasks}
    if states & {"quarantined", "unverified"}:
        return Exit.FINDING
    return Exit.DEGRADED if "draft" in states else Exit.OK


def _advance(bar: Progress, step: Step) -> None:
    bar.to(step.done / max(step.total, 1), note=step.note)


def _place(settings: Settings) -> str:
    """How a dataset names its store: for whoever measures with it, without a password."""
    return place_name(settings.db) if is_url(settings.db) else str(Path(settings.db).absolute())


def _own_store(paths: Sequence[Path]) -> str | None:
    """The store that the first of these datasets was made from, if it is still there."""
    stores = (read(path).store for path in paths if (path / SIDECAR).is_file())
    named = next((each for each in stores if each is not None), None)
    return named if named is not None and (is_url(named) or Path(named).is_file()) else None


def _draw_dataset(made: Dataset) -> Iterator[str]:
    entries = (*made.tasks, *made.set_aside)
    yield from _states([(each.directory, each.state, each.reason, each.checks) for each in entries])
    yield ""
    yield f"{style(made.name, 'bold')}: {_summary(made)}"
    yield from fields([("folder", made.path), ("digest", made.digest[:19])])
    unproven = [each for each in made.tasks if each.state != "validated"]
    if unproven:
        yield f"{counted(len(unproven), 'task')} let in without having passed; results with them prove less"
    if made.set_aside:
        yield "set aside: not measured with; the reasons stand above"
    if made.tasks:
        yield style(f"codex-loop measure --dataset {made.name} --agent codex --model … runs it", "dim")


def _summary(made: Dataset) -> str:
    proven = sum(each.state == "validated" for each in made.tasks)
    return f"{counted(len(made.tasks), 'task')}, {proven} validated; {len(made.set_aside)} set aside"


def _draw_verified(found: Verified) -> Iterator[str]:
    yield from _states([(Path(each.path).name, each.state, each.reason, each.checks) for each in found.tasks])
    yield ""
    yield from _verdict(found)
    for made in found.datasets:
        yield f"{style(made.name, 'bold')}: {_summary(made)}"


def _verdict(found: Verified) -> Iterator[str]:
    states = Counter(each.state for each in found.tasks)
    told = ", ".join(f"{count} {state}" for state, count in sorted(states.items(), key=lambda each: -each[1]))
    yield told
    if found.harbor_version is None:
        yield from _wrapped(found.lacking or "", 0)
    else:
        where = f"{found.environment}, Harbor {found.harbor_version}"
        yield f"doing nothing and the solution: {found.attempts} attempts each in {where}"


def _draw_checks(found: Verified) -> Iterator[str]:
    for each in found.tasks:
        yield style(clean(f"{Path(each.path).name}: {each.state}"), "bold")
        yield from _wrapped_checks(each)
        yield ""
    yield from _verdict(found)


def _wrapped_checks(gated: Gated) -> Iterator[str]:
    wide = max((len(each.name) for each in gated.checks), default=0)
    for each in gated.checks:
        head = f"  {style(each.outcome, COLOURS[each.outcome])}{' ' * (8 - len(each.outcome))}{each.name.ljust(wide)}  "
        first, *more = _wrapped(clean(each.detail), 12 + wide)
        yield head + first
        yield from (" " * (12 + wide) + part for part in more)


def _states(rows: Sequence[tuple[str, str, str | None, Sequence[Check]]]) -> Iterator[str]:
    """Each task with its state, and the whole reason below where there is one."""
    columns = (Column("task", shrinks=True), Column("state"), Column("warnings", right=True))
    lines = table(columns, [(name, state, _warnings(checks)) for name, state, _, checks in rows])
    yield lines[0]
    for line, (_, _, reason, _) in zip(lines[1:], rows, strict=True):
        yield line
        if reason is not None:
            yield from (f"    {part}" for part in _wrapped(clean(reason), 4))


def _wrapped(text: str, indent: int) -> list[str]:
    return textwrap.wrap(text, page_width() - indent) or [""]


def _warnings(checks: Sequence[Check]) -> int:
    return sum(each.outcome == "warned" for each in checks)
