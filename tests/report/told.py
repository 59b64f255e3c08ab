"""Problems made by hand: sessions with clocks, versions and tokens, and signals in them that form one cluster."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from codex_loop.model.keys import key, session_key
from codex_loop.store import clusters, evals, evidence, tasks, tickets
from codex_loop.store.clusters import ClusterRow, Member
from codex_loop.store.engine import Database
from codex_loop.store.evals import EvalRunRow
from codex_loop.store.evidence import Changed
from codex_loop.store.tasks import DatasetRow, TaskRow
from tests.clusters.told import put, signal
from tests.store.builder import MINUTE, Builder

DAY = 86_400_000
NOW = 1_795_608_000_000
CLUSTER = key("cluster", "made", 1)
PROJECTS = ("https://github.com/acme/webshop.git", "/home/ann/tools")


def sessions(
    builder: Builder, days_ago: Iterable[float], *, version: str = "0.169.0", model: str = "gpt-5.2"
) -> list[int]:
    """A session so many days ago, each an hour long, with an answer of 1,000 tokens in its second minute."""
    keys: list[int] = []
    for days in days_ago:
        native = f"session-{days}-{version}"
        builder.file(session=native)
        begin = NOW - round(days * DAY)
        keys.append(
            builder.session(
                native,
                started_ms=begin,
                ended_ms=begin + 60 * MINUTE,
                agent_version=version,
                model=model,
                git_url=PROJECTS[len(keys) % 2] if len(keys) % 2 == 0 else None,
                cwd=PROJECTS[1],
                git_commit="0123456789abcdef0123456789abcdef01234567",
            )
        )
        builder.usage(keys[-1], input=700, cached=200, output=100, time_ms=begin + MINUTE, model=model)
        builder.write()
    return keys


def looked_at(builder: Builder) -> None:
    """Detectors have seen every session there is."""
    builder.write()
    files = [Changed(number, 1, 0, 0) for (number,) in builder.database.rows("SELECT id FROM source_files")]
    evidence.looked_at(builder.database, files, 1, 0, NOW)


def troubled(
    builder: Builder,
    days_ago: Sequence[float],
    *,
    severity: float = 0.6,
    text: str = "npm error ERESOLVE of carousel",
    category: str = "exec_failure",
    cluster: int = CLUSTER,
    **facts: Any,
) -> list[int]:
    """A signal in the middle of a session's first two minutes, so many days ago; all of them one cluster."""
    found = []
    for nth, days in enumerate(days_ago):
        home = session_key("codex", f"session-{days}-0.169.0")
        found.append(
            signal(
                nth + cluster % 1000,
                text,
                session_key=home,
                severity=severity,
                category=category,
                time_ms=NOW - round(days * DAY) + MINUTE // 2,
                cost_ms=MINUTE,
                **facts,
            )
        )
    put(builder.database, found)
    grouped(builder.database, [row.key for row in found], cluster=cluster)
    return [row.key for row in found]


def grouped(database: Database, signals: Sequence[int], *, cluster: int = CLUSTER, category: str | None = None) -> None:
    row = ClusterRow(
        key=cluster, kind="friction", name="exec_failure_carousel", state="active", model="local", method="made",
        centroid=b"", radius=0.5, members=len(signals), sessions=len(signals), severity=0.6, cohesion=0.9,
        separation=None, stability=None, terms=msgspec.json.encode(["carousel", "peer"]).decode(),
        medoid_key=signals[0] if signals else None, born_ms=NOW, seen_ms=NOW, runs=1, category=category,
    )  # fmt: skip
    clusters.enlarge(database, [row], [Member(number, cluster, 0.9, 0, NOW) for number in signals], [], [])


def row_of(database: Database, cluster: int = CLUSTER) -> ClusterRow:
    (row,) = tickets.clusters_named(database, clusters.cluster_id(cluster))
    return row


def proven(builder: Builder, *, state: str = "validated", digest: str = "sha256:dd") -> None:
    """A task of the cluster, and a dataset of it."""
    row = TaskRow(
        key=tasks.task_key("sha256:aa"), digest="sha256:aa", name="local/peer", path="/tmp/x/peer", state=state,
        reason=None, kind="friction", category="exec_failure", session_key=None, signal_key=None,
        cluster_key=CLUSTER, verifier="red_green_tests", gold_key=None, body="{}", created_ms=NOW, checked_ms=NOW,
    )  # fmt: skip
    tasks.put(builder.database, [row])
    digests = '[{"name":"local/peer","digest":"sha256:aa"}]'
    key = tasks.dataset_key("shop_001", digest)
    dataset = DatasetRow(key, "shop_001", digest, "/tmp/x", digests, "{}", None, NOW)
    tasks.put_dataset(builder.database, dataset)


def ran(builder: Builder, name: str, agent: str, reward: float | None, **facts: Any) -> None:
    known: dict[str, Any] = {
        "key": evals.run_key(name, NOW), "name": name, "dataset": "shop_001", "dataset_digest": "sha256:dd",
        "agent": agent, "agent_version": "0.169.0", "model": "openai/gpt-5.2", "environment": "bubblewrap",
        "harbor": "0.25.0", "attempts": 4, "identity": "{}", "state": "complete", "started_ms": NOW,
        "ended_ms": NOW + MINUTE, "jobs_path": None, "expected": 8, "valid": 7, "invalid": 1, "reward": reward,
        "input": None, "cached": None, "output": None, "cost_microusd": None, "duration_ms": None,
        "baseline_key": None, "verdict": None, "body": "{}",
    }  # fmt: skip
    evals.put(builder.database, EvalRunRow(**(known | facts)))
