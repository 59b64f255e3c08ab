"""What only several sessions together show: work begun anew, sessions that took far more, commits that did not last.

Rules here look at the whole store, after every session was looked at by itself, and only when one of them changed.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from statistics import median

import msgspec

from codex_loop.clock import MINUTE_MS
from codex_loop.signals import commits
from codex_loop.signals.detector import Detector, Finding, first_words
from codex_loop.signals.rows import Told, row
from codex_loop.signals.session import Session
from codex_loop.store import evidence, neighbours
from codex_loop.store import signals as store
from codex_loop.store.engine import Database
from codex_loop.store.neighbours import Neighbour
from codex_loop.store.signals import Kept, SignalRow

RESTART_MS = 30 * MINUTE_MS
OVERLAP = 0.3
PEERS = 20
FAR_OUT = 3.5
TIMES = 3.0
"""Where all are alike, a little more is far out already, and still not worth a word."""
_NORMAL = 0.6745
"""A robust z is this times the distance from the median, in median distances."""


def look_across(database: Database, now_ms: int) -> Kept:
    """Make what these rules find the truth about all sessions; what others found stays as it is. Idempotent."""
    every = neighbours.neighbours(database)
    found = [
        *_restarts(database, every, now_ms),
        *_outliers(database, every, now_ms),
        *commits.look(database, every, now_ms),
    ]
    keys = sorted({row.session_key for row in found if row.session_key is not None} | set(having(database)))
    kept = [row for row in living(database, keys) if row.detector not in IDS]
    with database.transaction():
        told = store.put(database, keys, [*kept, *found], now_ms)
    return told._replace(same=told.same - len(kept))


def having(database: Database) -> list[int]:
    return neighbours.having(database, IDS)


def living(database: Database, keys: Sequence[int]) -> list[SignalRow]:
    """The signals of these sessions that are not gone."""
    return [row for row in store.of_sessions(database, keys).values() if row.gone_ms is None]


def _restarts(database: Database, every: Sequence[Neighbour], now_ms: int) -> Iterator[SignalRow]:
    """Left with something failing, and soon after begun anew on the same files."""
    left = neighbours.proven(database, "abandoned_tool_flow")
    ends = [each for each in every if each.key in left]
    files = neighbours.edited(database, [each.key for each in every]) if ends else {}
    for end in ends:
        mine = files.get(end.key, frozenset())
        for other in every:
            soon = 0 <= other.started_ms - end.ended_ms <= RESTART_MS and other.key != end.key
            if not soon or other.place != end.place or other.forked_from == end.native_id:
                continue
            both = mine & files.get(other.key, frozenset())
            share = len(both) / len(mine) if mine else 0.0
            if share >= OVERLAP:
                again = f"{other.agent}:{other.native_id}"
                names = ", ".join(sorted(path.replace("\\", "/").rpartition("/")[2] for path in both)[:5])
                told = Told(
                    title=f"left failing and begun anew {(other.started_ms - end.ended_ms) // MINUTE_MS} minutes later",
                    body=f"begun anew on {names}",
                    proof=left[end.key],
                    measured={"files": len(both), "share": round(share, 2), "session": again},
                    cost_ms=end.ended_ms - end.started_ms,
                )
                yield row(RESTART, end, now_ms, told)
                break


def _outliers(database: Database, every: Sequence[Neighbour], now_ms: int) -> Iterator[SignalRow]:
    """Sessions that took far more tokens a request than their like: same repository, same model."""
    peers: dict[tuple[str, str], list[tuple[Neighbour, float]]] = defaultdict(list)
    for each in every:
        if each.tokens and each.model and evidence.settled(each.ended_ms, now_ms):
            peers[each.place, each.model].append((each, math.log(each.tokens / each.requests)))
    for group in peers.values():
        middle = median(value for _, value in group)
        spread = median(abs(value - middle) for _, value in group)
        if len(group) <= PEERS or spread == 0:
            continue
        for each, value in group:
            far = _NORMAL * (value - middle) / spread
            if far > FAR_OUT and value - middle >= math.log(TIMES):
                yield _outlier(database, each, now_ms, far, value - middle, len(group) - 1)


def _outlier(
    database: Database, each: Neighbour, now_ms: int, far: float, logs: float, peers: int
) -> SignalRow:  # fmt: skip
    prompt = neighbours.first_prompt(database, each.key)
    proof: list[dict[str, int | str]] = []
    if prompt is not None:
        proof.append({"record": "prompt", "key": prompt.key, "source": prompt.source_id, "offset": prompt.offset})
    told = Told(
        title=f"{math.exp(logs):.1f} times the tokens a request that are usual here",
        body="" if prompt is None else first_words(prompt.head),
        proof=msgspec.json.encode(proof).decode(),
        measured={"robust_z": round(far, 2), "threshold": FAR_OUT, "peers": peers, "times": round(math.exp(logs), 2)},
        cost_ms=each.ended_ms - each.started_ms,
        cost_tokens=each.tokens,
    )
    return row(OUTLIER, each, now_ms, told)


def _not_alone(_: Session) -> Iterator[Finding]:
    return iter(())


RESTART = Detector("abandoned_restart", 1, "friction", 0.7, 0.8, _not_alone,
                   "Left with something failing, and soon begun anew on the same files.")  # fmt: skip
OUTLIER = Detector("cost_outlier", 1, "friction", 0.5, 0.8, _not_alone,
                   "Far more tokens a request than similar sessions.")  # fmt: skip
DETECTORS = (RESTART, OUTLIER, *commits.DETECTORS)
IDS = frozenset(detector.id for detector in DETECTORS)
