"""Runs of the store as they are compared, and back."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from codex_loop.errors import UsageError
from codex_loop.measure import baseline as files
from codex_loop.measure.compare import Comparison
from codex_loop.measure.measured import Dataset, Key, Measured, Seconds, Task, Tokens, Tried
from codex_loop.store import evals
from codex_loop.store.engine import Database
from codex_loop.store.evals import EvalRunRow, TrialRow
from codex_loop.store.sessions import moment

_MICRO = 1_000_000


class LeftOut(msgspec.Struct, frozen=True, kw_only=True):
    """A task of the dataset that was not run, and why."""

    name: str
    state: str
    reason: str | None


class Ordered(msgspec.Struct, frozen=True, kw_only=True):
    """What a resumed run must ask for again, word for word."""

    path: str
    only: tuple[str, ...]
    concurrent: int
    environment: str
    agent_arguments: dict[str, str]
    environment_arguments: dict[str, str]
    base_url: str | None
    timeout_multiplier: float
    python_path: tuple[str, ...]
    withheld: tuple[str, ...]
    """Options whose values are not kept, because they may be secrets."""


class Body(msgspec.Struct, frozen=True, kw_only=True):
    """What a run is beside its columns."""

    tasks: tuple[Task, ...]
    order: Ordered | None = None
    skipped: tuple[str, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    warnings: tuple[str, ...] = ()
    problem: str | None = None
    margin: float = 0.1
    baseline: str | None = None
    """The file or the run it is to be held against."""
    comparison: Comparison | None = None


_body: msgspec.json.Decoder[Body] = msgspec.json.Decoder(Body)
_key: msgspec.json.Decoder[Key | None] = msgspec.json.Decoder(Key | None)


def body_of(row: EvalRunRow) -> Body:
    return _body.decode(row.body)


def load(database: Database, row: EvalRunRow) -> Measured:
    """The run as it can be compared."""
    return measured(row, evals.trials(database, row.key))


def measured(row: EvalRunRow, trials: Sequence[TrialRow]) -> Measured:
    body = body_of(row)
    return Measured(
        name=row.name,
        run_id=evals.run_id(row.key),
        created_at=moment(row.started_ms),
        key=_key.decode(row.identity),
        dataset=Dataset(
            name=row.dataset, digest=row.dataset_digest, path=None if body.order is None else body.order.path
        ),
        tasks=body.tasks,
        trials=tuple(_tried(trial) for trial in trials),
        skipped=body.skipped,
        unfinished=0 if row.state == "running" else max(0, row.expected - len(trials)),
    )


def find(database: Database | None, text: str) -> tuple[Measured, int | None]:
    """What a file, or the id or name of a run, tells of; with the key of the run, where it is one of the store."""
    path = Path(text).expanduser()
    if path.is_file():
        return files.read(path), None
    if database is None or path.suffix == ".json" or path.is_dir():
        what = "is a folder" if path.is_dir() else "is not there"
        raise UsageError(f"the baseline {text} {what}; give a file of --save-baseline, or a run of `measure list`")
    row = evals.find(database, text)
    if row.state == "running":
        raise UsageError(f"the run {row.name} has not ended; `codex-loop measure --resume {row.name}` goes on with it")
    return load(database, row), row.key


def _tried(row: TrialRow) -> Tried:
    return Tried(
        task=row.task,
        digest=row.digest,
        attempt=row.attempt,
        trial_id=row.trial_id,
        reward=row.reward,
        valid=bool(row.valid),
        cause=row.cause,
        exception_type=row.exception,
        message=row.message,
        tokens=Tokens(input=row.input, cached=row.cached, output=row.output),
        cost_usd=None if row.cost_microusd is None else row.cost_microusd / _MICRO,
        seconds=Seconds(setup=_seconds(row.setup_ms), agent=_seconds(row.agent_ms), verifier=_seconds(row.verifier_ms)),
        started_ms=row.started_ms,
        ended_ms=row.ended_ms,
    )


def _seconds(milliseconds: int | None) -> float | None:
    return None if milliseconds is None else milliseconds / 1_000
