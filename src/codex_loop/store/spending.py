"""What was used, cut where prices change: by local day, by session, by quarter of an hour.

A report adds these slices up and prices them; nothing is priced row by row. Slices are kept in a file beside a SQLite
store for as long as the ledger stays as it is (`memo.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any, Literal

import msgspec

from codex_loop.clock import DAY_MS, MINUTE_MS
from codex_loop.store.engine import Database
from codex_loop.store.ledger import QUALITIES
from codex_loop.store.memo import Memo

Origin = Literal["main", "subagent", "hidden"]

# Every zone in use is a multiple of this away from UTC, so a quarter of an hour never spans two local days.
QUARTER_MS = 15 * MINUTE_MS
_EPOCH = date(1970, 1, 1)
_FULL = "u.input + u.cached + u.cache_write_5m + u.cache_write_1h"
_SUMS = (
    "sum(u.input), sum(u.cached), sum(u.cache_write_5m), sum(u.cache_write_1h), sum(u.output), sum(u.reasoning),"
    " sum(u.web_searches), min(u.quality), count(*)"
)
_ORIGINS: tuple[Origin, ...] = ("main", "subagent", "hidden")
_ORIGIN = "CASE WHEN u.hidden IS NOT NULL THEN 2 WHEN s.lineage IN ('subagent', 'sidechain') THEN 1 ELSE 0 END"
_ROOM = 256
"""For each small number that is packed with others into one: grouping by one number takes half the time of four."""
_STRAY = 10**10
"""Numbers of days from about here on are quarters of an hour that lie outside the calendar."""
_NO_DAY = 3 * _STRAY
_LAST_MS = 253_402_300_799_999  # the end of 9999: a foreign file may claim any year, and later ones have no date


class Used(msgspec.Struct, frozen=True, array_like=True):
    """Tokens by kind, as a price list has them. `input` leaves out the cache; `output` contains `reasoning`."""

    input: int
    cached: int
    write_5m: int
    write_1h: int
    output: int
    reasoning: int | None
    searches: int
    quality: int
    """The worst of the rows added up, as `ledger.QUALITIES` counts."""
    responses: int

    @property
    def written(self) -> int:
        return self.write_5m + self.write_1h

    @property
    def total(self) -> int:
        return self.input + self.cached + self.write_5m + self.write_1h + self.output

    @property
    def quality_name(self) -> str:
        return QUALITIES[self.quality]


class Class(msgspec.Struct, frozen=True, array_like=True):
    """Requests that have one price: of a model, of a tier, above so many tokens of input, since an instant."""

    model: str | None
    tier: str | None
    above: int
    since_ms: int | None


class Slice(msgspec.Struct, frozen=True, array_like=True):
    """What one agent used on one local day in requests of one price; an unknown day is None."""

    day: str | None
    agent: str
    origin: Origin
    requests: Class
    used: Used


class SessionSlice(msgspec.Struct, frozen=True, array_like=True):
    """What one thread used in requests of one price."""

    session_key: int
    hidden: bool
    requests: Class
    first_ms: int | None
    last_ms: int | None
    used: Used


class Moment(msgspec.Struct, frozen=True, array_like=True):
    """What one agent used within a quarter of an hour; its end belongs to it, its beginning to the one before."""

    agent: str
    first_ms: int
    last_ms: int
    requests: Class
    used: Used


class WindowTold(msgspec.Struct, frozen=True):
    """What was told of one window of a limit that ends at one instant."""

    agent: str
    limit_id: str
    window_minutes: int
    resets_ms: int
    used_percent: float | None
    first_ms: int | None
    last_ms: int | None
    samples: int


class Thread(msgspec.Struct, frozen=True):
    """Whose slices these are: a subagent's belong to the session that began it."""

    agent: str
    native_id: str
    root_id: str
    subagent: bool
    cwd: str | None
    forked: bool


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """Which rows a report is about."""

    since_ms: int | None = None
    until_ms: int | None = None
    agent: str | None = None
    folders: tuple[str, ...] | None = None
    """Only sessions that ran in one of these."""

    @property
    def recurs(self) -> bool:
        """Whether the same question will be asked again: `7d` means another instant every time."""
        moments = (self.since_ms, self.until_ms)
        return self.folders is None and all(each is None or each % MINUTE_MS == 0 for each in moments)


