"""`codex-loop doctor`: is everything accounted for, and what needs a look?"""

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path

import msgspec

from codex_loop.cli.moments import when
from codex_loop.cli.render import UNKNOWN, Column, counted, number, page_width, show, size, style, table
from codex_loop.cli.width import clean, cut, pad, width_of
from codex_loop.clock import now_ms
from codex_loop.errors import Exit
from codex_loop.settings import load
from codex_loop.signals.catalogue import DETECTORS
from codex_loop.signals.coverage import Gap, gaps
from codex_loop.store.engine import open_for_reading
from codex_loop.store.health import FileLane, Health, RejectedLine, health, versions
from codex_loop.store.sources import HERE

_NAME = 12
_MANY = 4
"""So many findings of a kind are shown; JSON has all."""
_KINDS = 8
_REJECTED = 40


class Engines(msgspec.Struct, frozen=True, kw_only=True):
    """What searches for secrets on this machine; without either the built-in matcher finds the same, slower."""

    hyperscan: bool
    re2: bool


class SpineFinding(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong with a trace spine segment."""

    path: str
    rule: str
    severity: str
    message: str
    count: int


class Unreadable(msgspec.Struct, frozen=True):
    """A file that is there and cannot be read now."""

    path: str
    reason: str


class Plugin(msgspec.Struct, frozen=True):
    """A source of an installed package that cannot be used."""

    name: str
    target: str
    reason: str


class Diagnosis(msgspec.Struct, frozen=True, kw_only=True):
    """What `doctor` says. `well` is false when an account does not close, a file cannot be read, a spine is wrong or a
    plug-in is broken."""

    well: bool
    health: Health
    engines: Engines
    unreadable: tuple[Unreadable, ...]
    spines: tuple[SpineFinding, ...]
    broken_sources: tuple[Plugin, ...]
    cannot_tell: tuple[Gap, ...]
    """What the files of each agent and version cannot show: signals that need it are unknown there, not absent."""


def doctor(*, files: bool = False, db: str | None = None, json: bool = False) -> int:
    """Say whether everything is accounted for, and what needs a look.

    For each lane: lines read = stored + duplicate + rejected. Exit code 1 when that does not hold anywhere, when a
    file cannot be read, when a trace spine is wrong, or when a source of an installed package is broken.

    Examples:
        codex-loop doctor
        codex-loop doctor --files
        codex-loop doctor --json

    Args:
        files: The account of every file, and where the lines lie that were rejected.
        db: Database file or postgresql:// URL; by default a file in the data folder of this machine.
        json: Print one JSON object.
    """
    with open_for_reading(load({"db": db}).db) as database:
        report = diagnose(health(database), versions(database))
    show(report, _draw_files if files else _draw, schema="doctor", as_json=json)
    return Exit.OK if report.well else Exit.FINDING


def diagnose(found: Health, sessions: Mapping[tuple[str, str | None], int]) -> Diagnosis:
    """The store's account together with what this machine has."""
    spines = tuple(_spines(found.files))
    broken, unreadable = tuple(_broken()), tuple(_unreadable(found))
    wrong = found.violations or broken or unreadable or any(finding.severity == "error" for finding in spines)
    return Diagnosis(
        well=not wrong,
        health=found,
        engines=Engines(hyperscan=find_spec("hyperscan") is not None, re2=find_spec("re2") is not None),
        unreadable=unreadable,
        spines=spines,
        broken_sources=broken,
        cannot_tell=tuple(gaps(sessions, DETECTORS)),
    )


def _unreadable(found: Health) -> Iterator[Unreadable]:
    """Files of this machine that are there and cannot be opened."""
    for path in sorted({*found.unread, *(file.path for file in found.files if file.state in HERE)}):
        try:
            os.close(os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)))
        except (FileNotFoundError, NotADirectoryError):  # gone, or another machine's
            continue
        except OSError as error:
            yield Unreadable(path, error.strerror or str(error))


