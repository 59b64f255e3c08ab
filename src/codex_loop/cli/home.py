"""`codex-loop` without a command: where things stand and what to do next."""

from collections.abc import Iterator

import msgspec

from codex_loop.cli.moments import midnight, today, when
from codex_loop.cli.render import counted, fields, number, show, style
from codex_loop.cli.sessions import short_count, tokens_shown
from codex_loop.cli.status import Status, limit_lines
from codex_loop.cli.status import standing as agents_standing
from codex_loop.cli.usage import dollars, prices
from codex_loop.clock import DAY_MS, now_ms
from codex_loop.errors import Exit, StoreError, StoreMissing
from codex_loop.settings import Settings, load, place_name
from codex_loop.store import health, ledger, runs
from codex_loop.store import problems as found
from codex_loop.store.engine import Database, open_for_reading
from codex_loop.store.health import Brief
from codex_loop.store.ledger import Tokens
from codex_loop.store.sessions import moment
from codex_loop.usage.money import NOTHING, Bill
from codex_loop.usage.reports import since

_WHOLE = 4096
"""A path is of use only whole, so it may be longer than the page."""


class AgentFolder(msgspec.Struct, frozen=True):
    """A folder in which an agent keeps its sessions, and whether it is there."""

    agent: str
    path: str
    found: bool


class Recorded(msgspec.Struct, frozen=True, kw_only=True):
    """What the store holds."""

    last_ingest_at: str | None
    status: Status
    tokens_today: Tokens | None
    tokens_7_days: Tokens | None
    worth_7_days_micros: int | None
    """At public prices, in millionths of a dollar; null where no price is known. Not a bill."""
    unpriced_7_days: int
    """Tokens of unknown price: they are worth nothing in it."""
    problems: Brief
    signals: dict[str, int] = {}
    """How many moments of each kind were found; empty: none, or nobody looked."""


class Home(msgspec.Struct, frozen=True, kw_only=True):
    """Where things stand. `recorded` is null without a store; `trouble` says why a store cannot be read."""

    store: str
    store_found: bool
    folders: tuple[AgentFolder, ...]
    recorded: Recorded | None
    trouble: str | None
    next_steps: tuple[str, ...]


def home(*, db: str | None = None, json: bool = False) -> int:
    """Say where things stand and what to do next.

    Examples:
        codex-loop
        codex-loop --json

    Args:
        db: Database file or postgresql:// URL; by default a file in the data folder of this machine.
        json: Print one JSON object.
    """
    report = standing(load({"db": db}), now_ms())
    show(report, _draw, schema="home", as_json=json)
    return Exit.DEGRADED if report.trouble else Exit.OK


def standing(settings: Settings, now: int) -> Home:
    """Where things stand at this instant. A store that is not there, or cannot be read, is part of the answer."""
    places = [("codex", path) for path in settings.codex_homes]
    places += [("claude", path) for path in settings.claude_homes]
    folders = tuple(AgentFolder(agent, str(path), path.is_dir()) for agent, path in places)
    recorded, trouble = None, None
    try:
        with open_for_reading(settings.db) as database:
            recorded = _recorded(database, settings, now)
    except StoreMissing:
        pass
    except StoreError as error:
        trouble = str(error)
    steps = tuple(_next_steps(recorded, trouble, folders))
    return Home(
        store=place_name(settings.db),
        store_found=recorded is not None or trouble is not None,
        folders=folders,
        recorded=recorded,
        trouble=trouble,
        next_steps=steps,
    )


def _recorded(database: Database, settings: Settings, now: int) -> Recorded:
    status = agents_standing(database, now)
    # Without a session nothing is worth a look at prices, the first of which takes a moment.
    week = since(database, prices(settings), midnight(today()) - 6 * DAY_MS) if status.agents else NOTHING
    spent = [each.tokens_today for each in status.agents if each.tokens_today]
    return Recorded(
        last_ingest_at=moment(runs.last_started(database, "ingest")),
        status=status,
        tokens_today=ledger.add(spent),
        tokens_7_days=_tokens(week),
        worth_7_days_micros=week.micros,
        unpriced_7_days=week.unpriced_tokens,
        problems=health.brief(database),
        signals=found.totals(database),
    )


