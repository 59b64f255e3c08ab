"""Signals made by hand: put into a store as detection puts them, one session each unless said otherwise."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from codex_loop.model.keys import key
from codex_loop.store import signals
from codex_loop.store.engine import Database
from codex_loop.store.signals import Kept, SignalRow
from tests.planted import Problem

DAY_MS = 86_400_000
NOW_MS = 1_795_608_000_000


def signal(number: int, text: str, *, session: int | None = None, found_ms: int = NOW_MS, **facts: Any) -> SignalRow:
    """A failed command that said this; `number` is its identity."""
    session_key = key("session", "made", number if session is None else session)
    row = SignalRow(
        key=key("signal", "made", number),
        subject="session",
        session_key=session_key,
        turn_key=None,
        call_key=None,
        kind="friction",
        category="exec_failure",
        detector="exec_failure",
        version=1,
        severity=0.6,
        confidence=0.9,
        basis="field",
        time_ms=found_ms,
        detected_ms=found_ms,
        gone_ms=None,
        title="a command failed",
        body=text,
        evidence="[]",
        parameters="{}",
        absorbed_by=None,
        cost_ms=None,
        cost_tokens=None,
    )
    return msgspec.structs.replace(row, **facts)


def about(problem: Problem, numbers: Iterable[int], *, found_ms: int = NOW_MS, **facts: Any) -> list[SignalRow]:
    """Signals of one problem, each in a session of its own; numbers of two problems never meet."""
    home = sum(problem.word.encode()) * 1000
    return [signal(home + number, ": ".join(problem.nth(number)), found_ms=found_ms, **facts) for number in numbers]


def several(texts: Sequence[str], *, first: int = 0, found_ms: int = NOW_MS) -> list[SignalRow]:
    """A signal a text."""
    return [signal(first + place, text, found_ms=found_ms) for place, text in enumerate(texts)]


def put(database: Database, rows: Sequence[SignalRow], now_ms: int = NOW_MS) -> Kept:
    """Detection found these in their sessions, and nothing else in them."""
    sessions = sorted({row.session_key for row in rows if row.session_key is not None})
    with database.transaction():
        return signals.put(database, sessions, rows, now_ms)


def forget(database: Database, rows: Sequence[SignalRow], now_ms: int) -> Kept:
    """A later look at these sessions sees nothing."""
    sessions = sorted({row.session_key for row in rows if row.session_key is not None})
    with database.transaction():
        return signals.put(database, sessions, [], now_ms)
