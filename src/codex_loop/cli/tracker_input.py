"""`tracker ingest`, `override`, `complete`, `churn`: what adds to the logbook."""

from pathlib import Path
from typing import Literal

from codex_loop.cli.tracker import Desk, content, desk, tell
from codex_loop.errors import Degraded, UsageError
from codex_loop.usage.tracker import ingest as keep
from codex_loop.usage.tracker.ingest import Done
from codex_loop.usage.tracker.records import Bars
from codex_loop.usage.tracker.summaries import Scope


def ingest(
    source: Literal["codex", "claude", "codex-ccusage", "claude-monitor", "glm", "proxy-telemetry"],
    /,
    *,
    window: str,
    phase: Literal["before", "after"] | None = None,
    scope: Literal["session", "daily", "weekly", "monthly"] = "session",
    stdin: bool = False,
    file: Path | None = None,
    run: bool = False,
    notes: str | None = None,
    data_dir: Path | None = None,
    db: str | None = None,
) -> int:
    """Keep a pane, a report of ccusage, or what another program says.

    Text that cannot be read is kept, too, with a tag that says so; that is no failure.

    Examples:
        tracker ingest codex-ccusage --window W0-DD --scope daily --file daily.json
        tracker ingest codex-ccusage --window W0-01 --scope weekly --run
        tracker ingest codex --window W0-01 --phase before --stdin

    Args:
        source: Who says it.
        window: Name of the window that it belongs to, like W0-01.
        phase: Whether the window begins (before) or ends (after); for codex and claude it must be said.
        scope: Which report of ccusage it is.
        stdin: Read it from stdin.
        file: Read it from a file.
        run: Run ccusage and take what it prints; for codex-ccusage only.
        notes: Kept with it.
        data_dir: Folder of the tracker's files; by default TRACKER_DATA_DIR, else data/week0/live.
        db: Database file or postgresql:// URL that gets the records, too.
    """
    if source in ("codex", "claude") and phase is None:
        raise UsageError("codex/claude ingest requires --phase")
    if run and source != "codex-ccusage":
        raise UsageError(f"--run runs ccusage, which says nothing of {source}; provide --stdin or --file")
    if run and (stdin or file is not None):
        raise UsageError("choose one input source")
    with desk(data_dir, db) as at:
        if source == "codex-ccusage":
            text = _run_ccusage(scope) if run else content(stdin=stdin, file=file)
            return tell(_report(at, window, scope, text, notes, ran=run))
        text = content(stdin=stdin, file=file)
        if source in ("codex", "claude"):
            assert phase is not None
            provider: keep.Pane = "codex" if source == "codex" else "claude"
            return tell(keep.pane(at.book, provider, window, phase, text, now_ms=at.now_ms, notes=notes))
        if source == "glm":
            return tell(_count(at, window, phase, text, notes))
        kind: Literal["claude_monitor", "proxy_telemetry"] = (
            "claude_monitor" if source == "claude-monitor" else "proxy_telemetry"
        )
        return tell(keep.other(at.book, kind, window, text, now_ms=at.now_ms, notes=notes))


def override(
    provider: Literal["codex", "claude"],
    /,
    *,
    window: str,
    phase: Literal["before", "after"],
    fiveh_pct: float | None = None,
    fiveh_resets: str | None = None,
    weekly_pct: float | None = None,
    weekly_resets: str | None = None,
    session_pct: float | None = None,
    session_resets: str | None = None,
    all_models_pct: float | None = None,
    all_models_resets: str | None = None,
    data_dir: Path | None = None,
    db: str | None = None,
) -> int:
    """State by hand what the bars showed.

    It counts more than any pane of the same end.

    Examples:
        tracker override codex --window W0-01 --phase after --fiveh-pct 12 --weekly-pct 40
        tracker override claude --window W0-01 --phase before --session-pct 1 --all-models-pct 90

    Args:
        provider: Whose bars.
        window: Name of the window.
        phase: Its beginning (before) or its end (after).
        fiveh_pct: Codex: percent used of five hours.
        fiveh_resets: Codex: when that begins anew, as the pane wrote it.
        weekly_pct: Codex: percent used of the week.
        weekly_resets: Codex: when that begins anew.
        session_pct: Claude: percent used of the session.
        session_resets: Claude: when that begins anew.
        all_models_pct: Claude: percent used of the week, all models.
        all_models_resets: Claude: when that begins anew.
        data_dir: Folder of the tracker's files; by default TRACKER_DATA_DIR, else data/week0/live.
        db: Database file or postgresql:// URL that gets the records, too.
    """
    of_codex = (fiveh_pct, fiveh_resets, weekly_pct, weekly_resets)
    of_claude = (session_pct, session_resets, all_models_pct, all_models_resets)
    if any(value is not None for value in (of_claude if provider == "codex" else of_codex)):
        raise UsageError(f"{provider} has no such bar; see `tracker override --help`")
    if provider == "codex":
        stated = Bars(
            fiveh_pct=_percent(fiveh_pct),
            fiveh_resets=fiveh_resets,
            weekly_pct=_percent(weekly_pct),
            weekly_resets=weekly_resets,
        )
    else:
        stated = Bars(
            session_pct=_percent(session_pct),
            session_resets=session_resets,
            all_models_pct=_percent(all_models_pct),
            all_models_resets=all_models_resets,
        )
    with desk(data_dir, db) as at:
        return tell(keep.override(at.book, provider, window, phase, stated, now_ms=at.now_ms))


