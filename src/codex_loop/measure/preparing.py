"""A run before its first model call: refused when it can lead to no answer, else ready, and told what it can show."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

import msgspec

from codex_loop.clock import Clock, to_datetime
from codex_loop.errors import UsageError
from codex_loop.harbor.job import Order
from codex_loop.measure import caveats, conditions, plan, stored
from codex_loop.measure.asked import Held, Lab, Request, completed
from codex_loop.measure.measured import Key, Measured
from codex_loop.measure.pairing import pair
from codex_loop.measure.plan import Design
from codex_loop.measure.stored import Body, Ordered
from codex_loop.measure.target import Target
from codex_loop.measure.verdicts import FEWEST_TASKS
from codex_loop.measure.words import task_count
from codex_loop.redaction import redact
from codex_loop.store import evals
from codex_loop.store.engine import Database
from codex_loop.store.evals import EvalRunRow


class Prepared(NamedTuple):
    """A run that may begin."""

    row: EvalRunRow
    order: Order
    target: Target
    design: Design
    held: Held | None


def prepare(
    database: Database, target: Target, request: Request, lab: Lab, clock: Clock, held: Held | None = None
) -> Prepared:
    """Everything that can be known before the first model call. Raise UsageError for what can lead to no answer."""
    asked = completed(request)
    key = conditions.planned(asked, lab)
    if held is not None:
        _comparable(held.measured, target, key)
    started_ms = clock.now_ms()
    name = _free_name(database, asked.name, target.name, asked.agent, started_ms)
    order = _order(target, asked, lab, name)
    design = plan.design(target.tasks, asked.attempts, None if held is None else held.measured)
    body = Body(
        tasks=target.tasks,
        order=_kept(order, asked),
        left_out=target.left_out,
        warnings=(*plan.doubts(design), *_unchecked(target)),
        margin=asked.margin,
        baseline=None if held is None else held.source,
    )
    row = EvalRunRow(
        key=evals.run_key(name, started_ms),
        name=name,
        dataset=target.name,
        dataset_digest=target.digest,
        agent=asked.agent,
        agent_version=asked.agent_version,
        model=asked.model,
        environment=lab.environment,
        harbor=lab.harbor.version,
        attempts=asked.attempts,
        identity=msgspec.json.encode(key).decode(),
        state="running",
        started_ms=started_ms,
        ended_ms=None,
        jobs_path=str(lab.jobs_dir / name),
        expected=design.trials,
        valid=0,
        invalid=0,
        reward=None,
        input=None,
        cached=None,
        output=None,
        cost_microusd=None,
        duration_ms=None,
        baseline_key=None if held is None else held.run_key,
        verdict=None,
        body=msgspec.json.encode(body).decode(),
    )
    return Prepared(row, order, target, design, held)


def prepare_again(row: EvalRunRow, target: Target, request: Request, lab: Lab, held: Held | None = None) -> Prepared:
    """The same run once more, from where it stopped; `request` gives again what is not kept."""
    body = stored.body_of(row)
    if body.order is None or row.jobs_path is None:
        raise UsageError(f"the run {row.name} was not made here and cannot be resumed")
    if lab.environment != row.environment or lab.harbor.version != row.harbor:
        raise UsageError(
            f"the run {row.name} was begun in {row.environment} with Harbor {row.harbor}, here it would go on in"
            f" {lab.environment} with {lab.harbor.version}; measure as a new run"
        )
    order = _again(row, body.order, request)
    kept = msgspec.structs.replace(body, baseline=None if held is None else held.source, comparison=None)
    running = msgspec.structs.replace(
        row,
        state="running",
        ended_ms=None,
        baseline_key=None if held is None else held.run_key,
        verdict=None,
        body=msgspec.json.encode(kept).decode(),
    )
    design = plan.design(target.tasks, row.attempts, None if held is None else held.measured)
    return Prepared(running, order, target, design, held)


def _unchecked(target: Target) -> tuple[str, ...]:
    if not target.unchecked:
        return ()
    return (f"{task_count(target.unchecked)} never passed a gate: a failure may be the task's own",)


def _comparable(baseline: Measured, target: Target, key: Key) -> None:
    """Refuse before money is spent what would not be comparable afterwards."""
    planned = Measured(name=target.name, key=key, dataset=baseline.dataset, tasks=target.tasks, trials=())
    obstacles = [*caveats.other_conditions(baseline, planned)]
    pairing = pair(baseline, planned)
    common = len(pairing.pairs) + len(pairing.ungraded)
    if common < FEWEST_TASKS:
        obstacles.append(f"only {task_count(common)} of {target.name} in it, and {FEWEST_TASKS} are the least")
    if obstacles:
        raise UsageError(
            f"the baseline {baseline.name} cannot be compared with this: {'; '.join(obstacles)}; nothing was run,"
            " measure without --baseline or make a new one with --save-baseline"
        )


def _free_name(database: Database, asked: str | None, dataset: str, agent: str, started_ms: int) -> str:
    taken = {row.name for row in evals.runs(database)}
    if asked is not None:
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", asked):
            raise UsageError(
                f"{asked!r} is no name of a run: it becomes a folder; use letters, digits, dots and dashes"
            )
        if asked in taken:
            raise UsageError(
                f"a run is called {asked} already; `--resume {asked}` goes on with it, another --name begins a new one"
            )
        return asked
    of = re.sub(r"[^A-Za-z0-9]+", "-", f"{dataset}-{agent}").strip("-").lower()[:60]
    stem = f"{of}-{to_datetime(started_ms):%Y%m%d-%H%M%S}"
    return next(name for name in (stem, *(f"{stem}-{number}" for number in range(2, 1_000))) if name not in taken)


def _order(target: Target, request: Request, lab: Lab, name: str) -> Order:
    return Order(
        path=target.path,
        agent=request.agent,
        model=request.model,
        attempts=request.attempts,
        concurrent=request.concurrent,
        environment=lab.environment,
        jobs_dir=lab.jobs_dir,
        name=name,
        only=target.only,
        agent_arguments=request.agent_arguments,
        agent_environment=request.agent_environment,
        environment_arguments=request.environment_arguments,
        base_url=request.base_url,
        timeout_multiplier=request.timeout_multiplier,
        python_path=request.python_path,
    )


def _kept(order: Order, request: Request) -> Ordered:
    """What is stored of the order: nothing that looks like a secret."""
    secret = [name for name, value in order.agent_arguments.items() if redact(value).text != value]
    return Ordered(
        path=str(order.path),
        only=order.only,
        concurrent=order.concurrent,
        environment=str(order.environment),
        agent_arguments={name: value for name, value in order.agent_arguments.items() if name not in secret},
        environment_arguments=order.environment_arguments,
        base_url=order.base_url,
        timeout_multiplier=order.timeout_multiplier,
        python_path=tuple(str(path) for path in order.python_path),
        withheld=(
            *(f"--agent-arg {name}" for name in sorted(secret)),
            *(f"--agent-env {name}" for name in sorted(request.agent_environment)),
        ),
    )


def _again(row: EvalRunRow, kept: Ordered, request: Request) -> Order:
    given = {f"--agent-arg {name}" for name in request.agent_arguments}
    given |= {f"--agent-env {name}" for name in request.agent_environment}
    lacking = [each for each in kept.withheld if each not in given]
    if lacking:
        raise UsageError(f"the value of {lacking[0]} is not kept; to resume {row.name}, give it again")
    assert row.jobs_path is not None
    folder = Path(row.jobs_path)
    return Order(
        path=Path(kept.path),
        agent=row.agent,
        model=row.model,
        attempts=row.attempts,
        concurrent=kept.concurrent,
        environment=kept.environment,
        jobs_dir=folder.parent,
        name=folder.name,
        only=kept.only,
        agent_arguments={**kept.agent_arguments, **request.agent_arguments},
        agent_environment=request.agent_environment,
        environment_arguments=kept.environment_arguments,
        base_url=kept.base_url,
        timeout_multiplier=kept.timeout_multiplier,
        python_path=tuple(Path(path) for path in kept.python_path),
    )
