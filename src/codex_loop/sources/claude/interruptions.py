"""Interruptions: what a person stopped, and what the refusals before the marker line meant."""

from __future__ import annotations

from typing import Literal

from codex_loop.model.records import Interrupted
from codex_loop.sources.claude.entries import Entry
from codex_loop.sources.claude.results import Approval, Verdict, release
from codex_loop.sources.claude.sessions import TranscriptState
from codex_loop.sources.claude.told import Told, decision_of, outcome_of

TELLS_ESCAPE = (2, 1, 180)
"""From here on an interruption at the terminal names the message it hit when it was Escape.

Before, and under a host at any time, a stop during a running tool and a refusal look the same.
"""


def settle(told: Told, marker: str | None) -> None:
    """Decide what earlier refusals of this session meant, now that the line after them is here."""
    state, session = told.state, told.place.session
    waiting = [held.call_id for held in state.undecided if held.session == session]
    if marker is None:
        if waiting and not _answers_calls(told.entry):
            for call_id in waiting:
                told.records.append(decision_of(told, call_id, Approval("denied", "user", "text")))
            _forget(state, session)
        return
    escaped = told.entry.interrupted_message_id is not None
    can_tell = told.place.note.entrypoint == "cli" and release(told.entry.version) >= TELLS_ESCAPE
    for call_id in waiting:
        if escaped:
            told.records.append(outcome_of(told, call_id, Verdict("interrupted", "interruptedMessageId"), ""))
        else:
            decided = Approval("denied" if can_tell else "unknown", "user", "text")
            told.records.append(decision_of(told, call_id, decided))
    _forget(state, session)
    told.records.append(_interrupted(told, waiting, marker, escaped=escaped, can_tell=can_tell))


def _interrupted(told: Told, waiting: list[str], marker: str, *, escaped: bool, can_tell: bool) -> Interrupted:
    during: Literal["model", "tool", "approval", "unknown"] = "unknown"
    if not waiting and "for tool use" not in marker:
        during = "model"
    elif escaped:
        during = "tool"
    elif waiting and can_tell:
        during = "approval"
    return Interrupted(
        **told.at(),
        reason="interrupted",
        during=during,
        call_id=waiting[-1] if waiting else None,
        basis="interruptedMessageId" if escaped else "text",
    )


def _answers_calls(entry: Entry) -> bool:
    content = entry.message.content if entry.message else None
    return isinstance(content, list) and any(block.type == "tool_result" for block in content)


def _forget(state: TranscriptState, session: str) -> None:
    if state.undecided:
        state.undecided = [held for held in state.undecided if held.session != session]
