"""Taking in reports of ccusage: all of them or none, each compared with our ledger, and kept beside it.

The ledger itself is never changed by an import: what is counted stays what the agents' own files say.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from codex_loop.capture.secrets import without_secrets_in
from codex_loop.model.keys import key
from codex_loop.sources.ccusage import Report
from codex_loop.store import imports
from codex_loop.store.engine import Database
from codex_loop.store.imports import Import
from codex_loop.usage.bridge.comparison import Difference, agents_of, compare
from codex_loop.usage.bridge.counts import Ledger

MICROS = 1_000_000


class Taken(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One report that was taken in, beside our ledger over the same time."""

    dialect: str
    report: str
    agents: tuple[str, ...]
    first_period: str | None
    last_period: str | None
    week_starts: str | None
    flags: tuple[str, ...]
    unpriced_models: tuple[str, ...]
    cost_micros: int | None
    """The total cost it states, in millionths of a dollar; it is not compared."""
    total_tokens: int | None
    """Of its rows; null when none of them tells any."""
    our_total_tokens: int
    compared: int
    """Rows of agents that were compared."""
    differences: tuple[Difference, ...]
    new: bool
    """False: the same report was taken in before."""
    timezone: str


def take(
    database: Database,
    reports: Sequence[Report],
    ledger: Ledger,
    *,
    tool: str,
    zone: str,
    key_file: str,
    now_ms: int,
) -> tuple[Taken, ...]:
    """Compare these reports with the ledger, whose days are those of `zone`; then store them in one transaction."""
    found: list[Taken] = []
    rows: list[Import] = []
    for report in reports:
        kept = _kept(report, tool, key_file, now_ms)
        compared = compare(report, ledger)
        rows.append(kept)
        found.append(
            Taken(
                dialect=report.dialect,
                report=report.kind,
                agents=agents_of(report),
                first_period=kept.first_period,
                last_period=kept.last_period,
                week_starts=report.week_starts,
                flags=report.flags,
                unpriced_models=report.unpriced_models,
                cost_micros=None if report.cost_usd is None else round(report.cost_usd * MICROS),
                total_tokens=compared.theirs,
                our_total_tokens=compared.ours,
                compared=compared.compared,
                differences=compared.differences,
                new=True,
                timezone=zone,
            )
        )
    new = imports.keep(database, rows)
    return tuple(msgspec.structs.replace(each, new=is_new) for each, is_new in zip(found, new, strict=True))


def _kept(report: Report, tool: str, key_file: str, now_ms: int) -> Import:
    body = msgspec.json.encode(without_secrets_in(key_file, report, Report)).decode()
    periods = sorted(row.key for row in report.rows if row.key and not row.gap) if report.kind != "session" else []
    return Import(
        key=key("ccusage", report.dialect, report.kind, body),
        imported_ms=now_ms,
        tool=tool,
        dialect=report.dialect,
        report=report.kind,
        agent="+".join(agents_of(report)) or "unknown",
        first_period=periods[0] if periods else None,
        last_period=periods[-1] if periods else None,
        flags=report.flags,
        body=body,
    )
