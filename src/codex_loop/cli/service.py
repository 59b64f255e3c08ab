"""`codex-loop service install|status|remove`: what runs by itself, under systemd or launchd."""

from collections.abc import Iterator
from pathlib import Path

import msgspec

from codex_loop.cli.render import fields, show
from codex_loop.cli.width import clean
from codex_loop.clock import SystemClock
from codex_loop.errors import Exit, UsageError
from codex_loop.settings import load, seconds
from codex_loop.usage.sampler.tools import Run, runner
from codex_loop.usage.service import install as installer
from codex_loop.usage.service.host import Host, this_host
from codex_loop.usage.service.install import ServiceFile
from codex_loop.usage.service.jobs import JOBS, Job
from codex_loop.usage.service.units import Installation

_WHOLE = 4096
"""A path and a command are of use only whole, so they may be longer than the page."""

_PRESENT = {"unchanged": "there", "different": "not as a plain `service install` writes it"}


class Service(msgspec.Struct, frozen=True, kw_only=True):
    """A job on this host: its files, and the commands that belong to them."""

    job: str
    kind: str
    scope: str
    """`user` or `system`."""
    dry_run: bool
    files: tuple[ServiceFile, ...]
    commands: tuple[str, ...]
    hints: tuple[str, ...]


class ServiceStatus(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a job is installed, and what the host says of it."""

    job: str
    kind: str
    scope: str
    installed: bool
    files: tuple[ServiceFile, ...]
    answer: str | None
    """The host's own words; null when it did not answer, and `problem` says why."""
    problem: str | None


def install(
    *,
    job: str = "sampler",
    cadence: str | None = None,
    data_dir: Path | None = None,
    db: str | None = None,
    system: bool = False,
    user: str | None = None,
    dry_run: bool = False,
    json: bool = False,
) -> int:
    """Let a job run by itself, also after a sleep.

    Under systemd it becomes a timer, under launchd an agent. CLAUDE_STATUS_PATH, CODEX_STATUS_PATH, PATH and the
    settings that variables make now are written down for it; with --system its samples lie in /var/lib/cctrack.

    Examples:
        codex-loop service install
        codex-loop service install --job daily
        codex-loop service install --system --user ann --dry-run

    Args:
        job: What is to run: `sampler` asks for limits, `daily` runs the whole loop once a day.
        cadence: How often, e.g. 5m or 1h; default: as often as the job usually runs.
        data_dir: Folder of the samples.
        db: Database file or postgresql:// URL; by default a file in the data folder.
        system: For the whole machine instead of for you; needs root.
        user: With --system, whose sessions and programs it uses; by default yours.
        dry_run: Print what would be written and run, and do nothing.
        json: Print one JSON object.
    """
    host = _host(user, system=system)
    wanted = installer.installation(_job(job, cadence, data_dir, db), host)
    done = installer.planned(wanted) if dry_run else installer.install(wanted, _run())
    commands = tuple(" ".join(command) for command in wanted.start)
    report = _report(job, host, done, commands, dry_run=dry_run, hints=wanted.hints)
    show(report, _draw, schema="service", as_json=json)
    return Exit.OK


def remove(
    *,
    job: str = "sampler",
    system: bool = False,
    user: str | None = None,
    dry_run: bool = False,
    json: bool = False,
) -> int:
    """Let a job run by itself no longer; samples stay.

    Examples:
        codex-loop service remove
        codex-loop service remove --dry-run

    Args:
        job: What is not to run any more: `sampler` or `daily`.
        system: The one for the whole machine; needs root.
        user: With --system, as it was installed.
        dry_run: Say what would be removed, and do nothing.
        json: Print one JSON object.
    """
    host, wanted = _here(job, user, system=system)
    done = installer.removable(wanted) if dry_run else installer.remove(wanted, _run())
    # Where nothing is installed, nothing is stopped either.
    there = any(file.state in ("removed", "would be removed") for file in done)
    commands = tuple(" ".join(command) for command in wanted.stop) if there else ()
    show(_report(job, host, done, commands, dry_run=dry_run), _draw, schema="service", as_json=json)
    return Exit.OK


def status(*, job: str = "sampler", system: bool = False, user: str | None = None, json: bool = False) -> int:
    """Say whether a job is installed and when it runs.

    Examples:
        codex-loop service status
        codex-loop service status --system --json

    Args:
        job: Which job: `sampler` or `daily`.
        system: The one for the whole machine.
        user: With --system, as it was installed.
        json: Print one JSON object.
    """
    host, wanted = _here(job, user, system=system)
    files = tuple(installer.found(wanted))
    units = files[-len([file for file in wanted.files if not file.a_persons]) :]
    installed = all(file.state != "absent" for file in units)
    ran = installer.asked(wanted, _run()) if installed else None
    answered = ran is not None and ran.exit_code == 0
    report = ServiceStatus(
        job=job,
        kind=host.kind,
        scope=_scope(host),
        installed=installed,
        files=files,
        answer=_text(ran.stdout) if ran is not None and answered else None,
        problem=(ran.problem or _text(ran.stderr)) if ran is not None and not answered else None,
    )
    show(report, _draw_status, schema="service-status", as_json=json)
    return Exit.OK if answered else Exit.DEGRADED if installed else Exit.FINDING


def _job(name: str, cadence: str | None, data_dir: Path | None, db: str | None) -> Job:
    job = _known(name)
    if cadence is not None:
        try:
            every_s = seconds(cadence)
        except ValueError as error:
            raise UsageError(f"--cadence {cadence}: write it like 5m, 300s or 1h") from error
        job = job._replace(every_s=int(every_s))
    words: tuple[str, ...] = ()
    if data_dir is not None:
        if name != "sampler":
            raise UsageError(f"--data-dir is the folder of samples, which {name} does not write; leave it out")
        words += ("--data-dir", _whole(str(data_dir)))
    if db is not None:
        words += ("--db", db if "://" in db else _whole(db))
    base = job.system_words[: 1 if data_dir is not None else None]
    return job._replace(words=job.words + words, system_words=base + words)


def _whole(path: str) -> str:
    return str(Path(path).expanduser().absolute())


def _known(name: str) -> Job:
    if name not in JOBS:
        raise UsageError(f"no job is named {name}; there is {', '.join(JOBS)}")
    return JOBS[name]


def _here(job: str, user: str | None, *, system: bool) -> tuple[Host, Installation]:
    host = _host(user, system=system)
    return host, installer.installation(_known(job), host)


def _host(user: str | None, *, system: bool) -> Host:
    if user is not None and not system:
        raise UsageError(f"--user {user} goes with --system: without it the job is yours")
    return this_host(system=system, user=user, data_dir=load().data_dir)


def _run() -> Run:
    return runner(Path.home(), SystemClock())


def _scope(host: Host) -> str:
    return "system" if host.system else "user"


def _report(
    job: str,
    host: Host,
    files: list[ServiceFile],
    commands: tuple[str, ...],
    *,
    dry_run: bool,
    hints: tuple[str, ...] = (),
) -> Service:
    return Service(
        job=job, kind=host.kind, scope=_scope(host), dry_run=dry_run, files=tuple(files), commands=commands, hints=hints
    )


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace").strip()


def _draw(report: Service) -> Iterator[str]:
    for file in report.files:
        yield clean(f"{file.path}: {file.state}")
        if file.content is not None:
            yield from (f"    {clean(line)}" for line in file.content.splitlines())
    word = "would run" if report.dry_run else "ran"
    yield from (clean(f"{word}: {command}") for command in report.commands)
    yield from report.hints


def _draw_status(report: ServiceStatus) -> Iterator[str]:
    yield f"{report.job} ({report.kind}, {report.scope}): {'installed' if report.installed else 'not installed'}"
    if not report.installed:
        other = "" if report.job == "sampler" else f" --job {report.job}"
        yield f"codex-loop service install{other}          lets it run by itself"
        return
    yield from fields([(_PRESENT.get(file.state, file.state), file.path) for file in report.files], width=_WHOLE)
    yield from clean(report.answer or report.problem or "").splitlines()
