"""One run: signals to vectors to groups to clusters that keep their identity.

Little news joins the clusters there are; when a tenth is new, everything is grouped again. Friction and delight are
grouped apart. The same run twice changes nothing.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import NamedTuple

import msgspec
import numpy as np

from codex_loop.clock import DAY_MS
from codex_loop.clusters import identity, naming, texts
from codex_loop.clusters.density import Labels, Vectors
from codex_loop.clusters.grouping import Grouping, grouped
from codex_loop.clusters.reassign import TOLERANCE, centroids, placed, radii
from codex_loop.clusters.steadiness import steadied
from codex_loop.embedding.static import unit
from codex_loop.model.keys import key
from codex_loop.store import clusters as store
from codex_loop.store import runs
from codex_loop.store.clusters import Candidate, ClusterRow, Lineage, Member
from codex_loop.store.engine import Database

FEWEST = 5
GROWTH = 0.10
PART = 0.85
PARTS = 3
STABILITY_AT_MOST = 5_000
"""Of more signals, stability is what the last run left unchanged: grouping parts would take too long."""
DEAD_AFTER_MS = 30 * DAY_MS
_HALF = 2
"""Bytes of a stored component."""
KINDS = ("friction", "delight")


class KindReport(msgspec.Struct, kw_only=True):
    """What a run did with one kind of signals."""

    signals: int = 0
    enough: bool = True
    """Fewer than five are not grouped."""
    method: str = "unchanged"
    """map, components, joining: grouped anew by this; kept: looked at anew, and what there was is as good; joined: only
    newcomers were placed."""
    clusters: int = 0
    noise: int = 0
    joined: int = 0
    events: dict[str, int] = msgspec.field(default_factory=dict)
    vectors_made: int = 0
    vectors_mended: int = 0


class Clustered(msgspec.Struct, kw_only=True):
    """What a run did."""

    model: str
    kinds: dict[str, KindReport]


class _Group(NamedTuple):
    """A group of this run with everything its row says."""

    places: list[int]
    centre: Vectors
    radius: float
    similar: Vectors
    separation: float | None
    stability: float | None


class _Run(NamedTuple):
    kind: str
    now_ms: int
    candidates: list[Candidate]
    vectors: Vectors
    model: str
    method: str


def cluster(database: Database, now_ms: int, *, force: bool = False) -> Clustered:
    """Bring the clusters up to the signals."""
    return Clustered(
        model=texts.model_id(), kinds={kind: _of_kind(database, kind, now_ms, force=force) for kind in KINDS}
    )


def _of_kind(database: Database, kind: str, now_ms: int, *, force: bool) -> KindReport:
    candidates = store.candidates(database, kind)
    report = KindReport(signals=len(candidates))
    before = store.all_of(database, kind)
    if len(candidates) < FEWEST:
        report.enough = False
        if before:  # there were more, and some are gone
            _join(database, _Run(kind, now_ms, candidates, _nothing(), "", ""), before, (), report)
        return report
    embedded = texts.embedded(database, [each.body for each in candidates])
    report.vectors_made, report.vectors_mended = embedded.made, embedded.mended
    run = _Run(kind, now_ms, candidates, embedded.matrix, embedded.model, "")
    last_ms = runs.last_started(database, _grouping_of(kind))
    fresh = [place for place, each in enumerate(candidates) if last_ms is None or each.detected_ms > last_ms]
    lost = any(_is_lost(row, run) for row in before if row.state == "active")
    if force or last_ms is None or lost or len(fresh) > GROWTH * len(candidates):
        _regroup(database, run, before, report)
    else:
        _join(database, run, before, fresh, report)
    return report


def _grouping_of(kind: str) -> str:
    """What a grouping of everything is called among the runs."""
    return f"group {kind}"


def _regroup(database: Database, run: _Run, before: list[ClusterRow], report: KindReport) -> None:
    members = store.members(database, run.kind)
    found = _steady(run, before, members, grouped(run.vectors))
    run = run._replace(method=found.method)
    groups = _groups(run, found.labels)
    events = identity.matched(_before(before, members, run), [_after(run, group) for group in groups])
    rows, ids = _rows(run, groups, events, {row.key: row for row in before})
    who = [
        Member(run.candidates[place].key, ids[nth], round(float(similar), 4), int(similar < group.radius), run.now_ms)
        for nth, group in enumerate(groups)
        for place, similar in zip(group.places, group.similar, strict=True)
    ]
    since = {member.signal_key: member for member in members}
    who = [_since(member, since.get(member.signal_key)) for member in who]
    with database.transaction():
        store.replace(database, run.kind, rows, who, [*_lineage(run, events, ids), *_deaths(rows, before, run.now_ms)])
        # Also when nothing was alike enough for a cluster: what was looked at is not looked at again.
        runs.record(database, run.now_ms, run.now_ms, _grouping_of(run.kind), found.method)
    report.method = found.method
    report.clusters = len(groups)
    report.noise = int((found.labels < 0).sum())
    report.events = dict(sorted(Counter(event.kind for event in events).items()))


def _steady(run: _Run, before: Sequence[ClusterRow], members: Sequence[Member], found: Grouping) -> Grouping:
    """What was found, unless the living clusters are as good; those of another model's space are not compared."""
    living = {row.key: number for number, row in enumerate(row for row in before if row.state == "active")}
    if any(row.model != run.model for row in before if row.key in living):
        return found
    home = {member.signal_key: living.get(member.cluster_key, -1) for member in members}
    return steadied(run.vectors, np.asarray([home.get(each.key, -1) for each in run.candidates]), found)


