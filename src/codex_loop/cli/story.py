"""A turn as lines a person reads: what was asked, what was done, how it ended."""

import re
from collections.abc import Iterator
from typing import NamedTuple, Self

import msgspec

from codex_loop.cli.moments import clock_time
from codex_loop.cli.render import counted, duration, number, page_width, style
from codex_loop.cli.sessions import short_count, tokens_shown
from codex_loop.cli.width import clean, cut, pad, width_of
from codex_loop.store.entries import Approval, Change, Compacted, Entry, Event, Prompt, Said, Tool
from codex_loop.store.timeline import Turn

_MARGIN = "          "
_BAD = ("failed", "timeout")
_LINES = 3
_SHELLS = ("shell", "exec_command", "local_shell", "Bash", "shell_command", "unified_exec")
_PLANNERS = ("update_plan", "TodoWrite")
"""Their plan is told by an event of its own."""
_SUBJECT = re.compile(
    r'"(?:file_path|notebook_path|path|pattern|query|url|skill|subject|description)":\s*"(?P<value>[^"]+)"'
)
"""What a call without a command is about, in its arguments (a head of which may be no whole JSON)."""


class Page(NamedTuple):
    """How much is told."""

    folder: str
    """Paths below it are said without it."""
    lines: int | None
    """So many lines of each text; None for everything."""

    @classmethod
    def of(cls, cwd: str | None, *, full: bool) -> Self:
        return cls(f"{(cwd or '').rstrip('/')}/", None if full else _LINES)


def turn_lines(turn: Turn, page: Page) -> Iterator[str]:
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
        if is_quiet(entry) and page.lines is not None:
            unseen += 1
        else:
            yield from _entry(entry, page)
    if unseen:
        left_out = counted(unseen, "note of the program or its reasoning", "notes of the program and its reasoning")
        yield style(f"{_MARGIN}{left_out} left out; --full shows all", "dim")


def is_quiet(entry: Entry) -> bool:
    """What a reader does not look for first: reasoning, attachments, text the program put in the user's mouth."""
    if isinstance(entry, Said):
        return entry.role != "agent"
    return isinstance(entry, Prompt) and entry.author == "injected"


def _entry(entry: Entry, page: Page) -> Iterator[str]:
    time = pad(clock_time(entry.at), 8)
    match entry:
        case Prompt():
            whose = f"({entry.author}) " if entry.author in ("injected", "command") else ""
            yield from _text(f"{time}  > {whose}", entry.text, entry.length, page, None if whose else "bold")
        case Said():
            name = {"agent": "•", "reasoning": "• (thinking)"}.get(entry.role, f"• ({entry.phase or entry.role})")
            yield from _text(f"{time}  {name} ", entry.text, entry.length, page)
        case Tool():
            yield from _tool(time, entry, page)
        case Change():
            yield from _change(f"{time}  ", entry, page)
        case Approval():
            yield f"{time}  {_approved(entry)}"
        case Compacted():
            yield f"{time}  {_compacted(entry)}"
            if page.lines is None:
                yield from _indented(entry.summary, page)
        case Event():
            yield from _event(time, entry)


def _text(start: str, text: str, length: int, page: Page, kind: str | None = None) -> Iterator[str]:
    """The first lines of a text, the very first behind its time and mark."""
    lines = _block(text, page, len(start) - len(_MARGIN)) or ["(no text)"]
    for index, line in enumerate(lines):
        yield (start if index == 0 else f"{_MARGIN}  ") + (style(line, kind) if kind else line)
    if length > len(text) or (page.lines is not None and len(text.split("\n")) > page.lines):
        yield style(f"{_MARGIN}  … {number(length)} characters in all", "dim")


def _block(text: str, page: Page, indent: int = 2) -> list[str]:
    """Lines of a text, without empty ones: a few that fit the page behind the margin, or all of them whole."""
    lines = [clean(line) for line in text.splitlines() if line.strip()]
    if page.lines is None:
        return lines
    return [cut(line, page_width() - len(_MARGIN) - max(indent, 2)) for line in lines[: page.lines]]


def _indented(text: str | None, page: Page) -> Iterator[str]:
    yield from (style(f"{_MARGIN}  {line}", "dim") for line in _block(text or "", page))


