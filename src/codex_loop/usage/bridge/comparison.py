"""A report of ccusage beside our own ledger: the same periods, the same zone, and where the two differ.

`reconcile` only compares: what ccusage says comes in as a `Report`, what we know as a `Ledger`. `reasons.py` says why.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import chain

import msgspec

from codex_loop.clock import MINUTE_MS
from codex_loop.sources.ccusage import Report, Row
from codex_loop.sources.ccusage.dates import instant_ms
from codex_loop.store import imports, runs
from codex_loop.store.engine import Database
from codex_loop.usage.bridge import reasons
from codex_loop.usage.bridge.counts import Counts, Entry, Ledger, Share, told_counts
from codex_loop.usage.bridge.reasons import Reason
from codex_loop.usage.bridge.unseen import Unseen

UNKNOWN_DAY = "unknown"
ALL = "all"
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_OURS = ("codex", "claude")
_ARCHIVE = "archived_sessions"
QUARTER_MS = 15 * MINUTE_MS
"""Entries are told by the beginning of theirs."""

Place = tuple[str, str]
"""A period (or session, or block) and an agent."""


class Difference(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One period of one agent of which the two say different things."""

    period: str
    agent: str
    theirs: Counts | None
    """Null: ccusage says nothing of it."""
    ours: Counts | None
    """Null: our ledger holds nothing of it."""
    difference: int
    """Theirs less ours, in tokens; 0 where only the kinds of tokens differ."""
    reasons: tuple[Reason, ...]


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that both tell of, and where they differ."""

    theirs: int | None
    ours: int
    compared: int
    """How many periods of agents."""
    differences: tuple[Difference, ...]


def reconcile(report: Report, ledger: Ledger) -> list[Difference]:
    """Where the report and the ledger differ, in the order of the report; rows that agree are not in it."""
    return list(compare(report, ledger).differences)


def compare(report: Report, ledger: Ledger) -> Comparison:
    """As `reconcile`, with the sums of what was compared."""
    theirs = _theirs(report, _roots(ledger) if report.kind == "session" else {})
    ours = _ours(report, ledger, theirs)
    places = list(dict.fromkeys(chain(theirs, sorted(ours))))
    differing = [place for place in places if _differ(theirs.get(place), ours.get(place))]
    elsewhere = _other_zone(report, ledger, theirs, differing)
    moved = _moved(report, theirs, ours, differing)
    told = [counts.total_tokens for counts in theirs.values()]
    latest = max((period for period, _ in theirs), default=None)
    return Comparison(
        theirs=sum(told) if told else None,
        ours=sum(share.counts.total_tokens for share in ours.values()),
        compared=len(places),
        differences=tuple(
            _difference(
                place,
                theirs.get(place),
                ours.get(place),
                reasons.Case(
                    report=report,
                    ledger=ledger,
                    agent=place[1],
                    row=_row_of(report, place),
                    latest=place[0] == latest,
                    zone=elsewhere,
                    moved=place[1] in moved,
                ),
            )
            for place in differing
        ),
    )


def _difference(place: Place, theirs: Counts | None, ours: Share | None, case: reasons.Case) -> Difference:
    counts = None if ours is None else ours.counts
    return Difference(
        period=place[0],
        agent=place[1],
        theirs=theirs,
        ours=counts,
        difference=(theirs.total_tokens if theirs else 0) - (counts.total_tokens if counts else 0),
        reasons=reasons.why(theirs, ours, case),
    )


def _theirs(report: Report, roots: Mapping[str, str]) -> dict[Place, Counts]:
    """What the report tells by period and agent; rows that do not tell their tokens cannot be compared."""
    found: dict[Place, Counts] = {}
    for row in report.rows:
        if row.gap:
            continue
        for part in row.parts or (row,):
            counts = told_counts(part.tokens)
            if counts is not None:
                period = _period(report, row)
                place = (roots.get(period, period), part.agent or ALL)
                found[place] = found[place].plus(counts) if place in found else counts
    return found


def _roots(ledger: Ledger) -> dict[str, str]:
    """The session of each subagent: in older layouts of Claude Code, ccusage takes one for a session of its own."""
    children = {entry.child: entry.session for entry in ledger.entries if entry.child is not None}
    return {name: root for child, root in children.items() for name in (child, f"agent-{child}")}


def _period(report: Report, row: Row) -> str:
    return reasons.thread_of(row.key) if report.kind == "session" else row.key


def _row_of(report: Report, place: Place) -> Row | None:
    return next((row for row in report.rows if _period(report, row) == place[0]), None)


def _ours(report: Report, ledger: Ledger, theirs: Mapping[Place, Counts]) -> dict[Place, Share]:
    """The ledger over what the report covers: its agents, and its periods from the first to the last."""
    whole = any(agent == ALL for _, agent in theirs)
    agents = {agent for _, agent in theirs} | (
        set(_OURS) if report.dialect == "unified-v20" and report.only is None else set()
    )
    period_of = _periods(report, ledger.day_of)
    told = {period for period, _ in theirs}
    first, last = min(told, default=""), max(told, default="")
    found: dict[Place, Share] = {}
    entries = _of_known_sessions(report, ledger.entries, told) if report.kind == "session" else ledger.entries
    for entry in entries:
        if not whole and entry.agent not in agents:
            continue
        period = period_of(entry)
        if period is None or not (report.kind in ("session", "blocks") or _within(period, first, last)):
            continue
        place = (period, ALL if whole else entry.agent)
        found[place] = found[place].plus(entry) if place in found else Share.of(entry)
    return found


def _of_known_sessions(report: Report, entries: Sequence[Entry], told: set[str]) -> Iterator[Entry]:
    """Of sessions that the report does not name, only those used between its first and its last: it may be a part."""
    times = [row.last_ms for row in report.rows if row.last_ms is not None]
    times += [first for row in report.rows if (first := instant_ms(row.first_activity or "")) is not None]
    earliest = min(times, default=0) - QUARTER_MS
    last: dict[str, int] = {}
    for entry in entries:
        last[entry.session] = max(last.get(entry.session, -1), -1 if entry.time_ms is None else entry.time_ms)
    for entry in entries:
        if entry.session in told or (times and earliest <= last[entry.session] <= max(times)):
            yield entry


def _within(period: str, first: str, last: str) -> bool:
    return period == UNKNOWN_DAY or first <= period <= last


def _periods(report: Report, day_of: Callable[[int], str]) -> Callable[[Entry], str | None]:
    """Which row of this report a moment belongs to; None: one that it does not cover."""
    if report.kind == "session":
        return lambda entry: entry.session
    if report.kind == "blocks":
        return _blocks(report)
    first_of = {"monthly": lambda day: day[:7], "weekly": _week_of(report.week_starts)}.get(
        report.kind, lambda day: day
    )
    known: dict[int, str] = {}

    def period(entry: Entry) -> str:
        if entry.time_ms is None:
            return UNKNOWN_DAY
        if entry.time_ms not in known:
            known[entry.time_ms] = first_of(day_of(entry.time_ms))
        return known[entry.time_ms]

    return period


def _week_of(starts: str | None) -> Callable[[str], str]:
    weekday = _WEEKDAYS.index(starts or "monday")

    def week(day: str) -> str:
        try:
            found = date.fromisoformat(day)
        except ValueError:  # a year that no calendar here knows
            return day
        return (found - timedelta(days=(found.weekday() - weekday) % 7)).isoformat()

    return week


def _blocks(report: Report) -> Callable[[Entry], str | None]:
    """The block that a moment is in; what lies between two blocks stands under the gap's own name."""
    rows = [(start, row) for row in report.rows if (start := instant_ms(row.start or "")) is not None]
    rows.sort(key=lambda each: each[0])
    starts = [start for start, _ in rows]

    def block(entry: Entry) -> str | None:
        at = -1 if entry.time_ms is None else bisect_right(starts, entry.time_ms) - 1
        if at < 0 or entry.time_ms is None:
            return None
        row = rows[at][1]
        end = instant_ms(row.end or "")
        return row.key if end is not None and entry.time_ms < end else None

    return block


