"""Runs made up for tests: so many of so many attempts solved at each task."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import msgspec

from codex_loop.measure.measured import Dataset, Key, Measured, Seconds, Task, Tokens, Tried

KEY = Key(
    harbor_version="0.25.0",
    agent="codex",
    agent_version="0.169.0",
    model="openai/gpt-5.2",
    env_kind="docker",
    agent_kwargs={"version": "0.169.0"},
)


def digest(name: str) -> str:
    return f"sha256:{hashlib.sha256(name.encode()).hexdigest()}"


def trial(task: str, attempt: int, reward: float | None, **facts: object) -> Tried:
    made = Tried(
        task=task, digest=digest(task), attempt=attempt, trial_id=f"{task}-{attempt}", reward=reward,
        valid=reward is not None, cause=None if reward is not None else "sandbox_failed",
        tokens=Tokens(input=1_000, cached=600, output=100), cost_usd=0.01, seconds=Seconds(setup=0.5, agent=8.0),
    )  # fmt: skip
    return msgspec.structs.replace(made, **facts)


def run(
    solved: Mapping[str, tuple[int, int]],
    *,
    name: str = "run",
    key: Key | None = KEY,
    sessions: Mapping[str, str] | None = None,
    more: tuple[Tried, ...] = (),
) -> Measured:
    """`{"local/a": (3, 4)}`: three of four attempts at a."""
    of = sessions or {}
    return Measured(
        name=name,
        run_id=f"run_{name}",
        created_at="2026-11-21T08:00:00.000Z",
        key=key,
        dataset=Dataset(name="mined_001", digest="sha256:d"),
        tasks=tuple(
            Task(name=task, digest=digest(task), cluster_id="cluster_1", source_session_id=of.get(task))
            for task in solved
        ),
        trials=(
            *(
                trial(task, attempt + 1, 1.0 if attempt < good else 0.0)
                for task, (good, attempts) in solved.items()
                for attempt in range(attempts)
            ),
            *more,
        ),
    )


def even(tasks: int, good: int, attempts: int = 4) -> dict[str, tuple[int, int]]:
    return {f"local/task-{number:02d}": (good, attempts) for number in range(tasks)}
