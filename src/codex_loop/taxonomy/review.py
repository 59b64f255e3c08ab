"""Decisions on proposals: each keeps who decided, when and why, and can be undone."""

from __future__ import annotations

import getpass
from collections.abc import Sequence

import msgspec

from codex_loop.errors import UsageError
from codex_loop.store import categories, clusters, proposals
from codex_loop.store.categories import CategoryRow, Happened
from codex_loop.store.engine import Database
from codex_loop.store.problems import members
from codex_loop.store.proposals import Proposal, ProposalRow, told
from codex_loop.taxonomy.classify import Classified, classify
from codex_loop.taxonomy.proposals import category_name, explained

SESSIONS = 3
DAYS = 2
CLAIMED = 0.5
"""What is half a category already needs a person."""


class Decided(msgspec.Struct, frozen=True, kw_only=True):
    """A decision and what it changed."""

    proposal: Proposal
    category: str | None
    version: int | None
    signals: int
    """How many signals the category claims now."""


class Promoted(msgspec.Struct, frozen=True, kw_only=True):
    """What auto-promotion decided, and why it left the others."""

    promoted: tuple[Decided, ...]
    left: tuple[tuple[str, str], ...]
    """(proposal, reason)"""


def find(database: Database, text: str) -> ProposalRow:
    """The proposal an id, or the beginning of one, means."""
    found = proposals.named(database, text)
    if len(found) == 1:
        return found[0]
    if not found:
        raise UsageError(f"no proposal is called {text}; `codex-loop schema-proposals` lists them")
    raise UsageError(f"{text} is the beginning of {len(found)} proposals; give more of the id")


def approve(
    database: Database, text: str, now_ms: int, *, name: str | None = None, reason: str | None = None,
    reviewer: str | None = None,
) -> Decided:  # fmt: skip
    """Make a category of a proposal, and call by it what it claims. A second approval changes nothing."""
    row = find(database, text)
    if row.status == "accepted":
        return _decided(database, row, _category_of(database, row))
    if row.status != "pending":
        raise UsageError(f"{proposals.proposal_id(row.key)} is {row.status}; only a pending proposal can be approved")
    category = _new_category(database, row, category_name(name or row.name), now_ms)
    who = reviewer or _reviewer()
    done = msgspec.structs.replace(row, status="accepted", reviewer=who, reason=reason, reviewed_ms=now_ms)
    with database.transaction():
        _put(database, category, "approved", now_ms, who, reason)
        proposals.put(database, [done])
        clusters.link(database, row.cluster_key, category.name)
        classify(database, now_ms)
    return _decided(database, done, category)


def reject(database: Database, text: str, now_ms: int, *, reason: str, reviewer: str | None = None) -> Decided:
    """Keep a proposal from coming back until its cluster has doubled. Said again with the same words: nothing new."""
    row = find(database, text)
    if row.status not in ("pending", "rejected"):
        raise UsageError(f"{proposals.proposal_id(row.key)} is {row.status}; only a pending proposal can be rejected")
    who = reviewer or _reviewer()
    if (row.status, row.reviewer, row.reason) == ("rejected", who, reason):
        return _decided(database, row, None)
    done = msgspec.structs.replace(row, status="rejected", reviewer=who, reason=reason, reviewed_ms=now_ms)
    with database.transaction():
        proposals.put(database, [done])
    return _decided(database, done, None)


def promote(database: Database, now_ms: int, *, least_confidence: float, least_samples: int) -> Promoted:
    """Approve what is sure enough: confidence, members, sessions, days, and a name nobody has."""
    done, left = [], []
    for row in proposals.every(database, "pending"):
        why = _short_of(database, row, least_confidence, least_samples)
        if why:
            left.append((proposals.proposal_id(row.key), "; ".join(why)))
            continue
        reason = f"confidence {row.confidence:.2f} of {least_confidence}, {row.samples} samples of {least_samples}"
        done.append(approve(database, proposals.proposal_id(row.key), now_ms, reason=reason, reviewer="auto-promote"))
    return Promoted(promoted=tuple(done), left=tuple(left))


