"""How things stand with every agent, on one small page: what `codex-loop status` shows and widgets read.

`write` leaves it beside the store, whole or not at all, so that what polls it starts no database.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from threading import get_ident

import msgspec

from codex_loop.clock import SECOND_MS
from codex_loop.store import ledger, sessions
from codex_loop.store.engine import Database
from codex_loop.store.ledger import Tokens
from codex_loop.store.sessions import Agent, moment
from codex_loop.usage.limits import PRESENT_MS, Standing, State, standings

DIALS = (
    ("C5", "codex", "5h"),
    ("CW", "codex", "weekly"),
    ("S", "claude", "5h"),
    ("W", "claude", "weekly"),
    ("O", "claude", "weekly_opus"),
)
"""The dials of a widget: name, agent, window."""


class LimitSeen(msgspec.Struct, frozen=True, kw_only=True):
    """The latest word of a provider about one window. Nothing is guessed between two of them."""

    limit_id: str
    slot: str | None
    window_minutes: int | None
    used_percent: float | None
    """As it was when observed; null when the provider did not say, or when the window has begun anew since."""
    resets_at: str | None
    observed_at: str | None
    reset_since: bool
    """The window has begun anew since: how much of it is used is not known."""
    plan: str | None
    reached: str | None
    window: str | None = None
    """`5h`, `weekly`, `weekly_opus`, `<n>m`: by its length."""
    state: State = "unknown"


class AgentStatus(msgspec.Struct, frozen=True, kw_only=True):
    """An agent, as far as the store knows."""

    agent: str
    sessions: int
    last_active_at: str | None
    tokens_today: Tokens | None
    """Null when none were recorded today."""
    limits: tuple[LimitSeen, ...]
    """The tightest first."""


class Dial(msgspec.Struct, frozen=True, kw_only=True):
    """One dial of a widget. Instants are milliseconds: who draws it every few seconds parses no texts."""

    dial: str
    agent: str
    window: str
    state: State
    """As of the time of writing; a reader goes by `resets_ms`, `observed_ms` and `stale_after_ms`."""
    used_percent: float | None = None
    resets_ms: int | None = None
    observed_ms: int | None = None
    stale_after_ms: int | None = None
    pace_ratio: float | None = None
    exhausts_ms: int | None = None
    """When it runs out before its reset, if it goes on like this; null: it does not, or nobody can say."""
    via: str | None = None


class Status(msgspec.Struct, frozen=True):
    now: str | None
    agents: tuple[AgentStatus, ...]
    dials: tuple[Dial, ...] = ()
    written_ms: int | None = None


def look(database: Database, now_ms: int, found: Sequence[Standing] | None = None) -> Status:
    """What the store knows of every agent at this instant; `found` are its standings, where they are at hand."""
    found = standings(database, now_ms, PRESENT_MS) if found is None else found
    spent = ledger.since(database, _midnight_ms(now_ms))
    seen = {each.agent: each for each in sessions.agents(database)}
    names = [*seen, *sorted({each.window.agent for each in found} - seen.keys())]
    return Status(
        now=moment(now_ms),
        agents=tuple(_agent(name, seen.get(name), spent.get(name), found) for name in names),
        dials=dials(found),
        written_ms=now_ms,
    )


def dials(found: Sequence[Standing]) -> tuple[Dial, ...]:
    """All dials; one of which nothing was told is there and unknown."""
    return tuple(_dial(*each, found) for each in DIALS)


def write(database: Database, path: Path, now_ms: int) -> bool:
    """Leave the page at that place; False when it cannot be written, which costs nobody but widgets."""
    return put(path, page(look(database, now_ms)))


def page(report: Status) -> bytes:
    """The file's content: what `codex-loop status --json` prints."""
    return b'{"schema":"codex-loop/status/1",' + msgspec.json.encode(report)[1:] + b"\n"


def put(path: Path, content: bytes) -> bool:
    """A file that is always whole: written beside its place, then moved there. Only its owner may read it."""
    beside = path.with_name(f".{path.name}.{os.getpid()}-{get_ident()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(
            beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0), 0o600
        )  # fmt: skip
        with open(descriptor, "wb") as stream:  # noqa: PTH123  # of a descriptor
            stream.write(content)
        beside.replace(path)
    except OSError:
        with suppress(OSError):
            beside.unlink()
        return False
    return True


def _agent(name: str, seen: Agent | None, spent: Tokens | None, found: Iterable[Standing]) -> AgentStatus:
    return AgentStatus(
        agent=name,
        sessions=0 if seen is None else seen.sessions,
        last_active_at=None if seen is None else moment(seen.last_ms),
        tokens_today=spent,
        limits=tuple(_limit(each) for each in found if each.window.agent == name),
    )


def _limit(standing: Standing) -> LimitSeen:
    window = standing.window
    return LimitSeen(
        limit_id=window.limit_id,
        slot=window.slot,
        window_minutes=window.minutes,
        used_percent=window.used_percent,
        resets_at=moment(window.resets_ms),
        observed_at=moment(window.observed_ms),
        reset_since=window.state == "expired",
        plan=window.plan,
        reached=window.reached,
        window=window.key,
        state=window.state,
    )


def _dial(name: str, agent: str, key: str, found: Sequence[Standing]) -> Dial:
    mine = [each for each in found if (each.window.agent, each.window.key) == (agent, key)]
    # Limits for one model alone stand beside the agent's own; of several accounts the one at work was told of last.
    own = [each for each in mine if each.window.limit_id == agent] or mine
    standing = max(own, key=lambda each: each.window.observed_ms or 0, default=None)
    if standing is None:
        return Dial(dial=name, agent=agent, window=key, state="unknown")
    window, pace, forecast = standing.window, standing.pace, standing.forecast
    return Dial(
        dial=name,
        agent=agent,
        window=key,
        state=window.state,
        used_percent=window.used_percent,
        resets_ms=window.resets_ms,
        observed_ms=window.observed_ms,
        stale_after_ms=window.stale_after_ms,
        pace_ratio=None if pace is None else pace.ratio,
        exhausts_ms=None if forecast is None else forecast.exhausts_ms,
        via=window.via,
    )


def _midnight_ms(now_ms: int) -> int:
    here = time.localtime(now_ms // SECOND_MS)
    return round(time.mktime((here.tm_year, here.tm_mon, here.tm_mday, 0, 0, 0, 0, 0, -1))) * SECOND_MS
