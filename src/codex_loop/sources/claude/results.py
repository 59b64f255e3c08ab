"""What a tool result says happened: ran, failed, timed out, was refused (by whom), was interrupted, or goes on.

Claude Code writes no status field. The evidence, strongest first: `permissionDecision` (2.1.3xx), the structured
`toolUseResult`, the fixed texts of the program, and last the bare `is_error`. Every verdict names its basis.
"""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

import msgspec

from codex_loop.model.records import Decider, ToolStatus
from codex_loop.sources.claude.entries import Block, Entry, payload, text_of, whole
from codex_loop.sources.claude.prompts import INTERRUPTED_TOOL

Decision = Literal["approved", "approved_for_session", "denied", "aborted", "unknown"]

REJECTED = "User rejected tool use"
SHELLS = frozenset({"Bash", "PowerShell"})


class Approval(NamedTuple):
    decision: Decision
    who: Decider
    basis: str


class Verdict(NamedTuple):
    status: ToolStatus
    basis: str
    exit_code: int | None = None
    duration_ms: int | None = None
    approval: Approval | None = None
    undecided: bool = False
    """A dialog's No and Esc during a running tool look the same here; the following line tells them apart."""


class Outcome(msgspec.Struct, rename="camel"):
    """The fields of `toolUseResult` objects that say how a call went."""

    stdout: str | None = None
    interrupted: bool | None = None
    return_code_interpretation: str | None = None
    background_task_id: str | None = None
    is_async: bool | None = None
    status: str | None = None
    agent_id: str | None = None
    agent_type: str | None = None
    resolved_model: str | None = None
    duration_ms: float | None = None
    duration_seconds: float | None = None
    total_duration_ms: float | None = None
    exit_code: int | None = None


class PermissionDecision(msgspec.Struct, rename="camel"):
    decision: str | None = None
    source: str | None = None
    grant_scope: str | None = None


_EXIT = re.compile(r"(?:Error: )?Exit code (-?\d{1,10})\b")
_TIMED_OUT = re.compile(r"(?:Error: )?(?:Exit code -?\d{1,10}\s+)?Command timed out after ")
_MARKS_BEFORE_RUN = (2, 1, 329)
_CASCADE = ("Sibling tool call errored", "Cancelled: parallel tool call")
_DIALOG = (
    "The user doesn't want to proceed with this tool use.",
    "The user doesn't want to take this action right now",
)
_SAID = "the user said:"
_DENIED = re.compile(r"Permission to use .{0,4000}? has been denied", re.DOTALL)
_UNASKED = re.compile(
    r"This command requires approval"
    r"|Claude requested permissions to .{0,4000}? but you haven't granted it"
    r"|.{0,4000}? was blocked\. For security, Claude Code may only",
    re.DOTALL,
)
_HOOK = re.compile(r"(?:Hook )?PreToolUse:\S+ (?:hook|denied)|.{0,200}\bhook error: ")
_STREAM = "Tool permission request failed:"
_OWN_ERRORS = (
    "<tool_use_error>",
    "InputValidationError",
    "Error: No such tool",
    "[Request interrupted",
    "Command was aborted",
    "API Error",
)

_ACCEPTED: dict[str, Approval] = {
    "user_permanent": Approval("approved_for_session", "user", "permissionDecision"),
    "user_temporary": Approval("approved", "user", "permissionDecision"),
    "hook": Approval("approved", "hook", "permissionDecision"),
    "config": Approval("approved", "config", "permissionDecision"),
}
_REFUSED: dict[str, Approval] = {
    "user_reject": Approval("denied", "user", "permissionDecision"),
    "user_abort": Approval("aborted", "user", "permissionDecision"),
    "hook": Approval("denied", "hook", "permissionDecision"),
    "config": Approval("denied", "config", "permissionDecision"),
}

_BY_CONFIG = Approval("denied", "config", "text")
_BY_HOOK = Approval("denied", "hook", "text")
_BY_USER = Approval("denied", "user", "text")
_BY_SOMEBODY = Approval("denied", "unknown", "text")


def recorded_decision(entry: Entry) -> Approval | None:
    """What `permissionDecision` says. Its source is trusted; `toolDenialKind` names the wrong party."""
    found = payload(entry.permission_decision, PermissionDecision)
    if found is None or found.decision is None:
        return None
    accepted = found.decision == "accept"
    table, fallback = (_ACCEPTED, "approved") if accepted else (_REFUSED, "denied")
    known = table.get(found.source or "")
    if known is None:
        return Approval("approved" if fallback == "approved" else "denied", "unknown", "permissionDecision")
    if accepted and found.grant_scope == "session":
        return Approval("approved_for_session", known.who, known.basis)
    return known


