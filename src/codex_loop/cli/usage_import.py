"""`codex-loop usage import ccusage`: another tool's report beside our own ledger."""

import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from textwrap import wrap

import msgspec

from codex_loop.cli.moments import day_of, zone_named
from codex_loop.cli.render import UNKNOWN, Cell, Column, counted, number, page_width, show, style, table
from codex_loop.cli.width import clean
from codex_loop.clock import now_ms
from codex_loop.errors import Exit, UsageError
from codex_loop.settings import Settings, load
from codex_loop.sources.ccusage import Rejected, Report, parse_all
from codex_loop.store.engine import Database, open_existing
from codex_loop.usage.bridge import ccusage as running
from codex_loop.usage.bridge import comparison as bridge
from codex_loop.usage.bridge import imported
from codex_loop.usage.bridge.comparison import Difference
from codex_loop.usage.bridge.counts import Counts
from codex_loop.usage.bridge.imported import Taken
from codex_loop.usage.bridge.unseen import unseen

SCREEN = 30
"""So many differences of a report are shown in its table; JSON has all."""

FLAGS = {
    "suspect:v18": "counted by version 18, whose numbers are too high wherever counters repeat or sessions fork",
    "total-mismatch": "some of its totals are not the sum of their parts",
    "sum-mismatch": "its totals are not the sum of its rows",
    "cache-exceeds-input": "it claims more cached than input tokens; they were cut to the input",
    "unpriced": "some models have no price there, so its costs are too low",
    "fallback-model": "it did not know the model of some tokens and took another for it",
    "estimated:blocks": "its blocks are an estimate, not the windows of a provider",
}


class Rejection(msgspec.Struct, frozen=True):
    """Why nothing of it was taken in."""

    tag: str
    reason: str


