"""What happened week by week, for every hundred sessions, and what changed around it.

A signal belongs to the week in which it happened, never to the one in which it was found: old sessions that are read
today are no news. A week without sessions, or whose sessions nobody looked at, is unknown and not zero.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence

import msgspec

from codex_loop.clock import DAY_MS
from codex_loop.errors import UsageError
from codex_loop.report.direction import Half, direction
from codex_loop.store import trends as store
from codex_loop.store.engine import Database
from codex_loop.store.sessions import moment
from codex_loop.store.trends import AtWork, Seen

AROUND_MS = 28 * DAY_MS
"""How far before and after a change its rates look."""


class Week(msgspec.Struct, frozen=True, kw_only=True):
    """A week, and how many sessions were at work in it."""

    begins_at: str | None
    sessions: int
    unseen: int
    """Of these, sessions that no detector has looked at: what happened in them is unknown."""
    running: bool
    """It is not over yet."""


class Series(msgspec.Struct, frozen=True, kw_only=True):
    """A category over the weeks."""

    type: str
    category: str
    signals: int
    counts: tuple[int | None, ...]
    """One a week; null: unknown."""
    rates: tuple[float | None, ...]
    """For every hundred sessions that were looked at."""
    first_half: float | None
    second_half: float | None
    """Rates of the first and of the second half of the weeks."""
    direction: str | None
    """growing, shrinking, steady; null: too little to say."""


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """Something that changed, and the rates of everything shown around it."""

    at: str | None
    kind: str
    """agent_version, model or category."""
    what: str
    before: float | None
    after: float | None
    """For every hundred sessions, over at most four weeks on that side; null: no sessions."""


class SignalTrends(msgspec.Struct, frozen=True, kw_only=True):
    """Signals by the week in which they happened."""

    category: str | None
    type: str | None
    weeks: tuple[Week, ...]
    series: tuple[Series, ...]
    """The most frequent first."""
    total: Series
    changes: tuple[Change, ...]
    undated: int
    """Signals that no clock tells the time of: in none of the weeks."""


def signal_trends(
    database: Database, begins: Sequence[int], now_ms: int, *, kind: str | None = None, category: str | None = None
) -> SignalTrends:
    """Over the weeks that begin at these instants, the last of which is now's."""
    first_ms = begins[0]
    seen = store.signals(database, first_ms, kind, category)
    undated = store.undated(database, kind, category)
    if category is not None and not seen and not undated:
        _refuse_unknown(database, category)
    at_work = store.sessions(database, first_ms)
    weeks = _Weeks(begins, at_work)
    by_name: dict[tuple[str, str], list[int]] = defaultdict(list)
    for each in seen:
        by_name[each.kind, each.category].append(each.time_ms)
    series = [_series(*name, times, weeks) for name, times in by_name.items()]
    series.sort(key=lambda each: (each.type != "friction", -each.signals, each.category))
    return SignalTrends(
        category=category,
        type=kind,
        weeks=weeks.told(),
        series=tuple(series),
        total=_series(kind or "all", category or "all", [each.time_ms for each in seen], weeks),
        changes=tuple(_changes(database, first_ms, now_ms, seen, at_work)),
        undated=undated,
    )


def _refuse_unknown(database: Database, category: str) -> None:
    known = store.categories(database)
    if category not in known:
        names = ", ".join(known) or "none yet: `codex-loop signals` looks for them"
        raise UsageError(f"no signal was ever called {category}; there is {names}")


class _Weeks:
    """The weeks, and who was at work in each."""

    def __init__(self, begins: Sequence[int], at_work: Iterable[AtWork]) -> None:
        self.begins = begins
        self.sessions, self.looked = [0] * len(begins), [0] * len(begins)
        for each in at_work:
            first, last = max(self.of(each.first_ms), 0), self.of(each.last_ms)
            for week in range(first, last + 1):
                self.sessions[week] += 1
                self.looked[week] += each.looked_at

    def of(self, instant_ms: int) -> int:
        """Its number; -1: before the first."""
        return bisect_right(self.begins, instant_ms) - 1

    def counts(self, times: Iterable[int]) -> list[int | None]:
        found: list[int | None] = [0 if looked else None for looked in self.looked]
        for each in times:
            found[self.of(each)] = (found[self.of(each)] or 0) + 1
        return found

    def told(self) -> tuple[Week, ...]:
        last = len(self.begins) - 1
        return tuple(
            Week(
                begins_at=moment(begin),
                sessions=self.sessions[nth],
                unseen=self.sessions[nth] - self.looked[nth],
                running=nth == last,
            )
            for nth, begin in enumerate(self.begins)
        )


def _series(kind: str, category: str, times: Sequence[int], weeks: _Weeks) -> Series:
    counts = weeks.counts(times)
    middle = len(counts) // 2
    one = Half(sum(each or 0 for each in counts[:middle]), sum(weeks.looked[:middle]))
    two = Half(sum(each or 0 for each in counts[middle:]), sum(weeks.looked[middle:]))
    return Series(
        type=kind,
        category=category,
        signals=len(times),
        counts=tuple(counts),
        rates=tuple(
            None if count is None else _rate(count, looked) for count, looked in zip(counts, weeks.looked, strict=True)
        ),
        first_half=_rate(*one),
        second_half=_rate(*two),
        direction=direction(one, two),
    )


def _rate(signals: int, sessions: int) -> float | None:
    """For every hundred sessions."""
    return round(100 * signals / sessions, 1) if sessions else None


def _changes(
    database: Database, first_ms: int, now_ms: int, seen: Sequence[Seen], at_work: Sequence[AtWork]
) -> Iterable[Change]:
    found = [(use.time_ms, use.kind, f"{use.agent} {use.name}") for use in store.first_uses(database)]
    found += [(each.time_ms, "category", f"{each.name} {each.event}") for each in store.decided(database, first_ms)]
    times = [each.time_ms for each in seen]
    for at_ms, kind, what in sorted(each for each in found if first_ms <= each[0] <= now_ms):
        yield Change(
            at=moment(at_ms),
            kind=kind,
            what=what,
            before=_between(times, at_work, max(at_ms - AROUND_MS, first_ms), at_ms),
            after=_between(times, at_work, at_ms, min(at_ms + AROUND_MS, now_ms + 1)),
        )


def _between(times: Sequence[int], at_work: Iterable[AtWork], first_ms: int, until_ms: int) -> float | None:
    inside = sum(each.looked_at for each in at_work if each.first_ms < until_ms and each.last_ms >= first_ms)
    return _rate(bisect_left(times, until_ms) - bisect_left(times, first_ms), inside)
