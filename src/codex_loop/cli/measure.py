"""`codex-loop measure`: an agent over a dataset, held against a baseline; and runs compared, planned, listed."""

import os
from collections.abc import Sequence
from pathlib import Path

from codex_loop.cli.measure_pages import announced, draw_comparison, draw_outcome, draw_plan, draw_runs
from codex_loop.cli.progress import Progress
from codex_loop.cli.render import show
from codex_loop.cli.stores import is_there, own_store
from codex_loop.clock import SystemClock
from codex_loop.errors import Exit, UsageError
from codex_loop.harbor import environments
from codex_loop.harbor import place as harbor_place
from codex_loop.harbor.progress import Step
from codex_loop.measure import baseline as files
from codex_loop.measure import compare as comparing
from codex_loop.measure import models, run, stored, target
from codex_loop.measure import plan as planning
from codex_loop.measure.asked import Held, Lab, Request, completed
from codex_loop.measure.outcome import Outcome, Runs, exit_code, outcome
from codex_loop.measure.verdicts import EXITS, MARGIN
from codex_loop.settings import Settings, load, place_name
from codex_loop.store import evals
from codex_loop.store.engine import Database, open_for_reading, open_for_writing
from codex_loop.store.evals import EvalRunRow
from codex_loop.tasks.dataset import Dataset, resolve
from codex_loop.tasks.gate.workshop import open_workshop


def measure(
    *, dataset: str | None = None, agent: str = "codex", model: str | None = None,
    baseline: str | None = None, save_baseline: Path | None = None, attempts: int = 4, concurrent: int = 2,
    environment: str | None = None, agent_version: str | None = None, base_url: str | None = None,
    agent_arg: tuple[str, ...] = (), agent_env: tuple[str, ...] = (), environment_arg: tuple[str, ...] = (),
    module_path: tuple[Path, ...] = (), timeout_multiplier: float = 1.0, margin: float = MARGIN,
    jobs_dir: Path | None = None, name: str | None = None, resume: str | None = None, gate: bool = True,
    db: str | None = None, json: bool = False,
) -> int:  # fmt: skip
    """Run an agent over a dataset with Harbor, and say whether a change helped.

    Tasks that were never checked pass the validity gate first. Exit code 1: a regression. 4: nothing can be said, or
    not all could be measured. 2: the runs cannot be compared. An interrupted run goes on with --resume.

    Examples:
        codex-loop measure --dataset ./harbor_dataset --agent codex --model gpt-5.2
        codex-loop measure --dataset harbor_dataset_001 --model gpt-5.2 --save-baseline baseline.json
        codex-loop measure --dataset ./harbor_dataset --model gpt-5.2 --baseline baseline.json
        codex-loop measure --resume harbor-dataset-001-codex-20261121-090642

    Args:
        dataset: A folder, a name, or the beginning of a digest.
        agent: codex, claude-code, oracle, nop, another agent of Harbor, or module:Class.
        model: The model; gpt-…, o…, codex-… mean openai/…, claude-… means anthropic/….
        baseline: A file of --save-baseline, or an earlier run by id or name.
        save_baseline: Write this run to a file that --baseline reads.
        attempts: How often each task is tried.
        concurrent: Trials at the same time.
        environment: docker, bubblewrap or module:Class; by default docker where it answers, else bubblewrap.
        agent_version: Version of the agent's program; recorded, and installed where an image has another.
        base_url: Where the agent finds its model; by default OPENAI_BASE_URL or ANTHROPIC_BASE_URL, if set.
        agent_arg: Option of the agent as name=value; may be given again.
        agent_env: Variable for the agent as NAME=value; may be given again. Values are not kept in the store.
        environment_arg: Option of the environment as name=value; may be given again.
        module_path: Folder in which a module:Class is found; may be given again.
        timeout_multiplier: Every time limit of the tasks, times this.
        margin: A change of the share solved that is too small to matter.
        jobs_dir: Where Harbor's files go; by default a folder in the data folder of this machine.
        name: Name of the run; by default made of dataset, agent and time.
        resume: Go on with an interrupted run, by id or name.
        gate: Check tasks first that never were; --no-gate takes them as they are.
        db: Database file or postgresql:// URL; by default the store the dataset was made from.
        json: Print one JSON object.
    """
    request = Request(
        agent=agent, model=model, attempts=attempts, concurrent=concurrent, agent_version=agent_version,
        base_url=base_url or models.base_url(model, os.environ), timeout_multiplier=timeout_multiplier,
        python_path=module_path, margin=margin, name=name,
        agent_arguments=_pairs("--agent-arg", agent_arg), agent_environment=_pairs("--agent-env", agent_env),
        environment_arguments=_pairs("--environment-arg", environment_arg),
    )  # fmt: skip
    _refuse(dataset, resume, save_baseline)
    settings = load({"db": db if db is not None else own_store(dataset), "environment": environment})
    if not is_there(settings.db):
        _refuse_without_store(settings, dataset or "", request, baseline, resume)
    with open_for_writing(settings.db) as database, Progress("measuring") as bar:
        report = _Work(database, settings, jobs_dir, bar).run(dataset, resume, request, baseline, gate, save_baseline)
    place = None if settings.db == load().db else place_name(settings.db)
    show(report, lambda told: draw_outcome(told, save_baseline, place), schema="measure", as_json=json)
    return exit_code(report)


