"""How `codex-loop usage reconcile --otel` shows an export beside the ledger."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from codex_loop.cli.render import Cell, Column, counted, number, page_width, style, table
from codex_loop.cli.sessions import short_count
from codex_loop.cli.usage import dollars
from codex_loop.cli.width import clean, cut
from codex_loop.usage.otel.comparison import NotCompared, OtelCheck, OtelReport
from codex_loop.usage.otel.reasons import Cause
from codex_loop.usage.reports import grouped

SCREEN = 20
"""So many sessions, and so many names that are not compared, are shown; JSON has all."""
_WHY = {
    "foreign": "not of Claude Code or Codex",
    "no-session": "names no session",
    "no-model": "names no model",
    "no-counter": "no counter that only grows",
    "unknown-kind": "a kind of token that this version does not know",
    "bad-number": "no whole number, or a negative one",
}


def drawn(report: OtelReport, short: Callable[[str], str]) -> Iterator[str]:
    """Sessions that differ, sums, and what was not compared."""
    yield style(f"OpenTelemetry: {counted(report.files, 'file')}, {counted(report.documents, 'document')}", "bold")
    differing = [each for each in report.sessions if not each.agrees]
    if differing:
        columns = (
            Column("session"),
            Column("ledger", right=True),
            Column("exported", right=True),
            Column("more", right=True),
            Column("why", shrinks=True),
        )
        rows = [row for each in differing[:SCREEN] for row in _rows(each, short)]
        yield from table(columns, rows)
        if len(differing) > SCREEN:
            yield style(f"the first {SCREEN} of {len(differing)} sessions; --json has all", "dim")
        yield ""
    if report.sessions:
        agreeing = counted(report.agreeing, "session agrees", "sessions agree")
        sums = f"ledger {number(report.ledger_tokens)}, exported {number(report.otel_tokens)} tokens"
        yield f"{agreeing}, {number(report.differing)} not; {sums}."
    else:
        yield "It tells of no session that was asked for."
    yield from _doubts(report)


def _rows(check: OtelCheck, short: Callable[[str], str]) -> Iterator[list[Cell]]:
    """One line for each reason; the numbers of the session stand in the first."""
    ours = short_count(sum(sum(model.ledger.all) for model in check.models))
    theirs = short_count(sum(sum(model.agents_own.all) for model in check.models))
    for place, cause in enumerate(check.causes):
        head = ["", "", ""] if place else [short(check.session_id), ours, theirs]
        yield [*head, number(cause.tokens), _told(cause)]


def _told(cause: Cause) -> str:
    many = f"{counted(cause.requests, 'request')} " if cause.requests else "likely "
    queries = f"({', '.join(cause.queries)}) " if cause.queries and cause.reason != "partial" else ""
    return clean(f"{many}{queries}{cause.explanation}")


def _doubts(report: OtelReport) -> Iterator[str]:
    """What has to be known about these numbers, and what was left aside."""
    for note, checks in grouped((each for each in report.sessions if each.cost_note), lambda each: each.cost_note):
        here = dollars(sum(each.ledger_cost_micros or 0 for each in checks))
        there = dollars(sum(each.otel_cost_micros or 0 for each in checks))
        many = counted(len(checks), "session")
        yield style(f"same tokens, worth {here} here and {there} to the agent, in {many}:", "dim")
        yield style(str(note), "dim")
    halves = [each for each in report.sessions if each.counters_less_events]
    if halves:
        many = counted(len(halves), "session")
        yield style(f"events and counters of {many} differ:", "yellow")
        yield style("interrupted requests are in counters alone, or a part of the export is missing", "yellow")
    if report.duplicates:
        many = counted(report.duplicates, "event or data point", "events and data points")
        yield style(f"{many} told again, counted once", "dim")
    if report.unreadable:
        first = report.unreadable[0]
        many = counted(len(report.unreadable), "line")
        what = f"{many} could not be read, first {first.file}:{first.line}: {first.reason}"
        yield style(cut(clean(what), page_width()), "yellow")
    if report.without_export:
        yield style(f"the export tells nothing of {counted(report.without_export, 'other session')}", "dim")
    if report.torn_files:
        yield style(f"the last line of {counted(report.torn_files, 'file')} is not complete yet", "dim")
    yield from _left(report.not_compared)


def _left(others: Sequence[NotCompared]) -> Iterator[str]:
    quiet = [each for each in others if each.why == "no-tokens"]
    if quiet:
        kinds = Counter(each.what for each in quiet)
        told = ", ".join(counted(kinds[what], f"kind of {what}", f"kinds of {what}") for what in sorted(kinds))
        yield style(f"not compared, because they tell no tokens: {told}", "dim")
    loud = [each for each in others if each.why != "no-tokens"]
    for each in loud[:SCREEN]:
        what = f"not compared: {each.name} ({number(each.count)}): {_WHY.get(each.why, each.why)}"
        yield style(cut(clean(what), page_width()), "yellow")
    if len(loud) > SCREEN:
        yield style(f"and {len(loud) - SCREEN} more; --json has all", "dim")
