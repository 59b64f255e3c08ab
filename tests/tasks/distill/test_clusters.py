"""Every signal of a cluster, from a store on either engine: one task for each moment, in folders of their own."""

from __future__ import annotations

from pathlib import Path

from codex_loop.store import clusters, signals
from codex_loop.store.clusters import ClusterRow, Member
from codex_loop.store.engine import Database
from codex_loop.tasks.distill.distill import Request, distill
from tests.tasks.distill import played
from tests.tasks.distill.played import mending, pen

CLUSTER = 0x1F00AB0000000001


def clustered(database: Database) -> str:
    """Put every signal into one cluster; its id."""
    found = [int(row[0]) for row in database.rows("SELECT key FROM signals ORDER BY key")]
    row = ClusterRow(
        key=CLUSTER, kind="friction", name="tests", state="active", model="m", method="x", centroid=b"", radius=0.1,
        members=len(found), sessions=2, severity=0.5, cohesion=0.9, separation=None, stability=None, terms="[]",
        medoid_key=None, born_ms=1, seen_ms=2, runs=1, category=None,
    )  # fmt: skip
    clusters.replace(database, "friction", [row], [Member(each, CLUSTER, 0.9, 0, 1) for each in found], [])
    return clusters.cluster_id(CLUSTER)


def test_each_moment_of_a_cluster_becomes_one_task(place: str, tmp_path: Path) -> None:
    commit = played.repository(tmp_path / "demo")
    pens = [
        mending(pen("codex", tmp_path / "demo")),
        mending(pen("codex", tmp_path / "demo", seed=2), "Double delay()."),
    ]
    with played.record(place, tmp_path, pens, [commit, commit]) as database:
        name = clustered(database)
        assert len(signals.listed(database, signals.Wanted())) > 2
        drafts = distill(database, Request(cluster=name[:15]), tmp_path / "drafts")
        one = distill(database, Request(cluster=name, limit=1), tmp_path / "one")
    assert [draft.state for draft in drafts] == ["draft", "draft"]
    assert {draft.session_id for draft in drafts} == {f"codex:{writer.session}" for writer in pens}
    assert sorted(path.name for path in (tmp_path / "drafts").iterdir()) == sorted(draft.name for draft in drafts)
    assert {draft.cluster_id for draft in drafts} == {name}
    assert f'cluster_id = "{name}"' in (tmp_path / "drafts" / drafts[0].name / "task.toml").read_text()
    assert len(one) == 1


def test_two_tasks_of_the_same_solution_carry_the_same_mark(place: str, tmp_path: Path) -> None:
    commit = played.repository(tmp_path / "demo")
    pens = [
        mending(pen("codex", tmp_path / "demo")),
        mending(pen("codex", tmp_path / "demo", seed=2), "Double delay()."),
    ]
    with played.record(place, tmp_path, pens, [commit, commit]) as database:
        drafts = distill(database, Request(cluster=clustered(database)), tmp_path / "drafts")
    assert len({draft.gold for draft in drafts}) == 1
    assert len({draft.digest for draft in drafts}) == 2