class Calendar(msgspec.Struct, frozen=True, kw_only=True):
    """The days of a zone, so that the database itself can tell them: how far it is ahead of UTC, and from when."""

    zone: str
    shifts: tuple[tuple[int, int], ...]
    """(instant, milliseconds ahead of UTC from then on), ascending; the first instant is where the calendar begins."""
    end_ms: int


class Steps(msgspec.Struct, frozen=True):
    """Where prices change: tokens of input in one request, and instants; both ascend."""

    tokens: tuple[int, ...] = ()
    instants: tuple[int, ...] = ()


def models(database: Database) -> list[str]:
    """The models that sessions were last seen to use: nearly all that were used, told without a look at the ledger."""
    return [model for (model,) in database.rows("SELECT DISTINCT model FROM sessions WHERE model IS NOT NULL")]


def by_day(
    database: Database, asked: Asked, steps: Steps, calendar: Calendar, day_of: Callable[[int], str]
) -> list[Slice]:
    """Slices by local day; `day_of` says the day of an instant that the calendar does not reach."""
    memo, question = Memo(database), f"day {calendar} {asked} {steps}"
    found = memo.get(question, list[Slice]) if asked.recurs else None
    if found is None:
        found = _by_day(database, asked, steps, calendar, day_of)
        if asked.recurs:
            memo.put(question, found)
    return found


def by_session(database: Database, asked: Asked, steps: Steps) -> list[SessionSlice]:
    """Slices by thread; `threads` says which session a thread belongs to."""
    memo, question = Memo(database), f"session {asked} {steps}"
    found = memo.get(question, list[SessionSlice]) if asked.recurs else None
    if found is None:
        found = _by_session(database, asked, steps)
        if asked.recurs:
            memo.put(question, found)
    return found


def by_moment(database: Database, asked: Asked, steps: Steps) -> list[Moment]:
    """Slices by quarter of an hour, in the order of time; what was used at an unknown time is not in them."""
    memo, question = Memo(database), f"moment {asked} {steps}"
    found = memo.get(question, list[Moment]) if asked.recurs else None
    if found is None:
        found = _by_moment(database, asked, steps)
        if asked.recurs:
            memo.put(question, found)
    return found


def windows(database: Database, asked: Asked) -> list[WindowTold]:
    """Every window with a length and a reset that a provider told of, by its reset."""
    tests = ["resets_ms IS NOT NULL", "window_minutes IS NOT NULL"]
    bounds: list[object] = []
    for test, bound in (
        ("agent = ?", asked.agent),
        ("resets_ms >= ?", asked.since_ms),
        ("time_ms < ?", asked.until_ms),
    ):
        if bound is not None:
            tests.append(test)
            bounds.append(bound)
    rows = database.rows(
        "SELECT agent, limit_id, window_minutes, resets_ms, max(used_percent), min(time_ms), max(time_ms), count(*)"
        f" FROM limit_samples WHERE {' AND '.join(tests)} GROUP BY agent, limit_id, window_minutes, resets_ms"
        " ORDER BY resets_ms, agent, limit_id, window_minutes",
        bounds,
    )
    return [WindowTold(*row) for row in rows]


def threads(database: Database) -> dict[int, Thread]:
    """Every thread by its key."""
    rows = database.rows("SELECT key, agent, native_id, root_id, parent_id, lineage, cwd, forked_from FROM sessions")
    found = {}
    for key, agent, native_id, root, parent, lineage, cwd, forked_from in rows:
        subagent = lineage in ("subagent", "sidechain")
        above, _, _ = native_id.partition("/")
        session = (root or parent or above) if subagent and above == native_id else above
        found[key] = Thread(agent, native_id, session, subagent or above != native_id, cwd, forked_from is not None)
    return found


