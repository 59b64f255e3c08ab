"""From Harbor's trials to ours: joined with the tasks that were asked for, added up without what does not count."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from codex_loop.harbor.job import Ended
from codex_loop.harbor.trials import Trial
from codex_loop.measure.measured import Dataset, Key, Measured, Seconds, Tokens, Tried, reward
from codex_loop.measure.stored import body_of
from codex_loop.measure.target import Target
from codex_loop.store.evals import EvalRunRow

CHANGED = "task_changed"
"""The cause of a trial that ran another content of its task than the one that was asked for."""


def tried(target: Target, trials: Sequence[Trial]) -> list[Tried]:
    """The trials of the tasks that were asked for, under the names and digests of those."""
    subjects = {subject.directory: subject.task for subject in target.subjects}
    found = []
    for trial in trials:
        task = subjects.get(trial.directory)
        if task is None:
            continue
        is_other = trial.digest is not None and task.digest is not None and trial.digest != task.digest
        found.append(
            Tried(
                task=task.name,
                digest=trial.digest if trial.digest is not None else task.digest,
                attempt=trial.attempt,
                trial_id=trial.trial_id,
                reward=trial.reward,
                valid=trial.valid and not is_other,
                cause=CHANGED if is_other else trial.cause,
                exception_type=trial.exception,
                message=trial.message,
                tokens=Tokens(input=trial.input, cached=trial.cached, output=trial.output),
                cost_usd=None if trial.cost_microusd is None else trial.cost_microusd / 1_000_000,
                seconds=Seconds(
                    setup=_seconds(trial.setup_ms), agent=_seconds(trial.agent_ms), verifier=_seconds(trial.verifier_ms)
                ),
                started_ms=trial.started_ms,
                ended_ms=trial.ended_ms,
            )
        )
    return found


def named(target: Target, directories: Sequence[str]) -> tuple[str, ...]:
    """The tasks of these folders."""
    subjects = {subject.directory: subject.task.name for subject in target.subjects}
    return tuple(sorted(subjects.get(directory, directory) for directory in directories))


def summed(row: EvalRunRow, trials: Sequence[Tried], ended: Ended, state: str, now_ms: int) -> EvalRunRow:
    """The run with what came of it. Sums are of all trials, invalid ones too: they were paid for as well."""
    versions = sorted({trial.agent_version for trial in ended.trials if trial.agent_version is not None})
    version = ", ".join(versions) if versions else row.agent_version
    key = msgspec.json.decode(row.identity, type=Key)
    measured = Measured(
        name=row.name, dataset=Dataset(name=row.dataset), tasks=body_of(row).tasks, trials=tuple(trials)
    )
    valid = sum(trial.valid for trial in trials)
    return msgspec.structs.replace(
        row,
        agent_version=version,
        identity=msgspec.json.encode(msgspec.structs.replace(key, agent_version=version)).decode(),
        state=state,
        ended_ms=now_ms,
        valid=valid,
        invalid=len(trials) - valid,
        reward=reward(measured),
        input=_sum([trial.tokens.input for trial in trials]),
        cached=_sum([trial.tokens.cached for trial in trials]),
        output=_sum([trial.tokens.output for trial in trials]),
        cost_microusd=_sum([None if each.cost_usd is None else round(each.cost_usd * 1_000_000) for each in trials]),
        duration_ms=(row.duration_ms or 0) + round(ended.seconds * 1_000),
        verdict=None,
    )


def _sum(values: Sequence[int | None]) -> int | None:
    """Of what is known; None when nothing is."""
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def _seconds(milliseconds: int | None) -> float | None:
    return None if milliseconds is None else milliseconds / 1_000
