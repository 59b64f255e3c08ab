"""`codex-loop show SESSION`: what happened, in order."""

import re
from collections.abc import Iterator

import msgspec

from codex_loop.cli.moments import clock_time, when
from codex_loop.cli.render import counted, duration, fields, number, page_width, style
from codex_loop.cli.render import show as render
from codex_loop.cli.sessions import short_count, tokens_shown
from codex_loop.cli.width import clean, cut, pad, width_of
from codex_loop.clock import now_ms, parse_ms
from codex_loop.errors import Exit, UsageError
from codex_loop.settings import load
from codex_loop.store import places
from codex_loop.store.engine import open_for_reading
from codex_loop.store.entries import Approval, Change, Compacted, Entry, Event, Prompt, Said, Tool
from codex_loop.store.ledger import Tokens
from codex_loop.store.sessions import Session
from codex_loop.store.timeline import Timeline, Turn, timeline

_MARGIN = "          "
_BAD = {"failed", "timeout"}
_SUBJECT = re.compile(
    r'"(?:file_path|notebook_path|path|pattern|query|url|skill|subject|description)":\s*"(?P<value>[^"]+)"'
)
"""What a call without a command is about, in its arguments (a head of which may be no whole JSON)."""
_SHELLS = ("shell", "exec_command", "local_shell", "Bash", "shell_command", "unified_exec")
_LINES = 3
"""So many lines of a prompt, an answer or an output are shown."""


def show(session: str, /, *, turn: int | None = None, db: str | None = None, json: bool = False) -> int:
    """Tell what happened in a session, in order.

    It is told from the store, so it works after the agent deleted its own files. Long texts are cut; their rest is in
    the archive.

    Examples:
        codex-loop show 019a1b2c
        codex-loop show codex:019a1b2c --turn 3
        codex-loop show 5f0e/a1b2 --json

    Args:
        session: An id as `codex-loop sessions` shows it, or any unambiguous beginning of one.
        turn: Only this turn; 0 is what came before the first.
        db: Database file or postgresql:// URL; by default a file in the data folder of this machine.
        json: Print one JSON object.
    """
    with open_for_reading(load({"db": db}).db) as database:
        report = timeline(database, places.find(database, session))
    if turn is not None:
        report = _only(report, turn)
    render(report, _draw, schema="show", as_json=json)
    return Exit.OK


def _only(report: Timeline, number: int) -> Timeline:
    chosen = tuple(turn for turn in report.turns if turn.number == number)
    if not chosen:
        last = max((turn.number for turn in report.turns), default=0)
        raise UsageError(f"{report.session.short_id} has no turn {number}; its turns are 1 to {last}")
    return msgspec.structs.replace(report, turns=chosen)


def _draw(report: Timeline) -> Iterator[str]:
    yield from _head(report)
    folder = f"{(report.session.cwd or '').rstrip('/')}/"
    for turn in report.turns:
        if turn.number or turn.tokens or not all(map(_is_quiet, turn.entries)):
            yield ""
            yield from _turn(turn, folder)
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
        ("subagents", ", ".join(report.subagents) or None),
        ("work", _work(session)),
        ("tokens", _tokens(session.tokens)),
    ]
    yield from fields(pair for pair in pairs if pair[1] is not None)


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


def _turn(turn: Turn, folder: str) -> Iterator[str]:
    rules = [turn.model, turn.effort, turn.approval_policy, turn.sandbox_policy]
    facts = [
        None if turn.duration_ms is None else duration(turn.duration_ms),
        None if turn.tokens is None else f"{tokens_shown(turn.tokens)} tokens",
        turn.status if turn.status not in (None, "completed") else None,
        *rules,
    ]
    name = f"Turn {turn.number}" if turn.number else "Before the first turn"
    yield style(cut(clean(" · ".join([name, *filter(None, facts)])), page_width()), "bold")
    unseen = 0
    for entry in turn.entries:
        if _is_quiet(entry):
            unseen += 1
        else:
            yield from _entry(entry, folder)
    if unseen:
        left_out = counted(unseen, "note of the program or its reasoning", "notes of the program and its reasoning")
        yield style(f"{_MARGIN}{left_out} left out; --json has all", "dim")


def _is_quiet(entry: Entry) -> bool:
    """What a reader does not look for first: reasoning, attachments, text the program put in the user's mouth."""
    if isinstance(entry, Said):
        return entry.role != "agent"
    return isinstance(entry, Prompt) and entry.author == "injected"


def _entry(entry: Entry, folder: str) -> Iterator[str]:
    time = pad(clock_time(entry.at), 8)
    match entry:
        case Prompt():
            yield from _text(time, ">", entry.text, entry.length, "bold")
        case Said():
            yield from _text(time, "•", entry.text, entry.length)
        case Tool():
            yield from _tool(time, entry, folder)
        case Change():
            yield f"{time}  {_changed(entry, folder)}"
        case Approval():
            yield f"{time}  {_approved(entry)}"
        case Compacted():
            yield f"{time}  {_compacted(entry)}"
        case Event():
            yield from _event(time, entry)