def _nothing() -> Vectors:
    return np.zeros((0, 0), dtype=np.float32)


def _lineage(run: _Run, events: Sequence[identity.Event], ids: Sequence[int]) -> list[Lineage]:
    return [
        Lineage(run.now_ms, event.kind, ids[event.group] if event.group is not None else int(event.id or 0),
                msgspec.json.encode([store.cluster_id(each) for each in event.origins]).decode(), event.overlap)
        for event in events
    ]  # fmt: skip


def _deaths(rows: Sequence[ClusterRow], before: Sequence[ClusterRow], now_ms: int) -> list[Lineage]:
    living = {row.key for row in before}
    return [Lineage(now_ms, "dead", row.key, "[]", None) for row in rows if row.state == "dead" and row.key in living]


def _since(member: Member, old: Member | None) -> Member:
    return member if old is None or old.cluster_key != member.cluster_key else member._replace(since_ms=old.since_ms)


def _before(rows: Sequence[ClusterRow], members: Sequence[Member], run: _Run) -> list[identity.Before]:
    """Living clusters; where a centre says nothing, members still do."""
    inside: dict[int, set[int]] = {row.key: set() for row in rows if row.state == "active"}
    for member in members:
        if member.cluster_key in inside:
            inside[member.cluster_key].add(member.signal_key)
    return [
        identity.Before(row.key, frozenset(inside[row.key]), _centre(row, run)) for row in rows if row.state == "active"
    ]


def _is_lost(row: ClusterRow, run: _Run) -> bool:
    """Whether its centre lies in another model's space, or cannot be read: who is in it is still known."""
    if row.model != run.model or len(row.centroid) != _HALF * run.vectors.shape[1]:
        return True
    stored = np.frombuffer(row.centroid, dtype="<f2")
    return not (stored.any() and np.isfinite(stored).all())


def _centre(row: ClusterRow, run: _Run) -> Vectors:
    if _is_lost(row, run):
        return np.zeros(run.vectors.shape[1], dtype=np.float32)
    stored: Vectors = np.frombuffer(row.centroid, dtype="<f2").astype(np.float32)
    centre: Vectors = unit(stored[None])[0]
    return centre


def _after(run: _Run, group: _Group) -> identity.After:
    return identity.After(frozenset(run.candidates[place].key for place in group.places), group.centre)


def _groups(run: _Run, labels: Labels) -> list[_Group]:
    centres = centroids(run.vectors, labels)
    least = radii(run.vectors, labels, centres) if len(centres) else np.zeros(0, dtype=np.float32)
    stability = _stability(run.vectors, labels)
    groups = []
    for label in range(len(centres)):
        places = np.flatnonzero(labels == label)
        similar = run.vectors[places] @ centres.T
        own = similar[:, label]
        others = np.delete(similar, label, axis=1)
        separation = float(others.mean(axis=0).max()) if others.shape[1] else None
        groups.append(
            _Group(places.tolist(), centres[label], float(least[label]), own, separation, stability.get(label))
        )
    return groups


def _stability(vectors: Vectors, labels: Labels) -> dict[int, float]:
    """How much of each group is found again in parts of the data: the mean Jaccard with its best match."""
    count = int(labels.max(initial=-1)) + 1
    if not count or len(vectors) > STABILITY_AT_MOST:
        return {}
    found: dict[int, list[float]] = {label: [] for label in range(count)}
    for part in range(PARTS):
        # Which points are left out depends on their place alone: the same data gives the same stability.
        kept = np.flatnonzero((np.arange(len(vectors)) * 7 + part * 13) % 20 >= round(20 * (1 - PART)))
        again = grouped(vectors[kept]).labels
        for label in range(count):
            inside = labels[kept] == label
            if inside.any():
                found[label].append(_best_match(inside, again))
    return {label: round(float(np.mean(values)), 4) for label, values in found.items() if values}


def _best_match(inside: Labels, again: Labels) -> float:
    names, counts = np.unique(again[inside & (again >= 0)], return_counts=True)
    best = 0.0
    for name, shared in zip(names, counts, strict=True):
        best = max(best, float(shared) / float((inside | (again == name)).sum()))
    return best


