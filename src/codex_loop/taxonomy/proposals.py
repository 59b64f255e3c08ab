"""From clusters that last to proposals that a person can judge.

A proposal keeps its id while its cluster lives. A rejected one stays rejected until the cluster has doubled; one whose
cluster is gone is withdrawn, or superseded by the proposal of the cluster it went into; what an approved category
already explains is linked to it and not proposed.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from codex_loop.clusters import texts
from codex_loop.model.keys import key
from codex_loop.store import categories, clusters, problems, proposals
from codex_loop.store.clusters import ClusterRow
from codex_loop.store.engine import Database
from codex_loop.store.problems import MemberFacts
from codex_loop.store.proposals import ProposalRow
from codex_loop.taxonomy import confidence
from codex_loop.taxonomy.classify import KINDS
from codex_loop.taxonomy.confidence import Parts
from codex_loop.taxonomy.rule import Rule, rule_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Matrix = NDArray[np.float32]

LEAST_MEMBERS = 5
LEAST_SESSIONS = 2
EXPLAINED = 0.8
EXEMPLARS = 10
STRANGERS = 4_000
"""A rule is tried on so many members of other clusters; of more, on an even choice of them."""
EXAMPLES = 5
OPEN = ("pending", "withdrawn", "superseded")
"""What is withdrawn or superseded comes back with its cluster."""
_ACTIONS = {
    "exec_failure": "Read the failing command's first error; put the missing step into the agent's instructions.",
    "env_missing": "Install the program where agents work, or name its replacement in the agent's instructions.",
    "patch_failure": "Have the agent read a file again right before it edits it.",
    "retry_loop": "Tell the agent what to do after a second failure of the same call.",
    "error_loop": "Tell the agent what to do after a second failure of the same kind.",
    "test_red_after_edit": "Name the narrow test command and when to run it in the agent's instructions.",
    "correction": "Put what people had to repeat into the agent's instructions.",
    "false_done": "Require the check's output before the agent says it is done.",
    "compaction": "Split the work, or give the agent a map of the repository instead of whole files.",
}
_NO_ACTION = {
    "friction": "Look at the examples, then change the agent's instructions or its tools.",
    "delight": "Keep what made it work; measure that later changes do not lose it.",
}


class Proposed(msgspec.Struct, kw_only=True):
    """What one run proposed."""

    new: int = 0
    updated: int = 0
    withdrawn: int = 0
    superseded: int = 0
    explained: int = 0
    too_small: int = 0


class _Members(NamedTuple):
    """A cluster's core: members that were not merely assigned to it."""

    facts: list[MemberFacts]
    vectors: Matrix


class _Crowd(NamedTuple):
    """Members of all clusters of a kind, or an even choice of them, with the cluster of each."""

    vectors: Matrix
    detectors: list[str]
    homes: NDArray[np.int64]


def propose(database: Database, now_ms: int) -> Proposed:
    """Bring the proposals up to the clusters. Idempotent."""
    report = Proposed()
    before = {row.key: row for row in proposals.every(database)}
    rows: list[ProposalRow] = []
    for kind in KINDS:
        living = [row for row in clusters.all_of(database, kind) if row.state == "active"]
        facts = problems.members(database, [row.key for row in living])
        embedded = {row.key: _core(database, facts.get(row.key, [])) for row in living}
        crowd = _crowd(embedded)
        for row in living:
            made = _proposal(database, row, embedded[row.key], crowd, before, now_ms, report)
            rows += [] if made is None else [made]
    rows += _without_cluster(database, before, rows, report)
    changed = [row for row in rows if before.get(row.key) != row]
    with database.transaction():
        proposals.put(database, changed)
    return report


def _core(database: Database, facts: Sequence[MemberFacts]) -> _Members:
    own = [fact for fact in facts if not fact.reassigned] or list(facts)
    return _Members(own, texts.embedded(database, [fact.body for fact in own]).matrix)


def _proposal(
    database: Database,
    row: ClusterRow,
    core: _Members,
    crowd: _Crowd,
    before: dict[int, ProposalRow],
    now_ms: int,
    report: Proposed,
) -> ProposalRow | None:
    sessions = len({fact.session_key for fact in core.facts})
    if len(core.facts) < LEAST_MEMBERS or sessions < LEAST_SESSIONS:
        report.too_small += 1
        return None
    category, share = explained(database, [fact.key for fact in core.facts])
    if share > EXPLAINED:
        clusters.link(database, row.key, category)
        report.explained += 1
        return None
    number = _number(row, before, len(core.facts))
    old = before.get(number)
    if old is not None and old.status not in OPEN:
        return None
    strangers = _strangers(row, crowd)
    parts = _parts(row, core, strangers, sessions, 1 - share)
    rule = _rule(row, core, strangers)
    made = _written(row, core, number, sessions, parts, rule, now_ms if old is None else old.created_ms)
    if old is None:
        report.new += 1
    elif old != made:
        report.updated += 1
    return made


def _number(row: ClusterRow, before: dict[int, ProposalRow], members: int) -> int:
    """A rejected proposal is made again, under another id, once its cluster has twice as many members."""
    attempt = 0
    while True:
        number = key("proposal", row.key, attempt)
        old = before.get(number)
        if old is None or old.status != "rejected" or members < 2 * old.samples:
            return number
        attempt += 1


