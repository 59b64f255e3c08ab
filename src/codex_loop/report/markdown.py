"""The report as Markdown: for a pull request, a wiki, a ticket."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from codex_loop.report import words
from codex_loop.report.summary import ProblemLine, Summary

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>|#!~&])")


def markdown(summary: Summary) -> str:
    return "\n".join(_lines(summary)) + "\n"


def plain(text: str) -> str:
    """Text of agents and users without power over the page."""
    return _SPECIAL.sub(r"\\\1", " ".join(words.visible(text).split()))


def code(text: str) -> str:
    """Text as code: with a fence of its own where it has backticks itself."""
    plain_text = words.visible(text)
    fence = "`" * (1 + max(map(len, re.findall("`+", plain_text)), default=0))
    return f"{fence} {plain_text} {fence}" if "`" in plain_text else f"`{plain_text}`"


def _lines(summary: Summary) -> Iterator[str]:
    yield f"# Analysis of {words.period(summary)}"
    yield ""
    yield f"- Sessions: {summary.sessions} total, {summary.processed} processed"
    yield f"- Signals: {summary.friction} friction, {summary.delight} delight"
    yield f"- Clusters: {summary.clusters}"
    for title, kind in (("Friction", "friction"), ("Delight", "delight")):
        rows = [each for each in summary.categories if each.type == kind]
        if rows:
            yield from ("", f"## {title} by category", "")
            yield f"| Category | Signals | Sessions | Last {summary.trend_days} days | Before | |"
            yield "| --- | ---: | ---: | ---: | ---: | --- |"
        for row in rows:
            arrow = words.ARROWS[row.trend]
            yield f"| {plain(row.category)} | {row.signals} | {row.sessions} | {row.last} | {row.before} | {arrow} |"
    yield from _problems("What cost most", summary.problems)
    yield from _problems("What went well", summary.successes)


def _problems(title: str, problems: Sequence[ProblemLine]) -> Iterator[str]:
    if problems:
        yield from ("", f"## {title}")
    for problem in problems:
        yield from ("", f"### {plain(problem.name)}", "")
        yield words.about(problem)
        yield ""
        for each in problem.excerpts:
            pointer = f" ({code(each.show)})" if each.show else ""
            yield f"- {plain(words.told(each.title, each.text))}{pointer}"
