"""`codex-loop show SESSION`: what happened, in order."""

from collections.abc import Iterator

import msgspec

from codex_loop.cli.moments import when
from codex_loop.cli.render import counted, duration, fields, page_width, style
from codex_loop.cli.render import show as render
from codex_loop.cli.sessions import short_count
from codex_loop.cli.story import Page, is_quiet, turn_lines
from codex_loop.cli.width import clean, cut
from codex_loop.clock import now_ms, parse_ms
from codex_loop.errors import Exit, UsageError
from codex_loop.settings import load
from codex_loop.store import places
from codex_loop.store.engine import open_for_reading
from codex_loop.store.ledger import Tokens
from codex_loop.store.sessions import Session
from codex_loop.store.timeline import Timeline, timeline


def show(
    session: str, /, *, turn: int | None = None, full: bool = False, db: str | None = None, json: bool = False
) -> int:
    """Tell what happened in a session, in order.

    It is told from the store, so it works after the agent deleted its own files. Long texts are cut; --full takes all
    of them from the archive.

    Examples:
        codex-loop show 019a1b2c
        codex-loop show codex:019a1b2c --turn 3 --full
        codex-loop show 5f0e/a1b2 --json

    Args:
        session: An id as `codex-loop sessions` shows it, or any unambiguous beginning of one.
        turn: Only this turn; 0 is what came before the first.
        full: Whole texts, outputs and diffs, also the agent's reasoning and the notes of its program.
        db: Database file or postgresql:// URL; by default a file in the data folder of this machine.
        json: Print one JSON object.
    """
    with open_for_reading(load({"db": db}).db) as database:
        report = timeline(database, places.find(database, session))
        if turn is not None:
            report = _only(report, turn)
        if full:
            from codex_loop.cli.fulltext import with_whole_texts

            report = with_whole_texts(database, report)
    render(report, lambda told: _draw(told, full=full), schema="show", as_json=json)
    return Exit.OK


def _only(report: Timeline, number: int) -> Timeline:
    chosen = tuple(turn for turn in report.turns if turn.number == number)
    if not chosen:
        last = max((turn.number for turn in report.turns), default=0)
        raise UsageError(f"{report.session.short_id} has no turn {number}; its turns are 1 to {last}")
    return msgspec.structs.replace(report, turns=chosen)


def _draw(report: Timeline, *, full: bool) -> Iterator[str]:
    yield from _head(report)
    page = Page.of(report.session.cwd, full=full)
    for turn in report.turns:
        if full or turn.number or turn.tokens or not all(map(is_quiet, turn.entries)):
            yield ""
            yield from turn_lines(turn, page)
    if not report.turns:
        yield ""
        yield "Only the tokens of this session have been read so far; `codex-loop ingest --full` reads the rest."


def _head(report: Timeline) -> Iterator[str]:
    session, now = report.session, now_ms()
    about = " ".join((session.title or session.first_prompt or "").split())
    if about:
        yield style(cut(clean(about), page_width()), "bold")
    program = " ".join(filter(None, (session.agent, session.agent_version)))
    git = " ".join(filter(None, (session.git_branch, (session.git_commit or "")[:8])))
    pairs = [
        ("session", session.id),
        ("agent", " · ".join(filter(None, (program, session.model, session.provider, session.originator)))),
        ("folder", session.cwd),
        ("git", " · ".join(filter(None, (session.git_url, git))) or None),
        ("time", _time(session, now)),
        ("policies", _policies(session)),
        ("forked from", session.forked_from),
        ("started by", session.parent_id),
        ("subagents", ", ".join(_subagent(session, each) for each in report.subagents) or None),
        ("work", _work(session)),
        ("tokens", _tokens(session.tokens)),
    ]
    yield from fields(pair for pair in pairs if pair[1] is not None)


def _subagent(session: Session, subagent_id: str) -> str:
    """As short as it may be typed."""
    within = subagent_id.removeprefix(f"{session.id}/")
    return subagent_id if within == subagent_id else f"{session.short_id}/{within}"


def _time(session: Session, now: int) -> str:
    began, ended = (None if text is None else parse_ms(text) for text in (session.started_at, session.ended_at))
    length = f", {duration(ended - began)}" if began is not None and ended is not None and ended >= began else ""
    return f"{when(session.started_at, now)} to {when(session.ended_at, now)}{length}"


def _policies(session: Session) -> str | None:
    said = [
        f"{name} {', '.join(values)}"
        for name, values in (("approval", session.approval_policies), ("sandbox", session.sandbox_policies))
        if values
    ]
    return " · ".join(said) or None


def _work(session: Session) -> str:
    failed = f", {session.failures} failed" if session.failures else ""
    return f"{counted(session.turns, 'turn')}, {counted(session.tool_calls, 'tool call')}{failed}"


def _tokens(tokens: Tokens | None) -> str:
    if tokens is None:
        return "unknown"
    parts = (
        (tokens.input, "in"),
        (tokens.cached, "cached"),
        (tokens.cache_write, "cache written"),
        (tokens.output, "out"),
    )
    note = "" if tokens.quality == "final" else f" ({tokens.quality})"
    return f"{short_count(tokens.total)}{note}: " + ", ".join(f"{short_count(count)} {name}" for count, name in parts)
