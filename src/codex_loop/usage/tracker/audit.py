"""One window, looked at closely: what was recorded how often, and which line counts. Nothing is written."""

from __future__ import annotations

import msgspec

from codex_loop.usage.tracker import reconcile
from codex_loop.usage.tracker.journal import Logbook, records
from codex_loop.usage.tracker.records import Anomaly, Churned, Finalized, GlmCount, Snapshot, agent_of
from codex_loop.usage.tracker.windows import canonical


class SnapshotAudit(msgspec.Struct, frozen=True, kw_only=True):
    """One end of the window."""

    provider: str
    phase: str | None
    agent: str | None
    entries: int
    duplicates: int
    """Entries that another one of the same end replaces."""
    canonical_captured_at: str
    """Of the one that counts: an override, else the latest."""
    source: str
    notes: str | None


class FinalizeAudit(msgspec.Struct, frozen=True, kw_only=True):
    entries: int
    duplicates: int
    canonical_finalized_at: str | None
    methodology: str | None


class AnomalyAudit(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    count: int
    records: tuple[Anomaly, ...] = ()


class ChurnAudit(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    count: int
    records: tuple[Churned, ...] = ()


class WindowAudit(msgspec.Struct, frozen=True, kw_only=True):
    window: str
    snapshots: tuple[SnapshotAudit, ...]
    finalize: FinalizeAudit
    anomalies: AnomalyAudit
    churn: ChurnAudit
    sessions: reconcile.Reconciled
    """ccusage's sessions that fall into this window."""


def audit(book: Logbook, window: str) -> WindowAudit:
    """What the logbook has of this window; a window that nobody recorded has nothing of anything."""
    finished = [each for each in records(book, "windows", Finalized) if each.window == window]
    doubts = tuple(each for each in records(book, "anomalies", Anomaly) if each.window == window)
    churned = tuple(each for each in records(book, "churn", Churned) if each.window == window)
    agents = {agent_of(each.notes) for each in finished}
    return WindowAudit(
        window=window,
        snapshots=(*_panes(book, window), *_counts(book, window)),
        finalize=FinalizeAudit(
            entries=len(finished),
            duplicates=len(finished) - len(agents),
            canonical_finalized_at=finished[-1].finalized_at if finished else None,
            methodology=finished[-1].methodology if finished else None,
        ),
        anomalies=AnomalyAudit(count=len(doubts), records=doubts),
        churn=ChurnAudit(count=len(churned), records=churned),
        sessions=reconcile.reconcile(book, window),
    )


def _panes(book: Logbook, window: str) -> list[SnapshotAudit]:
    ends: dict[tuple[str, str, str | None], list[Snapshot]] = {}
    for each in records(book, "snapshots", Snapshot):
        if each.window == window:
            ends.setdefault((each.provider, each.phase, agent_of(each.notes)), []).append(each)
    found = []
    for (provider, phase, agent), snapshots in ends.items():
        counting = canonical(snapshots)
        assert counting is not None
        found.append(
            SnapshotAudit(
                provider=provider,
                phase=phase,
                agent=agent,
                entries=len(snapshots),
                duplicates=len(snapshots) - 1,
                canonical_captured_at=counting.captured_at,
                source=counting.source,
                notes=counting.notes,
            )
        )
    return found


def _counts(book: Logbook, window: str) -> list[SnapshotAudit]:
    ends: dict[tuple[str | None, str | None], list[GlmCount]] = {}
    for each in records(book, "glm_counts", GlmCount):
        if each.window == window:
            ends.setdefault((each.phase, agent_of(each.notes)), []).append(each)
    return [
        SnapshotAudit(
            provider="glm",
            phase=phase,
            agent=agent,
            entries=len(counted),
            duplicates=len(counted) - 1,
            canonical_captured_at=counted[-1].captured_at,
            source=counted[-1].source,
            notes=counted[-1].notes,
        )
        for (phase, agent), counted in ends.items()
    ]