def _rows(
    run: _Run, groups: Sequence[_Group], events: Sequence[identity.Event], before: dict[int, ClusterRow]
) -> tuple[list[ClusterRow], list[int]]:
    """The rows of this run's groups and of clusters without one, and the id of each group."""
    told = [[(run.candidates[at].session_key, run.candidates[at].body) for at in group.places] for group in groups]
    terms = naming.terms(told)
    taken = {row.name for row in before.values()}
    rows, ids = [], []
    for event in events:
        old = before.get(event.id) if event.id is not None else None
        if event.group is None:
            if old is not None:
                rows.append(_asleep(old, run.now_ms))
            continue
        row = _row(run, groups[event.group], event, old, terms[event.group], taken)
        taken.add(row.name)
        rows.append(row)
        ids.append(row.key)
    asleep = [row for row in before.values() if row.state == "dormant"]
    return rows + [_asleep(row, run.now_ms) for row in asleep], ids


def _asleep(row: ClusterRow, now_ms: int) -> ClusterRow:
    state = "dead" if row.state == "dormant" and now_ms - row.seen_ms > DEAD_AFTER_MS else "dormant"
    return msgspec.structs.replace(row, state=state, members=0)


def _row(
    run: _Run, group: _Group, event: identity.Event, old: ClusterRow | None, terms: list[str], taken: set[str]
) -> ClusterRow:
    inside = [run.candidates[place] for place in group.places]
    often = Counter(each.category for each in inside)
    category = min(often.items(), key=lambda item: (-item[1], item[0]))[0]
    number = old.key if old is not None else key("cluster", run.kind, run.now_ms, min(each.key for each in inside))
    return ClusterRow(
        key=number,
        kind=run.kind,
        name=old.name if old is not None else naming.name(category, terms, taken),
        state="active",
        model=run.model,
        method=run.method,
        centroid=group.centre.astype("<f2").tobytes(),
        radius=round(group.radius, 4),
        members=len(inside),
        sessions=len({each.session_key for each in inside}),
        severity=round(sum(each.severity for each in inside) / len(inside), 4),
        cohesion=round(float(group.similar.mean()), 4),
        separation=None if group.separation is None else round(group.separation, 4),
        stability=group.stability if group.stability is not None else event.overlap,
        terms=msgspec.json.encode(terms).decode(),
        medoid_key=inside[int(np.argmax(group.similar))].key,
        born_ms=run.now_ms if old is None else old.born_ms,
        seen_ms=run.now_ms,
        runs=_runs(old, run.now_ms),
        category=None if old is None else old.category,
    )


def _runs(old: ClusterRow | None, now_ms: int) -> int:
    """On how many days it was seen: the same run twice is one."""
    if old is None:
        return 1
    return old.runs + (old.seen_ms // DAY_MS != now_ms // DAY_MS)


def _join(database: Database, run: _Run, before: list[ClusterRow], fresh: Sequence[int], report: KindReport) -> None:
    """Give newcomers to the clusters they fit; the rest waits for the next grouping."""
    living = [row for row in before if row.state == "active"]
    members = store.members(database, run.kind)
    present = {each.key: each for each in run.candidates}
    gone = [member.signal_key for member in members if member.signal_key not in present]
    known = {member.signal_key for member in members}
    waiting = [place for place in fresh if run.candidates[place].key not in known]
    who = _placed(run, living, waiting) if living and waiting else []
    inside: dict[int, list[Candidate]] = defaultdict(list)
    for member in (*members, *who):
        if member.signal_key in present:
            inside[member.cluster_key].append(present[member.signal_key])
    rows = [_grown(row, inside[row.key], run.now_ms) for row in living]
    changed = [row for row, old in zip(rows, living, strict=True) if _differs(row, old)]
    emptied = [Lineage(run.now_ms, "dormant", row.key, "[]", None) for row in rows if row.state == "dormant"]
    store.enlarge(database, changed, who, gone, emptied)
    report.method = "joined" if who or gone else "unchanged"
    report.clusters, report.joined = len(living) - len(emptied), len(who)
    report.noise = len(run.candidates) - sum(map(len, inside.values()))


def _grown(row: ClusterRow, inside: Sequence[Candidate], now_ms: int) -> ClusterRow:
    """A cluster after some joined and some left; one that nobody is in any more sleeps."""
    if not inside:
        return _asleep(row, now_ms)
    return msgspec.structs.replace(
        row,
        members=len(inside),
        sessions=len({each.session_key for each in inside}),
        severity=round(sum(each.severity for each in inside) / len(inside), 4),
        seen_ms=now_ms,
        runs=_runs(row, now_ms),
    )


def _differs(row: ClusterRow, old: ClusterRow) -> bool:
    return msgspec.structs.replace(row, seen_ms=old.seen_ms) != old


def _placed(run: _Run, living: Sequence[ClusterRow], waiting: Sequence[int]) -> list[Member]:
    centres = np.stack([_centre(row, run) for row in living])
    least = np.asarray([row.radius for row in living], dtype=np.float32) - TOLERANCE
    vectors = run.vectors[np.asarray(waiting)]
    labels = placed(vectors, centres, least)
    return [
        Member(run.candidates[place].key, living[label].key, round(float(vector @ centres[label]), 4),
               int(float(vector @ centres[label]) < living[label].radius), run.now_ms)
        for place, label, vector in zip(waiting, labels.tolist(), vectors, strict=True)
        if label >= 0
    ]  # fmt: skip
