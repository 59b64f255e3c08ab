"""What the `codex-loop usage` commands share: which rows are meant, and how tokens and money look in a table."""

from collections.abc import Iterator, Sequence
from textwrap import wrap

from codex_loop.cli.moments import beginning, day_of, end, zone_named
from codex_loop.cli.render import UNKNOWN, Cell, Column, number, page_width, style, table
from codex_loop.cli.sessions import short_count
from codex_loop.cli.width import clean, cut
from codex_loop.errors import UsageError
from codex_loop.settings import Settings, Weekday
from codex_loop.store import spending
from codex_loop.store.engine import Database
from codex_loop.store.spending import Asked
from codex_loop.usage.money import LABEL
from codex_loop.usage.prices import PriceTable, price_table
from codex_loop.usage.reports import BySession, Daily, Days, Monthly, Period, Row, SessionRow, Weekly

NUMBERS = tuple(Column(name, right=True) for name in ("input", "cached", "written", "output", "total", "cost"))
KNOWN_AGENTS = ("claude", "codex")
ROOMY = 100
"""Columns from which on the total is written out; JSON has every number in full."""
_CENT_MICROS = 10_000


def asked(
    database: Database,
    days: Days,
    *,
    source: str | None = None,
    since: str | None = None,
    until: str | None = None,
    project: str | None = None,
) -> Asked:
    """Which rows a report is about, from the words of the command line."""
    agent = None if source in (None, "all") else source
    known = {*KNOWN_AGENTS, *spending.agents(database)}
    if agent is not None and agent not in known:
        raise UsageError(f"--source {source}: no such agent; write all, {', '.join(sorted(known))}")
    since_ms, until_ms = beginning(since, "--since", days.zone), end(until, "--until", days.zone)
    if since_ms is not None and until_ms is not None and since_ms >= until_ms:
        raise UsageError(f"--since {since} is not before the end of --until {until}; turn them round")
    return Asked(
        since_ms=since_ms,
        until_ms=until_ms,
        agent=agent,
        folders=None if project is None else _folders(database, project),
    )


def days(settings: Settings, timezone: str | None, week_start: Weekday | None = None) -> Days:
    """The calendar of a report: the flag's, else the setting's, else this machine's."""
    name = timezone or settings.timezone
    zone = zone_named(name)
    start = week_start or settings.week_start
    return Days(zone=zone, zone_name=name or "local", day_of=day_of(zone), week_start=start)


def prices(settings: Settings) -> PriceTable:
    """The prices that these settings mean."""
    return price_table(settings.data_dir, settings.prices)


def _folders(database: Database, project: str) -> tuple[str, ...]:
    part = project.lower()
    found = spending.folders(database)
    return tuple(sorted({cwd for cwd, git_url in found if part in cwd.lower() or part in (git_url or "").lower()}))


def dollars(micros: int | None) -> str:
    """`$12.34`; below half a cent the first two digits that say something; a dash for an unknown price."""
    if micros is None:
        return UNKNOWN
    places = 2 if micros == 0 or micros >= _CENT_MICROS // 2 else min(6, 8 - len(str(micros)))
    return f"${number(micros / 1_000_000, digits=places)}"


def cells(row: Row) -> list[Cell]:
    """The numbers of a line. A cost that leaves tokens out says so with a plus sign."""
    parts = (row.input_tokens, row.cache_read_tokens, row.cache_creation_tokens, row.output_tokens)
    total = number(row.total_tokens) if page_width() >= ROOMY else short_count(row.total_tokens)
    more = "+" if row.unpriced_tokens and row.cost_micros is not None else ""
    return [*map(short_count, parts), total, f"{dollars(row.cost_micros)}{more}"]


def drawn(
    columns: Sequence[Column],
    rows: list[list[Cell]],
    total: list[Cell],
    report: Daily | Weekly | Monthly | BySession,
    lines: Sequence[Period | SessionRow],
) -> Iterator[str]:
    """The table with its total, and what has to be known about its numbers."""
    if not rows:
        yield "No tokens were recorded for that time, agent and project."
        return
    *drawn_rows, last = table(columns, [*rows, total])
    yield from drawn_rows
    yield style(last, "bold")
    if report.totals.quality not in (None, "final"):
        yield style("some of these tokens are not final: the agent's files give them only in part", "dim")
    if report.costs_missing:
        yield style(cut(clean(report.costs_missing), page_width()), "yellow")
    guessed = {each.model_name: each.priced_as for line in lines for each in line.model_breakdowns if each.priced_as}
    for name, other in sorted(guessed.items(), key=str):
        yield style(
            cut(clean(f"estimated: {name} has no price of its own and is priced as {other}"), page_width()), "dim"
        )
    yield style(cut(f"cost: {LABEL} ({report.pricing.source})", page_width()), "dim")
    if report.not_priced is not None:
        told = f"{report.not_priced.explanation}: {dollars(report.not_priced.cost_micros)}"
        yield from (style(line, "dim") for line in wrap(told, page_width()))
