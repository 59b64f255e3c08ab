"""One measurement: planned, warned of, run by Harbor, read by us, stored, compared. Interrupted, it can be resumed.

`preparing.py` says what is refused before money is spent, `compare.py` what the result means.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import msgspec

from codex_loop.clock import Clock
from codex_loop.errors import CodexLoopError, Degraded, UsageError
from codex_loop.harbor import job
from codex_loop.harbor.job import Ended
from codex_loop.harbor.progress import Told, silent
from codex_loop.measure import results, stored, target
from codex_loop.measure.asked import Held, Lab, Request
from codex_loop.measure.compare import compare
from codex_loop.measure.plan import Design
from codex_loop.measure.preparing import Prepared, prepare, prepare_again
from codex_loop.store import evals
from codex_loop.store.engine import Database
from codex_loop.store.evals import EvalRunRow
from codex_loop.tasks.dataset import Dataset

Announced = Callable[[EvalRunRow, Design], None]
"""Hears what is about to be run, before the first model call."""


def measure(
    database: Database,
    dataset: Dataset,
    request: Request,
    lab: Lab,
    clock: Clock,
    *,
    held: Held | None = None,
    announce: Announced = lambda _row, _design: None,
    told: Told = silent,
    unchecked: bool = False,
) -> EvalRunRow:
    """Measure an agent with the tasks of a dataset. Drafts are left out, unless taken `unchecked`."""
    chosen = target.choose(dataset, unchecked=unchecked)
    prepared = prepare(database, chosen, request, lab, clock, held)
    announce(prepared.row, prepared.design)
    return carry_out(database, prepared, lab, clock, told)


def resume(
    database: Database,
    row: EvalRunRow,
    request: Request,
    lab: Lab,
    clock: Clock,
    *,
    held: Held | None = None,
    announce: Announced = lambda _row, _design: None,
    told: Told = silent,
) -> EvalRunRow:
    """Go on with a run where it stopped; what is there is not run again, and nothing is counted twice."""
    body = stored.body_of(row)
    if body.order is None:
        raise UsageError(f"the run {row.name} was not made here and cannot be resumed")
    there = target.again(Path(body.order.path), row.dataset, row.dataset_digest, body.tasks)
    prepared = prepare_again(row, there, request, lab, held)
    announce(prepared.row, prepared.design)
    return carry_out(database, prepared, lab, clock, told)


def carry_out(database: Database, prepared: Prepared, lab: Lab, clock: Clock, told: Told = silent) -> EvalRunRow:
    """Run it, and store what came of it, also when it was interrupted or Harbor failed half-way."""
    earlier = evals.at(database, prepared.row.key)
    evals.put(database, prepared.row)
    try:
        ended = job.run(lab.harbor, prepared.order, told, lab.environ)
    except CodexLoopError:  # it did not begin: another process is at it, or its environment is not there
        _as_before(database, prepared, earlier)
        raise
    except BaseException:
        failed = msgspec.structs.replace(prepared.row, state="failed", ended_ms=clock.now_ms())
        evals.put(database, failed)
        raise
    if ended.problem is not None and not ended.trials:
        _as_before(database, prepared, earlier)
        # A folder without a trial would only refuse the next run of its name.
        shutil.rmtree(ended.folder, ignore_errors=True)
        said = ended.folder.with_name(f".{ended.folder.name}.out")
        raise Degraded(f"Harbor ran nothing: {ended.problem}; what it said is in {said}")
    return _store(database, prepared, ended, clock.now_ms())


def _as_before(database: Database, prepared: Prepared, earlier: EvalRunRow | None) -> None:
    if earlier is None:
        evals.forget(database, prepared.row.key)
    else:
        evals.put(database, earlier)


def _store(database: Database, prepared: Prepared, ended: Ended, now_ms: int) -> EvalRunRow:
    state = "interrupted" if ended.interrupted else "failed" if ended.problem is not None else "complete"
    trials = results.rows(prepared.row.key, prepared.target, ended.trials)
    row = results.summed(prepared.row, trials, ended, state, now_ms)
    body = msgspec.structs.replace(
        stored.body_of(prepared.row),
        skipped=results.named(prepared.target, ended.skipped),
        problem=ended.problem,
    )
    row = msgspec.structs.replace(row, body=msgspec.json.encode(body).decode())
    with database.transaction():
        evals.replace_trials(database, row, trials)
        if state == "complete" and prepared.held is not None:
            row = held_against(database, row, prepared.held, body.margin)
    return row


def held_against(database: Database, row: EvalRunRow, held: Held, margin: float) -> EvalRunRow:
    """The run with the comparison in it, stored."""
    comparison = compare(held.measured, stored.load(database, row), margin=margin)
    body = msgspec.structs.replace(stored.body_of(row), comparison=comparison, margin=margin)
    judged = msgspec.structs.replace(
        row,
        baseline_key=held.run_key,
        verdict=comparison.verdict,
        body=msgspec.json.encode(body).decode(),
    )
    evals.put(database, judged)
    return judged
