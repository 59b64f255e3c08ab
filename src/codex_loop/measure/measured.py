"""What was measured: every attempt of a run, over which tasks, and under which conditions.

The same Struct whether it comes from the store, from a baseline file, or from a run that has just ended.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import msgspec

MOST_INVALID = 0.2
"""With more invalid trials than this, what is left is no fair sample of the run."""


class Key(msgspec.Struct, frozen=True, kw_only=True):
    """The conditions of a run: what two runs must share, and what they may differ in."""

    harbor_version: str | None = None
    agent: str
    agent_version: str | None = None
    model: str | None = None
    reasoning_effort: str | None = None
    env_kind: str
    env_import_path: str | None = None
    host: dict[str, str] = {}
    """Where the tools of the host take part in a result: which they were."""
    timeout_multipliers: dict[str, float | None] = {}
    """What is absent, or None, is the task's own time."""
    agent_kwargs: dict[str, str] = {}
    environment_kwargs: dict[str, str] = {}
    agent_variables: tuple[str, ...] = ()
    """Names alone: values may be secrets."""
    base_url: str | None = None


class Dataset(msgspec.Struct, frozen=True, kw_only=True):
    """The tasks as a whole."""

    name: str
    digest: str | None = None
    path: str | None = None


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """A task that was measured; its digest is its identity."""

    name: str
    digest: str | None = None
    cluster_id: str | None = None
    source_session_id: str | None = None


class Tokens(msgspec.Struct, frozen=True, kw_only=True):
    """`input` includes what came from a cache."""

    input: int | None = None
    cached: int | None = None
    output: int | None = None


class Seconds(msgspec.Struct, frozen=True, kw_only=True):
    """How long the parts of a trial took."""

    setup: float | None = None
    agent: float | None = None
    verifier: float | None = None


class Tried(msgspec.Struct, frozen=True, kw_only=True):
    """One attempt at one task. Only a valid one says something of the agent."""

    task: str
    digest: str | None = None
    attempt: int = 1
    trial_id: str | None = None
    reward: float | None = None
    valid: bool
    cause: str | None = None
    exception_type: str | None = None
    message: str | None = None
    tokens: Tokens = Tokens()
    cost_usd: float | None = None
    seconds: Seconds = Seconds()
    started_ms: int | None = None
    ended_ms: int | None = None


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """A run, ready to be compared."""

    name: str
    run_id: str | None = None
    created_at: str | None = None
    key: Key | None = None
    """None: a list without conditions, which is compared with a warning."""
    dataset: Dataset
    tasks: tuple[Task, ...]
    trials: tuple[Tried, ...]
    skipped: tuple[str, ...] = ()
    """Tasks that were to be run and silently were not."""
    unfinished: int = 0
    """Trials that were ordered and did not come to an end."""


class Share(msgspec.Struct, frozen=True, kw_only=True):
    """What a run achieved at one task."""

    task: Task
    reward: float | None
    """Mean over valid attempts; None: there was none."""
    attempts: int
    """Valid ones."""
    invalid: int
    solved: int | None
    """Attempts with the full reward; None when a reward is neither 0 nor 1."""
    amounts: dict[str, float | None]
    """Mean tokens, cost and duration of its valid attempts."""

    @property
    def is_mixed(self) -> bool:
        """Some attempts solved it and some did not."""
        return self.solved is not None and 0 < self.solved < self.attempts


def shares(measured: Measured) -> list[Share]:
    """What came of each task, in the order of tasks."""
    tried: dict[str, list[Tried]] = {}
    for trial in measured.trials:
        tried.setdefault(trial.task, []).append(trial)
    return [_share(task, tried.get(task.name, [])) for task in measured.tasks]


def reward(measured: Measured) -> float | None:
    """Mean over tasks of the mean over valid attempts; None: nothing was valid."""
    means = [share.reward for share in shares(measured) if share.reward is not None]
    return sum(means) / len(means) if means else None


def causes(measured: Measured) -> dict[str, int]:
    """Why trials do not count, the most frequent first."""
    found = Counter(trial.cause or "unclassified" for trial in measured.trials if not trial.valid)
    return dict(found.most_common())


def invalid_share(measured: Measured) -> float | None:
    """Of the trials that ended; None: none did."""
    if not measured.trials:
        return None
    return sum(not trial.valid for trial in measured.trials) / len(measured.trials)


def _share(task: Task, trials: Sequence[Tried]) -> Share:
    valid = [trial for trial in trials if trial.valid and trial.reward is not None]
    rewards = [trial.reward for trial in valid if trial.reward is not None]
    return Share(
        task=task,
        reward=sum(rewards) / len(rewards) if rewards else None,
        attempts=len(rewards),
        invalid=len(trials) - len(valid),
        solved=sum(value == 1 for value in rewards) if all(value in (0, 1) for value in rewards) else None,
        amounts={
            "tokens": _mean([_tokens(trial.tokens) for trial in valid]),
            "cost": _mean([trial.cost_usd for trial in valid]),
            "duration": _mean([trial.seconds.agent for trial in valid]),
        },
    )


def _tokens(tokens: Tokens) -> int | None:
    if tokens.input is None and tokens.output is None:
        return None
    return (0 if tokens.input is None else tokens.input) + (0 if tokens.output is None else tokens.output)


def _mean(values: Sequence[float | None]) -> float | None:
    """Of what is known; None when an attempt did not say it, for then the mean is of other attempts than the reward."""
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known and len(known) == len(values) else None
