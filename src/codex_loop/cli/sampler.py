"""`codex-loop sample` and `codex-loop sampler` (`cctrack-sampler`): how both agents' limits stand, kept for good."""

import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import msgspec

from codex_loop.capture.orders import host_name
from codex_loop.cli.moments import when
from codex_loop.cli.render import UNKNOWN, Column, counted, show, style, table, to_json
from codex_loop.cli.width import clean
from codex_loop.clock import SystemClock, format_ms, now_ms, parse_ms
from codex_loop.errors import CodexLoopError, Exit, UsageError
from codex_loop.settings import Settings, load
from codex_loop.sources.samples.event import WindowSeen
from codex_loop.usage.notices import Sent
from codex_loop.usage.sampler import state as sampler_state
from codex_loop.usage.sampler.cycle import Cycle, Outcome, Plan, alone_in, begin, cycle, forever
from codex_loop.usage.sampler.keeping import Stored, store_samples
from codex_loop.usage.sampler.tools import runner, status_tools


class SourceSampled(msgspec.Struct, frozen=True, kw_only=True):
    """What one source gave: an event under a number, or why there is none."""

    source: str
    seq_no: int | None
    via: str | None
    observed_at: str | None
    windows: dict[str, WindowSeen]
    failure: str | None
    detail: str | None
    seconds: float


class NoticeTold(msgspec.Struct, frozen=True, kw_only=True):
    """A notice that is told once, and on which channels it could not be."""

    message: str
    problems: dict[str, str]


class Sampled(msgspec.Struct, frozen=True, kw_only=True):
    """One cycle."""

    at: str
    folder: str
    seconds: float
    sources: tuple[SourceSampled, ...]
    disabled: dict[str, str]
    consecutive_failures: int
    next_in_seconds: float | None
    """Null for a single cycle."""
    stored: int | None
    """Lines that were new to the store; null when it could not be written, and `store_problem` says why."""
    store_problem: str | None
    state_problem: str | None
    """Why sampler-state.json could not be written."""
    notices: tuple[NoticeTold, ...]
    """What a person was told of now."""


def sample(
    *,
    claude_status: str | None = None,
    codex_status: str | None = None,
    data_dir: Path | None = None,
    db: str | None = None,
    columns: int = 160,
    lines: int = 50,
    status_timeout: str | None = None,
    tmux_socket: str | None = None,
    parallel: bool = False,
    json: bool = False,
) -> int:
    """Ask both agents once for their limits.

    What they say is kept as lines of `usage-YYYYMMDD.jsonl` and in the store. Exit code 4: a source gave nothing.

    Examples:
        codex-loop sample
        codex-loop sample --codex-status "" --json

    Args:
        claude_status: Program that says Claude's limits; empty: do not ask. Default: CLAUDE_STATUS_PATH, else ours.
        codex_status: Program that says Codex's limits; empty: do not ask. Default: CODEX_STATUS_PATH, else ours.
        data_dir: Folder of the samples; by default `samples` in the data folder of this machine.
        db: Database file or postgresql:// URL; by default a file in the data folder of this machine.
        columns: Width of the terminal that a program may have to read.
        lines: Height of that terminal.
        status_timeout: How long one program may take, e.g. 20s; both together never more than 30 s.
        tmux_socket: Name of the tmux server to use.
        parallel: Ask both at the same time, each in a tmux server of its own.
        json: Print one JSON object.
    """
    settings = _settings(claude_status, codex_status, db, status_timeout, None)
    plan = _plan(settings, data_dir, columns, lines, tmux_socket, parallel=parallel)
    _warn(plan)
    with alone_in(plan.folder), _ended_by_term():
        done = cycle(plan, begin(plan), SystemClock(), runner(plan.folder, SystemClock()))
    report = _sampled(settings, plan, done, None, page=db is None)
    show(report, _draw, schema="sample", as_json=json)
    failed = report.store_problem or report.state_problem or any(each.failure for each in report.sources)
    return Exit.DEGRADED if failed else Exit.OK


