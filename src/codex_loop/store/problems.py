"""Clusters as problems: who is in them, where, and what they cost."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from codex_loop.store.engine import Database
from codex_loop.store.ledger import chunks, marks


class MemberFacts(NamedTuple):
    """A member of a cluster, and where it happened."""

    key: int
    session_key: int | None
    detector: str
    category: str
    severity: float
    time_ms: int | None
    body: str
    project: str | None
    similarity: float
    reassigned: int


def members(database: Database, keys: Sequence[int]) -> dict[int, list[MemberFacts]]:
    """The present members of these clusters, in the order of their keys."""
    found: dict[int, list[MemberFacts]] = defaultdict(list)
    for part in chunks(keys):
        rows = database.rows(
            "SELECT m.cluster_key, g.key, g.session_key, g.detector, g.category, g.severity, g.time_ms, g.body,"
            " coalesce(s.git_url, s.cwd), m.similarity, m.reassigned FROM cluster_members m"
            " JOIN signals g ON g.key = m.signal_key LEFT JOIN sessions s ON s.key = g.session_key"
            f" WHERE g.gone_ms IS NULL AND m.cluster_key IN ({marks(part)}) ORDER BY g.key",
            part,
        )
        for cluster_key, *facts in rows:
            found[cluster_key].append(MemberFacts(*facts))
    return found