def _next_steps(recorded: Recorded | None, trouble: str | None, folders: tuple[AgentFolder, ...]) -> Iterator[str]:
    if trouble:
        return
    if not any(folder.found for folder in folders) and not _holds(recorded):
        yield "no agent has left a session here; --codex-home names another folder"
    if recorded is None or not _holds(recorded):
        yield "codex-loop daily           read every session, find what went wrong, report"
        if recorded is not None or not any(folder.found for folder in folders):
            yield "codex-loop demo --use-fixtures --output ./demo    the whole loop on samples"
    else:
        if recorded.problems.not_closing:
            yield "codex-loop doctor          see which account does not close"
        yield "codex-loop daily           read what is new, find what went wrong, report"
        if recorded.signals:
            yield "codex-loop report          what cost most, and what went well"
        yield "codex-loop sessions        list what is recorded; then `codex-loop show ID`"
        yield "codex-loop search WORDS    find where something was said"
        yield "codex-loop usage daily     tokens and money; `usage limits`: what is left"
    yield "codex-loop --help          all commands"


def _holds(recorded: Recorded | None) -> bool:
    return recorded is not None and bool(recorded.status.agents)


def _draw(report: Home) -> Iterator[str]:
    yield "codex-loop records what Codex and Claude Code do on this machine."
    yield ""
    pairs = [("store", f"{report.store}{'' if report.store_found else ' (no store yet)'}")]
    if not _holds(report.recorded):
        pairs += [(each.agent, f"{each.path}{'' if each.found else ' (not there)'}") for each in report.folders]
    yield from fields(pairs, width=_WHOLE)
    if report.trouble:
        yield style(report.trouble, "red")
    if report.recorded is not None:
        yield from _draw_recorded(report.recorded)
    if report.next_steps:
        yield ""
        yield "Next:"
        yield from (f"  {step}" for step in report.next_steps)


def _draw_recorded(recorded: Recorded) -> Iterator[str]:
    now = now_ms()
    agents = recorded.status.agents
    held = [
        f"{counted(each.sessions, 'session')} of {each.agent}, last {when(each.last_active_at, now)}" for each in agents
    ]
    last = recorded.last_ingest_at
    today_, week = recorded.tokens_today, recorded.tokens_7_days
    yield from fields(
        [
            ("read last", when(last, now) if last else "never"),
            *((("holds" if index == 0 else ""), text) for index, text in enumerate(held or ["nothing yet"])),
            ("tokens", f"{_or_none(today_)} today, {_or_none(week)} in 7 days"),
            *([("worth", _worth(recorded))] if week else []),
            *([("found", _found(recorded.signals))] if recorded.signals else []),
            ("problems", _problems(recorded.problems)),
        ]
    )
    if any(agent.limits for agent in agents):
        yield ""
        yield from limit_lines([agent for agent in agents if agent.limits], now)


def _tokens(spent: Bill) -> Tokens | None:
    used = spent.used
    if used is None:
        return None
    parts = (used.input, used.cached, used.written, used.output)
    return Tokens(*parts, used.reasoning, used.total, used.quality_name, used.responses)


def _worth(recorded: Recorded) -> str:
    unpriced = f"; {short_count(recorded.unpriced_7_days)} tokens unpriced" if recorded.unpriced_7_days else ""
    return f"{dollars(recorded.worth_7_days_micros)} in 7 days at public prices, not a bill{unpriced}"


def _or_none(tokens: Tokens | None) -> str:
    return "none" if tokens is None else tokens_shown(tokens)


def _found(signals: dict[str, int]) -> str:
    """`20 moments of friction, 33 of delight`."""
    first, *others = sorted(signals.items(), reverse=True)
    told = [f"{counted(first[1], 'moment')} of {first[0]}", *(f"{number(count)} of {kind}" for kind, count in others)]
    return ", ".join(told)


def _problems(problems: Brief) -> str:
    said = [
        f"{counted(problems.not_closing, 'account does', 'accounts do')} not close" if problems.not_closing else "",
        f"{counted(problems.rejected, 'line')} rejected" if problems.rejected else "",
        f"{counted(problems.unreadable, 'file')} unreadable" if problems.unreadable else "",
        f"{counted(problems.unknown_types, 'unknown record type')}" if problems.unknown_types else "",
    ]
    return ", ".join(filter(None, said)) or "none in what was read"
