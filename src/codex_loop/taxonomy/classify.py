"""What approved categories call the signals there are; run after every detection and after every decision."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from codex_loop.clusters import texts
from codex_loop.store import categories as store
from codex_loop.store.categories import Called, CategoryRow, Told
from codex_loop.store.engine import Database
from codex_loop.taxonomy.rule import Rule, is_readable, similarities

KINDS = ("friction", "delight")


class Classified(msgspec.Struct, kw_only=True):
    """What classifying changed."""

    categories: int = 0
    given: int = 0
    taken: int = 0
    other_model: tuple[str, ...] = ()
    """Categories whose centre lies in another model's space, or cannot be read: they judge nothing."""


def classify(database: Database, now_ms: int) -> Classified:
    """Give every signal the category whose rule fits it best. Idempotent; a person's own decision stays."""
    report = Classified()
    strange: list[str] = []
    for kind in KINDS:
        rows = sorted((row for row in store.every(database) if row.kind == kind), key=_age)
        report.categories += len(rows)
        calls = _calls(database, kind, rows, strange, now_ms) if rows else []
        given, taken = store.recall(database, kind, calls, strange)
        report.given += given
        report.taken += taken
    report.other_model = tuple(sorted(strange))
    return report


def _calls(database: Database, kind: str, rows: Sequence[CategoryRow], strange: list[str], now_ms: int) -> list[Called]:
    signals = store.signals(database, kind)
    if not signals:
        return []
    embedded = texts.embedded(database, [signal.body for signal in signals])
    keys = [texts.text_key(signal.body) for signal in signals]
    best: dict[int, Called] = {}
    for row in rows:
        rule = msgspec.json.decode(row.rule, type=Rule)
        if rule.model != embedded.model or not is_readable(rule, embedded.matrix.shape[1]):
            strange.append(row.name)
            continue
        similar = similarities(rule, [signal.detector for signal in signals], keys, embedded.matrix)
        for signal, value in zip(signals, (round(each, 4) for each in similar.tolist()), strict=True):
            if value > _best(best, signal):
                best[signal.key] = Called(signal.key, row.name, row.version, value, "rule", now_ms)
    return list(best.values())


def _age(row: CategoryRow) -> tuple[int, str]:
    """What two categories claim alike stays with the older one."""
    return row.created_ms, row.name


def _best(best: dict[int, Called], signal: Told) -> float:
    known = best.get(signal.key)
    return float("-inf") if known is None or known.similarity is None else known.similarity
