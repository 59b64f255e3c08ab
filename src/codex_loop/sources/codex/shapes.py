"""Shapes that several Codex formats share: commands, durations, patches, decisions, who wrote a user message."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator, Mapping
from typing import Literal, NamedTuple
from urllib.parse import unquote, urlsplit

from codex_loop.model.records import Author, ToolStatus
from codex_loop.sources.fields import Body, as_body, body, number, tag, text

Change = Literal["add", "update", "delete", "move", "unknown"]
Decision = Literal["approved", "approved_for_session", "denied", "aborted", "unknown"]

# Codex puts context into the user role; what the person typed never begins like this.
_INJECTED = (
    "<environment_context>",
    "<user_instructions>",
    "<permissions instructions>",
    "<turn_aborted>",
    "<skill>",
    "<skills_instructions>",
    "<subagent_notification>",
    "# AGENTS.md",
)
_COMMANDS = ("<user_action>", "<user_shell_command>")
_SUMMARY = "Another language model started to solve this problem"

_TIMED_OUT = re.compile(r"\Acommand timed out after \d+", re.IGNORECASE)
_REFUSED = ("rejected by user", "exec command rejected by user", "patch rejected by user")
_OUTPUTS = ("formatted_output", "aggregated_output", "stderr")
_TIMEOUT_EXIT = 124
_STATED: Mapping[str, ToolStatus] = {
    "completed": "ok",
    "failed": "failed",
    "declined": "declined",
    "in_progress": "running",
}
_NOT_RUN_EXIT = -1


class Changed(NamedTuple):
    """One file of a patch."""

    path: str
    change: Change
    moved_to: str | None
    diff: str | None
    added: int | None
    removed: int | None


def author(words: str) -> Author:
    """Who wrote a message of the user role, judged by how it begins."""
    start = words[:80].lstrip()
    if start.startswith(_COMMANDS):
        return "command"
    if start.startswith(_INJECTED) or is_summary(start):
        return "injected"
    return "human"


def is_summary(words: str) -> bool:
    """True for the user-role message by which a compaction hands its summary to the model."""
    return words.startswith(_SUMMARY)


def spoken(content: object) -> tuple[str, int]:
    """The text of message content, and how many images it holds."""
    if isinstance(content, str):
        return content, 0
    parts: list[str] = []
    images = 0
    for part in map(as_body, content if isinstance(content, list) else []):
        kind = text(part, "type") or ""
        words = text(part, "text")
        if words is not None:
            parts.append(words)
        elif "image" in kind:
            images += 1
        elif kind in ("skill", "mention"):
            parts.append(f"[{kind} {text(part, 'name', 'path') or ''}]")
    return "\n".join(parts), images


def command_line(command: object) -> str | None:
    """The command a person would have typed: what a shell was asked to run, else the words of the program."""
    if isinstance(command, str):
        try:
            words = shlex.split(command)
        except ValueError:  # an open quote is the model's business
            return command
        return words[2] if _is_shell(words) else command
    words = [word for word in command if isinstance(word, str)] if isinstance(command, list) else []
    if _is_shell(words):
        return words[2]
    return shlex.join(words) if words else None


def _is_shell(words: list[str]) -> bool:
    return len(words) == 3 and words[1] in ("-c", "-lc", "-Command")


def folder(cwd: str | None) -> str | None:
    """A working directory as a path, also where Codex wrote it as a file URL."""
    if cwd is None or not cwd.startswith("file://"):
        return cwd
    try:
        path = unquote(urlsplit(cwd).path)
    except ValueError:
        return cwd
    return path[1:] if re.match(r"/[A-Za-z]:/", path) else path


def duration_ms(value: object) -> int | None:
    """Milliseconds of `{secs, nanos}`."""
    of = as_body(value)
    seconds, nanos = number(of, "secs"), number(of, "nanos")
    if seconds is None and nanos is None:
        return None
    return (seconds or 0) * 1000 + (nanos or 0) // 1_000_000


def run_status(of: Body, *, turn_aborted: bool) -> ToolStatus:
    """What became of a command: its exit code decides, its own status and output tell the special ways to fail."""
    code, stated = number(of, "exit_code"), text(of, "status") or ""
    if code is None or stated == "declined":
        return _STATED.get(stated, "unknown")
    words = next((words for name in _OUTPUTS if (words := text(of, name))), "")
    if code == _NOT_RUN_EXIT and (turn_aborted or refused(words)):
        return "declined" if refused(words) else "interrupted"
    if code == _TIMEOUT_EXIT and _TIMED_OUT.match(words):
        return "timeout"
    return "ok" if code == 0 else "failed"


def refused(output: str) -> bool:
    """True for a call output by which Codex tells the model that the user said no."""
    return any(words in output for words in _REFUSED)


def decision(value: object) -> Decision:
    """A review decision in any of its spellings: a string, `{type: …}`, or `{the_decision: {…}}`."""
    name = tag(value) or ""
    if name in ("approved", "approved_for_session", "denied"):
        return name  # type: ignore[return-value]
    if name in ("abort", "aborted"):
        return "aborted"
    return "approved" if name.startswith("approved") else "unknown"


def patch_line(files: Iterable[tuple[str, str]]) -> str | None:
    """One line for a timeline, from (change, path): `update calc.py, add b.py`."""
    return ", ".join(f"{change} {path}" for change, path in files) or None


def changes(of: Body) -> Iterator[Changed]:
    """The files of a patch event, in its order."""
    for path, value in body(of, "changes").items():
        yield _changed(path, as_body(value))


def _changed(path: str, value: Body) -> Changed:
    kind = tag(value)
    inner = value if text(value, "type") is not None else body(value, kind or "")
    content, diff, moved = text(inner, "content"), text(inner, "unified_diff"), text(inner, "move_path")
    if diff is None and content is not None and kind in ("add", "delete"):
        mark = "+" if kind == "add" else "-"
        diff = "".join(f"{mark}{line}\n" for line in content.split("\n")[: -1 if content.endswith("\n") else None])
    change: Change = kind if kind in ("add", "update", "delete") else "unknown"  # type: ignore[assignment]
    if moved is not None:
        change = "move"
    added, removed = counted(diff) if diff is not None else (None, None)
    return Changed(path, change, moved, diff, added, removed)


def counted(diff: str) -> tuple[int, int]:
    """Lines added and removed. Only hunks count: a file header before the first `@@` is not a change."""
    at = 0 if diff.startswith("@@") else diff.find("\n@@") + 1
    lines = diff[at:].split("\n")
    return sum(line.startswith("+") for line in lines), sum(line.startswith("-") for line in lines)