def sampler(
    *,
    claude_status: str | None = None,
    codex_status: str | None = None,
    data_dir: Path | None = None,
    db: str | None = None,
    cadence: str | None = None,
    columns: int = 160,
    lines: int = 50,
    status_timeout: str | None = None,
    tmux_socket: str | None = None,
    parallel: bool = False,
    once: bool = False,
    json: bool = False,
) -> int:
    """Ask both agents for their limits, again and again.

    It ends when it is told to. After a sleep of the machine it asks at once; while nobody answers it waits longer.

    Examples:
        codex-loop sampler --cadence 5m
        codex-loop sampler --claude-status "" --data-dir /var/lib/cctrack

    Args:
        claude_status: Program that says Claude's limits; empty: do not ask. Default: CLAUDE_STATUS_PATH, else ours.
        codex_status: Program that says Codex's limits; empty: do not ask. Default: CODEX_STATUS_PATH, else ours.
        data_dir: Folder of the samples; by default `samples` in the data folder of this machine.
        db: Database file or postgresql:// URL; by default a file in the data folder of this machine.
        cadence: How often, e.g. 5m or 300s; default 5m.
        columns: Width of the terminal that a program may have to read.
        lines: Height of that terminal.
        status_timeout: How long one program may take, e.g. 20s; both together never more than 30 s.
        tmux_socket: Name of the tmux server to use.
        parallel: Ask both at the same time, each in a tmux server of its own.
        once: One cycle, as `codex-loop sample` does.
        json: Print one JSON object a line for each cycle.
    """
    if once:
        return sample(
            claude_status=claude_status, codex_status=codex_status, data_dir=data_dir, db=db, columns=columns,
            lines=lines, status_timeout=status_timeout, tmux_socket=tmux_socket, parallel=parallel, json=json,
        )  # fmt: skip
    settings = _settings(claude_status, codex_status, db, status_timeout, cadence)
    plan = _plan(settings, data_dir, columns, lines, tmux_socket, parallel=parallel)
    _warn(plan)

    def after(done: Cycle) -> None:
        next_in = settings.cadence_s + done.state.backoff_s - done.seconds
        report = _sampled(settings, plan, done, next_in, page=db is None)
        said = to_json(report, "sample") if json else "\n".join(_log(report))
        sys.stdout.write(said + "\n")
        sys.stdout.flush()

    with alone_in(plan.folder), _ended_by_term():
        try:
            run = runner(plan.folder, SystemClock())
            forever(plan, settings.cadence_s, SystemClock(), run, time.sleep, after)
        except KeyboardInterrupt:
            return Exit.OK


def main() -> int:
    """The console script `cctrack-sampler`."""
    from codex_loop.cli.app import run

    return run(["sampler", *sys.argv[1:]])


def _settings(
    claude_status: str | None, codex_status: str | None, db: str | None, status_timeout: str | None, cadence: str | None
) -> Settings:
    flags = {"claude_status": claude_status, "codex_status": codex_status, "db": db,
             "status_timeout_s": status_timeout, "cadence_s": cadence}  # fmt: skip
    return load(flags)


def _plan(
    settings: Settings, data_dir: Path | None, columns: int, lines: int, tmux_socket: str | None, *, parallel: bool
) -> Plan:
    plan = Plan(
        folder=(data_dir or settings.samples_dir).expanduser(),
        tools=status_tools(settings),
        key_file=str(settings.key_file),
        status_timeout_s=settings.status_timeout_s,
        columns=columns,
        lines=lines,
        tmux_socket=tmux_socket,
        parallel=parallel,
    )
    if not plan.active:
        raise UsageError("both sources are disabled; unset CLAUDE_STATUS_PATH or CODEX_STATUS_PATH, or name a program")
    return plan


def _warn(plan: Plan) -> None:
    for tool in plan.tools:
        if tool.warning:
            sys.stderr.write(f"codex-loop: warning: {clean(tool.warning)}\n")
    place = plan.folder / sampler_state.NAME
    if place.exists() and sampler_state.load(plan.folder) is None:
        sys.stderr.write(f"codex-loop: warning: {place} cannot be read; its counts begin anew, the numbers go on\n")


