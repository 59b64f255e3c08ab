"""`codex-loop sessions`: the list."""

from collections.abc import Iterator

from codex_loop.cli.moments import beginning, end, when
from codex_loop.cli.render import UNKNOWN, Cell, Column, at_most, counted, page_width, show, style, table
from codex_loop.cli.width import clean, cut, width_of
from codex_loop.clock import now_ms
from codex_loop.errors import Exit
from codex_loop.settings import load
from codex_loop.store import search
from codex_loop.store import sessions as store
from codex_loop.store.engine import open_for_reading
from codex_loop.store.ledger import Tokens

SCREEN = 25
"""As many sessions as a person looks at; JSON has all of them."""


def sessions(
    *,
    agent: str | None = None,
    repo: str | None = None,
    model: str | None = None,
    since: str | None = None,
    until: str | None = None,
    text: str | None = None,
    limit: int | None = None,
    all: bool = False,  # noqa: A002  # the flag is called --all
    db: str | None = None,
    json: bool = False,
) -> int:
    """List the recorded sessions, the latest first.

    The table shows what fits a screen, subagents counted in the session that started them. JSON has every session,
    subagents too, each with its own numbers and, in `family_tokens`, those of all it started.

    Examples:
        codex-loop sessions --since 7d --repo webshop
        codex-loop sessions --text timeout
        codex-loop sessions --agent claude --json

    Args:
        agent: Only this agent: codex, claude, or another one's name.
        repo: Part of the folder's or the repository's name.
        model: Part of the model's name.
        since: Active since then: 2026-11-20, 2026-11-20T14:00, 24h, 7d, today, yesterday.
        until: Begun before the end of that day, or before that time.
        text: Words that a prompt, an answer, a command or the title contains.
        limit: At most so many; 0 means all. By default the table shows 25, JSON all.
        all: List the sessions of subagents in the table too.
        db: Database file or postgresql:// URL; by default a file in the data folder of this machine.
        json: Print one JSON object.
    """
    with open_for_reading(load({"db": db}).db) as database:
        wanted = store.Wanted(
            agent=agent,
            repo=repo,
            model=model,
            since_ms=beginning(since, "--since"),
            until_ms=end(until, "--until"),
            keys=None if text is None else search.session_keys(database, text),
            title=text,
        )
        most = at_most(limit, SCREEN, json=json)
        report = store.listed(database, wanted, limit=most, with_subagents=all or json)
        filtered = wanted != store.Wanted()
    show(report, lambda listed: _draw(listed, with_subagents=all, filtered=filtered), schema="sessions", as_json=json)
    return Exit.OK


def short_count(count: int | None) -> str:
    """`950`, `12k`, `1.2M`: tokens as a person says them."""
    if count is None:
        return UNKNOWN
    value, units = float(count), ["", "k", "M", "G", "T"]
    while value >= 999.5 and len(units) > 1:
        value, units = value / 1000, units[1:]
    return f"{value:.0f}{units[0]}" if not units[0] or value >= 9.95 else f"{value:.1f}{units[0]}"


def tokens_shown(tokens: Tokens | None) -> str:
    """The total; `~` marks one that is not final."""
    return UNKNOWN if tokens is None else f"{'' if tokens.quality == 'final' else '~'}{short_count(tokens.total)}"


_COLUMNS = (
    Column("session"),
    Column("agent"),
    Column("last active"),
    Column("repository", shrinks=True),
    Column("turns", right=True),
    Column("tools", right=True),
    Column("failed", right=True),
    Column("tokens", right=True),
)


def _draw(report: store.Listed, *, with_subagents: bool, filtered: bool) -> Iterator[str]:
    if not report.sessions:
        yield "no session matches" if filtered else "No session has been recorded yet; `codex-loop ingest` reads them."
        return
    now = now_ms()
    header, *rows = table(_COLUMNS, [_row(each, now, own=with_subagents) for each in report.sessions])
    yield header
    indent = " " * (max(len(each.short_id) for each in report.sessions) + 2)
    for row, session in zip(rows, report.sessions, strict=True):
        yield row
        yield style(indent + _about(session, page_width() - len(indent)), "dim")
    yield ""
    yield from _footer(report, with_subagents=with_subagents)


def _row(session: store.Session, now: int, *, own: bool) -> list[Cell]:
    return [
        session.short_id,
        session.agent,
        when(session.ended_at or session.started_at, now),
        session.repo,
        session.turns,
        session.tool_calls,
        session.failures,
        tokens_shown(session.tokens if own else session.family_tokens),
    ]


def _about(session: store.Session, width: int) -> str:
    """What it was about, then the model; the model stays whole."""
    notes = [session.model or "model unknown"]
    if session.lineage in ("subagent", "sidechain"):
        notes.insert(0, " ".join(filter(None, (session.lineage, session.nickname or session.role))))
    if session.subagents:
        notes.append(counted(session.subagents, "subagent"))
    tail = clean(f"({', '.join(notes)})")
    about = " ".join((session.title or session.first_prompt or "").split())
    return f"{cut(clean(about), max(width - width_of(tail) - 1, 10))} {tail}".lstrip()


def _footer(report: store.Listed, *, with_subagents: bool) -> Iterator[str]:
    count = len(report.sessions)
    if count < report.matched:
        yield f"{count} of {report.matched} sessions; --limit 0 shows all"
    else:
        yield counted(count, "session")
    if report.hidden_subagents:
        subagents = counted(report.hidden_subagents, "session of a subagent", "sessions of subagents")
        yield f"the tokens contain those of {subagents}; --all lists them"
    if any(each.turns is None for each in report.sessions):
        yield f"{UNKNOWN} is not known: only the tokens of such a session have been read so far"
    shown = [each.tokens if with_subagents else each.family_tokens for each in report.sessions]
    if any(tokens and tokens.quality != "final" for tokens in shown):
        yield "~ marks tokens that the agent's files give only in part"