def verdict(block: Block, entry: Entry, tool: str | None, outcome: Outcome | None) -> Verdict:
    """How the call that `block` answers went."""
    text = block.content_text()
    decided = recorded_decision(entry)
    if not block.is_error:
        return _went_well(text, outcome, decided)
    if decided is not None and decided.decision in {"denied", "aborted"}:
        return Verdict("declined", "permissionDecision", approval=decided)
    wrong = _went_wrong(text, entry, tool)
    return wrong if decided is None else wrong._replace(approval=decided, undecided=False)


def _went_well(text: str, outcome: Outcome | None, decided: Approval | None) -> Verdict:
    if outcome is None:
        running = text.startswith("Command running in background with ID:")
        return Verdict("running" if running else "ok", "launch" if running else "is_error", approval=decided)
    duration = _duration(outcome)
    if outcome.interrupted:
        return Verdict("interrupted", "payload", None, duration, decided)
    if outcome.background_task_id or outcome.is_async or outcome.status == "async_launched":
        return Verdict("running", "launch", None, duration, decided)
    if outcome.stdout is None:
        return Verdict("ok", "payload", outcome.exit_code, duration, decided)
    # A code that only says "nothing found" is turned into success; which code it was is not written down.
    return Verdict("ok", "payload", None if outcome.return_code_interpretation else 0, duration, decided)


def _went_wrong(text: str, entry: Entry, tool: str | None) -> Verdict:
    bare = _unwrapped(text)
    if bare.endswith(INTERRUPTED_TOOL):
        # Up to 2.0; an exit code before it is that of the kill, not the command's own.
        return Verdict("interrupted", "text")
    if _TIMED_OUT.match(bare):
        return Verdict("timeout", "text", _exit_code(bare))
    if bare.startswith("Exit code "):
        return Verdict("failed", "text", _exit_code(bare))
    if bare.startswith(_CASCADE):
        return Verdict("cascade", "text")
    if bare.startswith(_DIALOG):
        return Verdict("interrupted", "toolDenialBeforeRun") if _had_begun(entry) else _dialog(bare, entry)
    refused = _refused(bare) or _refused_silently(bare, text, entry, tool)
    return Verdict("declined", "text", approval=refused) if refused else Verdict("failed", "is_error")


def _had_begun(entry: Entry) -> bool:
    """Recent releases mark a refusal that came before the tool ran; one without the mark stopped a running tool."""
    marks = release(entry.version) >= _MARKS_BEFORE_RUN
    return marks and entry.tool_denial_kind == "user-rejected" and not entry.tool_denial_before_run


def _dialog(text: str, entry: Entry) -> Verdict:
    if entry.tool_denial_before_run:
        return Verdict("declined", "toolDenialBeforeRun", approval=_BY_USER._replace(basis="toolDenialBeforeRun"))
    if _SAID in text:
        return Verdict("declined", "text", approval=_BY_USER)
    return Verdict("declined", "text", undecided=True)


def _refused(text: str) -> Approval | None:
    if _DENIED.match(text) or _UNASKED.match(text):
        return _BY_CONFIG
    if _HOOK.match(text):
        return _BY_HOOK
    if text.startswith(_STREAM):
        return Approval("aborted", "unknown", "text")
    return None


def _refused_silently(bare: str, text: str, entry: Entry, tool: str | None) -> Approval | None:
    """A hook and a supervising host refuse with a text of their own and nothing else.

    A shell that ran always reports `Exit code` since 2.0, and the program marks its own errors; what remains is a
    refusal by somebody unknown.
    """
    result = text_of(entry.tool_use_result)
    if result == REJECTED:
        return Approval("aborted", "user", "text")
    if entry.tool_denial_kind:
        return _BY_SOMEBODY
    if tool not in SHELLS or not bare or release(entry.version) < (2,) or bare.startswith(_OWN_ERRORS):
        return None
    return _BY_SOMEBODY if bare == text and result == f"Error: {text}" else None


def release(version: str | None) -> tuple[int, ...]:
    """A version as numbers to compare; empty when unknown, so that it compares as oldest."""
    numbers = []
    for part in (version or "").split("."):
        digits = part[:9]
        if not (digits.isascii() and digits.isdigit()):
            break
        numbers.append(int(digits))
    return tuple(numbers)


def _unwrapped(text: str) -> str:
    if text.startswith("<tool_use_error>"):
        return text[16:].removesuffix("</tool_use_error>").removeprefix("Error: ")
    return text


def _exit_code(text: str) -> int | None:
    found = _EXIT.match(text)
    return int(found[1]) if found else None


def _duration(outcome: Outcome | None) -> int | None:
    if outcome is None:
        return None
    if outcome.duration_seconds is not None:
        return whole(outcome.duration_seconds * 1000)
    return whole(outcome.duration_ms if outcome.duration_ms is not None else outcome.total_duration_ms)
