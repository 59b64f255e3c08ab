"""`codex-loop ticket`: a problem told to whoever can solve it, once."""

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

import msgspec

from codex_loop import clock
from codex_loop.cli.render import Column, noted, page_width, show, style, to_json
from codex_loop.cli.width import clean, cut
from codex_loop.errors import Degraded, Exit, UsageError
from codex_loop.report.tickets import Ticket
from codex_loop.settings import Settings, load
from codex_loop.store import tickets as store
from codex_loop.store.clusters import ClusterRow, cluster_id, successor
from codex_loop.store.engine import Database, open_existing, open_for_reading
from codex_loop.store.sessions import moment
from codex_loop.store.tickets import TicketRow
from codex_loop.store.trends import first_session

SHOWN_SESSIONS = 2
"""What only one session shows is not listed, as in `codex-loop cluster`."""
Form = Literal["github", "linear", "json"]


class Filed(msgspec.Struct, frozen=True, kw_only=True):
    """A ticket, and what became of the one that was there."""

    change: str
    """new, updated, reopened, quiet, closed, unchanged."""
    path: str | None
    """The file it stands in; null: it was only printed."""
    written: bool
    """Whether that file had to be written."""
    link: str | None
    """Where it was opened; null: nowhere."""
    ticket: Ticket
    problem: str | None = None
    """Why a model that was to be asked suggests nothing; null: it does, or none was to be asked."""


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A problem that may become a ticket."""

    cluster_id: str
    name: str
    priority: str
    action: str
    why: str
    signals: int
    sessions: int
    last_seen: str | None
    state: str | None
    """Of its ticket, as it would be told now; null: it has none."""
    link: str | None


class Left(msgspec.Struct, frozen=True, kw_only=True):
    """A ticket that nobody closed and whose cluster holds nothing any more."""

    cluster_id: str
    title: str
    merged_into: str | None
    """The cluster that its signals are in now; null: none took them over."""
    link: str | None


class Overview(msgspec.Struct, frozen=True, kw_only=True):
    """The problems, those that call loudest first."""

    problems: tuple[Line, ...]
    batch: int
    """So many tickets are taken at once, at most."""
    left: tuple[Left, ...] = ()


def ticket(
    *,
    cluster_id: str | None = None,
    output: Path | None = None,
    format: Form = "github",  # noqa: A002  # the flag's name
    create: bool = False,
    repo: str | None = None,
    close: bool = False,
    suggest: bool = False,
    small: bool = False,
    db: str | None = None,
    json: bool = False,
) -> int:
    """Write the ticket of a problem, or list the problems that call for one.

    It tells what happens, how to see it again, how often it was seen and what it cost, and what to try. A problem has
    one ticket: said again, the same one is brought up to date. Text in it is redacted; it holds no transcript.

    Examples:
        codex-loop ticket
        codex-loop ticket --cluster-id cluster_456 --output ticket.md
        codex-loop ticket --cluster-id cluster_456 --create --repo acme/webshop
        codex-loop ticket --cluster-id cluster_456 --close

    Args:
        cluster_id: Of which problem, as `codex-loop cluster` shows it, or the beginning of it; without it: a list.
        output: Write it to this file; by default it is printed.
        format: github and linear are Markdown, json is one object.
        create: Open it as an issue through GitHub's program gh, or bring the issue that it opened up to date.
        repo: With --create, the repository as owner/name; by default that of this folder.
        close: The problem is solved: the ticket stays closed until it is seen again. With --create its issue too.
        suggest: Let the model that semantic_engine allows say what it would try; it is sent the ticket's text.
        small: Also when few sessions show it: fewer than 3, or with --create fewer than 5 or in a single project.
        db: Database file or postgresql:// URL; by default a file in the data folder of this machine.
        json: Print one JSON object: the ticket, and what became of the one before.
    """
    settings = load({"db": db})
    now = clock.now_ms()
    if cluster_id is None:
        if output is not None or create or close or suggest:
            raise UsageError("a ticket is about one problem: name it with --cluster-id, `codex-loop ticket` lists them")
        with open_for_reading(settings.db) as database:
            show(_overview(database, now), _draw_overview, schema="tickets", as_json=json or format == "json")
        return Exit.OK
    if create and format != "github":
        raise UsageError(f"--create opens an issue of GitHub, which is no --format {format}; leave one of them out")
    with open_existing(settings.db) as database:
        row = _cluster(database, cluster_id)
        desk = _Desk(database, row, settings, _Wanted(output, format, create, repo, close, suggest, small), now)
        done, text = desk.filed()
    if json or output is not None or create or close:
        show(done, _draw, schema="ticket-filed", as_json=json)
    else:
        sys.stdout.write(text)
    if done.problem is None:
        return Exit.OK
    sys.stderr.write(f"codex-loop: {clean(done.problem)}\n")
    return Exit.DEGRADED


class _Wanted(NamedTuple):
    output: Path | None
    form: Form
    create: bool
    repo: str | None
    close: bool
    suggest: bool
    small: bool


class _Desk:
    """Where one ticket is brought up to date."""

    def __init__(self, database: Database, row: ClusterRow, settings: Settings, wanted: _Wanted, now_ms: int) -> None:
        from codex_loop.usage.prices import price_table

        self._database, self._row, self._settings = database, row, settings
        self._wanted, self._now_ms = wanted, now_ms
        self._prices = price_table(settings.data_dir, settings.prices)
        self._before = store.of_cluster(database, row.key)

    def filed(self) -> tuple[Filed, str]:
        """What became of the ticket, and its text."""
        from codex_loop.report import filing, github

        wanted, before = self._wanted, self._before
        if wanted.close:
            filing.refuse_to_close(cluster_id(self._row.key), before, there=wanted.create)
        closed_ms = self._now_ms if wanted.close else filing.closed_ms(before)
        told = self._ticket(closed_ms)
        if not wanted.small:
            filing.refuse_small(told, shared=wanted.create)
        gh = github.find(os.environ, Path.cwd(), wanted.repo) if wanted.create else None
        there_ms = None
        if gh is not None and before is not None and before.link is not None:
            there_ms = github.closed_ms(gh, before.link)
            closed_ms = closed_ms if wanted.close and there_ms is None else there_ms
            told = self._ticket(closed_ms)
        told, problem = self._suggested(told)
        text = _text(told, wanted.form)
        written = wanted.output is not None and filing.write(wanted.output, text)
        link = None if gh is None else filing.send(gh, told, before, text, is_closed=there_ms is not None)
        change = filing.file(
            self._database, told, self._row.key, self._now_ms, path=wanted.output, link=link, closed_ms=closed_ms
        )
        after = store.of_cluster(self._database, self._row.key)
        path = None if wanted.output is None else str(wanted.output)
        known = None if after is None else after.link
        return Filed(change=change, path=path, written=written, link=known, ticket=told, problem=problem), text

    def _ticket(self, closed_ms: int | None) -> Ticket:
        from codex_loop.report import tickets

        return tickets.ticket(self._database, self._row, self._prices, self._now_ms, closed_ms=closed_ms)

    def _suggested(self, told: Ticket) -> tuple[Ticket, str | None]:
        """With what a model would try: what it said before, and asked anew only where the ticket is another one."""
        from codex_loop.cli import judging
        from codex_loop.report import filing, suggestion
        from codex_loop.report.ticket_text import markdown

        said, of = filing.suggested(self._before), filing.digest(told)
        if self._wanted.suggest and (said is None or said.of != of):
            asker = judging.asker(self._settings, os.environ, "--suggest")
            try:
                said = suggestion.suggest(markdown(told), of, asker)
            except Degraded as error:
                return msgspec.structs.replace(told, suggested=said), str(error)
        return msgspec.structs.replace(told, suggested=said), None


def _text(told: Ticket, form: Form) -> str:
    from codex_loop.report.ticket_text import linear, markdown

    if form == "json":
        return to_json(told, schema="ticket") + "\n"
    return linear(told) if form == "linear" else markdown(told)


def _cluster(database: Database, text: str) -> ClusterRow:
    found = store.clusters_named(database, text)
    if not found:
        raise UsageError(f"no cluster is called {text}; `codex-loop cluster` shows their ids")
    if len(found) > 1:
        raise UsageError(f"{text} is the beginning of {len(found)} clusters; give more of the id")
    (row,) = found
    if not store.moments(database, [row.key])[row.key]:
        name = cluster_id(row.key)
        heir = successor(database, name)
        where = f"its signals are in {heir} now" if heir else "`codex-loop cluster` shows those that there are"
        raise UsageError(f"nothing is in {name} any more; {where}")
    return row


def _overview(database: Database, now_ms: int) -> Overview:
    from codex_loop.report import filing
    from codex_loop.report.priority import BATCH, priority
    from codex_loop.report.tickets import state

    rows = store.living(database)
    moments = store.moments(database, [row.key for row in rows])
    known = {each.cluster_key: each for each in store.every(database)}
    first = first_session(database)
    found = []
    for row in rows:
        inside = moments[row.key]
        if len({each.session_key for each in inside}) < SHOWN_SESSIONS:
            continue
        times = [each.time_ms for each in inside]
        severity = sum(each.severity for each in inside) / max(len(inside), 1)
        urgency = priority(times, severity, now_ms, first)
        before = known.get(row.key)
        found.append(
            Line(
                cluster_id=cluster_id(row.key),
                name=row.category or row.name,
                priority=urgency.level,
                action=urgency.action,
                why=urgency.why,
                signals=len(inside),
                sessions=len({each.session_key for each in inside}),
                last_seen=moment(max((each for each in times if each is not None), default=None)),
                state=None if before is None else state(database, before, filing.closed_ms(before), inside, now_ms),
                link=None if before is None else before.link,
            )
        )
    found.sort(key=lambda line: (line.priority, line.action == "wait", -line.sessions, line.cluster_id))
    return Overview(problems=tuple(found), batch=BATCH, left=tuple(_left(database, known)))


def _left(database: Database, known: Mapping[int, TicketRow]) -> Iterator[Left]:
    moments = store.moments(database, list(known))
    for number, row in known.items():
        if not moments[number] and row.state != "closed":
            name = cluster_id(number)
            heir = successor(database, name)
            yield Left(cluster_id=name, title=row.title, merged_into=heir, link=row.link)


def _draw_overview(report: Overview) -> Iterator[str]:
    if report.problems:
        yield from _draw_problems(report.problems)
    else:
        yield "No problem keeps happening yet; `codex-loop cluster` groups what was found."
    for each in report.left:
        yield ""
        where = f"was merged into {each.merged_into}" if each.merged_into else "is in no cluster any more"
        yield cut(f"the ticket of {each.cluster_id}: {clean(each.title)}", page_width())
        yield f"   its problem {where}"
        if each.link is not None:
            yield f"   close {clean(each.link)}"


def _draw_problems(problems: Sequence[Line]) -> Iterator[str]:
    columns = (
        Column("pri"),
        Column("calls for", shrinks=True),
        Column("signals", right=True),
        Column("sessions", right=True),
        Column("last"),
        Column("ticket"),
        Column("cluster"),
    )
    rows = [
        (each.priority, each.action, each.signals, each.sessions, _date(each.last_seen), each.state,
         each.cluster_id[:16])
        for each in problems
    ]  # fmt: skip
    yield from noted(columns, rows, [each.name for each in problems])
    yield style("codex-loop ticket --cluster-id ID --output ticket.md writes one", "dim")


def _date(instant: str | None) -> str | None:
    return None if instant is None else instant[5:10]


def _draw(done: Filed) -> Iterator[str]:
    if done.path is None and done.link is None:
        yield f"the ticket of {done.ticket.cluster_id} is {done.ticket.state} ({done.change})"
    if done.path is not None:
        yield f"{done.path}: {'written' if done.written else 'as it was'} ({done.change})"
    if done.link is not None:
        yield f"{done.link} ({done.change})"
    yield f"{done.ticket.priority.level}, {done.ticket.priority.action}: {done.ticket.priority.why}"
