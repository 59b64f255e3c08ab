"""Why an export and the ledger differ: exact for requests, likely for counters."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

import msgspec

from codex_loop.clock import MINUTE_MS
from codex_loop.sources.otlp.told import Request
from codex_loop.store.requests import Counted
from codex_loop.usage.otel import exports
from codex_loop.usage.otel.matching import FINAL, Pair
from codex_loop.usage.sides import ModelCheck

OtelReason = Literal[
    "unseen", "not read yet", "no session", "elsewhere", "partial", "interrupted", "outside", "unknown"
]
TEXTS: dict[OtelReason, str] = {
    "unseen": "in no session file",
    "not read yet": "newer than the last ingest",
    "no session": "no file of this session was ingested",
    "elsewhere": "counted in another session",
    "partial": "written down before they were complete",
    "interrupted": "interrupted, so not exported",
    "outside": "before or after the time of the export",
    "unknown": "no reason that we know",
}
SLACK_MS = 5 * MINUTE_MS
"""Counters say when they were read, not when their requests were made."""


class Cause(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Requests that differ for one reason."""

    reason: OtelReason
    explanation: str
    requests: int | None
    """Null of counters, which are sums."""
    tokens: int
    """The export's less ours."""
    queries: tuple[str, ...] = ()
    """What the agent says they were for."""


class Known(NamedTuple):
    """What is known of a session besides its numbers."""

    in_ledger: bool
    stopped: bool
    """Somebody interrupted a request of it."""
    read_until_ms: int | None


def of_pairs(pairs: Sequence[Pair], known: Known, elsewhere: set[str]) -> tuple[Cause, ...]:
    """Every reason with its requests, the one with most tokens first; nothing where both sides agree."""
    times = [each.theirs.time_ms for each in pairs if each.theirs is not None and each.theirs.time_ms is not None]
    span = (min(times), max(times)) if times else (None, None)
    found: dict[OtelReason, list[Pair]] = defaultdict(list)
    for pair in pairs:
        reason = _reason(pair, known, elsewhere, span)
        if reason is not None:
            found[reason].append(pair)
    return _sorted(
        _cause(reason, sum(each.more for each in those), len(those), (each.theirs for each in those))
        for reason, those in found.items()
    )


def _reason(pair: Pair, known: Known, elsewhere: set[str], span: tuple[int | None, int | None]) -> OtelReason | None:
    theirs, ours = pair
    if theirs is not None and ours is not None:
        same = (theirs.input, theirs.output, theirs.cache_creation, theirs.cache_read) == (
            *(ours.input, ours.output, ours.cache_creation, ours.cache_read),
        )
        return None if same else "partial" if ours.quality < FINAL else "unknown"
    if theirs is not None:
        return _unmatched(theirs, known, elsewhere)
    if ours is None or not ours.total:
        return None
    if known.stopped and ours.quality < FINAL:
        return "interrupted"
    if _outside(ours, span, 0):
        return "outside"
    return "interrupted" if ours.quality < FINAL else "unknown"


def _unmatched(theirs: Request, known: Known, elsewhere: set[str]) -> OtelReason | None:
    if not theirs.total:
        return None
    if theirs.request_id in elsewhere:
        return "elsewhere"
    if known.read_until_ms is not None and theirs.time_ms is not None and theirs.time_ms > known.read_until_ms:
        return "not read yet"
    return "unseen" if known.in_ledger else "no session"


def _outside(row: Counted, span: tuple[int | None, int | None], slack_ms: int) -> bool:
    first, last = span
    if row.time_ms is None or first is None or last is None:
        return False
    return row.time_ms < first - slack_ms or row.time_ms > last + slack_ms


def of_counters(
    models: Sequence[ModelCheck],
    rows: Sequence[Counted],
    known: Known,
    span: tuple[int | None, int | None],
    counted: Sequence[exports.Counted],
) -> tuple[Cause, ...]:
    """The likely reasons of a difference between sums."""
    numbers = [number for each in models for number in each.difference.all]
    if not any(numbers):
        return ()
    more, less = sum(each for each in numbers if each > 0), sum(each for each in numbers if each < 0)
    partial = any(row.quality < FINAL for row in rows)
    outside = sum(row.total for row in rows if _outside(row, span, SLACK_MS))
    queries = sorted({query for each in counted for query in each.queries} - {"main"})
    causes = []
    if more:
        only_output = all(place % 4 == 1 for place, number in enumerate(numbers) if number > 0)
        late = known.read_until_ms is not None and span[1] is not None and span[1] > known.read_until_ms
        seen: OtelReason = "not read yet" if late else "unseen" if known.in_ledger else "no session"
        causes.append(_cause("partial" if partial and only_output else seen, more, None, (), tuple(queries)))
    if less:
        why: OtelReason = "outside" if outside else "interrupted" if partial or known.stopped else "unknown"
        causes.append(_cause(why, less, None, ()))
    return _sorted(causes)


def _cause(
    reason: OtelReason,
    tokens: int,
    requests: int | None,
    told: Iterable[Request | None],
    queries: tuple[str, ...] = (),
) -> Cause:
    said = sorted({each.query for each in told if each is not None and each.query is not None})
    return Cause(reason=reason, explanation=TEXTS[reason], requests=requests, tokens=tokens, queries=(*said, *queries))


def _sorted(causes: Iterable[Cause]) -> tuple[Cause, ...]:
    return tuple(sorted(causes, key=lambda each: (-abs(each.tokens), each.reason)))