def _short_of(database: Database, row: ProposalRow, least_confidence: float, least_samples: int) -> list[str]:
    runs = clusters.runs(database, row.cluster_key)
    taken = categories.one(database, category_name(row.name))
    claimed = explained(database, [each.key for each in members(database, [row.cluster_key]).get(row.cluster_key, [])])
    tests: Sequence[tuple[bool, str]] = (
        (row.confidence < least_confidence, f"confidence {row.confidence:.3f} below {least_confidence}"),
        (row.samples < least_samples, f"{row.samples} samples of {least_samples}"),
        (row.sessions < SESSIONS, f"{row.sessions} sessions of {SESSIONS}"),
        (runs < DAYS, f"seen on {runs} day of {DAYS}"),
        (taken is not None and taken.state == "active", f"a category {row.name} exists"),
        (claimed[1] > CLAIMED, f"{claimed[0]} claims {claimed[1]:.0%} of it"),
    )
    return [reason for failed, reason in tests if failed]


def undo(database: Database, name: str, now_ms: int, *, reason: str | None = None) -> Classified:
    """Take the last change of a category back: its previous version, or none."""
    row = categories.one(database, name)
    if row is None or row.state != "active":
        raise UsageError(f"no category is called {name}; `codex-loop schema-export` shows them")
    earlier = _stack(categories.history(database, name))[:-1]
    back = msgspec.structs.replace(
        earlier[-1] if earlier else row,
        version=row.version + 1,
        state="active" if earlier else "retired",
        updated_ms=now_ms,
    )
    with database.transaction():
        _put(database, back, "undone", now_ms, _reviewer(), reason)
        if not earlier:
            clusters.unlink(database, name)
            _reopen(database, row.proposal_key)
        return classify(database, now_ms)


def _stack(past: Sequence[Happened]) -> list[CategoryRow]:
    """What a category was, each state above the one it replaced; undoing takes the top away."""
    stack: list[CategoryRow] = []
    for each in past:
        if each.event == "undone":
            stack = stack[:-1]
        else:
            stack.append(msgspec.json.decode(each.body, type=CategoryRow))
    return stack


def _reopen(database: Database, number: int | None) -> None:
    """A decision taken back is no decision: who made it, and why, is in the category's history."""
    rows = [row for row in proposals.every(database) if row.key == number]
    proposals.put(
        database,
        [msgspec.structs.replace(row, status="pending", reviewer=None, reason=None, reviewed_ms=None) for row in rows],
    )


def _new_category(database: Database, row: ProposalRow, name: str, now_ms: int) -> CategoryRow:
    old = categories.one(database, name)
    if old is not None and old.state == "active":
        raise UsageError(f"a category {name} exists; give this one another name with --name")
    return CategoryRow(
        name=name,
        version=1 if old is None else old.version + 1,
        kind=row.kind,
        state="active",
        description=row.description,
        criteria=row.criteria,
        rule=row.rule,
        severity_rule=row.severity_rule,
        action=row.action,
        proposal_key=row.key,
        cluster_key=row.cluster_key,
        created_ms=now_ms if old is None else old.created_ms,
        updated_ms=now_ms,
    )


def _put(
    database: Database, row: CategoryRow, event: str, now_ms: int, reviewer: str, reason: str | None
) -> None:  # fmt: skip
    body = msgspec.json.encode(row).decode()
    categories.put(database, row, Happened(row.name, row.version, now_ms, event, reviewer, reason, body))


def _category_of(database: Database, row: ProposalRow) -> CategoryRow | None:
    return next((each for each in categories.every(database) if each.proposal_key == row.key), None)


def _decided(database: Database, row: ProposalRow, category: CategoryRow | None) -> Decided:
    return Decided(
        proposal=told(row),
        category=None if category is None else category.name,
        version=None if category is None else category.version,
        signals=0 if category is None else categories.counts(database).get(category.name, 0),
    )


def _reviewer() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # no name for this user on this machine
        return "unknown"
