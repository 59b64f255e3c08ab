"""`tracker preview`, `window-audit`, `reconcile`, `archive-check`: what is there, as a page or as JSON."""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from codex_loop.cli.render import Cell, Column, show, table
from codex_loop.cli.tracker import desk
from codex_loop.errors import Exit
from codex_loop.usage.tracker import archive, audit
from codex_loop.usage.tracker import preview as overview
from codex_loop.usage.tracker import reconcile as sessions
from codex_loop.usage.tracker.efficiency import Efficiency
from codex_loop.usage.tracker.preview import CcusageSays, Preview, Taken
from codex_loop.usage.tracker.records import BARS

UNKNOWN = "unknown"
SCREEN = 20
"""So many snapshots, the latest, are shown on a page."""
LINE = 8
"""So many windows, the latest, are named on a line."""


def preview(
    *, window: str | None = None, data_dir: Path | None = None, db: str | None = None, json: bool = False
) -> int:
    """Show where everything stands.

    Percentages come from the report where it states them, else from the newest pane or limit sample, which is named.

    Examples:
        tracker preview
        tracker preview --window W0-01 --json

    Args:
        window: Only this window.
        data_dir: Folder of the tracker's files; by default TRACKER_DATA_DIR, else data/week0/live.
        db: Database file or postgresql:// URL with the limit samples.
        json: Print one JSON object.
    """
    with desk(data_dir, db) as at:
        report = overview.preview(at.book, at.database, at.now_ms, window)
    show(report, _draw_preview, schema="tracker-preview", as_json=json)
    return Exit.OK


def window_audit(
    *,
    window: str,
    format: Literal["text", "json"] = "text",  # noqa: A002  # the flag's name is --format
    json: bool = False,
    data_dir: Path | None = None,
    db: str | None = None,
) -> int:
    """Look closely at one window.

    Examples:
        tracker window-audit --window W0-01
        tracker window-audit --window W0-01 --json

    Args:
        window: Name of the window.
        format: text or json.
        json: The same as --format json.
        data_dir: Folder of the tracker's files; by default TRACKER_DATA_DIR, else data/week0/live.
        db: Database file or postgresql:// URL that gets the records, too.
    """
    with desk(data_dir, db) as at:
        report = audit.audit(at.book, window)
    show(report, _draw_audit, schema="tracker-window-audit", as_json=json or format == "json")
    return Exit.OK


def reconcile(
    *, window: str | None = None, data_dir: Path | None = None, db: str | None = None, json: bool = False
) -> int:
    """Put ccusage's sessions beside the windows.

    A session belongs to the window in which it was last active.

    Examples:
        tracker reconcile
        tracker reconcile --window W0-01 --json

    Args:
        window: Only this window.
        data_dir: Folder of the tracker's files; by default TRACKER_DATA_DIR, else data/week0/live.
        db: Database file or postgresql:// URL that gets the records, too.
        json: Print one JSON object.
    """
    with desk(data_dir, db) as at:
        report = sessions.reconcile(at.book, window)
    show(report, _draw_sessions, schema="tracker-reconcile", as_json=json)
    return Exit.OK


def archive_check(*, data_dir: Path | None = None, db: str | None = None, json: bool = False) -> int:
    """Check the reported months against days and churn.

    Exit code 1 when something differs or is missing.

    Examples:
        tracker archive-check
        tracker archive-check --json

    Args:
        data_dir: Folder of the tracker's files; by default TRACKER_DATA_DIR, else data/week0/live.
        db: Database file or postgresql:// URL that gets the records, too.
        json: Print one JSON object.
    """
    with desk(data_dir, db) as at:
        report = archive.check(at.book)
    show(report, _draw_archive, schema="tracker-archive-check", as_json=json)
    return Exit.OK if report.agrees else Exit.FINDING


def _draw_preview(report: Preview) -> Iterator[str]:
    if report.is_empty:
        begin = "no windows recorded; `tracker alias start codex --stdin` begins the first"
        yield f"nothing recorded for window {report.window}" if report.window else begin
        return
    earlier = f"{len(report.windows) - LINE} earlier, " if len(report.windows) > LINE else ""
    yield f"Windows: {earlier}{', '.join(report.windows[-LINE:]) or 'none recorded'}"
    yield f"Anomalies: {report.anomalies} (see anomalies.jsonl)"
    yield "Providers:"
    yield from map(_provider, report.providers)
    yield f"Outcome: {', '.join(f'{name}={count}' for name, count in report.outcomes.items()) or 'none finished'}"
    yield "Churn:"
    for row in report.churn[-SCREEN:]:
        doubt = f" ({', '.join(row.errors)})" if row.errors else ""
        yield f"- {row.window}: files={row.files} +{row.insertions} -{row.deletions}{doubt}"
    yield "ccusage:"
    yield from _ccusage(report.ccusage)
    if report.sessions.captured_at is not None:
        yield "Sessions by window:"
        yield from _matched(report.sessions)
    yield "Snapshots:"
    yield from map(_snapshot, report.snapshots[-SCREEN:])
    if len(report.snapshots) > SCREEN:
        yield f"  the latest {SCREEN} of {len(report.snapshots)}; --json has all"
    for kind, count in report.unreadable.items():
        yield f"Unreadable lines: {count} in {kind}.jsonl, left as they are"


def _provider(row: Efficiency) -> str:
    ci = UNKNOWN if row.ci_low is None or row.ci_high is None else f"{row.ci_low:.3f}..{row.ci_high:.3f}"
    return (
        f"- {row.provider}: features={_value(row.features)} capacity={_value(row.capacity)}"
        f" efficiency={_value(row.efficiency, 3)} ci={ci} n={row.n} power={_value(row.power, 2)}"
    )


