"""`codex-loop trends`: what happened week by week, and how a dataset was solved from run to run."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from codex_loop import clock
from codex_loop.cli.moments import day_of, midnight, when, zone_named
from codex_loop.cli.render import UNKNOWN, Column, counted, page_width, show, style, table
from codex_loop.cli.stores import own_store
from codex_loop.cli.width import clean, cut
from codex_loop.clock import DAY_MS
from codex_loop.errors import Exit, UsageError
from codex_loop.report.trends import Change, Series, SignalTrends, signal_trends
from codex_loop.report.words import thousands
from codex_loop.settings import Settings, load
from codex_loop.store.engine import Database, open_for_reading
from codex_loop.store.trends import first_session
from codex_loop.usage.sparks import spark

if TYPE_CHECKING:
    from codex_loop.report.chart import Drawing
    from codex_loop.report.eval_trends import EvalTrends, RunPoint

SIGNAL_DAYS = 91
DRAWN = 26
"""Bars of so many weeks, or runs, fit beside what else a line tells."""
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_ARROWS = {"growing": "↑", "shrinking": "↓", "steady": "→", "better": "↑", "worse": "↓", None: ""}
_CHANGES = 8


def trends(
    *,
    dataset: str | None = None,
    signals: bool = False,
    category: str | None = None,
    type: Literal["friction", "delight"] | None = None,  # noqa: A002  # the flag's name
    days: int | None = None,
    svg: Path | None = None,
    png: Path | None = None,
    db: str | None = None,
    json: bool = False,
) -> int:
    """Show how signals came week by week, or how a dataset was solved from run to run.

    Signals count in the week in which they happened, for every hundred sessions at work. A week of which nothing is
    known shows a question mark. New versions, models and categories are listed with the rates around them.

    Examples:
        codex-loop trends
        codex-loop trends --signals --category retry_loop --svg trends.svg
        codex-loop trends --dataset harbor_dataset_001 --days 30

    Args:
        dataset: Runs over this dataset: its name, its folder, or its digest.
        signals: Signals by week; what it shows without --dataset.
        category: Only signals of this category.
        type: Only friction, or only delight.
        days: How far back; by default 91 days of signals, and every run of a dataset.
        svg: Also draw it into this file, which every browser opens.
        png: Also draw it into this file as a picture.
        db: Database file or postgresql:// URL; by default the store the dataset was made from, or this machine's.
        json: Print one JSON object.
    """
    if days is not None and days < 1:
        raise UsageError(f"--days {days} is no period; give 1 or more")
    if dataset is not None and (signals or category is not None or type is not None):
        raise UsageError("--dataset shows runs, which have no --signals, --category or --type; ask for one of them")
    if svg is not None and svg.suffix.lower() == ".png":
        raise UsageError(f"{svg} would hold SVG, whatever its name says; --png {svg} makes a picture")
    files = _Files(svg, png)
    settings = load({"db": own_store(dataset) if db is None else db})
    now = clock.now_ms()
    if dataset is not None:
        return _of_dataset(settings, dataset, None if days is None else now - days * DAY_MS, days, files, json=json)
    begins = weeks(settings, now, days or SIGNAL_DAYS)
    with open_for_reading(settings.db) as database:
        if days is None:
            begins = known(begins, database)
        report = signal_trends(database, begins, now, kind=type, category=category)
    if any(files):
        from codex_loop.report.trend_charts import of_signals

        files.write(of_signals(report))
    show(report, files.told_after(_draw_signals), schema="trends-signals", as_json=json)
    return Exit.OK


def _of_dataset(
    settings: Settings, name: str, since_ms: int | None, days: int | None, files: "_Files", *, json: bool
) -> int:
    from codex_loop.report.eval_trends import eval_trends  # the statistics behind it take long to import

    with open_for_reading(settings.db) as database:
        report = eval_trends(database, name, since_ms, days=days)
    if not report.runs:  # nothing has no drawing
        files = _Files(None, None)
    if any(files):
        from codex_loop.report.trend_charts import of_runs

        files.write(of_runs(report))
    show(report, files.told_after(_draw_runs), schema="trends-dataset", as_json=json)
    return Exit.OK


def weeks(settings: Settings, now_ms: int, days: int) -> list[int]:
    """The first instants of the weeks that the last days touch, in this calendar; of none before 1970."""
    zone = zone_named(settings.timezone)
    first = date.fromisoformat(day_of(zone)(max(0, now_ms - (days - 1) * DAY_MS)))
    first -= timedelta(days=(first.weekday() - WEEKDAYS.index(settings.week_start)) % 7)
    last = date.fromisoformat(day_of(zone)(now_ms))
    count = (last - first).days // 7 + 1
    return [midnight(first + timedelta(days=7 * nth), zone) for nth in range(count)]


def known(begins: list[int], database: Database) -> list[int]:
    """Without the weeks before anything was recorded; the last one stays in any case."""
    first_ms = first_session(database)
    return [
        begin for begin, end in pairwise([*begins, begins[-1]]) if first_ms is None or end > first_ms or end == begin
    ]


class _Files(NamedTuple):
    """Where the drawing goes."""

    svg: Path | None
    png: Path | None

    def write(self, drawing: "Drawing") -> None:
        if self.svg is not None:
            from codex_loop.report.svg import svg

            _written(self.svg, svg(drawing).encode())
        if self.png is not None:
            from codex_loop.report.png import png

            _written(self.png, png(drawing))

    def told_after(self, draw: Callable[..., Iterator[str]]) -> Callable[..., Iterator[str]]:
        """The page, and then where its drawing is."""

        def lines(report: "SignalTrends | EvalTrends") -> Iterator[str]:
            yield from draw(report)
            yield from (style(f"drawn in {file}", "dim") for file in self if file is not None)

        return lines


def _written(path: Path, data: bytes) -> None:
    try:
        path.write_bytes(data)
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror or error}") from error


def _draw_signals(report: SignalTrends) -> Iterator[str]:
    sessions = sum(week.sessions > 0 for week in report.weeks)
    if not report.series and not sessions:
        yield f"No sessions in the last {counted(len(report.weeks), 'week')}; --days looks further back."
        return
    begin = (report.weeks[0].begins_at or "")[:10]
    what = f"{report.category}: " if report.category else ""
    yield style(f"{what}signals for every 100 sessions, by week from {begin} on", "bold")
    yield ""
    if report.category is not None:
        yield from _by_week(report)
    else:
        yield from _by_category(report)
    yield from _told_changes(report.changes)
    unseen = sum(week.unseen for week in report.weeks)
    if unseen:
        yield style(f"{counted(unseen, 'session')} nobody looked at yet; `codex-loop signals` does", "dim")
    if report.undated:
        yield style(f"{counted(report.undated, 'signal')} without a date: in no week", "dim")


def _by_category(report: SignalTrends) -> Iterator[str]:
    columns = (
        Column("category", shrinks=True),
        Column("by week"),
        Column("signals", right=True),
        Column("1st half", right=True),
        Column("2nd half", right=True),
        Column("trend"),
    )
    rows = [_category_row(each) for each in report.series]
    work = [week.sessions for week in report.weeks]
    rows.append(("(sessions at work)", spark(work, DRAWN), None, None, None, ""))
    yield from table(columns, rows)
    if len(work) > DRAWN:
        yield style(f"bars are of the latest {DRAWN} of {len(work)} weeks; --json tells all", "dim")


def _category_row(series: Series) -> tuple[str | int | float | None, ...]:
    arrow = _ARROWS[series.direction]
    return (series.category, bars(series.rates), series.signals, series.first_half, series.second_half, arrow)


def bars(values: Sequence[float | None]) -> str:
    """A bar a week, a question mark for a week of which nothing is known; of many weeks the latest."""
    shown = values[-DRAWN:]
    drawn = spark([round(10 * (each or 0.0)) for each in shown], DRAWN)
    return "".join("?" if each is None else bar for each, bar in zip(shown, drawn, strict=True))


def _by_week(report: SignalTrends) -> Iterator[str]:
    columns = (
        Column("week of"),
        Column("sessions", right=True),
        Column("signals", right=True),
        Column("per 100", right=True),
        Column(""),
        Column("what changed", shrinks=True),
    )
    total = report.total
    most = max((rate for rate in total.rates if rate is not None), default=0.0) or 1.0
    rows = []
    silent = next((nth for nth, week in enumerate(report.weeks) if week.sessions), len(report.weeks) - 1)
    for nth, week in enumerate(report.weeks):
        if nth < silent:
            continue
        rate = total.rates[nth]
        bar = "?" if rate is None else "█" * round(16 * rate / most)
        day = f"{(week.begins_at or '')[:10]}{' …' if week.running else ''}"
        rows.append((day, week.sessions, total.counts[nth], rate, bar, _changed_in(report, nth)))
    yield from table(columns, rows)
    if silent:
        yield style(f"nobody was at work in the {counted(silent, 'week')} before", "dim")
    if total.direction is not None:
        yield ""
        yield (
            f"{_ARROWS[total.direction]} {total.direction}: {_rate(total.first_half)} in the first half of these weeks,"
            f" {_rate(total.second_half)} in the second"
        )


def _changed_in(report: SignalTrends, nth: int) -> str:
    begin = report.weeks[nth].begins_at or ""
    end = report.weeks[nth + 1].begins_at or "" if nth + 1 < len(report.weeks) else "~"
    return ", ".join(each.what for each in report.changes if begin <= (each.at or "") < end)


def _told_changes(changes: tuple[Change, ...]) -> Iterator[str]:
    if not changes:
        return
    yield ""
    yield style("What changed, and the rate of all shown in the four weeks before and after", "bold")
    columns = (
        Column("day"),
        Column("kind"),
        Column("what", shrinks=True),
        Column("before", right=True),
        Column("after", right=True),
    )
    rows = [
        ((each.at or "")[:10], each.kind.replace("_", " "), each.what, each.before, each.after)
        for each in changes[-_CHANGES:]
    ]
    yield from table(columns, rows)
    if len(changes) > _CHANGES:
        yield style(f"and {len(changes) - _CHANGES} earlier; --json tells all", "dim")


def _rate(value: float | None) -> str:
    return UNKNOWN if value is None else f"{value:.1f}"


def _draw_runs(report: "EvalTrends") -> Iterator[str]:
    if not report.runs:
        earlier = f"; {report.earlier} earlier, which a larger --days shows" if report.earlier else ""
        yield f"No run over {report.dataset}{' in these days' if report.days else ''}{earlier}."
        yield style(f"codex-loop measure --dataset {report.dataset} --agent codex --model MODEL makes one", "dim")
        return
    yield style(f"{report.dataset}: {counted(len(report.runs), 'run')}, mean reward from 0 to 1", "bold")
    yield ""
    rewards = [None if run.reward is None else run.reward for run in report.runs]
    yield f"reward  {bars([None if each is None else 10 * each for each in rewards])}  {_direction(report)}".rstrip()
    yield ""
    columns = (
        Column("#", right=True),
        Column("when", shrinks=True),
        Column("reward", right=True),
        Column("95 %"),
        Column("valid", right=True),
        Column("tokens", right=True),
        Column("cost", right=True),
        Column("verdict"),
    )
    now = clock.now_ms()
    yield from table(columns, [_run_row(nth, each, now) for nth, each in enumerate(report.runs, start=1)])
    yield ""
    for nth, run in enumerate(report.runs, start=1):
        yield cut(clean(f"{nth}. {run.name}: {', '.join(run.changed) or _setting(run, nth)}"), page_width())
    if report.earlier:
        yield style(f"and {report.earlier} earlier; a larger --days shows them", "dim")


def _setting(run: "RunPoint", nth: int) -> str:
    """What the first run ran with; of the others only changes are told."""
    if nth > 1:
        return "as before"
    parts = (run.agent, run.agent_version, run.model, run.environment, counted(run.attempts, "attempt"))
    return " ".join(part for part in parts if part)


def _direction(report: "EvalTrends") -> str:
    return "" if report.direction is None else f"{_ARROWS.get(report.direction, '→')} {report.direction}"


def _run_row(nth: int, run: "RunPoint", now_ms: int) -> tuple[str | int | float | None, ...]:
    verdict = run.verdict if run.state == "complete" else run.state
    return (
        nth,
        when(run.at, now_ms),
        None if run.reward is None else f"{run.reward:.2f}",
        None if run.low is None or run.high is None else f"{run.low:.2f}–{run.high:.2f}",
        f"{run.valid_trials}/{run.expected_trials}",
        None if run.tokens is None else thousands(run.tokens),
        None if run.cost_microusd is None else f"${run.cost_microusd / 1_000_000:.2f}",
        None if verdict is None else verdict.replace("_", " "),
    )