def _moved(
    report: Report, theirs: Mapping[Place, Counts], ours: Mapping[Place, Share], differing: Sequence[Place]
) -> set[str]:
    """Agents whose sessions differ, and whose sum does not: the same tokens stand under another session."""
    if report.kind != "session":
        return set()
    sums: dict[str, int] = {}
    for place in differing:
        told, known = theirs.get(place), ours.get(place)
        more = (told.total_tokens if told else 0) - (known.counts.total_tokens if known else 0)
        sums[place[1]] = sums.get(place[1], 0) + more
    return {agent for agent, more in sums.items() if more == 0}


def _differ(theirs: Counts | None, ours: Share | None) -> bool:
    if theirs is None or ours is None:
        return (theirs is not None and theirs.total_tokens != 0) or (ours is not None and ours.counts.total_tokens != 0)
    return not theirs.agrees(ours.counts)


def _other_zone(
    report: Report, ledger: Ledger, theirs: Mapping[Place, Counts], differing: Sequence[Place]
) -> reasons.Zone | None:
    """A zone in whose days the two agree more: the name, and whether they agree in everything."""
    if not differing or report.kind in ("session", "blocks"):
        return None
    best: reasons.Zone | None = None
    fewest = (len(differing) + 1) // 2
    for name, day_of in ledger.other_zones.items():
        ours = _ours(report, msgspec.structs.replace(ledger, day_of=day_of), theirs)
        left = sum(_differ(theirs.get(place), ours.get(place)) for place in {*theirs, *ours})
        if left < fewest:
            best, fewest = reasons.Zone(name, left == 0), left
    return best