def _spines(files: Iterable[FileLane]) -> Iterator[SpineFinding]:
    active = {file.path for file in files if file.source == "trace-spine" and file.state == "active"}
    if not active:
        return
    from codex_loop.sources.spine.segments import check_segment

    for path in sorted(active):
        try:
            found = check_segment(Path(path))
        except OSError:  # gone or unreadable since the last look: the next ingest says so
            continue
        for finding in found:
            yield SpineFinding(
                path=finding.path,
                rule=finding.rule,
                severity=finding.severity,
                message=finding.message,
                count=finding.count,
            )


def _broken() -> Iterator[Plugin]:
    from codex_loop.sources import registry

    for each in registry.broken():
        yield Plugin(each.name, each.target, each.reason)


def _draw(report: Diagnosis) -> Iterator[str]:
    found = report.health
    yield from _store(report)
    yield ""
    yield from _account(found)
    yield ""
    yield from _notes(report)


def _store(report: Diagnosis) -> Iterator[str]:
    store = report.health.store
    yield _line("store", store.place)
    yield _line("", f"{store.engine} {store.engine_version}, schema {store.schema or UNKNOWN}, {size(store.bytes)}")
    packed = f"{size(store.archive_lines_bytes)} of lines in {size(store.archive_bytes)}"
    yield _line("archive", packed if store.archive_bytes else "nothing yet")
    yield _line("holds", f"{counted(store.sessions, 'session')} from {counted(store.files, 'file')}{_states(report)}")
    engines = [name for name, there in (("hyperscan", report.engines.hyperscan), ("re2", report.engines.re2)) if there]
    yield _line("secrets", f"searched with {' and '.join(engines) or 'the built-in matcher, which is slower'}")


def _states(report: Diagnosis) -> str:
    files = {(file.path, file.generation): file.state for file in report.health.files}
    words = {"gone": "deleted since, kept here", "replaced": "rewritten since", "unreadable": "cannot be read"}
    said = [
        f"{count} {words.get(state, state)}" for state, count in Counter(files.values()).items() if state != "active"
    ]
    return f" ({', '.join(said)})" if said else ""


def _account(found: Health) -> Iterator[str]:
    if not found.lanes:
        yield "Nothing has been read yet; `codex-loop ingest` reads every session."
        return
    names = ("lane", "files", "read", "stored", "duplicate", "rejected", "in flight")
    rows = [
        (lane.lane, lane.files, lane.read, lane.stored, lane.duplicate, lane.rejected, size(lane.in_flight))
        for lane in found.lanes
    ]
    yield from table([Column(name, right=name != "lane") for name in names], rows)
    if found.violations:
        yield style(f"{counted(len(found.violations), 'account does', 'accounts do')} not close:", "red")
        yield from (style(cut(clean(f"  {violation}"), page_width()), "red") for violation in found.violations[:_MANY])
        yield from _more(len(found.violations))
    else:
        yield style("Every line is accounted for: read = stored + duplicate + rejected.", "green")


def _notes(report: Diagnosis) -> Iterator[str]:
    found, now = report.health, now_ms()
    yield from _named("rejected", [(each.reason, each.count) for each in found.quarantine])
    unknown = [(f"{each.source} {each.type} {each.agent_version}".rstrip(), each.count) for each in found.unknown_types]
    yield from _named("unknown", unknown)
    for tier, name in (("definite", "redacted"), ("candidate", "candidates")):
        yield from _named(name, [(each.rule, each.count) for each in found.redactions if each.tier == tier])
    for each in found.audit:
        yield _line("audit", f"{each.event} × {number(each.count)}, last {when(each.last_at, now)}: {each.last_detail}")
    for file in report.unreadable[:_MANY]:
        yield from _wrapped("unreadable", f"{file.path}: {file.reason}", "red")
    yield from _more(len(report.unreadable))
    for plugin in report.broken_sources:
        yield from _wrapped("plug-in", f"{plugin.name} ({plugin.target}) cannot be used: {plugin.reason}", "red")
    yield from _spine_lines(report.spines)
    blind: Counter[str] = Counter()
    for gap in report.cannot_tell:
        blind.update(dict.fromkeys(gap.missing, gap.sessions))
    if blind:
        told = ", ".join(
            f"{name} {count}" for name, count in sorted(blind.items(), key=lambda item: (-item[1], item[0]))
        )
        yield from _wrapped("not shown", f"by the files of so many sessions: {told}", "dim")


