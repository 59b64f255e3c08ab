"""How a dataset was solved from run to run: reward with its interval, tokens, cost, verdicts, and what changed."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from codex_loop.errors import UsageError
from codex_loop.report.ticket_datasets import CHECKERS
from codex_loop.stats.paired import Interval, spread
from codex_loop.store import evals, tasks
from codex_loop.store.engine import Database
from codex_loop.store.evals import EvalRunRow, run_id
from codex_loop.store.sessions import moment
from codex_loop.store.tasks import DatasetRow
from codex_loop.tasks.dataset.dataset import SIDECAR, read

UP, DOWN = 1.05, 0.95
"""How much better, or worse, the mean of the second half of the runs has to be."""
FEWEST = 4
_DIGEST = re.compile(r"(?:sha256:)?[0-9a-f]{6,64}")


class RunPoint(msgspec.Struct, frozen=True, kw_only=True):
    """One evaluation run."""

    id: str
    name: str
    at: str | None
    dataset: str
    dataset_digest: str
    agent: str
    agent_version: str | None
    model: str | None
    environment: str
    state: str
    attempts: int
    expected_trials: int
    valid_trials: int
    invalid_trials: int
    tasks: int
    """Tasks with a valid attempt."""
    reward: float | None
    """Mean over tasks of the mean over valid attempts; null: nothing was valid."""
    low: float | None
    high: float | None
    """Its interval of 95 % over tasks, those of one session as one; null: too few of them, or all alike."""
    tokens: int | None
    cost_microusd: int | None
    duration_ms: int | None
    verdict: str | None
    changed: tuple[str, ...]
    """What is not as in the run before it."""


class EvalTrends(msgspec.Struct, frozen=True, kw_only=True):
    """The runs over a dataset, the earliest first."""

    dataset: str
    """As it was asked for."""
    names: tuple[str, ...]
    """The datasets it means: several where a folder was made anew."""
    days: int | None
    runs: tuple[RunPoint, ...]
    earlier: int
    """Runs before the first day that was asked for."""
    direction: str | None
    """better, worse or steady over the runs like the last one; null: fewer than four of them."""


def eval_trends(database: Database, wanted: str, since_ms: int | None, *, days: int | None = None) -> EvalTrends:
    """The runs over the dataset that a name, a path or a digest means."""
    names = _named(database, wanted)
    rows = [row for name in names for row in evals.runs(database, name)]
    rows.sort(key=lambda row: (row.started_ms, row.key))
    inside = [row for row in rows if since_ms is None or row.started_ms >= since_ms]
    points = tuple(_points(database, inside))
    return EvalTrends(
        dataset=wanted,
        names=tuple(names),
        days=days,
        runs=points,
        earlier=len(rows) - len(inside),
        direction=_direction(points),
    )


def _named(database: Database, wanted: str) -> list[str]:
    """Names of datasets, the oldest first."""
    known = tasks.datasets(database)[::-1]
    names = {row.name: None for row in known} | {row.dataset: None for row in evals.runs(database)[::-1]}
    if wanted in names:
        return [wanted]
    family = re.compile(re.escape(wanted) + r"_\d{3,}")
    found = [row.name for row in known if _digest(row, wanted) or _there(row, wanted)]
    found = found or [name for name in _called_there(wanted) if name in names]
    found = found or [name for name in names if family.fullmatch(name)]
    if found:
        return list(dict.fromkeys(found))
    there = ", ".join(list(names)[-5:]) or "none yet: `codex-loop distill` makes them, `codex-loop measure` runs them"
    raise UsageError(f"no dataset is called {wanted}, lies there or has that digest; there is {there}")


def _digest(row: DatasetRow, wanted: str) -> bool:
    if not _DIGEST.fullmatch(wanted):
        return False
    return row.digest.removeprefix("sha256:").startswith(wanted.removeprefix("sha256:"))


def _there(row: DatasetRow, wanted: str) -> bool:
    path = Path(wanted).expanduser()
    return Path(row.path) in (path, path.absolute(), path.resolve())


def _called_there(wanted: str) -> list[str]:
    """What a folder calls itself that was moved, or copied from another machine, since it was made."""
    path = Path(wanted).expanduser()
    return [read(path).name] if (path / SIDECAR).is_file() else []


def _points(database: Database, rows: Sequence[EvalRunRow]) -> Iterator[RunPoint]:
    before: EvalRunRow | None = None
    for row in rows:
        shares = _shares(database, row)
        interval = _interval(shares, _sessions(row))
        yield RunPoint(
            id=run_id(row.key),
            name=row.name,
            at=moment(row.started_ms),
            dataset=row.dataset,
            dataset_digest=row.dataset_digest,
            agent=row.agent,
            agent_version=row.agent_version,
            model=row.model,
            environment=row.environment,
            state=row.state,
            attempts=row.attempts,
            expected_trials=row.expected,
            valid_trials=row.valid,
            invalid_trials=row.invalid,
            tasks=len(shares),
            reward=row.reward,
            low=None if interval is None else max(interval.low, 0.0),
            high=None if interval is None else min(interval.high, 1.0),
            tokens=_sum(row.input, row.output),
            cost_microusd=row.cost_microusd,
            duration_ms=row.duration_ms,
            verdict=row.verdict,
            changed=() if before is None else tuple(_changed(before, row)),
        )
        before = row


def _shares(database: Database, row: EvalRunRow) -> dict[str, float]:
    """The mean reward of each task over its valid attempts."""
    rewards: dict[str, list[float]] = defaultdict(list)
    for trial in evals.trials(database, row.key):
        if trial.valid and trial.reward is not None:
            rewards[trial.task].append(trial.reward)
    return {task: sum(each) / len(each) for task, each in rewards.items()}


class _Origin(msgspec.Struct):
    name: str
    source_session_id: str | None = None


class _Body(msgspec.Struct):
    tasks: list[_Origin] = []


_body: msgspec.json.Decoder[_Body] = msgspec.json.Decoder(_Body)


def _sessions(row: EvalRunRow) -> dict[str, str]:
    """From which session each task came, where that is known."""
    return {each.name: each.source_session_id for each in _body.decode(row.body).tasks if each.source_session_id}


def _interval(shares: Mapping[str, float], sessions: Mapping[str, str]) -> Interval | None:
    """Tasks of one session are not independent, as in a comparison."""
    if len(set(shares.values())) < 2:
        return None
    clusters = [sessions.get(task, f"task {task}") for task in shares]
    return spread(list(shares.values()), clusters).interval()


def _changed(before: EvalRunRow, row: EvalRunRow) -> Iterator[str]:
    pairs = (
        ("agent", before.agent, row.agent),
        ("version", before.agent_version, row.agent_version),
        ("model", before.model, row.model),
        ("environment", before.environment, row.environment),
        ("Harbor", before.harbor, row.harbor),
    )
    for name, old, new in pairs:
        if old != new:
            yield f"{name} {old or 'unknown'} → {new or 'unknown'}"
    if before.dataset_digest != row.dataset_digest:
        yield "other tasks"


def _direction(points: Sequence[RunPoint]) -> str | None:
    """Over the runs of the last one's agent, model and tasks; a version may change: that is what is watched."""
    agents = [each for each in points if each.agent not in CHECKERS]
    if not agents:
        return None
    last = agents[-1]
    rewards = [
        each.reward
        for each in agents
        if each.reward is not None
        and (each.agent, each.model, each.dataset_digest) == (last.agent, last.model, last.dataset_digest)
    ]
    if len(rewards) < FEWEST:
        return None
    middle = len(rewards) // 2
    before, after = sum(rewards[:middle]) / middle, sum(rewards[middle:]) / (len(rewards) - middle)
    if after > UP * before:
        return "better"
    return "worse" if after < DOWN * before else "steady"


def _sum(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else one + other