def _tool(time: str, tool: Tool, page: Page) -> Iterator[str]:
    result, what = _result(tool), _what(tool, page)
    room = page_width() - len(_MARGIN) - width_of(result) - 2
    line = pad(cut(clean(" ".join(what.split())), room), room)
    bad = tool.status in _BAD or bool(tool.exit_code)
    yield f"{time}  {line}  {style(result, 'red') if bad else result}".rstrip()
    if page.lines is None and ("\n" in what.strip() or width_of(what) > room):
        yield from _indented(tool.command or tool.arguments, page)
    if bad or page.lines is None:
        yield from _indented(tool.output, page)
    yield from (f"{_MARGIN}  {_approved(approval)}" for approval in tool.approvals)
    for change in tool.changes:
        yield from _change(f"{_MARGIN}  ", change, page)


def _what(tool: Tool, page: Page) -> str:
    if tool.command:
        return f"{'$' if tool.name in _SHELLS or not tool.name else tool.name} {tool.command}"
    if tool.name in _PLANNERS:
        return str(tool.name)
    subject = _SUBJECT.search(tool.arguments or "")
    about = subject["value"].removeprefix(page.folder) if subject else tool.arguments or ""
    return f"{tool.name or 'tool'} {about}"


def _change(start: str, change: Change, page: Page) -> Iterator[str]:
    yield start + _changed(change, page)
    if page.lines is None:
        yield from _indented(change.diff, page)


def _result(tool: Tool) -> str:
    status = tool.status or "unknown"
    said = [f"exit {tool.exit_code}" if tool.exit_code is not None else "" if status == "ok" else status]
    if tool.exit_code is not None and status not in ("ok", "failed"):
        said.insert(0, status)
    if tool.duration_ms is not None:
        said.append(duration(tool.duration_ms))
    return " · ".join(filter(None, said))


def _changed(change: Change, page: Page) -> str:
    counts = [
        f"+{change.added}" if change.added is not None else "",
        f"-{change.removed}" if change.removed is not None else "",
    ]
    moved = f" → {change.moved_to}" if change.moved_to else ""
    outcome = " (did not apply)" if change.ok is False else ""
    verb = "changed" if change.change == "unknown" else change.change
    return (
        clean(" ".join(filter(None, (f"± {verb} {change.path.removeprefix(page.folder)}{moved}", *counts)))) + outcome
    )


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


_EVENTS = {
    ("interrupted", "model"): "× interrupted while the model answered",
    ("interrupted", "tool"): "× interrupted while a tool ran",
    ("interrupted", "approval"): "× interrupted while it asked for approval",
    ("interrupted", None): "× interrupted",
    ("reverted", "revert"): "↶ what follows was started anew from an earlier point",
    ("reverted", "rollback"): "↶ turns were taken back",
    ("reverted", "undo"): "↶ a change was undone",
    ("plan", None): "☰ plan",
    ("ended", None): "■ ended",
}
_COLOURS = {"problem": "red", "interrupted": "yellow", "reverted": "yellow"}


def _event(time: str, event: Event) -> Iterator[str]:
    known = _EVENTS.get((event.event, event.scope)) or _EVENTS.get((event.event, None))
    name = known or f"! {(event.scope or event.event).replace('_', ' ')}"
    said = [text for text in (event.code, event.message) if text and text != event.event]
    line = cut(
        clean(" ".join(": ".join([name, " ".join(said)] if said else [name]).split())), page_width() - len(_MARGIN)
    )
    colour = _COLOURS.get(event.event)
    yield f"{time}  {style(line, colour) if colour else line}"
    if event.event == "plan":
        yield from _plan(event.detail)


class _Plan(msgspec.Struct, frozen=True):
    steps: tuple[tuple[str, str], ...] = ()


def _plan(detail: str | None) -> Iterator[str]:
    marks = {"completed": "[x]", "in_progress": "[>]"}
    for status, step in msgspec.json.decode(detail or "{}", type=_Plan).steps:
        yield f"{_MARGIN}  {marks.get(status, '[ ]')} {cut(clean(step), page_width() - 16)}"