def sessions(database: Database, asked: Asked) -> set[int]:
    """Keys of the threads with at least one request that is asked for."""
    where, bounds = _where(asked)
    rows = database.rows(
        f"SELECT DISTINCT u.session_key FROM usage_events u JOIN sessions s ON s.key = u.session_key{where}", bounds
    )
    return {key for (key,) in rows}


def agents(database: Database) -> list[str]:
    """Every agent with a session."""
    return [agent for (agent,) in database.rows("SELECT DISTINCT agent FROM sessions ORDER BY agent")]


def folders(database: Database) -> list[tuple[str, str | None]]:
    """Every folder in which a session ran, with the repository it was told to be of."""
    return [
        (cwd, git_url)
        for cwd, git_url in database.rows("SELECT DISTINCT cwd, git_url FROM sessions WHERE cwd IS NOT NULL")
    ]


def _by_day(
    database: Database, asked: Asked, steps: Steps, calendar: Calendar, day_of: Callable[[int], str]
) -> list[Slice]:
    where, bounds = _where(asked)
    place = _packed(_day(calendar), *_numbers(steps), _ORIGIN)
    rows = database.rows(
        f"SELECT {place}, s.agent, u.model, u.tier, {_SUMS} FROM usage_events u"
        f" LEFT JOIN sessions s ON s.key = u.session_key{where} GROUP BY 1, 2, 3, 4",
        bounds,
    )
    slices = []
    for packed, agent, model, tier, *sums in rows:
        number, band, era, origin = _unpacked(int(packed), 3)
        requests = _class(model, tier, band, era, steps)
        slices.append(Slice(_day_name(number, day_of), agent or "unknown", _ORIGINS[origin], requests, _used(sums)))
    return sorted(slices, key=lambda each: (each.day or "", each.agent, each.origin, each.requests.model or ""))


def _by_session(database: Database, asked: Asked, steps: Steps) -> list[SessionSlice]:
    where, bounds = _where(asked)
    joined = " JOIN sessions s ON s.key = u.session_key" if "s." in where else ""
    place = _packed(*_numbers(steps), "CASE WHEN u.hidden IS NULL THEN 0 ELSE 1 END")
    rows = database.rows(
        f"SELECT u.session_key, {place}, u.model, u.tier, min(u.time_ms), max(u.time_ms), {_SUMS}"
        f" FROM usage_events u{joined}{where} GROUP BY 1, 2, 3, 4",
        bounds,
    )
    slices = []
    for session_key, packed, model, tier, first, last, *sums in rows:
        band, era, hidden = _unpacked(int(packed), 2)
        requests = _class(model, tier, band, era, steps)
        slices.append(SessionSlice(session_key, bool(hidden), requests, first, last, _used(sums)))
    return slices


def _by_moment(database: Database, asked: Asked, steps: Steps) -> list[Moment]:
    where, bounds = _where(asked, "u.time_ms IS NOT NULL")
    place = _packed(f"(u.time_ms - 1) / {QUARTER_MS}", *_numbers(steps))
    rows = database.rows(
        f"SELECT {place}, s.agent, u.model, u.tier, min(u.time_ms), max(u.time_ms), {_SUMS} FROM usage_events u"
        f" LEFT JOIN sessions s ON s.key = u.session_key{where} GROUP BY 1, 2, 3, 4 ORDER BY 5",
        bounds,
    )
    moments = []
    for packed, agent, model, tier, first, last, *sums in rows:
        _, band, era = _unpacked(int(packed), 2)
        moments.append(Moment(agent or "unknown", first, last, _class(model, tier, band, era, steps), _used(sums)))
    return moments