@contextmanager
def _ended_by_term() -> Iterator[None]:
    """TERM ends us as Ctrl-C does, so that the program that is running then is ended, too."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _sampled(settings: Settings, plan: Plan, done: Cycle, next_in: float | None, *, page: bool) -> Sampled:
    """Stores what the cycle kept. The samples are on the disk already: a store that refuses costs nothing."""
    stored: Stored | None = None
    problem: str | None = None
    try:
        stored = store_samples(settings, plan.folder, host_name(), now_ms(), page=page)
        problem = stored.unreadable
    except (CodexLoopError, OSError) as error:
        problem = str(error)
    return Sampled(
        at=format_ms(now_ms()),
        folder=str(plan.folder),
        seconds=done.seconds,
        sources=tuple(_source(outcome) for outcome in done.outcomes),
        disabled=done.state.disabled,
        consecutive_failures=done.state.consecutive_failures,
        next_in_seconds=None if next_in is None else max(0.0, round(next_in, 3)),
        stored=None if stored is None else stored.lines,
        store_problem=problem,
        state_problem=done.problem,
        notices=() if stored is None else tuple(_told(sent) for sent in stored.told),
    )


def _told(sent: Sent) -> NoticeTold:
    return NoticeTold(message=sent.notice.message, problems=dict(sent.problems))


def _source(outcome: Outcome) -> SourceSampled:
    event = outcome.event
    return SourceSampled(
        source=outcome.source,
        seq_no=outcome.seq_no,
        via=event.via if event else None,
        observed_at=event.timestamp if event else None,
        windows=event.windows if event else {},
        failure=outcome.failure,
        detail=outcome.detail,
        seconds=outcome.seconds,
    )


def _draw(report: Sampled) -> Iterator[str]:
    columns = (
        Column("source"),
        Column("window", shrinks=True),
        Column("used", right=True),
        Column("resets"),
        Column("told by"),
    )
    rows = [
        (
            each.source,
            name,
            _use(seen),
            when(seen.resets_at, now_ms()) if seen.resets_at else UNKNOWN,
            "program" if each.via == "unknown" else each.via,
        )
        for each in report.sources
        for name, seen in each.windows.items()
    ]
    if rows:
        yield from table(columns, rows)
    for each in report.sources:
        if each.failure:
            yield style(clean(f"{each.source} gave nothing: {each.failure}, {each.detail}"), "yellow")
    kept = sum(each.failure is None for each in report.sources)
    if kept:
        yield f"{counted(kept, 'sample')} kept in {report.folder}"
    yield from (clean(f"told: {line}") for each in report.notices for line in _notice(each))
    if report.store_problem:
        yield style(clean(f"not stored yet: {report.store_problem}"), "yellow")
    if report.state_problem:
        yield style(clean(report.state_problem), "yellow")


def _log(report: Sampled) -> Iterator[str]:
    """A line for each source, as a journal keeps it."""
    for each in report.sources:
        if each.failure:
            said = f"failed: {each.failure}, {each.detail}"
        else:
            said = f"{each.seq_no} " + ", ".join(f"{name} {_use(seen)}" for name, seen in each.windows.items())
        yield clean(f"{report.at} {each.source} {said}")
    yield from (clean(f"{report.at} told: {line}") for each in report.notices for line in _notice(each))
    for problem in filter(None, (report.store_problem, report.state_problem)):
        yield clean(f"{report.at} {problem}")


def _notice(told: NoticeTold) -> Iterator[str]:
    yield told.message
    yield from (f"not on {channel}: {why}" for channel, why in told.problems.items())


def _use(seen: WindowSeen) -> str:
    if seen.used_percent is None or _past(seen.resets_at):
        return UNKNOWN
    return f"{seen.used_percent:.0f} %"


def _past(stamp: str | None) -> bool:
    at_ms = parse_ms(stamp) if stamp else None
    return at_ms is not None and at_ms <= now_ms()