def explained(database: Database, signals: Sequence[int]) -> tuple[str, float]:
    """The category that already claims most of these, and how large a share."""
    called = categories.called(database, signals)
    names = Counter(each.category for each in called.values())
    if not names:
        return "", 0.0
    name, count = min(names.items(), key=lambda item: (-item[1], item[0]))
    return name, count / len(signals)


def _crowd(cores: dict[int, _Members]) -> _Crowd:
    import numpy as np

    facts = [(number, place) for number, core in cores.items() for place in range(len(core.facts))]
    chosen = facts[:: max(1, -(-len(facts) // STRANGERS))]
    return _Crowd(
        np.stack([cores[number].vectors[place] for number, place in chosen])
        if chosen
        else np.zeros((0, 0), dtype=np.float32),
        [cores[number].facts[place].detector for number, place in chosen],
        np.asarray([number for number, _ in chosen], dtype=np.int64),
    )


def _strangers(row: ClusterRow, crowd: _Crowd) -> _Crowd:
    """The crowd without this cluster."""
    import numpy as np

    others = np.flatnonzero(crowd.homes != row.key)
    return _Crowd(crowd.vectors[others], [crowd.detectors[place] for place in others], crowd.homes[others])


def _parts(row: ClusterRow, core: _Members, strangers: _Crowd, sessions: int, purity: float) -> Parts:
    keys = [texts.text_key(fact.body) for fact in core.facts]
    detectors = [fact.detector for fact in core.facts]
    parts = Parts(
        size=confidence.size(len(core.facts)),
        sessions=confidence.spread(sessions),
        cohesion=confidence.cohesion(row.cohesion, row.separation),
        stability=row.stability or 0.0,
        purity=purity,
        precision=confidence.precision(core.vectors, keys, detectors, *strangers),
    )
    return Parts(**{name: round(value, 3) for name, value in msgspec.structs.asdict(parts).items()})


def _best(core: _Members) -> list[MemberFacts]:
    """The members, the most typical first."""
    return sorted(core.facts, key=lambda fact: (-fact.similarity, fact.key))


def _rule(row: ClusterRow, core: _Members, strangers: _Crowd) -> Rule:
    exemplars = sorted({texts.text_key(fact.body) for fact in _best(core)[:EXEMPLARS]})
    detectors = [fact.detector for fact in core.facts]
    return rule_of(row.kind, detectors, texts.model_id(), core.vectors, exemplars, strangers.vectors)


def _written(
    row: ClusterRow, core: _Members, number: int, sessions: int, parts: Parts, rule: Rule, created_ms: int
) -> ProposalRow:  # fmt: skip
    facts = _best(core)
    detectors = Counter(fact.detector for fact in facts)
    terms: list[str] = msgspec.json.decode(row.terms, type=list[str])
    top = min(detectors.items(), key=lambda item: (-item[1], item[0]))[0]
    return ProposalRow(
        key=number,
        cluster_key=row.key,
        kind=row.kind,
        name=category_name(row.name),
        status="pending",
        description=f"{len(facts)} signals in {sessions} sessions, about {', '.join(terms[:5]) or 'one text'}",
        criteria=(
            f"found by {', '.join(sorted(detectors))}; told in words at least {rule.radius:.2f} similar to "
            f"“{facts[0].body[:120]}”"
        ),
        rule=msgspec.json.encode(rule).decode(),
        severity_rule=f"the detector's own severity; the mean here is {row.severity:.2f}",
        action=_ACTIONS.get(top, _NO_ACTION[row.kind]),
        samples=len(facts),
        sessions=sessions,
        projects=len({fact.project for fact in facts}),
        confidence=confidence.total(parts),
        parts=msgspec.json.encode(parts).decode(),
        evidence=msgspec.json.encode([f"sig_{fact.key:016x}" for fact in facts[:EXAMPLES]]).decode(),
        proposer="rule",
        reviewer=None,
        reason=None,
        created_ms=created_ms,
        reviewed_ms=None,
    )


def category_name(text: str) -> str:
    """A name in snake_case that people can type."""
    return re.sub(r"_+", "_", re.sub(r"[^a-z0-9]+", "_", text.lower())).strip("_")[:60].rstrip("_") or "unnamed"


def _without_cluster(
    database: Database, before: dict[int, ProposalRow], rows: Sequence[ProposalRow], report: Proposed
) -> list[ProposalRow]:
    """What becomes of pending proposals that were not made again."""
    kept = {row.key for row in rows}
    told = [*rows, *(row for row in before.values() if row.status == "accepted")]
    proposed = {clusters.cluster_id(row.cluster_key) for row in told}
    gone: list[ProposalRow] = []
    for row in before.values():
        if row.status != "pending" or row.key in kept:
            continue
        heir = clusters.successor(database, clusters.cluster_id(row.cluster_key))
        status, reason = ("superseded", f"its cluster went into {heir}") if heir in proposed else ("withdrawn", None)
        gone.append(msgspec.structs.replace(row, status=status, reason=reason))
    report.superseded += sum(row.status == "superseded" for row in gone)
    report.withdrawn += sum(row.status == "withdrawn" for row in gone)
    return gone
