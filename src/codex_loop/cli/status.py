"""`codex-loop status`: one look at every agent."""

from collections.abc import Iterable, Iterator

import msgspec

from codex_loop.cli.moments import midnight, today, when
from codex_loop.cli.render import UNKNOWN, Column, page_width, show, table
from codex_loop.cli.sessions import tokens_shown
from codex_loop.cli.width import clean, cut, pad
from codex_loop.clock import now_ms
from codex_loop.errors import Exit
from codex_loop.settings import load
from codex_loop.store import ledger, sessions
from codex_loop.store.engine import Database, open_for_reading
from codex_loop.store.ledger import Tokens
from codex_loop.store.sessions import moment


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


class AgentStatus(msgspec.Struct, frozen=True, kw_only=True):
    """An agent, as far as the store knows."""

    agent: str
    sessions: int
    last_active_at: str | None
    tokens_today: Tokens | None
    """Null when none were recorded today."""
    limits: tuple[LimitSeen, ...]


class Status(msgspec.Struct, frozen=True):
    now: str | None
    agents: tuple[AgentStatus, ...]


def status(*, db: str | None = None, json: bool = False) -> int:
    """Show each agent's last activity, tokens today and limits.

    Limits are what the provider last said and when; what it did not say is not guessed.

    Examples:
        codex-loop status
        codex-loop status --json

    Args:
        db: Database file or postgresql:// URL; by default a file in the data folder of this machine.
        json: Print one JSON object.
    """
    with open_for_reading(load({"db": db}).db) as database:
        report = standing(database, now_ms())
    show(report, _draw, schema="status", as_json=json)
    return Exit.OK


def standing(database: Database, now: int) -> Status:
    """What the store knows of every agent at this instant."""
    spent = ledger.since(database, midnight(today()))
    seen = ledger.limits(database)
    return Status(
        now=moment(now),
        agents=tuple(
            AgentStatus(
                agent=agent.agent,
                sessions=agent.sessions,
                last_active_at=moment(agent.last_ms),
                tokens_today=spent.get(agent.agent),
                limits=tuple(_limit(each, now) for each in seen if each.agent == agent.agent),
            )
            for agent in sessions.agents(database)
        ),
    )


def _limit(limit: ledger.Limit, now: int) -> LimitSeen:
    reset_since = limit.resets_ms is not None and limit.resets_ms <= now
    return LimitSeen(
        limit_id=limit.limit_id,
        slot=limit.slot,
        window_minutes=limit.window_minutes,
        used_percent=None if reset_since else limit.used_percent,
        resets_at=moment(limit.resets_ms),
        observed_at=moment(limit.observed_ms),
        reset_since=reset_since,
        plan=limit.plan,
        reached=None if reset_since else limit.reached,
    )


def _draw(report: Status) -> Iterator[str]:
    if not report.agents:
        yield "No session has been recorded yet; `codex-loop ingest` reads them."
        return
    now = now_ms()
    columns = (
        Column("agent"),
        Column("sessions", right=True),
        Column("last active"),
        Column("tokens today", right=True),
    )
    yield from table(
        columns,
        [
            (
                each.agent,
                each.sessions,
                when(each.last_active_at, now),
                tokens_shown(each.tokens_today) if each.tokens_today else "none",
            )
            for each in report.agents
        ],
    )
    yield ""
    yield from limit_lines(report.agents, now)


def limit_lines(agents: Iterable[AgentStatus], now: int) -> Iterator[str]:
    """A line for each window of each limit."""
    for agent in agents:
        if not agent.limits:
            yield f"{pad(agent.agent, 8)}limits unknown: no file of it states any"
        for limit in agent.limits:
            name = limit.limit_id if limit.limit_id != agent.agent else ""
            window = _window(limit.window_minutes) or limit.slot or "limit"
            reached = f", {limit.reached} reached" if limit.reached else ""
            text = f"{' '.join(filter(None, (name, window)))}: {_use(limit, now)}{reached}"
            yield cut(clean(f"{pad(agent.agent, 8)}{text}"), page_width())


def _use(limit: LimitSeen, now: int) -> str:
    seen = f"seen {when(limit.observed_at, now)}"
    if limit.reset_since:
        return f"use unknown, began anew {when(limit.resets_at, now)} ({seen})"
    used = "use unknown" if limit.used_percent is None else f"{limit.used_percent:.0f} % used"
    return f"{used}, resets {when(limit.resets_at, now) if limit.resets_at else UNKNOWN} ({seen})"


def _window(minutes: int | None) -> str | None:
    if minutes is None:
        return None
    if minutes % 1440 == 0:
        return f"{minutes // 1440} d"
    return f"{minutes // 60} h" if minutes % 60 == 0 else f"{minutes} min"
