"""What a run came to, as people and programs read it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import msgspec

from codex_loop.errors import Exit
from codex_loop.measure import stored
from codex_loop.measure.compare import Comparison
from codex_loop.measure.measured import MOST_INVALID, Measured, Share, Tried, causes, invalid_share, shares
from codex_loop.measure.stored import LeftOut
from codex_loop.measure.verdicts import EXITS
from codex_loop.store import evals
from codex_loop.store.engine import Database
from codex_loop.store.evals import EvalRun, EvalRunRow


class TaskResult(msgspec.Struct, frozen=True, kw_only=True):
    """What the agent achieved at one task."""

    task: str
    digest: str | None
    cluster_id: str | None
    source_session_id: str | None
    reward: float | None
    """Mean over valid attempts; null: there was none."""
    solved: int | None
    attempts: int
    """Valid ones."""
    invalid: int
    tokens: float | None
    """Mean of a valid attempt, like cost and seconds; null: one of them does not say."""
    cost_usd: float | None
    seconds: float | None


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """Why trials do not count."""

    cause: str
    trials: int
    exception: str | None
    """The most frequent one."""
    message: str | None
    """Of one of them."""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """A run, task by task, and its comparison if it was held against another."""

    run: EvalRun
    dataset_path: str | None
    jobs_path: str | None
    tasks: tuple[TaskResult, ...]
    invalid: tuple[Failure, ...]
    invalid_share: float | None
    missing_trials: int
    """Ordered, and not there."""
    skipped: tuple[str, ...]
    """Tasks that Harbor passed over without a word."""
    left_out: tuple[LeftOut, ...]
    sums_are_whole: bool
    """Every trial says its tokens; else the sums are at least that much."""
    problem: str | None
    warnings: tuple[str, ...]
    comparison: Comparison | None


class Runs(msgspec.Struct, frozen=True):
    """The runs that were measured, the latest first."""

    runs: tuple[EvalRun, ...]


def outcome(database: Database, row: EvalRunRow) -> Outcome:
    measured = stored.load(database, row)
    body = stored.body_of(row)
    return Outcome(
        run=evals.told(row),
        dataset_path=measured.dataset.path,
        jobs_path=row.jobs_path,
        tasks=tuple(_task(share) for share in shares(measured)),
        invalid=tuple(_failures(measured)),
        invalid_share=invalid_share(measured),
        missing_trials=max(0, row.expected - len(measured.trials)),
        skipped=body.skipped,
        left_out=body.left_out,
        sums_are_whole=all(trial.tokens.input is not None for trial in measured.trials),
        problem=body.problem,
        warnings=body.warnings,
        comparison=body.comparison,
    )


def exit_code(outcome: Outcome) -> Exit:
    """1 a regression, 2 not comparable, 4 nothing can be said or not all was measured, 130 interrupted."""
    if outcome.run.state == "interrupted":
        return Exit.INTERRUPTED
    judged = Exit.OK if outcome.comparison is None else EXITS[outcome.comparison.verdict]
    return Exit.DEGRADED if judged == Exit.OK and is_degraded(outcome) else judged


def is_degraded(outcome: Outcome) -> bool:
    """Less was measured than was asked for, or so much is invalid that the rest is no fair sample."""
    lost = outcome.invalid_share is None or outcome.invalid_share > MOST_INVALID
    return lost or outcome.missing_trials > 0 or bool(outcome.skipped) or outcome.problem is not None


def _task(share: Share) -> TaskResult:
    return TaskResult(
        task=share.task.name,
        digest=share.task.digest,
        cluster_id=share.task.cluster_id,
        source_session_id=share.task.source_session_id,
        reward=share.reward,
        solved=share.solved if share.attempts else None,
        attempts=share.attempts,
        invalid=share.invalid,
        tokens=share.amounts["tokens"],
        cost_usd=share.amounts["cost"],
        seconds=share.amounts["duration"],
    )


def _failures(measured: Measured) -> list[Failure]:
    return [
        _failure(
            cause, [each for each in measured.trials if not each.valid and (each.cause or "unclassified") == cause]
        )
        for cause in causes(measured)
    ]


def _failure(cause: str, trials: Sequence[Tried]) -> Failure:
    exceptions = Counter(trial.exception_type for trial in trials if trial.exception_type is not None)
    return Failure(
        cause=cause,
        trials=len(trials),
        exception=exceptions.most_common(1)[0][0] if exceptions else None,
        message=next((trial.message for trial in trials if trial.message), None),
    )
