"""`codex-loop usage daily|weekly|monthly`: tokens and costs by period, in the keys that ccusage's JSON has."""

from collections.abc import Iterator, Sequence

import msgspec

from codex_loop.cli.render import Cell, Column, counted, number, show, style
from codex_loop.cli.usage import NUMBERS, asked, cells, days, drawn, prices
from codex_loop.errors import Exit
from codex_loop.settings import Weekday, load
from codex_loop.store.engine import open_for_reading
from codex_loop.usage import months, reports
from codex_loop.usage.reports import Check, Daily, Monthly, Period, Weekly
from codex_loop.usage.sparks import spark


def daily(
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
    """Show the tokens and costs of each day.

    Examples:
        codex-loop usage daily --since 7d
        codex-loop usage daily --source codex --by-origin
        codex-loop usage daily --timezone Europe/Berlin --json

    Args:
        source: Only this agent: codex, claude, another one's name, or all.
        since: Used since then: 2026-11-20, 20261120, 2026-11-20T14:00, 24h, 7d, today, yesterday.
        until: Used before the end of that day, or before that time.
        project: Only sessions whose folder or repository has this in its name.
        by_agent: A line for each agent, also where there is only one; JSON has them always.
        by_origin: A line for the sessions themselves, for their subagents, and for requests no transcript shows.
        timezone: Days of this zone, like Europe/Berlin or UTC; by default the setting's, else this machine's.
        db: Database file or postgresql:// URL; by default a file in the data folder of this machine.
        json: Print one JSON object.
    """
    settings = load({"db": db})
    calendar = days(settings, timezone)
    with open_for_reading(settings.db) as database:
        wanted = asked(database, calendar, source=source, since=since, until=until, project=project)
        report = reports.daily(database, prices(settings), wanted, calendar)

    def draw(found: Daily) -> Iterator[str]:
        return _draw("day", found, found.daily, by_agent=by_agent, by_origin=by_origin)

    show(report, draw, schema="usage-daily", as_json=json)
    return Exit.OK


def weekly(
    *,
    source: str = "all",
    since: str | None = None,
    until: str | None = None,
    project: str | None = None,
    week_start: Weekday | None = None,
    by_agent: bool = False,
    by_origin: bool = False,
    timezone: str | None = None,
    db: str | None = None,
    json: bool = False,
) -> int:
    """Show the tokens and costs of each week.

    A week is named by its first day. It is the calendar's, not the week of a provider's limit: see `usage limits`.

    Examples:
        codex-loop usage weekly --since 30d
        codex-loop usage weekly --week-start sunday --json

    Args:
        source: Only this agent: codex, claude, another one's name, or all.
        since: Used since then: 2026-11-20, 20261120, 2026-11-20T14:00, 24h, 7d, today, yesterday.
        until: Used before the end of that day, or before that time.
        project: Only sessions whose folder or repository has this in its name.
        week_start: The first day of a week; by default the setting's, else monday.
        by_agent: A line for each agent, also where there is only one; JSON has them always.
        by_origin: A line for the sessions themselves, for their subagents, and for requests no transcript shows.
        timezone: Days of this zone, like Europe/Berlin or UTC; by default the setting's, else this machine's.
        db: Database file or postgresql:// URL; by default a file in the data folder of this machine.
        json: Print one JSON object.
    """
    settings = load({"db": db})
    calendar = days(settings, timezone, week_start)
    with open_for_reading(settings.db) as database:
        wanted = asked(database, calendar, source=source, since=since, until=until, project=project)
        report = reports.weekly(database, prices(settings), wanted, calendar)

    def draw(found: Weekly) -> Iterator[str]:
        return _draw("week of", found, found.weekly, by_agent=by_agent, by_origin=by_origin)

    show(report, draw, schema="usage-weekly", as_json=json)
    return Exit.OK


def monthly(
    *,
    source: str = "all",
    since: str | None = None,
    until: str | None = None,
    project: str | None = None,
    by_agent: bool = False,
    by_origin: bool = False,
    check: bool = False,
    timezone: str | None = None,
    db: str | None = None,
    json: bool = False,
) -> int:
    """Show the tokens and costs of each month.

    With --check the months are added up anew from days and from sessions, and the account of every file is looked at;
    exits with 1 unless all agree. Whether a tracker's ledger names its months: `tracker archive-check`.

    Examples:
        codex-loop usage monthly
        codex-loop usage monthly --check
        codex-loop usage monthly --source claude --json

    Args:
        source: Only this agent: codex, claude, another one's name, or all.
        since: Used since then: 2026-11-20, 20261120, 2026-11-20T14:00, 24h, 7d, today, yesterday.
        until: Used before the end of that day, or before that time.
        project: Only sessions whose folder or repository has this in its name.
        by_agent: A line for each agent, also where there is only one; JSON has them always.
        by_origin: A line for the sessions themselves, for their subagents, and for requests no transcript shows.
        check: Add the months up in other ways too, and say whether all agree.
        timezone: Months of this zone, like Europe/Berlin or UTC; by default the setting's, else this machine's.
        db: Database file or postgresql:// URL; by default a file in the data folder of this machine.
        json: Print one JSON object.
    """
    settings = load({"db": db})
    calendar = days(settings, timezone)
    with open_for_reading(settings.db) as database:
        wanted = asked(database, calendar, source=source, since=since, until=until, project=project)
        report = reports.monthly(database, prices(settings), wanted, calendar)
        if check:
            checked = months.check(database, prices(settings), report.monthly, wanted, calendar)
            report = msgspec.structs.replace(report, check=checked)

    def draw(found: Monthly) -> Iterator[str]:
        yield from _draw("month", found, found.monthly, by_agent=by_agent, by_origin=by_origin)
        if found.check is not None:
            yield from _draw_check(found.check)

    show(report, draw, schema="usage-monthly", as_json=json)
    return Exit.OK if report.check is None or report.check.agrees else Exit.FINDING


def _draw_check(check: Check) -> Iterator[str]:
    for month in check.months:
        if not month.agrees:
            sums = f"{number(month.report_tokens)}, its days {number(month.day_tokens)}"
            yield style(f"{month.month}: {sums}, its sessions {number(month.session_tokens)} tokens", "red")
    if check.accounts_not_closing:
        files = counted(check.accounts_not_closing, "account does", "accounts do")
        yield style(f"{files} not close; `codex-loop doctor` says which", "red")
    if check.agrees:
        yield style(
            f"checked: {counted(len(check.months), 'month')}, days and sessions agree, every account closes", "dim"
        )


def _draw(
    title: str, report: Daily | Weekly | Monthly, periods: Sequence[Period], *, by_agent: bool, by_origin: bool
) -> Iterator[str]:
    rows: list[list[Cell]] = []
    for each in periods:
        rows.append([each.period, ", ".join(agent.agent for agent in each.agents), *cells(each)])
        if by_agent or len(each.agents) > 1:
            rows += [["", f"  {agent.agent}", *cells(agent)] for agent in each.agents]
        if by_origin:
            rows += [["", f"  {origin.origin}", *cells(origin)] for origin in each.origins]
    if len(periods) > 2:
        yield style(f"{spark([each.total_tokens for each in periods])}  tokens by {title.split(maxsplit=1)[0]}", "dim")
    columns = (Column(title), Column("agent", shrinks=True), *NUMBERS)
    yield from drawn(columns, rows, ["total", "", *cells(report.totals)], report, periods)
