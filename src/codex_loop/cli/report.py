"""`codex-loop report`: what went wrong and well, what it cost, and where to look."""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

from codex_loop.cli.render import Column, page_width, show, style, table, to_json
from codex_loop.cli.width import clean, cut, pad, width_of
from codex_loop.clock import now_ms
from codex_loop.errors import Exit, UsageError
from codex_loop.report import words
from codex_loop.report.summary import CategoryLine, ProblemLine, Summary, summarise
from codex_loop.settings import load
from codex_loop.store.engine import open_for_reading


def report(
    *,
    days: int | None = None,
    format: Literal["text", "json", "md", "html"] = "text",  # noqa: A002  # the flag's name
    output: Path | None = None,
    db: str | None = None,
    json: bool = False,
) -> int:
    """Show what went wrong, what went well, and what it cost.

    Minutes and tokens run from a signal's first evidence until the agent went on: what is known to be lost, not more.

    Examples:
        codex-loop report
        codex-loop report --days 7
        codex-loop report --format html --output report.html

    Args:
        days: Only the last days, and the trend against as many before; by default everything, and the last 7 days.
        format: text, json, md, or html: one page that needs nothing else.
        output: Write it to this file instead.
        db: Database file or postgresql:// URL; by default a file in the data folder of this machine.
        json: The same as --format json.
    """
    if days is not None and days < 1:
        raise UsageError(f"--days {days} is no period; give 1 or more")
    with open_for_reading(load({"db": db}).db) as database:
        summary = summarise(database, now_ms(), days=days)
    form = "json" if json else format
    if output is None and form in ("text", "json"):
        show(summary, draw_summary, schema="report", as_json=form == "json")
        return Exit.OK
    text = _written(summary, form)
    if output is None:
        sys.stdout.write(text)
    else:
        try:
            output.write_text(text, encoding="utf-8", newline="\n")
        except OSError as error:
            raise UsageError(f"{output} cannot be written: {error.strerror or error}") from error
        sys.stdout.write(f"written to {output}\n")
    return Exit.OK


def _written(summary: Summary, form: str) -> str:
    if form == "html":
        from codex_loop.report.page import page

        return page(summary)
    if form == "md":
        from codex_loop.report.markdown import markdown

        return markdown(summary)
    return (
        to_json(summary, "report") + "\n" if form == "json" else "".join(f"{line}\n" for line in draw_summary(summary))
    )


def draw_summary(summary: Summary) -> Iterator[str]:
    """The report as a person reads it in a terminal."""
    yield from _box(
        "Analysis Summary",
        [
            f"Sessions: {summary.sessions} total, {summary.processed} processed",
            f"Signals: {summary.friction} friction, {summary.delight} delight",
            f"Clusters: {summary.clusters}",
        ],
    )
    if summary.processed < summary.sessions:
        yield style("not every session was looked at yet; codex-loop signals does", "dim")
    for title, kind in (("Friction Signals by Category", "friction"), ("Delight Signals by Category", "delight")):
        rows = [each for each in summary.categories if each.type == kind]
        if rows:
            yield from ("", style(title, "bold"), *_categories(rows, summary.trend_days))
    yield from _problems("What cost most", summary.problems)
    yield from _problems("What went well", summary.successes)


def _box(title: str, lines: Sequence[str]) -> Iterator[str]:
    width = max(width_of(line) for line in (title, *lines)) + 2
    yield "┌" + "─" * width + "┐"
    yield f"│ {pad(title, width - 1)}│"
    yield "├" + "─" * width + "┤"
    yield from (f"│ {pad(line, width - 1)}│" for line in lines)
    yield "└" + "─" * width + "┘"


def _categories(rows: Sequence[CategoryLine], days: int) -> list[str]:
    columns = (
        Column("category", shrinks=True),
        Column("count", right=True),
        Column("sessions", right=True),
        Column(f"last {days} d", right=True),
        Column("before", right=True),
        Column("trend"),
    )
    return table(
        columns,
        [
            (each.category, each.signals, each.sessions, each.last, each.before, words.ARROWS[each.trend])
            for each in rows
        ],
    )


def _problems(title: str, problems: Sequence[ProblemLine]) -> Iterator[str]:
    if problems:
        yield from ("", style(title, "bold"))
    for place, problem in enumerate(problems, start=1):
        yield from _headed(f"{place}. {clean(problem.name)}:", words.about(problem), page_width())
        for each in problem.excerpts:
            said = " ".join(clean(words.unruled(each.text) or each.title).split())
            yield cut(f"   {said}", page_width())
            if each.show:
                yield style(cut(f"   {each.show}", page_width()), "dim")


def _headed(head: str, about: str, width: int) -> Iterator[str]:
    """On one line where there is room for both; else what it cost stands below, as far as it needs."""
    if width_of(f"{head} {about}") <= width:
        yield f"{head} {about}"
        return
    yield cut(head, width)
    line = ""
    for part in about.split(", "):
        if line and width_of(f"   {line}, {part}") > width:
            yield f"   {line},"
            line = part
        else:
            line = f"{line}, {part}" if line else part
    yield f"   {line}"
