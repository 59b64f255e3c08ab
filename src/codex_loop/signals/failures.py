"""Commands and edits that failed, and programs that are not there."""

from __future__ import annotations

import re
from collections.abc import Iterator

from codex_loop.signals.command import parse
from codex_loop.signals.detector import Detector, Finding, first_words
from codex_loop.signals.outcome import Outcome, outcome
from codex_loop.signals.session import Call, Session


def tried(call: Call) -> str:
    """What was tried and how it failed, in a line: what similar failures have in common."""
    what = parse(call.command).head if call.command else call.name
    return f"{what or 'a tool'}: {call.error}" if call.error else what or "a tool"


def _failed(session: Session) -> Iterator[Finding]:
    for call in session.calls:
        if is_command(call) and outcome(call) is Outcome.FAILED and not _is_misuse(call):
            code = call.exit_code
            yield Finding(
                anchor=call.call_id,
                evidence=(call,),
                title=f"{parse(call.command).head or 'a command'} failed" + ("" if code is None else f" with {code}"),
                body=tried(call),
                basis="field" if call.basis not in (None, "text") else "text",
                measured={} if code is None else {"exit_code": code},
            )


def _missing(session: Session) -> Iterator[Finding]:
    for call in session.calls:
        if outcome(call) is Outcome.ENVIRONMENT:
            yield Finding(
                anchor=call.call_id,
                evidence=(call,),
                title=f"{parse(call.command).head or 'a program'} is not there or not executable",
                body=tried(call),
                measured={"exit_code": call.exit_code or 0},
            )


def _timed_out(session: Session) -> Iterator[Finding]:
    for call in session.calls:
        if outcome(call) is Outcome.TIMEOUT:
            yield Finding(
                anchor=call.call_id,
                evidence=(call,),
                title=f"{parse(call.command).head or call.name or 'a call'} ran out of time",
                body=tried(call),
                measured={} if call.duration_ms is None else {"duration_ms": call.duration_ms},
            )


def _patch(session: Session) -> Iterator[Finding]:
    for call in session.calls:
        if call.name in EDITORS and outcome(call) in (Outcome.FAILED, Outcome.UNKNOWN) and call.status == "failed":
            careless = "not been read" in (call.output or "")
            yield Finding(
                anchor=call.call_id,
                evidence=(call,),
                title="an edit was attempted before the file was read" if careless else f"{call.name} could not edit",
                body=first_words(tried(call)),
                severity=0.2 if careless else None,
                basis="text" if call.basis == "text" else "field",
            )


def _misused(session: Session) -> Iterator[Finding]:
    for call in session.calls:
        if _is_misuse(call):
            yield Finding(
                anchor=call.call_id,
                evidence=(call,),
                title=f"{call.name or 'a tool'} was called in a way it does not know",
                body=tried(call),
                basis="text",
            )


def is_command(call: Call) -> bool:
    """Whether it ran a program. Other tools have a path, an address or a question where a command would be."""
    name = call.name or ""
    return call.command is not None and name not in EDITORS | READERS | _ASKING and not name.startswith("mcp__")


def _is_misuse(call: Call) -> bool:
    said = f"{call.output or ''} {call.error or ''}"
    return call.status == "failed" and call.name not in EDITORS and bool(_NOT_UNDERSTOOD.search(said))


_NOT_UNDERSTOOD = re.compile(
    r"InputValidationError|No such tool|unsupported call|unknown tool|missing required parameter|invalid arguments",
    re.IGNORECASE,
)
EDITORS = frozenset({"Edit", "MultiEdit", "Write", "NotebookEdit", "apply_patch", "str_replace_editor", "Update"})
READERS = frozenset({"Read", "View", "read_file", "view_image", "NotebookRead"})
_ASKING = frozenset({"Glob", "Grep", "LS", "WebFetch", "WebSearch", "web_search", "web_fetch", "Task", "Agent", "Skill",
                     "TaskOutput", "BashOutput", "KillShell", "spawn_agent", "send_input", "wait"})  # fmt: skip

DETECTORS = (
    Detector("exec_failure", 2, "friction", 0.6, 0.9, _failed, "A command failed: its exit code is no answer."),
    Detector("env_missing", 1, "friction", 0.4, 0.9, _missing, "A program is not installed or not executable."),
    Detector("timeout", 1, "friction", 0.8, 0.9, _timed_out, "A command ran until its time was up."),
    Detector("tool_misuse", 1, "friction", 0.4, 0.9, _misused, "No such tool, or arguments it does not take."),
    Detector("patch_failure", 1, "friction", 0.6, 0.9, _patch, "An edit could not be applied."),
)
