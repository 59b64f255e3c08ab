"""A cluster as a ticket: what happens, how often, what it costs, where it can be seen, and what to try.

Everything in a ticket may leave this machine: pointers and normalised lines of error, no transcript, redacted twice.
Nothing in it depends on when it was made, so that an unchanged problem is an unchanged ticket.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

import msgspec

from codex_loop.capture.transcript import transcript
from codex_loop.clock import DAY_MS
from codex_loop.report.approaches import approach
from codex_loop.report.direction import Half, direction
from codex_loop.report.priority import Priority, priority
from codex_loop.report.sharing import project, shareable
from codex_loop.report.ticket_costs import Cost, cost
from codex_loop.report.ticket_datasets import Proven, proven
from codex_loop.report.words import unruled
from codex_loop.signals.catalogue import BY_ID
from codex_loop.store import categories, problems, signals
from codex_loop.store import tickets as store
from codex_loop.store.clusters import ClusterRow, cluster_id
from codex_loop.store.engine import Database
from codex_loop.store.places import Place
from codex_loop.store.sessions import moment
from codex_loop.store.signals import Signal, Wanted
from codex_loop.store.tickets import Moment, TicketRow
from codex_loop.store.trends import first_session
from codex_loop.usage.prices import PriceTable

EVIDENCE = 5
WEEK_MS = 7 * DAY_MS
WEEKS = 26
QUIET_DAYS = 14
_EXCERPT = 200
_WORDS = ("prompt", "answer")
_COUNTED = re.compile(r"\d+ signals? in ")
"""How a description begins that was made when a category was proposed: its numbers are those of then."""


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """A moment that shows the problem, and the commands that open it."""

    signal_id: str
    session_id: str | None
    turn_id: str | None
    turn: int | None
    start_seq: int | None
    """The place of its first line in the session, as `trace distill --start-seq` counts; None: it is not archived."""
    end_seq: int | None
    at: str | None
    title: str
    excerpt: str | None
    """None: its evidence is what somebody said, which `show` opens."""
    show: str | None
    explain: str


class Trend(msgspec.Struct, frozen=True, kw_only=True):
    """How often it happened, by when it happened."""

    first_seen: str | None
    last_seen: str | None
    weeks: tuple[int, ...]
    """Signals in each week from the first on; of more than half a year the latest."""
    undated: int
    """Signals of sessions without clocks."""
    first_half: int
    first_half_sessions: int
    second_half: int
    second_half_sessions: int
    """Sessions at work in that half, whatever happened in them."""
    direction: str | None
    """growing, shrinking or steady, for each session at work; None: too few to say."""


class Suggested(msgspec.Struct, frozen=True, kw_only=True):
    """What a model would try, asked once."""

    model: str
    of: str
    """Digest of the ticket it was asked about."""
    tries: tuple[str, ...]


class Ticket(msgspec.Struct, frozen=True, kw_only=True):
    """One problem, told to whoever can solve it."""

    cluster_id: str
    title: str
    type: str
    category: str
    priority: Priority
    state: str
    """open, quiet, closed, reopened."""
    problem: str
    example: str | None
    signals: int
    sessions: int
    projects: tuple[str, ...]
    agents: tuple[str, ...]
    """With the versions it was seen in."""
    models: tuple[str, ...]
    severity: float
    trend: Trend
    cost: Cost
    reproduction: tuple[str, ...]
    evidence: tuple[Evidence, ...]
    proven: Proven
    approach: tuple[str, ...]
    proof: str
    labels: tuple[str, ...]
    suggested: Suggested | None = None
    """null: no model was asked."""


def ticket(
    database: Database, row: ClusterRow, table: PriceTable, now_ms: int, *, closed_ms: int | None = None
) -> Ticket:
    """The ticket of a cluster that somebody is in; `closed_ms` is when somebody called the problem solved."""
    moments = store.moments(database, [row.key])[row.key]
    category = row.category or _commonest(each.category for each in moments)
    severity = sum(each.severity for each in moments) / max(len(moments), 1)
    urgency = priority([each.time_ms for each in moments], severity, now_ms, first_session(database))
    trend = _trend(database, moments)
    detectors = [name for name, _ in Counter(each.detector for each in moments).most_common()]
    helps = approach(row.kind, [category, *detectors])
    model = _commonest(each.model for each in moments)
    agent = _commonest(each.agent for each in moments)
    shown = proven(database, row.key, agent=agent, model=model or None)
    evidence = _evidence(database, row, category, detectors[0] if detectors else "")
    return Ticket(
        cluster_id=cluster_id(row.key),
        title=_title(row, category),
        type=row.kind,
        category=category,
        priority=urgency,
        state=state(database, store.of_cluster(database, row.key), closed_ms, moments, now_ms),
        problem=_problem(database, row, moments),
        example=_medoid(database, row),
        signals=len(moments),
        sessions=len({each.session_key for each in moments}),
        projects=tuple(sorted({project(each.project) or "" for each in moments} - {""})),
        agents=_agents(moments),
        models=tuple(sorted({each.model for each in moments if each.model is not None})),
        severity=round(severity, 2),
        trend=trend,
        cost=cost(database, moments, table),
        reproduction=_reproduction(database, evidence, shown),
        evidence=evidence,
        proven=shown,
        approach=(*_learned(database, category), *helps.tries),
        proof=helps.proof,
        labels=("codex-loop", row.kind, category, urgency.level),
    )


def _title(row: ClusterRow, category: str) -> str:
    """What a person calls it: the approved category, and the words that only this problem uses."""
    terms = msgspec.json.decode(row.terms, type=list[str])[:3]
    return shareable(f"{category}: {', '.join(terms)}" if terms else category)


def _problem(database: Database, row: ClusterRow, moments: Sequence[Moment]) -> str:
    """What a person wrote of the category, else what its detectors look for, and the words that set it apart."""
    known = None if row.category is None else categories.one(database, row.category)
    if known is not None and known.description and not _COUNTED.match(known.description):
        return shareable(known.description)
    names = [name for name, _ in Counter(each.detector for each in moments).most_common(2)]
    told = [BY_ID[name].help for name in names if name in BY_ID]
    terms = msgspec.json.decode(row.terms, type=list[str])
    told += [f"Its signals are about: {shareable(', '.join(terms))}."] if terms else []
    return " ".join(told) or "Several sessions say about the same."


def _learned(database: Database, category: str) -> tuple[str, ...]:
    known = categories.one(database, category)
    return (shareable(known.action),) if known is not None and known.action else ()


def _medoid(database: Database, row: ClusterRow) -> str | None:
    """The text in the middle of the cluster."""
    if row.medoid_key is None:
        return None
    found = signals.listed(database, Wanted(id=f"sig_{row.medoid_key:016x}"))
    return _excerpt(found[0]) if found else None


def _commonest(names: Iterable[str | None]) -> str:
    found = Counter(name for name in names if name is not None)
    return max(sorted(found), key=lambda name: found[name]) if found else ""


def _agents(moments: Sequence[Moment]) -> tuple[str, ...]:
    found = {f"{each.agent} {each.agent_version or ''}".strip() for each in moments if each.agent is not None}
    return tuple(sorted(found))


def state(
    database: Database, before: TicketRow | None, closed_ms: int | None, moments: Sequence[Moment], now_ms: int
) -> str:
    """Closed: not seen since somebody closed it. Quiet: not seen for two weeks in which there were sessions.

    Seen again after either: reopened.
    """
    last_ms = max((each.time_ms for each in moments if each.time_ms is not None), default=None)
    if closed_ms is not None and (last_ms is None or last_ms <= closed_ms):
        return "closed"
    silent = last_ms is not None and now_ms - last_ms >= QUIET_DAYS * DAY_MS
    if last_ms is not None and silent and store.began_after(database, last_ms):
        return "quiet"
    came_back = before is not None and before.state in ("quiet", "reopened", "closed")
    return "reopened" if came_back or closed_ms is not None else "open"


def _trend(database: Database, moments: Sequence[Moment]) -> Trend:
    times = sorted(each.time_ms for each in moments if each.time_ms is not None)
    first, last = (times[0], times[-1]) if times else (None, None)
    middle = None if first is None or last is None else first + (last - first) // 2
    one = two = Half(0, 0)
    if first is not None and middle is not None and last is not None:
        one = Half(sum(each <= middle for each in times), store.active(database, first, middle))
        two = Half(sum(each > middle for each in times), store.active(database, middle + 1, last))
    return Trend(
        first_seen=moment(first),
        last_seen=moment(last),
        weeks=_weeks(times),
        undated=len(moments) - len(times),
        first_half=one.signals,
        first_half_sessions=one.sessions,
        second_half=two.signals,
        second_half_sessions=two.sessions,
        direction=direction(one, two) if last != first else None,
    )


def _weeks(times: Sequence[int]) -> tuple[int, ...]:
    if not times:
        return ()
    counted = Counter((each - times[0]) // WEEK_MS for each in times)
    return tuple(counted[week] for week in range(max(counted) + 1))[-WEEKS:]


def _evidence(database: Database, row: ClusterRow, category: str, detector: str) -> tuple[Evidence, ...]:
    """The worst moments, those first that the most frequent detector found."""
    wanted = problems.Problem(row.kind, row.key, category, 0, 0, 0.0, None, None)
    found = []
    for each in problems.excerpts(database, wanted, None, 4 * EVIDENCE):
        (signal,) = signals.listed(database, Wanted(id=f"sig_{each.signal_key:016x}"))
        found.append((signal.detector != detector, each.session_key, signal))
    chosen = sorted(found, key=lambda one: one[0])[:EVIDENCE]
    return tuple(_shown(database, signal, session_key) for _, session_key, signal in chosen)


def _shown(database: Database, signal: Signal, session_key: int | None) -> Evidence:
    agent, _, native_id = (signal.session_id or "").partition(":")
    first, last = (
        (None, None) if session_key is None else _places(database, Place(session_key, agent, native_id), signal)
    )
    turn = "" if signal.turn is None else f" --turn {signal.turn}"
    return Evidence(
        signal_id=signal.id,
        session_id=signal.session_id,
        turn_id=signal.turn_id,
        turn=signal.turn,
        start_seq=first,
        end_seq=last,
        at=signal.at,
        title=shareable(signal.title),
        excerpt=_excerpt(signal),
        show=f"codex-loop show {native_id}{turn}" if native_id else None,
        explain=f"codex-loop signals explain {signal.id}",
    )


def _excerpt(signal: Signal) -> str | None:
    """Its evidence in a line; words of a person or of an agent stay here, a pointer is all that is told of them."""
    if any(each.record in _WORDS for each in _pointers.decode(bytes(signal.evidence))):
        return None
    return shareable(unruled(signal.text))[:_EXCERPT] or None


class _Pointer(msgspec.Struct):
    record: str
    source: int
    offset: int


_pointers: msgspec.json.Decoder[list[_Pointer]] = msgspec.json.Decoder(list[_Pointer])


def _places(database: Database, place: Place, signal: Signal) -> tuple[int | None, int | None]:
    """Where the lines that prove a signal stand in their session."""
    wanted = {(each.source, each.offset) for each in _pointers.decode(bytes(signal.evidence))}
    if not wanted:
        return None, None
    found = [line.seq for line in transcript(database, place) if (line.file.source_id, line.offset) in wanted]
    return (min(found), max(found)) if found else (None, None)


def _reproduction(database: Database, evidence: Sequence[Evidence], shown: Proven) -> tuple[str, ...]:
    """With a proven dataset one command; else the tree, the agent and the request of the best evidence."""
    if shown.command is not None:
        return (f"`{shown.command}`", "Every task fails until the problem is solved, and passes with its gold patch.")
    return (*_by_hand(database, evidence[0] if evidence else None), f"To make it repeatable: `{shown.make}`")


def _by_hand(database: Database, best: Evidence | None) -> tuple[str, ...]:
    if best is None or best.session_id is None:
        return ()
    agent, _, native_id = best.session_id.partition(":")
    found = store.where(database, agent, native_id)
    if found is None:
        return ()
    name = project(found.project)
    commit = f" at commit {found.commit[:12]}" if found.commit else ""
    tree = "" if name is None else f" of {name}{commit}"
    who = f"{found.agent} {found.agent_version or ''}".strip() + (f" with {found.model}" if found.model else "")
    request = f"`{best.show}`" if best.show else "the session"
    return (
        f"Check out the tree{tree}." if tree else "The session names no repository: begin in a tree like its own.",
        f"Start {who} and make the request that {request} shows.",
        f"Watch for: {best.title}.",
    )
