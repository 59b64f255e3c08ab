"""Windows of work: their names, which snapshots are their two ends, and what lies between these."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import msgspec

from codex_loop.clock import MINUTE_MS, parse_ms
from codex_loop.usage.tracker import resets
from codex_loop.usage.tracker.records import (
    BARS,
    NEGATIVE,
    RESET_BETWEEN,
    GlmCount,
    Number,
    Snapshot,
    agent_of,
)

FIRST = "W0-01"
SETTLING_MS = 5 * MINUTE_MS
"""A provider's bars lag behind: so long after a reset they are not to be trusted."""
_NUMBERED = re.compile(r"(?P<series>.*?)(?P<number>\d+)")


class Pair(msgspec.Struct, frozen=True, kw_only=True):
    """The two ends of a window of one provider and one agent."""

    window: str
    provider: str
    agent: str | None
    before: Snapshot | None
    after: Snapshot | None

    @property
    def begins_ms(self) -> int | None:
        return parse_ms(self.before.captured_at) if self.before else None

    @property
    def ends_ms(self) -> int | None:
        return parse_ms(self.after.captured_at) if self.after else None


class Delta(msgspec.Struct, frozen=True):
    """Percent points by bar; null where the two ends do not tell, and why."""

    points: dict[str, Number | None]
    errors: tuple[str, ...]


def following(window: str, known: Iterable[str] = ()) -> str:
    """The next name in the series: `W0-02` after `W0-01`. After a free name, one more than the highest number known."""
    match = _NUMBERED.fullmatch(window)
    if match is None:
        numbered = [each for each in known if re.fullmatch(r"W0-\d+", each)]
        return following(max(numbered, key=lambda each: int(each[3:]))) if numbered else FIRST
    number = match["number"]
    return f"{match['series']}{int(number) + 1:0{len(number)}d}"


def upcoming(latest: Snapshot | GlmCount | None, known: Iterable[str] = ()) -> str:
    """The window that a new beginning belongs to: the one that waits for its end, else the next."""
    if latest is None:
        return FIRST
    return latest.window if latest.phase == "before" else following(latest.window, known)


def canonical(snapshots: Sequence[Snapshot]) -> Snapshot | None:
    """Of several snapshots of one end, the one that counts: what a person set by hand, else the latest."""
    by_hand = [each for each in snapshots if each.source == "override"]
    chosen = by_hand or snapshots
    return chosen[-1] if chosen else None


def pairs(snapshots: Sequence[Snapshot]) -> list[Pair]:
    """Every window of every provider, in the order in which they began."""
    ends: dict[tuple[str, str, str | None], dict[str, list[Snapshot]]] = {}
    for each in snapshots:
        place = (each.window, each.provider, agent_of(each.notes))
        ends.setdefault(place, {}).setdefault(each.phase, []).append(each)
    return [
        Pair(
            window=window,
            provider=provider,
            agent=agent,
            before=canonical(phases.get("before", [])),
            after=canonical(phases.get("after", [])),
        )
        for (window, provider, agent), phases in ends.items()
    ]


def delta(pair: Pair) -> Delta:
    """How far each bar moved. What went down, or began anew in between, cannot be told: null, with the reason."""
    if pair.before is None or pair.after is None:
        return Delta({}, ())
    points: dict[str, Number | None] = {}
    errors: list[str] = []
    for bar in BARS.get(pair.provider, ()):
        before, after = pair.before.parsed.percent(bar), pair.after.parsed.percent(bar)
        moved = None if before is None or after is None else after - before
        if moved is not None and moved < 0:
            moved = None
            errors.append(NEGATIVE)
        if _began_anew(pair, bar):
            moved = None
            errors.append(RESET_BETWEEN)
        points[bar] = moved
    return Delta(points, tuple(dict.fromkeys(errors)))


def too_soon_after_reset(before: Snapshot | None, captured_ms: int, settling_ms: int = SETTLING_MS) -> bool:
    """Whether an end taken now falls into the minutes after a reset that the beginning announced."""
    if before is None:
        return False
    announced = [_resets_ms(before, bar) for bar in BARS.get(before.provider, ())]
    return any(at is not None and at <= captured_ms < at + settling_ms for at in announced)


def _began_anew(pair: Pair, bar: str) -> bool:
    if pair.before is None or pair.ends_ms is None:
        return False
    at = _resets_ms(pair.before, bar)
    return at is not None and at <= pair.ends_ms


def _resets_ms(snapshot: Snapshot, bar: str) -> int | None:
    seen = parse_ms(snapshot.captured_at)
    return None if seen is None else resets.instant(snapshot.parsed.resets(bar), seen)
