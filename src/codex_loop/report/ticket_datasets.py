"""What proves a problem: its tasks that passed their gate, the dataset they are in, and the last run over it."""

from __future__ import annotations

from collections import Counter

import msgspec

from codex_loop.store import evals, tasks
from codex_loop.store.clusters import cluster_id
from codex_loop.store.engine import Database
from codex_loop.store.sessions import moment
from codex_loop.store.tasks import DatasetRow

AGENTS = {"codex": "codex", "claude": "claude-code"}
"""What Harbor calls the agents we record."""
CHECKERS = ("oracle", "nop")
"""They check tasks; what they reach says nothing of an agent."""


class LastRun(msgspec.Struct, frozen=True, kw_only=True):
    """The latest evaluation of the dataset."""

    name: str
    at: str | None
    agent: str
    model: str | None
    reward: float | None
    valid: int
    expected: int
    verdict: str | None


class Proven(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the problem is a dataset that anybody can rerun."""

    dataset: str | None
    """Its name; None: there is none with a task that passed its gate."""
    digest: str | None
    tasks: int
    """Tasks of this cluster that passed their gate."""
    left_out: dict[str, int]
    """The others, by state."""
    command: str | None
    """Reruns it."""
    make: str
    """Makes it."""
    last_run: LastRun | None


def proven(database: Database, cluster_key: int, *, agent: str, model: str | None) -> Proven:
    states = Counter(each.state for each in tasks.every(database, cluster_key=cluster_key))
    valid = states.pop("validated", 0)
    dataset = _dataset(database, cluster_key) if valid else None
    return Proven(
        dataset=None if dataset is None else dataset.name,
        digest=None if dataset is None else dataset.digest,
        tasks=valid,
        left_out=dict(sorted(states.items())),
        command=None if dataset is None else _measure(dataset.name, agent, model),
        make=f"codex-loop distill --cluster-id {cluster_id(cluster_key)} --output ./harbor_dataset",
        last_run=None if dataset is None else _last_run(database, dataset),
    )


def _dataset(database: Database, cluster_key: int) -> DatasetRow | None:
    """The latest made of this cluster, else the latest that holds one of its proven tasks."""
    own = tasks.datasets(database, cluster_key=cluster_key)
    if own:
        return own[0]
    digests = [each.digest for each in tasks.every(database, state="validated", cluster_key=cluster_key)]
    return next((each for each in tasks.datasets(database) if any(digest in each.tasks for digest in digests)), None)


def _last_run(database: Database, dataset: DatasetRow) -> LastRun | None:
    """The latest run of exactly this dataset by an agent; the two that only check it say nothing of agents."""
    for row in evals.runs(database, dataset.name):
        if row.dataset_digest == dataset.digest and row.agent not in CHECKERS and row.state == "complete":
            return LastRun(
                name=row.name,
                at=moment(row.started_ms),
                agent=row.agent,
                model=row.model,
                reward=row.reward,
                valid=row.valid,
                expected=row.expected,
                verdict=row.verdict,
            )
    return None


def _measure(name: str, agent: str, model: str | None) -> str:
    named = f" --model {model}" if model else ""
    return f"codex-loop measure --dataset {name} --agent {AGENTS.get(agent, agent or 'codex')}{named}"