def _ccusage(says: CcusageSays) -> Iterator[str]:
    if week := says.weekly:
        used, tokens, reset = _value(week.percent_used), _value(week.tokens), _value(week.reset)
        yield f"- weekly: percent_used={used} tokens={tokens} reset={reset}"
        left = f"percent_remaining={_value(week.percent_remaining)} tokens_remaining={_value(week.tokens_remaining)}"
        yield f"  {left} by={week.percent_source or week.percent_missing}{_doubt(week.notes, week.errors)}"
    if day := says.daily:
        yield (
            f"- daily: latest={_value(day.latest)} tokens={_value(day.tokens)} percent={_value(day.percent)}"
            f" reset={_value(day.reset)}{_doubt(day.notes, day.errors)}"
        )
    if session := says.session:
        yield (
            f"- session: count={_value(session.count)} tokens={_value(session.tokens)}"
            f" latest={_value(session.latest)}{_doubt(session.notes, session.errors)}"
        )
    if month := says.monthly:
        yield (
            f"- monthly: latest={_value(month.latest)} tokens={_value(month.latest_tokens)}"
            f" total={_value(month.tokens)}{_doubt(month.notes, month.errors)}"
        )


def _doubt(notes: str | None, errors: tuple[str, ...]) -> str:
    said = [*errors, *([notes] if notes else [])]
    return f" [{'; '.join(said)}]" if said else ""


def _matched(found: sessions.Reconciled) -> Iterator[str]:
    for row in [each for each in found.windows if each.sessions][-SCREEN:]:
        yield f"- {row.window}{_agent(row.agent)}: sessions={len(row.sessions)} tokens={_value(row.total_tokens)}"
    if found.unmatched:
        yield f"- in no window: sessions={len(found.unmatched)}"


def _snapshot(row: Taken) -> str:
    if row.bars is not None:
        shown = [f"{bar}={_value(row.bars.percent(bar))}" for bar in BARS.get(row.provider, ())]
        tags = f" [{', '.join(row.bars.errors)}]" if row.bars.errors else ""
        bars = f" {' '.join(shown)}{tags}"
    else:
        bars = f" prompts={_value(row.prompts)}"
    replaced = "" if row.counts else " (replaced)"
    return f"- {row.window} {row.provider} {row.phase or 'count'}{_agent(row.agent)}: {row.captured_at}{bars}{replaced}"


def _end(session: str | None) -> str | None:
    """The folder of a rollout is its day, which its name says too."""
    return None if session is None else session.rpartition("/")[2].removeprefix("rollout-")


def _agent(agent: str | None) -> str:
    return f" ({agent})" if agent else ""


def _value(value: float | str | None, digits: int | None = None) -> str:
    if value is None:
        return UNKNOWN
    if isinstance(value, str | int):
        return str(value)
    return f"{value:.10g}" if digits is None else f"{value:.{digits}f}"


def _draw_audit(report: audit.WindowAudit) -> Iterator[str]:
    yield f"window {report.window}"
    if report.snapshots:
        columns = (
            Column("provider"),
            Column("phase"),
            Column("entries", right=True),
            Column("replaced", right=True),
            Column("counts since"),
            Column("source", shrinks=True),
            Column("notes", shrinks=True),
        )
        rows: list[list[Cell]] = [
            [row.provider, row.phase, row.entries, row.duplicates, row.canonical_captured_at, row.source, row.notes]
            for row in report.snapshots
        ]
        yield from table(columns, rows)
    else:
        yield "no snapshots"
    done = report.finalize
    finished = f"{done.canonical_finalized_at} ({done.methodology or 'no methodology'})" if done.entries else "not yet"
    yield f"finalized: {finished}{f', {done.duplicates} replaced' if done.duplicates else ''}"
    yield f"anomalies: {report.anomalies.count}"
    for doubt in report.anomalies.records:
        yield f"- {doubt.provider or 'window'} {doubt.tag}: {doubt.detail}"
    yield f"churn: {report.churn.count}"
    for row in report.churn.records:
        yield f"- {row.recorded_at}: files={row.files} +{row.insertions} -{row.deletions}"
    if any(row.sessions for row in report.sessions.windows):
        yield "sessions:"
        yield from _matched(report.sessions)


def _draw_sessions(report: sessions.Reconciled) -> Iterator[str]:
    if report.captured_at is None:
        yield "no report of sessions yet; `tracker ingest codex-ccusage --window W0-01 --run` takes one"
        return
    columns = (Column("window"), Column("session", shrinks=True), Column("last active"), Column("tokens", right=True))
    rows: list[list[Cell]] = [
        [f"{row.window}{_agent(row.agent)}", _end(each.session_id), each.last_activity, each.total_tokens]
        for row in report.windows
        for each in row.sessions
    ]
    rows += [
        ["none", _end(each.session.session_id), each.session.last_activity, each.session.total_tokens]
        for each in report.unmatched
    ]
    yield f"sessions as reported at {report.captured_at}"
    yield from table(columns, rows)


def _draw_archive(report: archive.ArchiveCheck) -> Iterator[str]:
    if not report.checks:
        yield "no report of months yet; `tracker ingest codex-ccusage --window W0-01 --scope monthly --run` takes one"
        return
    columns = (
        Column("what", shrinks=True),
        Column("expected", right=True),
        Column("found", right=True),
        Column("verdict"),
    )
    yield from table(columns, [[each.what, each.expected, each.found, each.verdict] for each in report.checks])
