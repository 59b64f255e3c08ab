"""`codex-loop usage session`: tokens and costs by session, in the keys that ccusage's JSON has."""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from codex_loop.cli.moments import when
from codex_loop.cli.render import Cell, Column, page_width, show, style
from codex_loop.cli.usage import NUMBERS, ROOMY, asked, cells, days, drawn, prices
from codex_loop.clock import now_ms
from codex_loop.errors import Exit
from codex_loop.settings import load
from codex_loop.store.engine import open_for_reading
from codex_loop.store.places import Family
from codex_loop.store.sessions import repo_name
from codex_loop.usage import reports
from codex_loop.usage.reports import BySession

SCREEN = 40
"""So many sessions, the latest, are shown in the table; JSON has all."""
WRITTEN = 4
"""Its column, counted from the right."""

Item = TypeVar("Item")


def session(
    *,
    source: str = "all",
    since: str | None = None,
    until: str | None = None,
    project: str | None = None,
    by_agent: bool = False,
    by_origin: bool = False,
    timezone: str | None = None,
    db: str | None = None,
    json: bool = False,
) -> int:
    """Show the tokens and costs of each session, the latest last.

    What a subagent used counts in the session that began it.

    Examples:
        codex-loop usage session --since 7d
        codex-loop usage session --project webshop --by-origin
        codex-loop usage session --json

    Args:
        source: Only this agent: codex, claude, another one's name, or all.
        since: Used since then: 2026-11-20, 20261120, 2026-11-20T14:00, 24h, 7d, today, yesterday.
        until: Used before the end of that day, or before that time.
        project: Only sessions whose folder or repository has this in its name.
        by_agent: The sessions of one agent after those of the other; JSON has each one's agent always.
        by_origin: A line for the session itself, for its subagents, and for requests no transcript shows.
        timezone: Days of this zone, like Europe/Berlin or UTC; by default the setting's, else this machine's.
        db: Database file or postgresql:// URL; by default a file in the data folder of this machine.
        json: Print one JSON object.
    """
    settings = load({"db": db})
    calendar = days(settings, timezone)
    with open_for_reading(settings.db) as database:
        wanted = asked(database, calendar, source=source, since=since, until=until, project=project)
        report = reports.by_session(database, prices(settings), wanted, calendar.zone_name)
        short = Family(database).short

    def draw(found: BySession) -> Iterator[str]:
        return _draw(found, short, by_agent=by_agent, by_origin=by_origin)

    show(report, draw, schema="usage-session", as_json=json)
    return Exit.OK


def _without(items: Sequence[Item]) -> list[Item]:
    """A row without what was written to the cache, for which a small page has no room."""
    return [item for place, item in enumerate(items) if place != len(items) - WRITTEN]


def _draw(report: BySession, short: Callable[[str], str], *, by_agent: bool, by_origin: bool) -> Iterator[str]:
    now = now_ms()
    shown = report.session[-SCREEN:]
    rows: list[list[Cell]] = []
    for row in sorted(shown, key=lambda each: each.agent) if by_agent else shown:
        where = repo_name(None, row.project_path)
        rows.append([short(row.session_id), row.agent, when(row.last_activity, now), where, *cells(row)])
        if by_origin:
            rows += [["", "", f"  {origin.origin}", "", *cells(origin)] for origin in row.origins]
    columns = [Column("session"), Column("agent"), Column("last used"), Column("folder", shrinks=True), *NUMBERS]
    total: list[Cell] = ["total", "", "", "", *cells(report.totals)]
    if page_width() < ROOMY:
        columns, total, rows = _without(columns), _without(total), [_without(row) for row in rows]
    yield from drawn(columns, rows, total, report, report.session)
    if len(shown) < len(report.session):
        yield style(f"the latest {len(shown)} of {len(report.session)} sessions; the total is of all", "dim")