def _day(calendar: Calendar) -> str:
    """The number of the local day, counted from 1970."""
    start, end = calendar.shifts[0][0], calendar.end_ms
    ahead = " ".join(f"WHEN u.time_ms >= {since:d} THEN {shift:d}" for since, shift in reversed(calendar.shifts))
    day = f"(u.time_ms + CASE {ahead} ELSE 0 END) / {DAY_MS}"
    stray = f"{_STRAY} + u.time_ms / {QUARTER_MS}"
    return (
        f"CASE WHEN u.time_ms >= {start:d} AND u.time_ms < {end:d} THEN {day}"
        f" WHEN u.time_ms BETWEEN 0 AND {_LAST_MS} THEN {stray} ELSE {_NO_DAY} END"
    )


def _day_name(number: int, day_of: Callable[[int], str]) -> str | None:
    if number < _STRAY // 2:
        return (_EPOCH + timedelta(days=number)).isoformat()
    if number == _NO_DAY:
        return None
    try:
        return day_of((number - _STRAY) * QUARTER_MS)
    except (OverflowError, ValueError):  # the last hours of 9999, in a zone that is ahead
        return None


def _numbers(steps: Steps) -> tuple[str, str]:
    """Above which tokens of input a request is, and at or after which instant: the first, the second, ... or none."""
    return _case(_FULL, ">", steps.tokens), _case("u.time_ms", ">=", steps.instants)


def _packed(first: str, *small: str) -> str:
    """One number of several; all but the first are small."""
    packed = f"({first})"
    for each in small:
        packed = f"({packed} * {_ROOM} + {each})"
    return packed


def _unpacked(packed: int, small: int) -> tuple[int, ...]:
    parts: list[int] = []
    for _ in range(small):
        packed, part = divmod(packed, _ROOM)
        parts.append(part)
    return (packed, *reversed(parts))


def _case(value: str, test: str, marks: Sequence[int]) -> str:
    if not marks:
        return "0"
    tests = " ".join(
        f"WHEN {value} {test} {mark:d} THEN {number + 1}" for number, mark in reversed([*enumerate(marks)])
    )
    return f"CASE {tests} ELSE 0 END"


def _class(model: str | None, tier: str | None, band: int, era: int, steps: Steps) -> Class:
    return Class(model, tier, steps.tokens[band - 1] if band else 0, steps.instants[era - 1] if era else None)


def _where(asked: Asked, *more: str) -> tuple[str, list[object]]:
    tests: list[str] = [*more]
    bounds: list[object] = []
    for test, bound in (
        ("u.time_ms >= ?", asked.since_ms),
        ("u.time_ms < ?", asked.until_ms),
        ("s.agent = ?", asked.agent),
    ):
        if bound is not None:
            tests.append(test)
            bounds.append(bound)
    if asked.folders is not None:
        marks = ", ".join("?" * len(asked.folders))
        tests.append(f"s.cwd IN ({marks})" if asked.folders else "1 = 0")
        bounds += asked.folders
    return (" WHERE " + " AND ".join(tests) if tests else ""), bounds


def both(one: Used, other: Used) -> Used:
    """The sum of two."""
    known = [each.reasoning for each in (one, other) if each.reasoning is not None]
    return Used(
        one.input + other.input,
        one.cached + other.cached,
        one.write_5m + other.write_5m,
        one.write_1h + other.write_1h,
        one.output + other.output,
        sum(known) if known else None,
        one.searches + other.searches,
        min(one.quality, other.quality),
        one.responses + other.responses,
    )


def _used(sums: Sequence[Any]) -> Used:
    # PostgreSQL adds bigints up to a numeric, which its driver returns as Decimal.
    fresh, cached, short, long, output, reasoning, searches, quality, responses = sums
    return Used(
        int(fresh),
        int(cached),
        int(short),
        int(long),
        int(output),
        None if reasoning is None else int(reasoning),
        int(searches),
        int(quality),
        int(responses),
    )
