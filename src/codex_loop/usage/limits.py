"""What is left of every window that the providers report, the tightest first.

Limits belong to an account: of all hosts, sessions and sources that told of a window the newest word counts, and
nothing is ever added up. Read `standings` first.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from math import isfinite
from typing import Literal, NamedTuple

import msgspec

from codex_loop.clock import DAY_MS, HOUR_MS, MINUTE_MS
from codex_loop.store import limits as store
from codex_loop.store.engine import Database
from codex_loop.store.limits import Sample
from codex_loop.usage import cycles
from codex_loop.usage.cycles import Cycle
from codex_loop.usage.forecast import Forecast, Pace, Point, Use, mean, pace, reason, recent

__all__ = ["Forecast", "Pace", "Standing", "State", "Window", "effective", "stale_after_ms", "standings", "window_key"]

State = Literal["current", "expired", "stale", "unknown"]

HORIZON_MS = 16 * DAY_MS
"""What was told longer before the newest word is not asked for: by then, two weekly windows have ended."""
PRESENT_MS = 8 * DAY_MS
"""The same for who does not count cycles: a week is over by then."""
LONG_HORIZON_MS = 65 * DAY_MS
"""The same for windows of up to a month."""
AHEAD_MS = 5 * MINUTE_MS
"""A clock may be wrong by this much. What was told later than that from now is not believed until then."""
FULL = 101.0
"""More is believed only where credits allow to go on: upstream once put a time into this field."""
_LENGTHS = {60: "60m", 300: "5h", 1440: "1440m", 10_080: "weekly", 43_200: "43200m"}
_SLOT_LENGTHS = {"five_hour": 300, "seven_day": 10_080}
_FRESH_MS = 15 * MINUTE_MS


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """One window of one limit, as last told. Windows are data: their length names them, not a table of ours."""

    agent: str
    account: str | None
    limit_id: str
    slot: str | None
    key: str
    """`5h`, `weekly`, `<n>m`: by its length, with the models it is for (`weekly_opus`); the provider's own name where
    no length was told."""
    minutes: int | None
    used_percent: float | None
    """As told; None when not told, or when the window has begun anew since."""
    resets_ms: int | None
    observed_ms: int | None
    via: str | None
    plan: str | None
    reached: str | None
    state: State
    credits: str | None = None
    stale_after_ms: int = _FRESH_MS
    """How old a word may be and still count as current."""


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """A window and what follows from it."""

    window: Window
    pace: Pace | None
    forecast: Forecast | None
    cycle: int | None
    """Counts the times this window began anew, as far as the last 16 days tell (65, if it is longer than a week)."""
    recent: Forecast | None = None
    """The same question answered from the last hours alone."""
    no_forecast: str | None = None
    """Why there is no forecast."""
    cycle_began_ms: int | None = None
    """When the present cycle was first told of."""
    cycle_resets_ms: int | None = None
    """The end of the present cycle as first told: what names it, since later tellings move by seconds."""


class _Name(NamedTuple):
    agent: str
    account: str | None
    limit_id: str
    key: str


def standings(database: Database, now_ms: int, horizon_ms: int = HORIZON_MS) -> list[Standing]:
    """Every window that is known, the tightest first; those whose use is unknown come last.

    Who does not count cycles may look back less far.
    """
    until = now_ms + AHEAD_MS
    newest = store.newest_ms(database, until)
    if newest is None:
        return judge(store.samples(database, 0, 0, until), now_ms)
    return judge(store.samples(database, newest - horizon_ms, newest - LONG_HORIZON_MS, until), now_ms)


def judge(samples: Iterable[Sample], now_ms: int) -> list[Standing]:
    """The standings that follow from what was told."""
    named = _by_window(samples)
    extras = _credits(samples)
    found = [
        _standing(name, told, _newer(extras.get(name[:3]), extras.get((name.agent, None, name.limit_id))), now_ms)
        for name, told in named.items()
    ]
    kept = [each for each in found if not _gone(each.window, found, now_ms)]
    return sorted(kept, key=_tightness)


def effective(found: Sequence[Standing], agent: str | None = None) -> Standing | None:
    """The window that ends the work first (of one agent); None when nothing is known of any."""
    mine = (each for each in found if agent in (None, each.window.agent))
    return next((each for each in mine if each.window.used_percent is not None), None)


def window_key(minutes: int | None, slot: str | None) -> str:
    """What a window is called: by its length within one percent, and by the models a slot says it is for."""
    base, scope = _scope(slot)
    length = minutes if minutes is not None else _SLOT_LENGTHS.get(base)
    if length is None:
        return slot or "limit"
    near = next((known for known in _LENGTHS if abs(length - known) * 100 <= known), None)
    name = f"{length}m" if near is None else _LENGTHS[near]
    return f"{name}_{scope}" if scope else name


def stale_after_ms(minutes: int | None) -> int:
    """How old a word may be: a twentieth of the window, a quarter of an hour at least, an hour at most."""
    return min(max((minutes or 0) * MINUTE_MS // 20, _FRESH_MS), HOUR_MS)


def believed(used: float | None, credits_told: str | None) -> float | None:
    """The percentage, if it can be one."""
    if used is None or not isfinite(used) or used < 0:
        return None
    return used if used <= FULL or credits_told is not None else None


def _by_window(samples: Iterable[Sample]) -> dict[_Name, list[Sample]]:
    streams: dict[tuple[object, ...], list[Sample]] = defaultdict(list)
    for sample in samples:
        streams[sample[:5]].append(sample)
    named: dict[_Name, list[Sample]] = defaultdict(list)
    for words in streams.values():
        one, told = words[0], words
        if one.slot is None and one.minutes is None:  # words on credits alone stand among them
            told = [each for each in words if each.used_percent is not None or each.resets_ms is not None]
        if told:
            named[_Name(one.agent, one.account, one.limit_id, window_key(one.minutes, one.slot))] += told
    _join_accounts(named)
    for told in named.values():
        told.sort(key=_order)
    return named


def _order(sample: Sample) -> tuple[int, float, int, str]:
    # Words of the same millisecond can disagree; a limit is worth more when it errs on the side of the higher use.
    used, observed_ms, resets_ms = sample.used_percent, sample.observed_ms, sample.resets_ms
    return (
        0 if observed_ms is None else observed_ms,
        used if used is not None and used >= 0 else -1.0,
        0 if resets_ms is None else resets_ms,
        sample.via or "",
    )


def _join_accounts(named: dict[_Name, list[Sample]]) -> None:
    """What was told without an account belongs to the one there is; of several, to the one with the same reset."""
    for name in [name for name in named if name.account is None]:
        owners = [other for other in named if other.account is not None and other._replace(account=None) == name]
        owners.sort(key=lambda other: other.account or "")
        accounts = {other.account for other in named if other.agent == name.agent and other.account is not None}
        if len(accounts) == 1:
            (account,) = accounts
            named[name._replace(account=account)] += named.pop(name)
        elif owners:
            left: list[Sample] = []
            for sample in named.pop(name):
                owner = next((other for other in owners if _shares_reset(sample, named[other])), None)
                (left if owner is None else named[owner]).append(sample)
            if left:
                named[name] = left


def _shares_reset(sample: Sample, told: Sequence[Sample]) -> bool:
    if sample.resets_ms is None:
        return False
    known = (each.resets_ms for each in reversed(told) if each.account is not None and each.resets_ms is not None)
    return any(abs(resets - sample.resets_ms) <= cycles.JITTER_MS for resets in known)


def _credits(samples: Iterable[Sample]) -> dict[tuple[str, str | None, str], Sample]:
    """The newest word on credits of each limit."""
    found: dict[tuple[str, str | None, str], Sample] = {}
    for sample in samples:
        if sample.credits is None:
            continue
        name = (sample.agent, sample.account, sample.limit_id)
        before = found.get(name)
        if before is None or _order(before) <= _order(sample):
            found[name] = sample
    return found


def _newer(one: Sample | None, other: Sample | None) -> Sample | None:
    if one is None or other is None:
        return one or other
    return one if (one.observed_ms or 0) >= (other.observed_ms or 0) else other


def _standing(name: _Name, told: Sequence[Sample], extra: Sample | None, now_ms: int) -> Standing:
    window = _window(name, told, extra, now_ms)
    cycle = cycles.latest(_told(told), window.minutes)
    if window.state == "expired" or window.used_percent is None:
        why = "it began anew since it was last told" if window.state == "expired" else "its use is unknown"
        return _plain(window, cycle, why)
    if window.resets_ms is None or window.minutes is None or window.observed_ms is None:
        return _plain(window, cycle, "its end or length was not told")
    stale = window.state == "stale"
    # An old word says nothing of the time since: what follows from it holds at its own instant.
    at_ms = window.observed_ms if stale else now_ms
    use = Use(window.used_percent, at_ms, window.minutes, window.resets_ms)
    points = [Point(each.at_ms, each.used) for each in (cycle.told if cycle else ()) if each.used is not None]
    lately = recent(use, points, stale=stale)
    return msgspec.structs.replace(
        _plain(window, cycle, reason(use)),
        pace=pace(use),
        forecast=mean(use, stale=stale, other=lately),
        recent=lately,
    )


def _plain(window: Window, cycle: Cycle | None, why: str | None) -> Standing:
    begun_anew = window.state == "expired"
    return Standing(
        window=window,
        pace=None,
        forecast=None,
        cycle=None if cycle is None else cycle.number + begun_anew,
        no_forecast=why,
        cycle_began_ms=None if cycle is None or begun_anew else cycle.began_ms,
        cycle_resets_ms=None if cycle is None or begun_anew else cycle.resets_ms,
    )


def _told(samples: Sequence[Sample]) -> Iterator[tuple[int, float | None, int | None]]:
    for each in samples:
        used = each.used_percent
        if each.observed_ms is not None:
            plain = used is None or 0 <= used <= FULL
            yield each.observed_ms, used if plain else believed(used, each.credits), each.resets_ms


def _window(name: _Name, told: Sequence[Sample], extra: Sample | None, now_ms: int) -> Window:
    """The newest word, with the percentage of an earlier one where that is still about the same cycle."""
    newest = told[-1]
    counted = next((each for each in reversed(told) if believed(each.used_percent, each.credits) is not None), None)
    if counted is not None and _other_cycle(counted, newest):
        counted = None
    source = counted or newest
    resets_ms = newest.resets_ms if newest.resets_ms is not None else source.resets_ms
    minutes = next((each.minutes for each in reversed(told) if each.minutes is not None), None)
    if minutes is None:
        minutes = _SLOT_LENGTHS.get(_scope(newest.slot)[0])
    used = None if counted is None else believed(counted.used_percent, counted.credits)
    state = _state(used, resets_ms, source.observed_ms, minutes, now_ms)
    return Window(
        agent=name.agent,
        account=name.account,
        limit_id=name.limit_id,
        slot=newest.slot,
        key=name.key,
        minutes=minutes,
        used_percent=None if state in ("expired", "unknown") else used,
        resets_ms=resets_ms,
        observed_ms=source.observed_ms,
        via=source.via,
        plan=next((each.plan for each in reversed(told) if each.plan is not None), None),
        reached=None if state == "expired" else newest.reached,
        state=state,
        credits=None if extra is None else extra.credits,
        stale_after_ms=stale_after_ms(minutes),
    )


def _other_cycle(before: Sample, now: Sample) -> bool:
    if before.resets_ms is None:
        return False
    if now.resets_ms is not None and abs(now.resets_ms - before.resets_ms) > cycles.tolerance_ms(now.minutes):
        return True
    return now.observed_ms is not None and now.observed_ms >= before.resets_ms


def _state(used: float | None, resets_ms: int | None, observed_ms: int | None, minutes: int | None, now: int) -> State:
    if resets_ms is not None and resets_ms <= now:
        return "expired"
    if used is None:
        return "unknown"
    if observed_ms is None:
        return "stale"
    if resets_ms is None and minutes is None and observed_ms + DAY_MS <= now:
        return "unknown"  # nobody can say whether it has ended since
    if resets_ms is None and minutes is not None and observed_ms + minutes * MINUTE_MS <= now:
        return "expired"  # whenever it began, it has ended since
    return "stale" if now - observed_ms > stale_after_ms(minutes) else "current"


def _gone(window: Window, found: Sequence[Standing], now_ms: int) -> bool:
    """Whether a window ended and the provider, still telling of others of this limit, never spoke of it again."""
    if window.state != "expired" or window.observed_ms is None:
        return False
    length_ms = max((window.minutes or 0) * MINUTE_MS, DAY_MS)
    ended_ms = window.resets_ms if window.resets_ms is not None else window.observed_ms + length_ms
    return (
        any(
            other.window.observed_ms is not None and other.window.observed_ms >= ended_ms + length_ms
            for other in found
            if (other.window.agent, other.window.limit_id) == (window.agent, window.limit_id)
            and other.window.account in (window.account, None)
        )
        and now_ms >= ended_ms + length_ms
    )


def _tightness(standing: Standing) -> tuple[bool, float, int, str, str, str, str]:
    window = standing.window
    return (
        window.used_percent is None,
        -(window.used_percent or 0.0),
        window.resets_ms or 0,
        window.agent,
        window.limit_id,
        window.key,
        window.account or "",
    )


def _scope(slot: str | None) -> tuple[str, str]:
    """`seven_day_opus` is a `seven_day` window of `opus`."""
    for base in _SLOT_LENGTHS:
        if slot is not None and (slot == base or slot.startswith(f"{base}_")):
            return base, slot[len(base) + 1 :]
    return slot or "", ""
