"""Trends as charts: which lines, which marks."""

from __future__ import annotations

from codex_loop.clock import parse_ms
from codex_loop.report.chart import LINES, Chart, Drawing, Line, Mark, Point, drawing
from codex_loop.report.eval_trends import EvalTrends, RunPoint
from codex_loop.report.trends import Series, SignalTrends, Week


def of_signals(trends: SignalTrends) -> Drawing:
    """A line for each of the most frequent categories."""
    shown = trends.series[:LINES]
    rest = len(trends.series) - len(shown)
    weeks = f"{len(trends.weeks)} weeks"
    return drawing(
        Chart(
            title=f"Signals: {trends.category}" if trends.category else "Signals by category",
            subtitle=f"{weeks}, by when they happened" + (f"; {rest} rarer categories are not drawn" if rest else ""),
            value="for every 100 sessions, by week",
            lines=[_weekly(each, trends.weeks) for each in shown],
            marks=[Mark(_ms(each.at), each.what) for each in trends.changes],
            first_ms=_ms(trends.weeks[0].begins_at),
            last_ms=max(_ms(each) for each in (trends.weeks[-1].begins_at, *(change.at for change in trends.changes))),
        )
    )


def _weekly(series: Series, weeks: tuple[Week, ...]) -> Line:
    points = [
        Point(_ms(week.begins_at), rate, told=f"{rate:g} ({count} in {week.sessions - week.unseen} sessions)")
        if rate is not None
        else Point(_ms(week.begins_at), None)
        for week, rate, count in zip(weeks, series.rates, series.counts, strict=True)
    ]
    return Line(series.category, points)


def of_runs(trends: EvalTrends) -> Drawing:
    """A line for each agent and model."""
    by_agent: dict[str, list[RunPoint]] = {}
    for run in trends.runs:
        by_agent.setdefault(f"{run.agent} {run.model or ''}".strip(), []).append(run)
    last = sorted(by_agent, key=lambda name: by_agent[name][-1].at or "", reverse=True)
    return drawing(
        Chart(
            title=f"Evaluation of {trends.dataset}",
            subtitle=f"{len(trends.runs)} runs; bars are intervals of 95 % over tasks",
            value="mean reward",
            lines=[Line(name, [_run(each) for each in by_agent[name]]) for name in last],
            marks=[
                Mark(_ms(each.at), f"{each.name}: {', '.join(each.changed)}") for each in trends.runs if each.changed
            ],
            most=1.0,
        )
    )


def _run(run: RunPoint) -> Point:
    verdict = f", {run.verdict}" if run.verdict else ""
    told = "nothing valid" if run.reward is None else f"{run.reward:.2f} in {run.name}{verdict}"
    return Point(_ms(run.at), run.reward, run.low, run.high, told)


def _ms(instant: str | None) -> int:
    return (None if instant is None else parse_ms(instant)) or 0