def agents_of(report: Report) -> tuple[str, ...]:
    """Whose tokens a report tells, as far as it says so."""
    told = chain.from_iterable(row.agents or ((row.agent,) if row.agent else ()) for row in report.rows)
    return tuple(sorted(set(told)))


def gather(
    database: Database,
    day_of: Callable[[int], str],
    other_zones: Mapping[str, Callable[[int], str]],
    unseen_by: Callable[[str], Unseen | None],
) -> Ledger:
    """The whole ledger of this store, as it is compared with. `unseen_by` says why others do not see a file."""
    tellers, files = imports.tellers(database), imports.files(database)
    unseen = {file.id: why for file in files if (why := unseen_by(file.path)) is not None}
    copied = _copied(files)
    aside = {teller.native_id.partition("/")[0] for teller in tellers.values() if teller.aside}
    return Ledger(
        entries=tuple(
            _entry(
                spend,
                teller,
                copied=spend.session_key in copied,
                aside=teller.native_id.partition("/")[0] in aside,
                unseen=unseen.get(spend.source_id),
            )
            for spend in imports.spends(database)
            if (teller := tellers.get(spend.session_key)) is not None
        )
        + tuple(_twins(each) for each in imports.twins(database)),
        day_of=day_of,
        other_zones=other_zones,
        read_until_ms=runs.last_started(database, "ingest"),
    )


def _entry(spend: imports.Spend, teller: imports.Teller, *, copied: bool, aside: bool, unseen: Unseen | None) -> Entry:
    root, _, child = teller.native_id.partition("/")
    return Entry(
        time_ms=spend.time_ms,
        agent=teller.agent,
        session=root,
        child=child or None,
        counts=Counts(
            input_tokens=spend.input,
            cache_read_tokens=spend.cached,
            cache_creation_tokens=spend.cache_write,
            output_tokens=spend.output,
            total_tokens=spend.input + spend.cached + spend.cache_write + spend.output,
        ),
        recorded=spend.recorded,
        unnamed=spend.unnamed and teller.agent == "claude",
        orphan=teller.orphan,
        branch=teller.branch and teller.agent == "codex",
        old=teller.agent == "claude" and (teller.version or "").startswith("1."),
        aside=aside,
        copied=copied,
        unseen=unseen,
    )


def _twins(each: imports.Twins) -> Entry:
    nothing = Counts(input_tokens=0, cache_read_tokens=0, cache_creation_tokens=0, output_tokens=0, total_tokens=0)
    return Entry(time_ms=each.time_ms, agent=each.agent, session="", counts=nothing, twins=each.tokens)


def _copied(files: Iterable[imports.File]) -> set[int]:
    """Sessions that lie in the archive folder of Codex and also outside."""
    inside: set[int] = set()
    outside: set[int] = set()
    for file in files:
        if file.session_key is not None:
            (inside if _ARCHIVE in re.split(r"[/\\]", file.path) else outside).add(file.session_key)
    return inside & outside
