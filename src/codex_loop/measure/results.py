"""From Harbor's trials to ours: joined with the tasks that were asked for, added up without what does not count."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from codex_loop.harbor.job import Ended
from codex_loop.harbor.trials import Trial
from codex_loop.measure.measured import Key, reward
from codex_loop.measure.stored import measured
from codex_loop.measure.target import Target
from codex_loop.store import evals
from codex_loop.store.evals import EvalRunRow, TrialRow

CHANGED = "task_changed"
"""The cause of a trial that ran another content of its task than the one that was asked for."""


_AS_THEY_ARE = tuple(sorted({*Trial.__struct_fields__} & {*TrialRow.__struct_fields__}))
"""What is stored of a trial as Harbor's files say it."""


def rows(run: int, target: Target, trials: Sequence[Trial]) -> list[TrialRow]:
    """The trials of the tasks that were asked for, under the names and digests of those."""
    subjects = {subject.directory: subject.task for subject in target.subjects}
    found = []
    for trial in trials:
        task = subjects.get(trial.directory)
        if task is None:
            continue
        is_other = trial.digest is not None and task.digest is not None and trial.digest != task.digest
        found.append(
            TrialRow(
                **{name: getattr(trial, name) for name in _AS_THEY_ARE}
                | {
                    "key": evals.trial_key(run, task.name, trial.attempt),
                    "run_key": run,
                    "task": task.name,
                    "digest": trial.digest if trial.digest is not None else task.digest,
                    "valid": int(trial.valid and not is_other),
                    "cause": CHANGED if is_other else trial.cause,
                }
            )
        )
    return found


def named(target: Target, directories: Sequence[str]) -> tuple[str, ...]:
    """The tasks of these folders."""
    subjects = {subject.directory: subject.task.name for subject in target.subjects}
    return tuple(sorted(subjects.get(directory, directory) for directory in directories))


def summed(row: EvalRunRow, trials: Sequence[TrialRow], ended: Ended, state: str, now_ms: int) -> EvalRunRow:
    """The run with what came of it. Sums are of all trials, invalid ones too: they were paid for as well."""
    versions = sorted({trial.agent_version for trial in ended.trials if trial.agent_version is not None})
    version = ", ".join(versions) if versions else row.agent_version
    key = msgspec.json.decode(row.identity, type=Key)
    valid = sum(trial.valid for trial in trials)
    return msgspec.structs.replace(
        row,
        agent_version=version,
        identity=msgspec.json.encode(msgspec.structs.replace(key, agent_version=version)).decode(),
        state=state,
        ended_ms=now_ms,
        valid=valid,
        invalid=len(trials) - valid,
        reward=reward(measured(row, trials)),
        input=_sum([trial.input for trial in trials]),
        cached=_sum([trial.cached for trial in trials]),
        output=_sum([trial.output for trial in trials]),
        cost_microusd=_sum([trial.cost_microusd for trial in trials]),
        duration_ms=(row.duration_ms or 0) + round(ended.seconds * 1_000),
        verdict=None,
    )


def _sum(values: Sequence[int | None]) -> int | None:
    """Of what is known; None when nothing is."""
    known = [value for value in values if value is not None]
    return sum(known) if known else None
