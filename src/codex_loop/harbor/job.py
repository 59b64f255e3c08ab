"""One job of Harbor: started as a process, watched by the results it leaves, resumed under the same name.

Its exit code says nothing of the trials, and a task that it finds invalid is not run and not mentioned; so what was
asked for is compared with what is there. Stopped at any instant, the same order goes on where it stopped.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from pathlib import Path

import msgspec

from codex_loop.errors import UsageError
from codex_loop.harbor import stage
from codex_loop.harbor import trials as results
from codex_loop.harbor.environments import Chosen, choose
from codex_loop.harbor.folders import task_paths
from codex_loop.harbor.place import Harbor, clean_environment
from codex_loop.harbor.process import Process, alone
from codex_loop.harbor.programs import shown
from codex_loop.harbor.progress import Step, Told, silent
from codex_loop.harbor.trials import Trial
from codex_loop.redaction import redact

_LOOK_S = 0.25
_GRACE_S = 20.0
"""What Harbor is given to end its trials and write what it has."""


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be run. The same order again goes on with what is there."""

    path: Path
    """A task folder, or a folder that holds some."""
    agent: str
    """A name of Harbor's (`oracle`, `nop`, `codex`, …) or a `module:Class`."""
    model: str | None = None
    """`provider/name`."""
    attempts: int = 1
    concurrent: int = 2
    environment: str | None = None
    """`docker`, `bubblewrap`, another of Harbor's, or a `module:Class`; None: the first that works here."""
    jobs_dir: Path
    name: str
    only: tuple[str, ...] = ()
    """Names of task folders; none: all."""
    agent_arguments: dict[str, str] = {}
    agent_environment: dict[str, str] = {}
    """Stands in Harbor's files: a secret belongs in the environment of this process, where agents look for it."""
    environment_arguments: dict[str, str] = {}
    base_url: str | None = None
    timeout_multiplier: float = 1.0
    python_path: tuple[Path, ...] = ()
    """Where a `module:Class` is found."""
    deadline_s: float | None = None
    """When the whole job is stopped; None: Harbor's own timeouts of each trial are enough."""


class Ended(msgspec.Struct, frozen=True, kw_only=True):
    """How a job ended, and every trial of it that is there, those of earlier runs of the same name too."""

    folder: Path
    trials: tuple[Trial, ...]
    skipped: tuple[str, ...]
    """Task folders that Harbor did not run, and did not mention."""
    interrupted: bool
    seconds: float
    """Of this run alone."""
    problem: str | None
    """Why it did not come to its end; None: it did."""


def run(harbor: Harbor, order: Order, told: Told = silent, environ: Mapping[str, str] = os.environ) -> Ended:
    """Run it, or go on with it. An interruption ends Harbor too and is told by `interrupted`, not raised."""
    expected = _expected(order)
    chosen = choose(order.environment, environ)
    if chosen.kind == "bubblewrap" and not {"bind", "path"} & set(order.environment_arguments):
        arguments = {**shown(order.agent, environ), **order.environment_arguments}
        order = msgspec.structs.replace(order, environment_arguments=arguments)
    folder = order.jobs_dir / order.name
    order.jobs_dir.mkdir(parents=True, exist_ok=True)
    states = order.jobs_dir / f".{order.name}.sandboxes"
    started_s = time.monotonic()
    with alone(order.jobs_dir / f".{order.name}.lock", order.name) as held:
        stage.clear(states)
        _forget_unfinished(folder)
        try:
            process = Process(
                _command(harbor, order, chosen),
                environ=_environment(order, chosen, states, environ),
                output=order.jobs_dir / f".{order.name}.out",
                held=held,
            )
            interrupted, problem = _watched(process, order, len(expected) * order.attempts, folder, told)
        finally:
            stage.clear(states)
    found = results.read(folder)
    finished = not interrupted and problem is None
    return Ended(
        folder=folder,
        trials=found,
        skipped=_skipped(expected, found) if finished else (),
        interrupted=interrupted,
        seconds=time.monotonic() - started_s,
        problem=problem,
    )


