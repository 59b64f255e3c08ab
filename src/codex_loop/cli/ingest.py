"""`codex-loop ingest`: read every session that the agents left on this machine."""

import stat
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec

from codex_loop import clock
from codex_loop.capture import orders
from codex_loop.capture.ingest import LANES, Order, Report, ingest
from codex_loop.cli.progress import Progress
from codex_loop.cli.render import Column, counted, number, page_width, show, size, table
from codex_loop.cli.width import width_of
from codex_loop.errors import Exit, UsageError
from codex_loop.settings import load
from codex_loop.sources import registry
from codex_loop.sources.base import Homes
from codex_loop.store import runs
from codex_loop.store.engine import Database, open_for_writing
from codex_loop.usage import status_file


class Ingested(msgspec.Struct, frozen=True, kw_only=True):
    """What one run did; the sums are those of the full lane, or of the accounting lane where only it ran."""

    files: int
    read: int
    stored: int
    duplicate: int
    rejected: int
    unknown_types: int
    rewritten: int
    unreadable: tuple[tuple[str, str], ...]
    seconds: float
    lanes: msgspec.Raw
    looked_in: tuple[str, ...]


def run(
    *,
    codex_home: tuple[Path, ...] = (),
    claude_home: tuple[Path, ...] = (),
    path: tuple[Path, ...] = (),
    db: str | None = None,
    lookback_hours: float | None = None,
    source: tuple[str, ...] = (),
    jobs: int | None = None,
    accounting_only: bool = False,
    full: bool = False,
    json: bool = False,
) -> int:
    """Read what Codex and Claude Code left on this machine, each line once.

    Examples:
        codex-loop ingest
        codex-loop ingest --codex-home ~/.codex --db ./codex_loop.db --lookback-hours 8760
        codex-loop ingest --accounting-only --json

    Args:
        codex_home: Folder of Codex; may be given several times. Default: CODEX_HOME, else ~/.codex.
        claude_home: Folder of Claude Code; may be given several times. Default: CLAUDE_CONFIG_DIR, else ~/.claude.
        path: A further file or folder: a saved event stream, a trace directory.
        db: Database file or postgresql:// URL; by default a file in the data folder of this machine.
        lookback_hours: Read whole sessions written in the last hours; 8760 or more means all. Tokens: always all.
        source: Only files of this format, e.g. codex-rollout; may be given several times.
        jobs: Worker processes for many files; by default one for each processor.
        accounting_only: Count tokens and limits only.
        full: Both lanes, which is what happens anyway.
        json: Print one JSON object.
    """
    if accounting_only and full:
        raise UsageError("--accounting-only and --full exclude each other; leave one out")
    flags = {"codex_homes": codex_home, "claude_homes": claude_home, "db": db, "jobs": jobs,
             "lookback_hours": lookback_hours}  # fmt: skip
    settings = load(flags)
    _refuse_absent((*codex_home, *claude_home), path)
    _refuse_unknown(source)
    with open_for_writing(settings.db) as database:
        lanes = ("accounting",) if accounting_only else LANES
        # Who names homes wants those and nothing else: not what this machine's hooks and sampler have seen.
        own = () if codex_home or claude_home else (settings.data_dir,)
        homes = Homes(settings.codex_homes, settings.claude_homes, (*settings.rollout_trace_roots, *path), own)
        asked = lookback_hours is not None
        order = orders.order(database, settings, homes, clock.now_ms(), asked=asked, sources=source, lanes=lanes)
        report = _with_progress(database, order)
        done = _done(report, order)
        runs.record(database, order.now_ms, clock.now_ms(), "ingest", msgspec.json.encode(done).decode())
        if db is None:
            # What bars and Claude Code's statusline read is about the store of this machine, not about any other.
            status_file.write(database, settings.status_file, clock.now_ms())
    show(done, lambda _: _draw(report, order), schema="ingest", as_json=json)
    return Exit.DEGRADED if report.unreadable else Exit.OK


def _refuse_absent(homes: tuple[Path, ...], paths: tuple[Path, ...]) -> None:
    for place in (*homes, *paths):
        mode = _mode(place.expanduser())
        if mode is None:
            raise UsageError(f"{place} does not exist; name the folder that the agent writes to")
        if place in homes and stat.S_ISREG(mode):
            raise UsageError(f"{place} is a file; name the folder that the agent writes to, or the file with --path")


def _mode(place: Path) -> int | None:
    """What a place is; None if it is not there, 0 if nobody may know: then the walk says why."""
    try:
        return place.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError:
        return 0


def _refuse_unknown(source: tuple[str, ...]) -> None:
    known = registry.names() if source else []
    for name in source:
        if name not in known:
            raise UsageError(f"no source is named {name}; there are {', '.join(known)}")


def _with_progress(database: Database, order: Order) -> Report:
    sources = registry.all_sources()
    with Progress("reading") as bar:

        def tell(lane: str, done: int, total: int) -> None:
            bar.to(done / max(total, 1), note=f"{lane}: {size(done)} of {size(total)} bytes")

        return ingest(database, sources, order, tell)


def _done(report: Report, order: Order) -> Ingested:
    lane = report.lanes[order.lanes[-1]]
    return Ingested(
        files=report.files,
        read=lane.read,
        stored=lane.stored,
        duplicate=lane.duplicate,
        rejected=lane.rejected,
        unknown_types=report.unknown_types,
        rewritten=report.rewritten,
        unreadable=tuple(report.unreadable),
        seconds=round(report.seconds, 3),
        lanes=msgspec.Raw(msgspec.json.encode(report.lanes)),
        looked_in=tuple(str(home) for home in (*order.homes.codex, *order.homes.claude, *order.homes.extra)),
    )


class _LaneLine(NamedTuple):
    lane: str
    files: int
    read: str
    stored: str
    duplicate: str
    rejected: str
    bytes: str
    seconds: str


def _draw(report: Report, order: Order) -> Iterator[str]:
    if not report.files and report.unreadable:
        yield from _unreadable(report)
        return
    if not report.files:
        yield from nothing_found(order.homes)
        return
    yield f"{counted(report.files, 'file')}, {report.seconds:.1f} s"
    columns = [Column("lane"), *(Column(name, right=True) for name in _LaneLine._fields[1:])]
    yield from table(columns, [_line(name, report) for name in report.lanes])
    if report.rewritten:
        yield f"{report.rewritten} files had been truncated or rewritten and were read again."
    if report.unknown_types:
        yield f"{report.unknown_types} record types are not known yet; codex-loop doctor names them."
    yield from _unreadable(report)


def nothing_found(homes: Homes) -> Iterator[str]:
    """Where no session is, and what to do."""
    places = [str(home) for home in (*homes.codex, *homes.claude, *homes.extra)]
    line = f"No sessions found in {', '.join(places)}."
    if width_of(line) <= page_width():
        yield line
    else:
        yield "No sessions found in"
        yield from (f"  {place}" for place in places)
    yield "Run Codex or Claude Code once, or name a folder: --codex-home, --claude-home."


def _unreadable(report: Report) -> Iterator[str]:
    for path, reason in report.unreadable[:5]:
        yield f"cannot read {path}: {reason}"
    if len(report.unreadable) > 5:
        yield f"... and {len(report.unreadable) - 5} more; what is readable was stored, the rest is tried again."


def _line(name: str, report: Report) -> _LaneLine:
    lane = report.lanes[name]
    return _LaneLine(name, lane.files, number(lane.read), number(lane.stored), number(lane.duplicate),
                     number(lane.rejected), size(lane.bytes), f"{lane.seconds:.1f}")  # fmt: skip
