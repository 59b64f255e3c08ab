"""`codex-loop distill` and `trace distill`: what went wrong in a session becomes a task that anyone can run again."""

import os
import re
import shutil
import textwrap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Literal

import msgspec

from codex_loop import clock
from codex_loop.cli.progress import Progress
from codex_loop.cli.render import Column, counted, fields, page_width, show, style, table
from codex_loop.cli.width import clean
from codex_loop.errors import Exit, UsageError
from codex_loop.harbor.process import alone
from codex_loop.harbor.progress import Step
from codex_loop.settings import Settings, load, place_name
from codex_loop.store.engine import Database, is_url, open_existing, open_for_writing
from codex_loop.tasks.bundle.reading import read as read_bundle
from codex_loop.tasks.dataset.assembly import check_room
from codex_loop.tasks.dataset.dataset import SIDECAR, Dataset, Entry
from codex_loop.tasks.dataset.gating import make
from codex_loop.tasks.distill.distill import Draft, Request, Span, distill_span
from codex_loop.tasks.distill.distill import distill as draft_tasks
from codex_loop.tasks.gate.workshop import ATTEMPTS, Workshop, open_workshop

MB = 1_000_000
LARGEST_MB = 200


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one moment of a session."""

    name: str
    path: str | None
    """Null: no task could be written."""
    state: str
    """validated, quarantined, unverified, draft; none: there is no task."""
    reason: str | None
    """Why it is not validated."""
    verifier: str
    digest: str | None
    type: str
    category: str | None
    session_id: str
    signal_id: str | None
    cluster_id: str | None
    start_seq: int
    end_seq: int
    source_commit: str | None
    notes: tuple[str, ...]


class Distilled(msgspec.Struct, frozen=True, kw_only=True):
    """The tasks that were made, and where they are."""

    output: str
    dataset: str | None
    """What measure and trends call it; null: nothing in it can be measured with."""
    digest: str | None
    checked: bool
    """Whether the tasks were run: nothing, and the solution."""
    lacking: str | None
    """What kept them from being run, and what to do."""
    valid: int
    tasks: tuple[Task, ...]


def distill(
    *,
    signal_id: str | None = None,
    cluster_id: str | None = None,
    output: Path | None = None,
    repository: tuple[Path, ...] = (),
    limit: int | None = None,
    draft: bool = False,
    verify: bool = False,
    attempts: int = 3,
    environment: str | None = None,
    largest_mb: int = 200,
    db: str | None = None,
    json: bool = False,
) -> int:
    """Make tasks of a signal, or of a cluster, that anyone can run again.

    A task has your own words, the files as they were, hidden tests, and a solution. Each is tried before it counts:
    doing nothing must fail it, its solution must pass it, every time. Nothing is cloned: repositories are looked for
    where the session worked and where you say. Exit code 4: no task came out that can be measured with.

    Examples:
        codex-loop distill --cluster-id cluster_1f00ab --output ./harbor_dataset
        codex-loop distill --signal-id sig_1f00ab --output ./harbor_task --repository ~/code/demo
        codex-loop distill --cluster-id cluster_1f00ab --output ./drafts --draft

    Args:
        signal_id: One signal; `codex-loop signals list` shows them. OUTPUT becomes the task.
        cluster_id: Every signal of a cluster; `codex-loop cluster` shows them. OUTPUT becomes a dataset.
        output: The folder to write.
        repository: A clone to look in, or a folder of clones; may be given again.
        limit: At most so many tasks that can be checked.
        draft: Write tasks without trying them.
        verify: Try also what was tried before.
        attempts: How often nothing and the solution are tried, at least 3.
        environment: docker, bubblewrap or module:Class; by default docker where it answers, else bubblewrap.
        largest_mb: The files of a repository may have so many megabytes.
        db: Database file or postgresql:// URL; by default a file in the data folder of this machine.
        json: Print one JSON object.
    """
    if output is None or (signal_id is None) == (cluster_id is None):
        raise UsageError("name one --signal-id or one --cluster-id, and the folder to write with --output")
    if limit is not None and limit < 1:
        raise UsageError(f"--limit {limit} makes no task; leave it out for all")
    settings = load({"db": db})
    request = _request(settings, repository, largest_mb)
    request = msgspec.structs.replace(request, signal=signal_id, cluster=cluster_id, limit=limit)
    workshop = None if draft else _workshop(settings, environment, attempts)
    if cluster_id is not None:
        _check_room(output, draft=draft)
    writing = nullcontext(output) if cluster_id is None or draft else _aside(settings, cluster_id)
    with writing as place, open_existing(settings.db) as database:
        with Progress("writing") as bar:
            drafts = draft_tasks(database, request, place, told=lambda name: bar.advance(note=name))
        report = _tried(drafts, output, workshop, settings, database, again=verify)
    show(report, _draw, schema="distill", as_json=json)
    return _exit_code(report, draft=draft)


def trace_distill(
    *,
    bundle: Path | None = None,
    output: Path | None = None,
    start_seq: int | None = None,
    end_seq: int | None = None,
    start_turn_id: str | None = None,
    end_turn_id: str | None = None,
    signal_type: Literal["friction", "delight"] = "friction",
    signal_category: str | None = None,
    cluster_id: str | None = None,
    repository: tuple[Path, ...] = (),
    draft: bool = False,
    environment: str | None = None,
    db: str | None = None,
    json: bool = False,
) -> int:
    """Make a task of a part of a bundle, named by its lines or its turns.

    Exit code 4: no task came out that can be measured with.

    Examples:
        codex-loop trace distill --bundle ./bundle --output ./harbor_task --start-seq 41 --end-seq 88
        codex-loop trace distill --bundle ./bundle --output ./harbor_task --start-turn-id turn-4 --end-turn-id turn-5

    Args:
        bundle: A folder that `codex-loop trace bundle` wrote.
        output: The folder of the task.
        start_seq: The first line, as numbered from 1 on in the bundle; by default the first there is.
        end_seq: The last line; by default the last there is.
        start_turn_id: The turn to begin with, in place of a line.
        end_turn_id: The turn to end with, in place of a line.
        signal_type: What the part shows.
        signal_category: What that is called, e.g. exec_failure.
        cluster_id: The problem it belongs to.
        repository: A clone to look in, or a folder of clones; may be given again.
        draft: Write the task without trying it.
        environment: docker, bubblewrap or module:Class; by default docker where it answers, else bubblewrap.
        db: Where what was found is kept; by default a file in the data folder of this machine.
        json: Print one JSON object.
    """
    if bundle is None or output is None:
        raise UsageError("name the bundle with --bundle and the folder of the task with --output")
    settings = load({"db": db})
    about = Span(kind=signal_type, category=signal_category, cluster_id=cluster_id)
    span = msgspec.structs.replace(
        about, first=start_seq, last=end_seq, first_turn=start_turn_id, last_turn=end_turn_id
    )
    workshop = None if draft else _workshop(settings, environment, ATTEMPTS)
    drafts = (distill_span(read_bundle(bundle), span, _request(settings, repository, LARGEST_MB), output),)
    with open_for_writing(settings.db) as database:
        report = _tried(drafts, output, workshop, settings, database, again=False)
    show(report, _draw, schema="distill", as_json=json)
    return _exit_code(report, draft=draft)


def _check_room(output: Path, *, draft: bool) -> None:
    """Refuse a folder that cannot become the dataset before anybody waits for it."""
    check_room(output)
    if draft and (output / SIDECAR).is_file():
        raise UsageError(
            f"{output} is a dataset of tasks that were tried, and drafts would take their places;"
            " name another folder, or leave --draft out"
        )


@contextmanager
def _aside(settings: Settings, cluster_id: str) -> Iterator[Path]:
    """Where drafts lie until they were tried: nobody else's meanwhile, and gone afterwards. It is the same folder each
    time, so that a check that was interrupted goes on.
    """
    name = re.sub(r"\W", "_", cluster_id)
    folder = settings.data_dir / "distill"
    folder.mkdir(parents=True, exist_ok=True)
    with alone(folder / f".{name}.lock", f"distilling {cluster_id}"):
        try:
            yield folder / name
        finally:
            shutil.rmtree(folder / name, ignore_errors=True)


def _request(settings: Settings, repositories: Sequence[Path], largest_mb: int) -> Request:
    """Where to look; what is asked for comes on top."""
    named = tuple(path.expanduser() for path in repositories)
    for path in named:
        if not path.is_dir():
            raise UsageError(f"{path} is no folder; --repository names a clone, or a folder of clones")
    return Request(repositories=named, known=settings.repositories, largest_bytes=largest_mb * MB)


def _workshop(settings: Settings, environment: str | None, attempts: int) -> Workshop:
    return open_workshop(settings, environ=os.environ, environment=environment, attempts=attempts)


def _tried(
    drafts: Sequence[Draft],
    output: Path,
    workshop: Workshop | None,
    settings: Settings,
    database: Database,
    *,
    again: bool,
) -> Distilled:
    """The drafts through the gate and into a dataset, or as they are."""
    written = [Path(each.path) for each in drafts if each.path is not None]
    if workshop is None or not written:
        return _report(drafts, output, None, workshop)
    with Progress("checking") as bar:
        made = make(
            written,
            output,
            workshop,
            lambda step: _advance(bar, step),
            database=database,
            now_ms=clock.now_ms(),
            again=again,
            # Where nothing can be run, drafts are let in: `measure` tries them before it measures.
            allow_draft=workshop.harbor is None,
            place=place_name(settings.db) if is_url(settings.db) else str(Path(settings.db).absolute()),
        )
    return _report(drafts, output, made, workshop)


def _advance(bar: Progress, step: Step) -> None:
    bar.to(step.done / max(step.total, 1), note=step.note)


def _report(drafts: Sequence[Draft], output: Path, made: Dataset | None, workshop: Workshop | None) -> Distilled:
    entries = {} if made is None else {each.name: each for each in (*made.tasks, *made.set_aside)}
    tasks = tuple(_task(each, made, entries.get(f"local/{each.name}")) for each in drafts)
    return Distilled(
        output=str(output),
        dataset=made.name if made is not None and made.tasks else None,
        digest=made.digest if made is not None and made.tasks else None,
        checked=workshop is not None and workshop.harbor is not None and made is not None,
        lacking=None if workshop is None else workshop.lacking,
        valid=sum(each.state == "validated" for each in tasks),
        tasks=tasks,
    )


def _task(draft: Draft, made: Dataset | None, entry: Entry | None) -> Task:
    known = {name: getattr(draft, name) for name in Task.__struct_fields__}
    if made is not None and entry is not None:
        path = str(made.folder if entry.directory == "." else made.task_folder(entry))
        known |= {"path": path, "state": entry.state, "reason": entry.reason, "digest": entry.digest}
    return Task(**known)


def _exit_code(report: Distilled, *, draft: bool) -> Exit:
    wanted = "draft" if draft else "validated"
    return Exit.OK if any(each.state == wanted for each in report.tasks) else Exit.DEGRADED


def _draw(report: Distilled) -> Iterator[str]:
    columns = (Column("task", shrinks=True), Column("state"), Column("checked by", shrinks=True), Column("session"))
    rows = [(each.name or "–", _state(each), _verifier(each), _session(each)) for each in report.tasks]
    lines = table(columns, rows)
    yield lines[0]
    for line, each in zip(lines[1:], report.tasks, strict=True):
        yield line
        for told in (each.reason, *each.notes):
            yield from (f"    {part}" for part in textwrap.wrap(clean(told or ""), page_width() - 4))
    yield ""
    yield _verdict(report)
    if report.dataset is not None:
        yield from fields(
            [("dataset", report.dataset), ("folder", report.output), ("digest", (report.digest or "")[:19])]
        )
        yield style(f"codex-loop measure --dataset {report.dataset} --agent codex --model … runs it", "dim")


def _state(task: Task) -> str:
    return "no task" if task.state == "none" else task.state


def _verifier(task: Task) -> str:
    return "–" if task.verifier == "missing" else task.verifier.replace("_", " ")


def _session(task: Task) -> str:
    agent, _, native = task.session_id.partition(":")
    return f"{agent}:{native[:8]}"


def _verdict(report: Distilled) -> str:
    whole = counted(len(report.tasks), "moment")
    if report.checked:
        return f"{whole}: {counted(report.valid, 'valid task')}."
    drafts = sum(each.state == "draft" for each in report.tasks)
    if report.lacking is not None and drafts:
        return f"{whole}: {counted(drafts, 'draft')}; {report.lacking}"
    return f"{whole}: {counted(drafts, 'draft')}."
