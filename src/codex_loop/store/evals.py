"""Evaluation runs and their trials: what was ordered, what came of each attempt, what the comparison said."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from codex_loop.errors import UsageError
from codex_loop.model.keys import key
from codex_loop.store import ids
from codex_loop.store.engine import Database
from codex_loop.store.sessions import moment

PREFIX = "run_"


class EvalRunRow(msgspec.Struct, frozen=True, array_like=True):
    """A row of `eval_runs`, in its columns' order."""

    key: int
    name: str
    dataset: str
    dataset_digest: str
    agent: str
    agent_version: str | None
    model: str | None
    environment: str
    harbor: str | None
    attempts: int
    identity: str
    state: str
    """running | complete | interrupted | failed"""
    started_ms: int
    ended_ms: int | None
    jobs_path: str | None
    expected: int
    valid: int
    invalid: int
    reward: float | None
    input: int | None
    cached: int | None
    output: int | None
    cost_microusd: int | None
    duration_ms: int | None
    baseline_key: int | None
    verdict: str | None
    body: str


class TrialRow(msgspec.Struct, frozen=True, array_like=True):
    """A row of `trials`, in its columns' order."""

    key: int
    run_key: int
    task: str
    digest: str | None
    attempt: int
    trial_id: str | None
    reward: float | None
    valid: int
    cause: str | None
    exception: str | None
    message: str | None
    input: int | None
    cached: int | None
    output: int | None
    cost_microusd: int | None
    setup_ms: int | None
    agent_ms: int | None
    verifier_ms: int | None
    started_ms: int | None
    ended_ms: int | None


class EvalRun(msgspec.Struct, frozen=True, kw_only=True):
    """An evaluation run as people and programs read it."""

    id: str
    name: str
    dataset: str
    dataset_digest: str
    agent: str
    agent_version: str | None
    model: str | None
    environment: str
    harbor_version: str | None
    attempts: int
    state: str
    started_at: str | None
    ended_at: str | None
    expected_trials: int
    valid_trials: int
    invalid_trials: int
    reward: float | None
    input_tokens: int | None
    cached_tokens: int | None
    output_tokens: int | None
    cost_microusd: int | None
    duration_ms: int | None
    baseline_id: str | None
    verdict: str | None


_RUN = ", ".join(EvalRunRow.__struct_fields__)
_TRIAL = ", ".join(TrialRow.__struct_fields__)


def run_key(name: str, started_ms: int) -> int:
    return key("eval_run", name, started_ms)


def run_id(number: int) -> str:
    return f"{PREFIX}{number:0{ids.DIGITS}x}"


def trial_key(run: int, task: str, attempt: int) -> int:
    """One attempt at one task of one run: however often it is stored, it is one row."""
    return key("trial", run, task, attempt)


def put(database: Database, row: EvalRunRow) -> None:
    """The run as it stands now; an earlier row of the same run is replaced."""
    with database.transaction():
        database.named("put eval_runs", msgspec.structs.astuple(row))


def forget(database: Database, number: int) -> None:
    """Take back a run of which nothing came."""
    with database.transaction():
        database.execute("DELETE FROM trials WHERE run_key = ?", (number,))
        database.execute("DELETE FROM eval_runs WHERE key = ?", (number,))


def replace_trials(database: Database, row: EvalRunRow, trials: Sequence[TrialRow]) -> None:
    """The run and exactly these trials, in one transaction: a resumed run counts nothing twice."""
    with database.transaction():
        database.execute("DELETE FROM trials WHERE run_key = ?", (row.key,))
        database.many("put trials", [msgspec.structs.astuple(trial) for trial in trials])
        database.named("put eval_runs", msgspec.structs.astuple(row))


def runs(database: Database, dataset: str | None = None, limit: int | None = None) -> list[EvalRunRow]:
    """The latest first; only those of one dataset, when it is named."""
    where, values = (" WHERE dataset = ?", [dataset]) if dataset is not None else ("", [])
    some = "" if limit is None else f" LIMIT {int(limit)}"
    rows = database.rows(f"SELECT {_RUN} FROM eval_runs{where} ORDER BY started_ms DESC, key{some}", values)
    return [EvalRunRow(*row) for row in rows]


def at(database: Database, number: int) -> EvalRunRow | None:
    row = database.one(f"SELECT {_RUN} FROM eval_runs WHERE key = ?", (number,))
    return None if row is None else EvalRunRow(*row)


def find(database: Database, text: str) -> EvalRunRow:
    """The run that an id, a name, or the beginning of one means; UsageError says what is wrong with it.

    A whole name or id beats a beginning.
    """
    found = _named(database, "name = ?", (text,)) or _by_id(database, text) or _by_beginning(database, text)
    if len(found) == 1:
        return found[0]
    if not found:
        raise UsageError(f"no evaluation run is called {text}; `codex-loop measure list` shows them")
    names = ", ".join(f"{row.name} ({run_id(row.key)})" for row in found[:3])
    more = f" and {len(found) - 3} more" if len(found) > 3 else ""
    raise UsageError(f"{text} may mean {names}{more}; give more of the id")


def _by_id(database: Database, text: str) -> list[EvalRunRow]:
    span = ids.span(text, PREFIX)
    return [] if span is None else _named(database, "key >= ? AND key <= ?", span)


def _by_beginning(database: Database, text: str) -> list[EvalRunRow]:
    # Names are few (one a run): a comparison here needs no pattern, and so no escaping of one.
    return [row for row in runs(database) if row.name.startswith(text)] if text else []


def _named(database: Database, where: str, values: tuple[object, ...]) -> list[EvalRunRow]:
    rows = database.rows(f"SELECT {_RUN} FROM eval_runs WHERE {where} ORDER BY started_ms DESC, key", values)
    return [EvalRunRow(*row) for row in rows]


def trials(database: Database, run: int) -> list[TrialRow]:
    """The trials of a run, task by task, in the order of attempts."""
    rows = database.rows(f"SELECT {_TRIAL} FROM trials WHERE run_key = ? ORDER BY task, attempt", (run,))
    return [TrialRow(*row) for row in rows]


def told(row: EvalRunRow) -> EvalRun:
    return EvalRun(
        id=run_id(row.key),
        name=row.name,
        dataset=row.dataset,
        dataset_digest=row.dataset_digest,
        agent=row.agent,
        agent_version=row.agent_version,
        model=row.model,
        environment=row.environment,
        harbor_version=row.harbor,
        attempts=row.attempts,
        state=row.state,
        started_at=moment(row.started_ms),
        ended_at=moment(row.ended_ms),
        expected_trials=row.expected,
        valid_trials=row.valid,
        invalid_trials=row.invalid,
        reward=row.reward,
        input_tokens=row.input,
        cached_tokens=row.cached,
        output_tokens=row.output,
        cost_microusd=row.cost_microusd,
        duration_ms=row.duration_ms,
        baseline_id=None if row.baseline_key is None else run_id(row.baseline_key),
        verdict=row.verdict,
    )
