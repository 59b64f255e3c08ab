"""`codex-loop daily`: the whole loop, once."""

import os
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import msgspec

from codex_loop import embedding
from codex_loop.cli import judging
from codex_loop.cli.ingest import nothing_found
from codex_loop.cli.progress import Progress
from codex_loop.cli.render import show, style
from codex_loop.cli.report import draw_summary
from codex_loop.clock import SystemClock, now_ms
from codex_loop.errors import Degraded, Exit, UsageError
from codex_loop.pipeline import DailyReport, Stage, Wanted, run_daily
from codex_loop.settings import load
from codex_loop.sources.base import Homes
from codex_loop.store.engine import open_for_writing


def daily(
    *,
    codex_home: tuple[Path, ...] = (),
    claude_home: tuple[Path, ...] = (),
    db: str | None = None,
    lookback_hours: float | None = None,
    skip_openai: bool = False,
    verbose: bool = False,
    json: bool = False,
) -> int:
    """Read what is new, find signals, group them, propose names, and report.

    Every stage may be run again; one that fails is told, and the rest goes on (exit code 4).

    Examples:
        codex-loop daily
        codex-loop daily --codex-home ~/.codex --db ./codex_loop.db --lookback-hours 24 --verbose
        codex-loop daily --skip-openai --json

    Args:
        codex_home: Folder of Codex; may be given several times. Default: CODEX_HOME, else ~/.codex.
        claude_home: Folder of Claude Code; may be given several times. Default: CLAUDE_CONFIG_DIR, else ~/.claude.
        db: Database file or postgresql:// URL; by default a file in the data folder of this machine.
        lookback_hours: Read whole sessions written in the last hours; 8760 or more means all. Tokens: always all.
        skip_openai: Judge words without any model of a provider, whatever the settings say.
        verbose: Say what each stage did as it ends.
        json: Print one JSON object.
    """
    from codex_loop.usage import status_file
    from codex_loop.usage.lock import Held, locked

    flags = {"codex_homes": codex_home, "claude_homes": claude_home, "db": db, "lookback_hours": lookback_hours}
    settings = load(flags)
    for place in (*codex_home, *claude_home):
        if not place.expanduser().exists():
            raise UsageError(f"{place} does not exist; name the folder that the agent writes to")
    own = () if codex_home or claude_home else (settings.data_dir,)
    homes = Homes(settings.codex_homes, settings.claude_homes, settings.rollout_trace_roots, own)
    if skip_openai and settings.semantic_engine in ("openai", "auto"):
        settings = msgspec.structs.replace(settings, semantic_engine="local")
    embedding.use(settings.embedding_model, os.environ)
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        with (
            locked(settings.data_dir / "daily.lock"),
            open_for_writing(settings.db) as database,
            nullcontext() if verbose else Progress("daily") as bar,
        ):
            asked = lookback_hours is not None
            wanted = Wanted(homes, asked=asked, engine=lambda: judging.engine(settings, os.environ))
            told, going = (_say, _go) if bar is None else (_say_nothing, lambda name, share: bar.to(share, note=name))
            report = run_daily(database, settings, wanted, SystemClock(), told, going)
            if db is None:
                status_file.write(database, settings.status_file, now_ms())
    except Held as error:
        raise Degraded(f"another daily run is at work ({error}); let it end, or stop it") from error
    show(report, lambda done: _draw(done, homes, verbose=verbose), schema="daily", as_json=json)
    return Exit.DEGRADED if report.degraded else Exit.OK


def _say(stage: Stage) -> None:
    sys.stderr.write(f"{stage.name:<19} {stage.seconds:>7.2f} s  {stage.problem or _facts(stage)}\n")


def _facts(stage: Stage) -> str:
    """What it did, in the order of its facts; what it did not do is left out behind the first."""
    facts = [(name.replace("_", " "), value) for name, value in stage.facts.items()]
    told = [(name, value) for place, (name, value) in enumerate(facts) if value or not place]
    return ", ".join(f"{value} {name}" if isinstance(value, int) else f"{name}: {value}" for name, value in told)


def _go(_name: str, _share: float) -> None:
    pass


def _say_nothing(_: Stage) -> None:
    pass


def _draw(report: DailyReport, homes: Homes, *, verbose: bool) -> Iterator[str]:
    for stage in report.stages:
        if stage.problem is not None and not verbose:
            yield style(f"{stage.name} failed: {stage.problem}", "red")
    if report.summary is not None:
        yield from draw_summary(report.summary)
        if not report.summary.sessions and not report.degraded:
            yield from nothing_found(homes)
