"""Approved categories, their history, and what they call the signals there are."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

import msgspec

from codex_loop.store.engine import Database
from codex_loop.store.ledger import chunks, marks


class CategoryRow(msgspec.Struct, frozen=True, array_like=True):
    """A row of `categories`, in its columns' order."""

    name: str
    version: int
    kind: str
    state: str
    description: str
    criteria: str
    rule: str
    severity_rule: str
    action: str
    proposal_key: int | None
    cluster_key: int | None
    created_ms: int
    updated_ms: int


class Happened(NamedTuple):
    """A line of a category's history, in its columns' order."""

    name: str
    version: int
    time_ms: int
    event: str
    reviewer: str | None
    reason: str | None
    body: str


class Called(NamedTuple):
    """What a category calls a signal, in its columns' order."""

    signal_key: int
    category: str
    version: int
    similarity: float | None
    basis: str
    since_ms: int


class Told(NamedTuple):
    """A signal as categories look at it."""

    key: int
    detector: str
    body: str


_NAMES = ", ".join(CategoryRow.__struct_fields__)


def every(database: Database, state: str | None = "active") -> list[CategoryRow]:
    where, values = (" WHERE state = ?", (state,)) if state else ("", ())
    return [CategoryRow(*row) for row in database.rows(f"SELECT {_NAMES} FROM categories{where} ORDER BY name", values)]


def one(database: Database, name: str) -> CategoryRow | None:
    row = database.one(f"SELECT {_NAMES} FROM categories WHERE name = ?", (name,))
    return None if row is None else CategoryRow(*row)


def put(database: Database, row: CategoryRow, happened: Happened) -> None:
    """A category as it is now, and why."""
    with database.transaction():
        database.many("put categories", [msgspec.structs.astuple(row)])
        database.many("insert category_history", [tuple(happened)])


def history(database: Database, name: str) -> list[Happened]:
    """The oldest first."""
    rows = database.rows(
        "SELECT name, version, time_ms, event, reviewer, reason, body FROM category_history WHERE name = ? ORDER BY id",
        (name,),
    )
    return [Happened(*row) for row in rows]


def signals(database: Database, kind: str, detectors: Sequence[str] = ()) -> list[Told]:
    """Present signals of a kind that have a text, and whose detector is one of these, if any are named."""
    inside = f" AND detector IN ({marks(detectors)})" if detectors else ""
    rows = database.rows(
        "SELECT key, detector, body FROM signals"
        f" WHERE kind = ? AND gone_ms IS NULL AND body <> ''{inside} ORDER BY key",
        (kind, *detectors),
    )
    return [Told(*row) for row in rows]


def called(database: Database, keys: Sequence[int]) -> dict[int, Called]:
    """What these signals are called; those that no category claims are left out."""
    found: dict[int, Called] = {}
    for part in chunks(keys):
        sql = (
            "SELECT signal_key, category, version, similarity, basis, since_ms FROM signal_categories"
            f" WHERE signal_key IN ({marks(part)})"
        )
        found.update((row[0], Called(*row)) for row in database.rows(sql, part))
    return found


def counts(database: Database) -> dict[str, int]:
    """How many present signals each category claims."""
    rows = database.rows(
        "SELECT c.category, count(*) FROM signal_categories c JOIN signals g ON g.key = c.signal_key"
        " WHERE g.gone_ms IS NULL GROUP BY c.category"
    )
    return {name: int(count) for name, count in rows}


def recall(database: Database, kind: str, calls: Iterable[Called], unjudged: Collection[str] = ()) -> tuple[int, int]:
    """Make these the names of all signals of a kind: (given, taken away). A name that stays keeps its date.

    What a person decided stays, and so do names of the `unjudged` categories, which could not look at the signals.
    """
    before = {
        row[0]: Called(*row)
        for row in database.rows(
            "SELECT c.signal_key, c.category, c.version, c.similarity, c.basis, c.since_ms FROM signal_categories c"
            " JOIN signals g ON g.key = c.signal_key WHERE g.kind = ?",
            (kind,),
        )
    }
    decided = {number for number, each in before.items() if each.basis == "review"}
    now = {each.signal_key: each for each in calls if each.signal_key not in decided}
    fresh = [each for number, each in now.items() if _differs(before.get(number), each)]
    kept = {number for number, each in before.items() if each.category in unjudged}
    lost = sorted(before.keys() - now.keys() - decided - kept)
    with database.transaction():
        for part in chunks(lost):
            database.execute(f"DELETE FROM signal_categories WHERE signal_key IN ({marks(part)})", part)
        database.many("put signal_categories", [tuple(each) for each in fresh])
    return len(fresh), len(lost)


def _differs(before: Called | None, now: Called) -> bool:
    return before is None or (before.category, before.version) != (now.category, now.version)
