"""`codex-loop status`: one look at every agent."""

from collections.abc import Iterable, Iterator

from codex_loop.cli.moments import when
from codex_loop.cli.render import UNKNOWN, Column, page_width, show, table
from codex_loop.cli.sessions import tokens_shown
from codex_loop.cli.width import clean, cut, pad
from codex_loop.clock import now_ms
from codex_loop.errors import Exit
from codex_loop.settings import load
from codex_loop.store.engine import Database, open_for_reading
from codex_loop.usage import status_file
from codex_loop.usage.status_file import AgentStatus, LimitSeen, Status

__all__ = ["AgentStatus", "LimitSeen", "Status", "limit_lines", "standing", "status"]


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
    settings = load({"db": db})
    with open_for_reading(settings.db) as database:
        report = standing(database, now_ms())
    if db is None:  # widgets show this machine's own store, not one that was looked at in passing
        status_file.put(settings.status_file, status_file.page(report))
    show(report, _draw, schema="status", as_json=json)
    return Exit.OK


def standing(database: Database, now: int) -> Status:
    """What the store knows of every agent at this instant."""
    return status_file.look(database, now)


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
            models = (limit.window or "").partition("_")[2].replace("_", " ")
            window = f"{_window(limit.window_minutes) or limit.slot or 'limit'} {models}".strip()
            reached = f", {limit.reached} reached" if limit.reached else ""
            text = f"{' '.join(filter(None, (name, window.replace('_', ' '))))}: {_use(limit, now)}{reached}"
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
