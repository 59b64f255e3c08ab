"""`codex-loop usage reconcile`: the ledger against the agents' own totals, and against what they export."""

from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from codex_loop.cli.render import Column, counted, number, show, style, table
from codex_loop.cli.sessions import short_count
from codex_loop.cli.usage import asked, days, dollars, prices
from codex_loop.cli.usage_otel import drawn
from codex_loop.errors import Exit
from codex_loop.settings import load
from codex_loop.store.engine import open_for_reading
from codex_loop.store.places import Family
from codex_loop.usage.otel import comparison
from codex_loop.usage.otel.exports import read
from codex_loop.usage.reconcile import Reconciled
from codex_loop.usage.reconcile import reconcile as compare
from codex_loop.usage.reports import grouped

SCREEN = 20
"""So many differences, the largest, are shown in the table; JSON has all sessions."""


def reconcile(
    *,
    otel: tuple[Path, ...] = (),
    source: str = "all",
    since: str | None = None,
    until: str | None = None,
    project: str | None = None,
    db: str | None = None,
    json: bool = False,
) -> int:
    """Compare the ledger with the totals that agents state themselves.

    Claude Code leaves a total of each session; Codex leaves none. Both export their requests over OpenTelemetry. A
    difference is shown with its reason: the agents count requests that no file of theirs shows, and leave out
    interrupted ones. Exits with 1 when a difference has no reason that we know.

    Examples:
        codex-loop usage reconcile
        codex-loop usage reconcile --otel export.jsonl older.jsonl
        codex-loop usage reconcile --since 7d --json

    Args:
        otel: A file of OTLP/JSON, a document a line, or a folder with such files; several may follow.
        source: Only this agent: codex, claude, another one's name, or all.
        since: Only sessions with tokens since then, each whole: 2026-11-20, 20261120, 24h, 7d, today, yesterday.
        until: Only sessions with tokens before the end of that day, or before that time, each whole.
        project: Only sessions whose folder or repository has this in its name.
        db: Database file or postgresql:// URL; by default a file in the data folder of this machine.
        json: Print one JSON object.
    """
    settings = load({"db": db})
    export = read(otel) if otel else None
    with open_for_reading(settings.db) as database:
        wanted = asked(database, days(settings, None), source=source, since=since, until=until, project=project)
        table_of_prices = prices(settings)
        report = compare(database, table_of_prices, wanted)
        if export is not None:
            told = comparison.compare(database, table_of_prices, wanted, export)
            report = msgspec.structs.replace(report, otel=told)
        short = Family(database).short

    def draw(found: Reconciled) -> Iterator[str]:
        yield from _draw(found, short)
        if found.otel is not None:
            yield ""
            yield from drawn(found.otel, short)

    show(report, draw, schema="usage-reconcile", as_json=json)
    if report.unexplained or (report.otel is not None and report.otel.unexplained):
        return Exit.FINDING
    return Exit.DEGRADED if report.otel is not None and report.otel.unreadable else Exit.OK


def _draw(report: Reconciled, short: Callable[[str], str]) -> Iterator[str]:
    if report.unreadable_totals:
        sessions = counted(report.unreadable_totals, "session")
        yield style(f"The agent's total of {sessions} is in words that this version does not know.", "yellow")
    if not report.sessions:
        yield "No session has a total of its agent's own to compare with."
        if report.otel is None:
            yield style("what both agents export over OpenTelemetry can be compared: --otel FILE", "dim")
        return
    differing = [each for each in report.sessions if not each.agrees]
    if differing:
        columns = (
            Column("session"),
            Column("ledger", right=True),
            Column("agent", right=True),
            Column("more", right=True),
            Column("likely reason", shrinks=True),
        )
        yield from table(
            columns,
            [
                (
                    short(each.session_id),
                    short_count(sum(sum(model.ledger.all) for model in each.models)),
                    short_count(sum(sum(model.agents_own.all) for model in each.models)),
                    number(each.difference_tokens),
                    each.explanation,
                )
                for each in differing[:SCREEN]
            ],
        )
        yield ""
    yield f"{counted(report.agreeing, 'session agrees', 'sessions agree')}, {number(report.differing)} not."
    for note, checks in grouped((each for each in report.sessions if each.cost_note), lambda each: each.cost_note):
        sides = ([each.ledger_cost_micros for each in checks], [each.agents_own_cost_micros for each in checks])
        here, there = (dollars(sum(each or 0 for each in costs)) for costs in sides)
        yield style(
            f"same tokens, worth {here} here and {there} to the agent, in {counted(len(checks), 'session')}:", "dim"
        )
        yield style(str(note), "dim")
    if report.without_own_total:
        yield style(f"{counted(report.without_own_total, 'session')} without a total of the agent's own", "dim")