def complete(
    *,
    window: str,
    codex_features: int | None = None,
    claude_features: int | None = None,
    glm_features: int | None = None,
    quality: float | None = None,
    quality_score: float | None = None,
    outcome: str = "unknown",
    spec_id: str | None = None,
    spec_version: str | None = None,
    methodology: str | None = None,
    commit_start: str | None = None,
    commit_end: str | None = None,
    notes: str | None = None,
    data_dir: Path | None = None,
    db: str | None = None,
) -> int:
    """Finish a window: what was made in it, and what it took.

    Examples:
        tracker complete --window W0-01 --codex-features 3 --outcome pass
        tracker window-finalize --window W0-02 --claude-features 1 --quality 0.8 --methodology tdd

    Args:
        window: Name of the window.
        codex_features: Features made with Codex in it.
        claude_features: Features made with Claude in it.
        glm_features: Features made with GLM in it.
        quality: How good they are, 1.0 unless said.
        quality_score: The same.
        outcome: A word for how it went.
        spec_id: Which specification was worked on.
        spec_version: Which version of it.
        methodology: How it was worked.
        commit_start: The commit before the first change; churn counts from it.
        commit_end: The last commit.
        notes: Kept with it.
        data_dir: Folder of the tracker's files; by default TRACKER_DATA_DIR, else data/week0/live.
        db: Database file or postgresql:// URL that gets the records, too.
    """
    from codex_loop.usage.tracker.finalize import Facts, finalize

    scores = [value for value in (quality_score, quality) if value is not None]
    facts = Facts(
        features={"codex": codex_features, "claude": claude_features, "glm": glm_features},
        quality=scores[0] if scores else 1.0,
        outcome=outcome,
        spec_id=spec_id,
        spec_version=spec_version,
        methodology=methodology,
        commit_start=commit_start,
        commit_end=commit_end,
        notes=notes,
    )
    with desk(data_dir, db) as at:
        return tell(finalize(at.book, window, facts, at.now_ms))


def churn(
    *,
    window: str,
    provider: str | None = None,
    methodology: str | None = None,
    commit_start: str | None = None,
    commit_end: str | None = None,
    paths: tuple[str, ...] = (),
    features: int | None = None,
    notes: str | None = None,
    ledger_path: Path | None = None,
    data_dir: Path | None = None,
    db: str | None = None,
) -> int:
    """Count the lines a window changed, into the repository's ledger.

    Run it inside the repository. Without a commit to start from the counts are 0, with a warning and a tag.

    Examples:
        tracker churn --window W0-01 --commit-start main~3
        tracker churn --window W0-01 --provider codex --paths src tests

    Args:
        window: Name of the window.
        provider: Whose work it was.
        methodology: How it was worked; by default as the finished window says.
        commit_start: Compare from this commit; by default as the finished window says.
        commit_end: Up to this commit; by default as the finished window says, else HEAD.
        paths: Only these folders or files.
        features: Features made.
        notes: Kept with it.
        ledger_path: The ledger; by default docs/Ledgers/Churn_Ledger.csv in the repository.
        data_dir: Folder of the tracker's files; by default TRACKER_DATA_DIR, else data/week0/live.
        db: Database file or postgresql:// URL that gets the records, too.
    """
    from codex_loop.usage.tracker.churn import Asked, record, run_git

    asked = Asked(
        window=window,
        provider=provider,
        methodology=methodology,
        commit_start=commit_start,
        commit_end=commit_end,
        paths=paths,
        features=features,
        notes=notes,
        ledger=ledger_path,
    )
    with desk(data_dir, db) as at:
        return tell(record(at.book, asked, at.now_ms, run_git(Path.cwd())))


def _report(at: Desk, window: str, scope: Scope, text: str, notes: str | None, *, ran: bool) -> Done:
    return keep.ccusage(
        at.book,
        at.database,
        window,
        scope,
        text,
        now_ms=at.now_ms,
        notes=notes,
        week_start=at.settings.week_start,
        offline=ran,
    )


def _count(at: Desk, window: str, phase: Literal["before", "after"] | None, text: str, notes: str | None) -> Done:
    kept = keep.glm(at.book, window, phase, text, now_ms=at.now_ms, notes=notes, source="ingest")
    shown = "unknown" if kept.prompts is None else kept.prompts
    doubts = (f"glm: kept with {', '.join(kept.errors)}; see `raw_text` of the record",) if kept.errors else ()
    return Done((f"stored glm count for {window} (prompts={shown})",), doubts)


def _run_ccusage(scope: Scope) -> str:
    """What ccusage prints, offline. A release without weeks is asked for days, from which the week is derived."""
    from codex_loop.sources.ccusage import Rejected
    from codex_loop.usage.bridge.ccusage import ask, program

    ccusage = program()
    try:
        return ask(ccusage, scope, "codex").text
    except Rejected as rejected:
        raise Degraded(f"{ccusage} printed a {scope} report that cannot be read: {rejected.reason}") from rejected
    except Degraded:
        if scope != "weekly":
            raise
    return ask(ccusage, "daily", "codex").text


def _percent(value: float | None) -> int | float | None:
    """As a bar shows it; UsageError for what none can show."""
    if value is not None and not 0 <= value <= 100:
        raise UsageError(f"{value:g} percent: a bar shows 0 to 100 percent used")
    return int(value) if value is not None and value.is_integer() else value