def _expected(order: Order) -> list[Path]:
    if not order.path.is_dir():
        raise UsageError(f"{order.path} is not a folder; name a task folder, or one that holds task folders")
    tasks = task_paths(order.path)
    if order.only:
        unknown = sorted(set(order.only) - {path.name for path in tasks})
        if unknown:
            raise UsageError(f"{order.path} holds no task {unknown[0]}; its tasks are folders with a task.toml")
        tasks = [path for path in tasks if path.name in order.only]
    if not tasks:
        raise UsageError(f"{order.path} holds no task; a task is a folder with a task.toml")
    return tasks


def _command(harbor: Harbor, order: Order, chosen: Chosen) -> list[str]:
    command = [str(harbor.program), "run", "--quiet", "--yes", "-p", str(order.path.resolve())]
    command += ["-a", order.agent, "-e", chosen.flag]
    command += ["-o", str(order.jobs_dir.resolve()), "--job-name", order.name]
    command += ["-k", str(order.attempts), "-n", str(order.concurrent)]
    for name in order.only if not (order.path / "task.toml").is_file() else ():
        command += ["-i", name]
    if order.model is not None:
        command += ["-m", order.model]
    if order.base_url is not None:
        command += ["--base-url", order.base_url]
    if order.timeout_multiplier != 1.0:
        command += ["--timeout-multiplier", str(order.timeout_multiplier)]
    for flag, values in (
        ("--ak", order.agent_arguments),
        ("--ae", order.agent_environment),
        ("--ek", order.environment_arguments),
    ):
        for key, value in values.items():
            command += [flag, f"{key}={value}"]
    return command


def _environment(order: Order, chosen: Chosen, states: Path, environ: Mapping[str, str]) -> dict[str, str]:
    made = {**clean_environment(environ), **chosen.variables}
    folders = [*filter(None, [made.get("PYTHONPATH")]), *(str(path.resolve()) for path in order.python_path)]
    if folders:
        made["PYTHONPATH"] = os.pathsep.join(folders)
    return {**made, stage.STATES: str(states.resolve())}


def _forget_unfinished(folder: Path) -> None:
    """A trial that was cancelled or whose result is torn is run again; Harbor would count it as done, or stumble."""
    for trial in results.read(folder):
        path = Path(trial.folder)
        if trial.cause == "cancelled" or not results.is_readable(path):
            # Harbor removes the folder of a trial that left no result.
            (path / results.RESULT).unlink(missing_ok=True)


def _forget_torn_down(folder: Path, before: set[str]) -> None:
    """What failed while Harbor was ending failed because of that: it is run again, whatever name its error has."""
    for trial in results.read(folder):
        path = Path(trial.folder)
        if path.name not in before and not trial.valid:
            (path / results.RESULT).unlink(missing_ok=True)


def _watched(process: Process, order: Order, total: int, folder: Path, told: Told) -> tuple[bool, str | None]:
    """Whether it was interrupted, and why it did not come to its end."""
    until_s = None if order.deadline_s is None else time.monotonic() + order.deadline_s
    try:
        with process:
            seen: set[str] = set()
            while not process.ended(_LOOK_S):
                _tell(folder, seen, total, told)
                if until_s is not None and time.monotonic() > until_s:
                    process.stop(_GRACE_S)
                    return False, f"it did not end in {order.deadline_s:.0f} seconds; the same order goes on with it"
            _tell(folder, seen, total, told)
    except KeyboardInterrupt:
        before = {each.name for each in results.result_folders(folder)}
        process.stop(_GRACE_S)
        _forget_torn_down(folder, before)
        return True, None
    if process.code == 0:
        return False, None
    last = redact(process.last_words()).text
    return False, f"Harbor ended with exit code {process.code}{': ' if last else ''}{last}"


def _tell(folder: Path, seen: set[str], total: int, told: Told) -> None:
    for each in results.result_folders(folder):
        if each.name not in seen:
            seen.add(each.name)
            told(Step(len(seen), total, each.name.rpartition("__")[0]))


def _skipped(expected: list[Path], found: tuple[Trial, ...]) -> tuple[str, ...]:
    ran = {trial.directory for trial in found}
    return tuple(path.name for path in expected if path.name not in ran)
