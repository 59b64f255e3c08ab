"""Tokens and limits of a file by the line that tells them, counted by the rules of the ledger."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from itertools import accumulate
from typing import NamedTuple, TypeVar

import msgspec

from codex_loop.capture.accounting import COUNTERS, counter_for
from codex_loop.capture.counting.base import Into
from codex_loop.model.keys import session_key
from codex_loop.model.records import LimitObserved, Usage
from codex_loop.store.batch import Row
from codex_loop.store.compiled.sqlite import COLUMNS
from codex_loop.store.ledger import QUALITIES

T = TypeVar("T")


class Tokens(NamedTuple):
    """What one line tells."""

    usages: tuple[Usage, ...] = ()
    limits: tuple[LimitObserved, ...] = ()


class _Spent(msgspec.Struct):
    """The columns of a row of the ledger that a document shows."""

    key: int
    session_key: int
    time_ms: int | None
    model: str | None
    input: int
    cached: int
    cache_write_5m: int
    cache_write_1h: int
    output: int
    reasoning: int | None
    web_searches: int
    quality: int
    tier: str | None
    hidden: str | None
    request_id: str | None
    response_id: str | None
    via: str
    line_offset: int

    def usage(self, session: str) -> Usage:
        return Usage(
            offset=self.line_offset,
            time_ms=self.time_ms,
            session=session,
            key=self.key,
            response_id=self.response_id,
            request_id=self.request_id,
            model=self.model,
            input=self.input,
            cached=self.cached,
            cache_write_5m=self.cache_write_5m,
            cache_write_1h=self.cache_write_1h,
            output=self.output,
            reasoning=self.reasoning,
            web_searches=self.web_searches,
            tier=self.tier,
            hidden=self.hidden,
            quality=QUALITIES[self.quality],  # type: ignore[arg-type]
            via=self.via,
        )


def counted(source: str, agent: str, path: str, lines: Sequence[bytes], sessions: Collection[str]) -> dict[int, Tokens]:
    """By the number of the line, from 0, what it tells of these sessions."""
    if source not in COUNTERS:
        return {}
    counter = counter_for(source)
    block = b"".join(line + b"\n" for line in lines)
    starts = list(accumulate((len(line) + 1 for line in lines), initial=0))
    found = counter.count(counter.state(), Into(path, agent), block, 0)
    names = {session_key(agent, name): name for name in sessions}
    spent = [_spent(row) for row in found.usages]
    told = [each.usage(names[each.session_key]) for each in spent if each.session_key in names]
    usages = _by_line(told, starts, lambda usage: usage.offset)
    limits = _by_line(found.limits, starts, lambda limit: limit.offset)
    return {
        number: Tokens(tuple(usages.get(number, ())), tuple(limits.get(number, ())))
        for number in usages.keys() | limits.keys()
    }


def _spent(row: Row) -> _Spent:
    return msgspec.convert(dict(zip(COLUMNS["usage_events"], row, strict=True)), _Spent)


def _by_line(found: Iterable[T], starts: Sequence[int], offset: Callable[[T], int]) -> dict[int, list[T]]:
    by_line: dict[int, list[T]] = defaultdict(list)
    for each in found:
        by_line[bisect_right(starts, offset(each)) - 1].append(each)
    return by_line