def _refuse(dataset: str | None, resume: str | None, save: Path | None) -> None:
    """What cannot be right, before anything is opened."""
    if (dataset is None) == (resume is None):
        raise UsageError("name what to measure with --dataset DIR, or an interrupted run with --resume RUN")
    if save is not None:
        files.refuse_unwritable(save)


def _refuse_without_store(
    settings: Settings, dataset: str, request: Request, baseline: str | None, resumed: str | None
) -> None:
    """What no new store would make right: it would only be left behind, empty."""
    if resumed is not None:
        raise UsageError(f"no evaluation run is called {resumed}: there is no store at {settings.db} yet")
    completed(request)
    if baseline is not None:
        stored.find(None, baseline)
    target.choose(resolve(None, dataset), unchecked=True)
    harbor_place.find(settings)
    environments.choose(settings.environment)


class _Work:
    """One measurement on this machine."""

    def __init__(self, database: Database, settings: Settings, jobs_dir: Path | None, bar: Progress) -> None:
        self._database, self._settings, self._bar = database, settings, bar
        self._jobs_dir = jobs_dir if jobs_dir is not None else settings.data_dir / "jobs"

    def run(
        self, text: str | None, resumed: str | None, request: Request, baseline: str | None, gate: bool,
        save: Path | None,
    ) -> Outcome:  # fmt: skip
        row = (
            self.new(str(text), request, baseline, gate) if resumed is None else self.again(resumed, request, baseline)
        )
        if save is not None and row.state == "complete":
            files.write(save, stored.load(self._database, row))
        return outcome(self._database, row)

    def new(self, text: str, request: Request, baseline: str | None, gate: bool) -> EvalRunRow:
        completed(request)
        held = self._held(baseline)
        found = resolve(self._database, text)
        lab = self._lab()
        return run.measure(
            self._database,
            self._gated(found) if gate else found,
            request,
            lab,
            SystemClock(),
            held=held,
            announce=announced,
            told=self._told,
            unchecked=not gate,
        )

    def again(self, text: str, request: Request, baseline: str | None) -> EvalRunRow:
        row = evals.find(self._database, text)
        body = stored.body_of(row)
        held = self._held(baseline if baseline is not None else body.baseline)
        lab = self._lab(row.environment if body.order is None else body.order.environment)
        return run.resume(
            self._database, row, request, lab, SystemClock(), held=held, announce=announced, told=self._told
        )

    def _held(self, text: str | None) -> Held | None:
        if text is None:
            return None
        measured, key = stored.find(self._database, text)
        return Held(measured, key, str(Path(text).expanduser().absolute()) if key is None else evals.run_id(key))

    def _lab(self, environment: str | None = None) -> Lab:
        harbor = harbor_place.find(self._settings)
        asked = environment if environment is not None else self._settings.environment
        return Lab(harbor, environments.choose(asked).kind, self._jobs_dir.absolute(), os.environ)

    def _gated(self, found: Dataset) -> Dataset:
        workshop = open_workshop(self._settings)
        return target.gated(self._database, found, workshop, SystemClock().now_ms(), self._told)

    def _told(self, step: Step) -> None:
        self._bar.to(step.done / max(step.total, 1), note=step.note)