def _text(time: str, mark: str, text: str, length: int, kind: str | None = None) -> Iterator[str]:
    lines = [clean(line) for line in text.splitlines() if line.strip()] or ["(no text)"]
    width = page_width() - len(_MARGIN) - 2
    shown = [cut(line, width) for line in lines[:_LINES]]
    for index, line in enumerate(shown):
        start = f"{time}  {mark} " if index == 0 else f"{_MARGIN}  "
        yield start + (style(line, kind) if kind else line)
    if len(lines) > _LINES or length > len(text):
        yield style(f"{_MARGIN}  … {number(length)} characters in all", "dim")


def _tool(time: str, tool: Tool, folder: str) -> Iterator[str]:
    result = _result(tool)
    subject = _SUBJECT.search(tool.arguments or "")
    what = tool.command or (subject["value"].removeprefix(folder) if subject else tool.arguments) or ""
    mark = "$" if tool.command else (tool.name or "tool")
    if (
        tool.command
        and tool.name
        and tool.name not in ("shell", "exec_command", "local_shell", "Bash", "shell_command")
    ):
        mark = f"{tool.name}"
    room = page_width() - len(_MARGIN) - width_of(result) - 2
    line = pad(cut(clean(f"{mark} {' '.join(what.split())}"), room), room)
    bad = tool.status in _BAD or bool(tool.exit_code)
    yield f"{time}  {line}  {style(result, 'red') if bad else result}".rstrip()
    if bad and tool.output:
        lines = [clean(each) for each in tool.output.splitlines() if each.strip()]
        yield from (style(f"{_MARGIN}  {cut(each, page_width() - 12)}", "dim") for each in lines[:_LINES])
    yield from (f"{_MARGIN}  {_approved(approval)}" for approval in tool.approvals)
    yield from (f"{_MARGIN}  {_changed(change, folder)}" for change in tool.changes)


def _result(tool: Tool) -> str:
    status = tool.status or "unknown"
    said = [f"exit {tool.exit_code}" if tool.exit_code is not None else "" if status == "ok" else status]
    if tool.exit_code is not None and status not in ("ok", "failed"):
        said.insert(0, status)
    if tool.duration_ms is not None:
        said.append(duration(tool.duration_ms))
    return " · ".join(filter(None, said))


def _changed(change: Change, folder: str) -> str:
    counts = [
        f"+{change.added}" if change.added is not None else "",
        f"-{change.removed}" if change.removed is not None else "",
    ]
    moved = f" → {change.moved_to}" if change.moved_to else ""
    outcome = " (did not apply)" if change.ok is False else ""
    verb = "changed" if change.change == "unknown" else change.change
    return clean(" ".join(filter(None, (f"± {verb} {change.path.removeprefix(folder)}{moved}", *counts)))) + outcome


def _approved(approval: Approval) -> str:
    decision = (approval.decision or "no answer seen").replace("_", " ")
    who = {None: "", "unknown": ", by whom is not known"}.get(approval.who, f" by {approval.who}")
    basis = f" (told by {approval.basis})" if approval.basis else ""
    asked = " ".join(filter(None, (approval.reason, approval.command if not approval.call_id else None)))
    text = clean(f"? approval: {decision}{who}{basis}" + (f" · {' '.join(asked.split())}" if asked else ""))
    return style(cut(text, page_width() - 12), "yellow") if approval.decision in ("denied", "aborted") else text


def _compacted(entry: Compacted) -> str:
    sizes = ""
    if entry.pre_tokens is not None or entry.post_tokens is not None:
        sizes = f": {short_count(entry.pre_tokens)} → {short_count(entry.post_tokens)} tokens"
    trigger = "" if entry.trigger == "unknown" else f" ({entry.trigger})"
    return style(f"≡ conversation compacted{trigger}{sizes}", "yellow")


def _event(time: str, event: Event) -> Iterator[str]:
    words = " ".join(filter(None, (event.scope, event.code, event.message)))
    colour = {"problem": "red", "interrupted": "yellow", "reverted": "yellow"}.get(event.event)
    mark = {"problem": "!", "interrupted": "×", "reverted": "↶", "plan": "☰", "ended": "■"}.get(event.event, "·")
    line = cut(clean(f"{mark} {event.event} {' '.join(words.split())}".rstrip()), page_width() - len(_MARGIN))
    yield f"{time}  {style(line, colour) if colour else line}"
    if event.event == "plan":
        yield from _plan(event.detail)


class _Plan(msgspec.Struct, frozen=True):
    steps: tuple[tuple[str, str], ...] = ()


def _plan(detail: str | None) -> Iterator[str]:
    marks = {"completed": "[x]", "in_progress": "[>]"}
    for status, step in msgspec.json.decode(detail or "{}", type=_Plan).steps:
        yield f"{_MARGIN}  {marks.get(status, '[ ]')} {cut(clean(step), page_width() - 16)}"
