"""Proposals of categories: made from clusters, decided by people, never forgotten."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from codex_loop.store import ids
from codex_loop.store.clusters import cluster_id
from codex_loop.store.engine import Database
from codex_loop.store.sessions import moment


class ProposalRow(msgspec.Struct, frozen=True, array_like=True):
    """A row of `schema_proposals`, in its columns' order."""

    key: int
    cluster_key: int
    kind: str
    name: str
    status: str
    description: str
    criteria: str
    rule: str
    severity_rule: str
    action: str
    samples: int
    sessions: int
    projects: int
    confidence: float
    parts: str
    evidence: str
    proposer: str
    reviewer: str | None
    reason: str | None
    created_ms: int
    reviewed_ms: int | None


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """A proposal as people and programs read it."""

    id: str
    cluster_id: str
    type: str
    name: str
    status: str
    description: str
    inclusion_criteria: str
    severity_rule: str
    recommended_action: str
    sample_count: int
    distinct_sessions: int
    distinct_projects: int
    confidence: float
    confidence_parts: dict[str, float]
    evidence: tuple[str, ...]
    """Ids of signals that show it best."""
    proposer: str
    reviewer: str | None
    reason: str | None
    created_at: str | None
    reviewed_at: str | None


_NAMES = ", ".join(ProposalRow.__struct_fields__)


def proposal_id(number: int) -> str:
    return f"proposal_{number:0{ids.DIGITS}x}"


def put(database: Database, rows: Sequence[ProposalRow]) -> None:
    database.many("put schema_proposals", [msgspec.structs.astuple(row) for row in rows])


def every(database: Database, status: str | None = None) -> list[ProposalRow]:
    """The surest first."""
    where, values = (" WHERE status = ?", (status,)) if status else ("", ())
    rows = database.rows(f"SELECT {_NAMES} FROM schema_proposals{where} ORDER BY confidence DESC, key", values)
    return [ProposalRow(*row) for row in rows]


def named(database: Database, text: str) -> list[ProposalRow]:
    """Those whose id begins like this; none for what is no id at all."""
    span = ids.span(text, "proposal_")
    if span is None:
        return []
    rows = database.rows(f"SELECT {_NAMES} FROM schema_proposals WHERE key >= ? AND key <= ? ORDER BY key", span)
    return [ProposalRow(*row) for row in rows]


def told(row: ProposalRow) -> Proposal:
    return Proposal(
        id=proposal_id(row.key),
        cluster_id=cluster_id(row.cluster_key),
        type=row.kind,
        name=row.name,
        status=row.status,
        description=row.description,
        inclusion_criteria=row.criteria,
        severity_rule=row.severity_rule,
        recommended_action=row.action,
        sample_count=row.samples,
        distinct_sessions=row.sessions,
        distinct_projects=row.projects,
        confidence=row.confidence,
        confidence_parts=msgspec.json.decode(row.parts, type=dict[str, float]),
        evidence=tuple(msgspec.json.decode(row.evidence, type=list[str])),
        proposer=row.proposer,
        reviewer=row.reviewer,
        reason=row.reason,
        created_at=moment(row.created_ms),
        reviewed_at=moment(row.reviewed_ms),
    )