def compare(
    baseline: str, candidate: str, /, *, margin: float = MARGIN, db: str | None = None, json: bool = False
) -> int:
    """Compare two runs, task by task, with a verdict.

    Exit code 1: a regression. 4: nothing can be said. 2: the runs cannot be compared.

    Examples:
        codex-loop measure compare baseline.json run_1f00ab
        codex-loop measure compare before after --margin 0.05

    Args:
        baseline: What was before: a file of --save-baseline, or a run by id or name.
        candidate: What is now: the same.
        margin: A change of the share solved that is too small to matter.
        db: Database file or postgresql:// URL; by default a file in the data folder of this machine.
        json: Print one JSON object.
    """
    if not 0 < margin < 1:
        raise UsageError(f"--margin {margin} is no difference of shares; give a number between 0 and 1")
    place = load({"db": db}).db
    if all(Path(each).expanduser().is_file() for each in (baseline, candidate)):
        runs = [stored.find(None, each)[0] for each in (baseline, candidate)]
    else:
        with open_for_reading(place) as database:
            runs = [stored.find(database, each)[0] for each in (baseline, candidate)]
    report = comparing.compare(runs[0], runs[1], margin=margin)
    show(report, draw_comparison, schema="measure-compare", as_json=json)
    return EXITS[report.verdict]


def plan(
    *,
    effect: float = 0.1,
    power: float = 0.8,
    attempts: int | None = None,
    baseline: str | None = None,
    db: str | None = None,
    json: bool = False,
) -> int:
    """Say how many tasks and attempts it takes to find a change of a size.

    Examples:
        codex-loop measure plan --effect 0.1 --power 0.8
        codex-loop measure plan --effect 0.15 --attempts 4 --baseline baseline.json

    Args:
        effect: The change of the share solved that shall be found, like 0.1 for ten points.
        power: How often it shall be found when it is there.
        attempts: Only for so many attempts at each task.
        baseline: A file or a run that tells how much its tasks waver; by default tasks of mixed difficulty.
        db: Database file or postgresql:// URL; by default a file in the data folder of this machine.
        json: Print one JSON object.
    """
    for flag, share, least in (("--effect", effect, 0.005), ("--power", power, 0.05)):
        if not least <= share < 1:
            raise UsageError(f"{flag} {share} cannot be planned for; give a share from {least} to below 1")
    if attempts is not None and attempts < 1:
        raise UsageError(f"--attempts {attempts} runs nothing; give at least 1")
    measured = None
    if baseline is not None and Path(baseline).expanduser().is_file():
        measured = stored.find(None, baseline)[0]
    elif baseline is not None:
        with open_for_reading(load({"db": db}).db) as database:
            measured = stored.find(database, baseline)[0]
    report = planning.plan(effect, power, attempts=attempts, baseline=measured)
    show(report, draw_plan, schema="measure-plan", as_json=json)
    return Exit.OK


def measure_list(*, dataset: str | None = None, limit: int = 20, db: str | None = None, json: bool = False) -> int:
    """List the runs that were measured, the latest first.

    Examples:
        codex-loop measure list
        codex-loop measure list --dataset harbor_dataset_001 --json

    Args:
        dataset: Only runs over this dataset, by name, folder or digest.
        limit: At most this many.
        db: Database file or postgresql:// URL; by default the store the dataset was made from.
        json: Print one JSON object.
    """
    settings = load({"db": db if db is not None else own_store(dataset)})
    with open_for_reading(settings.db) as database:
        rows = evals.runs(database, None if dataset is None else _name(database, dataset), max(1, limit))
    show(Runs(tuple(evals.told(row) for row in rows)), draw_runs, schema="measure-list", as_json=json)
    return Exit.OK


def _name(database: Database, text: str) -> str:
    """The dataset's name in the runs; one that is known from runs alone may be named too."""
    known = {row.dataset for row in evals.runs(database)}
    return text if text in known else resolve(database, text).name


def _pairs(flag: str, given: Sequence[str]) -> dict[str, str]:
    pairs = [each.partition("=") for each in given]
    wrong = [name for name, equals, _ in pairs if not equals or not name]
    if wrong:
        raise UsageError(f"{flag} {wrong[0]} names no value; write it as name=value")
    return {name: value for name, _, value in pairs}