class UsageImport(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What was taken in and how it compares; or, with nothing stored, why not."""

    tool: str
    command: str | None
    """What was run; null for a file."""
    reports: tuple[Taken, ...]
    rejected: Rejection | None


class _Read(msgspec.Struct, frozen=True):
    """Reports that are valid as a whole, and where they come from."""

    tool: str
    command: str | None
    reports: tuple[Report, ...]


def ccusage(
    file: str | None = None,
    /,
    *,
    run: bool = False,
    program: str | None = None,
    timeout: float = running.DEADLINE_S,
    timezone: str | None = None,
    db: str | None = None,
    json: bool = False,
) -> int:
    """Compare a report of ccusage with our ledger, and keep it.

    Says of every day, week, month, session or block where the two differ and why. Versions 18 and 20 are read; a
    report with anything invalid in it is rejected whole (exit code 1). The ledger itself is not changed.

    Examples:
        codex-loop usage import ccusage --run
        codex-loop usage import ccusage -  # behind `ccusage daily --json |`
        codex-loop usage import ccusage daily.json --timezone Europe/Berlin --json

    Args:
        file: A file with the JSON that ccusage prints; - reads it from stdin.
        run: Run ccusage, offline, for days, weeks, months, sessions and blocks.
        program: The ccusage to run; by default `ccusage` or `ccusage-codex` on the PATH.
        timeout: Seconds that ccusage may take.
        timezone: The zone of its days, like Europe/Berlin or UTC; by default this machine's.
        db: Database file or postgresql:// URL; by default a file in the data folder of this machine.
        json: Print one JSON object.
    """
    if (file is None) != run:
        raise UsageError("give a file (or - for stdin) or --run, one of them")
    if timeout <= 0:
        raise UsageError(f"--timeout {timeout:g}: ccusage needs more than no time; give seconds, like 120")
    settings = load({"db": db, "timezone": timezone})
    zone_named(settings.timezone)
    with open_existing(settings.db) as database:
        try:
            read = _run(program, timeout, settings.timezone) if file is None else _file(file)
            taken = _take(database, read, settings)
        except Rejected as error:
            rejection = Rejection(error.tag, error.reason)
            report = UsageImport(tool="file" if file else "ccusage", command=None, reports=(), rejected=rejection)
        else:
            report = UsageImport(tool=read.tool, command=read.command, reports=taken, rejected=None)
    show(report, _draw, schema="usage-import", as_json=json)
    return Exit.FINDING if report.rejected else Exit.OK


def _file(name: str) -> _Read:
    try:
        text = sys.stdin.buffer.read() if name == "-" else Path(name).expanduser().read_bytes()
    except OSError as error:
        raise UsageError(
            f"{name}: {error.strerror or 'cannot be read'}; name a file that ccusage wrote, or -"
        ) from error
    return _Read("file", None, parse_all(text))


def _run(program: str | None, timeout: float, zone: str | None) -> _Read:
    found = running.program(program)
    printed = running.everything(found, zone=zone, timeout_s=timeout)
    reports = tuple(report for each in printed for report in each.reports)
    return _Read(Path(found).stem, "; ".join(each.command for each in printed), reports)


def _take(database: Database, read: _Read, settings: Settings) -> tuple[Taken, ...]:
    zone = settings.timezone or "local"
    others = {other: _days(other) for other in ("UTC", "local") if other != zone}
    ledger = bridge.gather(database, _days(zone), others, unseen)
    return imported.take(
        database,
        read.reports,
        msgspec.structs.replace(ledger, just_made=read.command is not None),
        tool=read.tool,
        zone=zone,
        key_file=str(settings.key_file),
        now_ms=now_ms(),
    )


def _days(name: str) -> Callable[[int], str]:
    return day_of(zone_named(name))


def _draw(report: UsageImport) -> Iterator[str]:
    if report.rejected:
        yield clean(f"rejected ({report.rejected.tag}): {report.rejected.reason}")
        yield "Nothing was stored."
        return
    for number_of, taken in enumerate(report.reports):
        if number_of:
            yield ""
        yield from _taken(taken)
    differences = [each for taken in report.reports for each in taken.differences]
    if differences:
        yield ""
        yield from _legend(differences)


def _taken(taken: Taken) -> Iterator[str]:
    covered = f", {taken.first_period} to {taken.last_period}" if taken.first_period else ""
    covered += f", weeks from {taken.week_starts}" if taken.week_starts else ""
    agents = clean(" and ".join(taken.agents)) or "ccusage"
    yield style(f"{taken.report} report of {agents}{covered}", "bold")
    if not taken.new:
        yield style("  The same report was taken in before.", "dim")
    yield from (style(f"  {FLAGS.get(flag, flag)}", "dim") for flag in taken.flags)
    if taken.total_tokens is None:
        yield "  It tells no tokens, so there is nothing to compare."
        return
    if not taken.differences:
        yield f"  {counted(taken.compared, 'row')} compared, all agree: {number(taken.total_tokens)} tokens."
        return
    agreeing = taken.compared - len(taken.differences)
    sums = f"ccusage {number(taken.total_tokens)}, ours {number(taken.our_total_tokens)} tokens"
    yield f"  {counted(taken.compared, 'row')} compared, {agreeing} agree; {sums}."
    columns = (
        Column(taken.report),
        Column("agent"),
        Column("ccusage", right=True),
        Column("ours", right=True),
        Column("differs by", right=True),
        Column("why", shrinks=True),
    )
    shown = taken.differences[:SCREEN]
    yield from table(columns, [_cells(each) for each in shown])
    if len(shown) < len(taken.differences):
        yield style(f"the first {len(shown)} of {len(taken.differences)} differences; --json has all", "dim")


def _cells(of: Difference) -> list[Cell]:
    period = of.period[:13] if len(of.period) > 24 else of.period
    codes = ", ".join(reason.code for reason in of.reasons)
    return [period, of.agent, _tokens(of.theirs), _tokens(of.ours), _signed(of.difference), codes]


def _signed(difference: int) -> str:
    return f"{'+' if difference > 0 else ''}{number(difference)}"


def _tokens(counts: Counts | None) -> Cell:
    return UNKNOWN if counts is None else number(counts.total_tokens)


def _legend(differences: Sequence[Difference]) -> Iterator[str]:
    """What each reason means, once, as sure as it is."""
    told = {(reason.code, reason.certainty): reason for each in differences for reason in each.reasons}
    for reason in told.values():
        sure = "" if reason.certainty == "none" else f" ({reason.certainty})"
        yield from wrap(clean(f"{reason.code}{sure}: {reason.text}"), page_width(), subsequent_indent="  ")