def _spine_lines(findings: Sequence[SpineFinding]) -> Iterator[str]:
    path = ""
    for finding in findings[:_MANY]:
        if finding.path != path:
            path = finding.path
            yield from _wrapped("trace spine", path)
        times = f" × {finding.count}" if finding.count > 1 else ""
        colour = "red" if finding.severity == "error" else "yellow"
        yield from _wrapped("", f"{finding.rule}: {finding.message}{times}", colour)
    yield from _more(len(findings))


def _wrapped(name: str, text: str, colour: str | None = None) -> Iterator[str]:
    """The whole text, over as many lines as it needs."""
    words = clean(text).split(" ")
    line = words[0]
    for word in words[1:]:
        if width_of(f"{line} {word}") > page_width() - _NAME:
            yield _line(name, line, colour)
            name, line = "", word
        else:
            line = f"{line} {word}"
    yield _line(name, line, colour)


def _named(name: str, counts: Sequence[tuple[str, int]]) -> Iterator[str]:
    """The sum, then the most frequent kinds, over as many lines as they need."""
    if not counts:
        yield _line(name, "nothing")
        return
    parts = [f"{what} × {number(count)}" for what, count in counts[:_KINDS]]
    if len(counts) > _KINDS:
        parts.append(f"{len(counts) - _KINDS} more kinds")
    line = f"{number(sum(count for _, count in counts))}:"
    for index, part in enumerate(parts):
        word = f" {part}{',' if index + 1 < len(parts) else ''}"
        if width_of(line + word) > page_width() - _NAME and index:
            yield _line(name, line)
            name, line = "", ""
        line += word if line else word.lstrip()
    yield _line(name, line)


def _more(count: int) -> Iterator[str]:
    if count > _MANY:
        yield f"  and {count - _MANY} more; --json has all"


def _line(name: str, text: str, colour: str | None = None) -> str:
    shown = cut(clean(text), page_width() - _NAME)
    return (pad(name, _NAME) + (style(shown, colour) if colour else shown)).rstrip()


def _draw_files(report: Diagnosis) -> Iterator[str]:
    names = ("file", "lane", "state", "read", "stored", "dup", "rej", "in flight")
    columns = [Column(name, right=name not in ("file", "lane", "state"), shrinks=name == "file") for name in names]
    rows = [
        (
            _tail(file.path, max(page_width() - 62, 20)),
            file.lane,
            file.state,
            file.read,
            file.stored,
            file.duplicate,
            file.rejected,
            size(file.in_flight),
        )
        for file in report.health.files
    ]
    yield from table(columns, rows)
    yield from (style(clean(violation), "red") for violation in report.health.violations)
    yield from _rejected_lines(report.health.rejected_lines)


def _rejected_lines(found: Sequence[RejectedLine]) -> Iterator[str]:
    if not found:
        return
    yield ""
    columns = [
        Column("rejected in"),
        Column("at byte", right=True),
        Column("bytes", right=True),
        Column("reason", shrinks=True),
    ]
    yield from table(
        columns, [(_tail(each.path, 20), str(each.offset), str(each.length), each.reason) for each in found[:_REJECTED]]
    )
    if len(found) > _REJECTED:
        yield f"the latest {_REJECTED} lines; --json has more"


def _tail(path: str, room: int) -> str:
    """The end of a path says which session it is."""
    return path if len(path) <= room else f"…{path[1 - room :]}"
