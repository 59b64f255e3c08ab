"""Drawing from the measured distributions: sizes, times, identifiers."""

from __future__ import annotations

import math
from functools import lru_cache
from random import Random
from statistics import NormalDist

from benchmarks.corpus.truth import DAY_MS, day_of

_STEPS = 4096


class Sizes:
    """A log-normal size, as a table: one draw is one list index."""

    def __init__(self, median: float, spread: float, largest: float) -> None:
        normal = NormalDist()
        steps = (normal.inv_cdf((step + 0.5) / _STEPS) for step in range(_STEPS))
        self._table = [int(min(largest, median * math.exp(spread * step))) for step in steps]

    def draw(self, rng: Random) -> int:
        return self._table[rng.getrandbits(12)]


class Moments:
    """A clock that only moves when told, and never lets one response straddle midnight UTC."""

    GUARD_MS = 300_000

    def __init__(self, now_ms: int) -> None:
        self.ms = now_ms

    def advance(self, rng: Random, up_to_ms: int) -> None:
        self.ms += 1 + int(rng.random() * up_to_ms)

    def settle(self) -> None:
        """Leave the last minutes of a day: a counter may date a response by any of its lines."""
        if DAY_MS - self.ms % DAY_MS < self.GUARD_MS:
            self.ms += 2 * self.GUARD_MS

    @property
    def stamp(self) -> bytes:
        return stamp(self.ms)


@lru_cache(maxsize=512)
def _day(day: int) -> bytes:
    return day_of(day * DAY_MS).encode()


def stamp(ms: int) -> bytes:
    """`2026-11-21T07:02:18.380Z`, always 24 bytes."""
    day, rest = divmod(ms, DAY_MS)
    seconds, milli = divmod(rest, 1000)
    minutes, seconds = divmod(seconds, 60)
    return b"%bT%02d:%02d:%02d.%03dZ" % (_day(day), minutes // 60, minutes % 60, seconds, milli)


def file_stamp(ms: int) -> str:
    """`2026-11-21T07-02-18`, as Codex names its files."""
    return stamp(ms)[:19].decode().replace(":", "-")


def uuid7(rng: Random, ms: int) -> bytes:
    """A time-ordered id, as Codex names its threads and turns."""
    tail = rng.getrandbits(74)
    high, low = tail >> 62, tail & ((1 << 62) - 1) | (1 << 63)
    return b"%08x-%04x-7%03x-%04x-%012x" % (ms >> 16, ms & 0xFFFF, high, low >> 48, low & 0xFFFFFFFFFFFF)


def uuid4(rng: Random) -> bytes:
    digits = b"%032x" % rng.getrandbits(128)
    return b"%b-%b-4%b-a%b-%b" % (digits[:8], digits[8:12], digits[13:16], digits[17:20], digits[20:])


def token(rng: Random, bits: int = 96) -> bytes:
    """The random end of a provider id such as `call_…` or `msg_…`."""
    return b"%0*x" % (bits // 4, rng.getrandbits(bits))


def chance(rng: Random, probability: float) -> bool:
    return rng.random() < probability
