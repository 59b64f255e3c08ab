"""User lines of Claude Code, as records: prompts, results of calls, interruptions, summaries."""

from __future__ import annotations

from codex_loop.model.records import Compaction, FileChange, SessionStarted, TurnStarted, UserMessage
from codex_loop.sources.claude.changes import EDITORS, asked_for, recorded
from codex_loop.sources.claude.entries import Block, payload
from codex_loop.sources.claude.interruptions import settle
from codex_loop.sources.claude.plans import is_plan_tool, plan_recorded
from codex_loop.sources.claude.prompts import Prompt, interruption, prompt
from codex_loop.sources.claude.results import Outcome, Verdict, verdict
from codex_loop.sources.claude.sessions import OpenCall, Undecided, is_inherited
from codex_loop.sources.claude.told import Told, decision_of, outcome_of, tell_plan
from codex_loop.sources.claude.tools import Spawned, finished_task


def user(told: Told) -> None:
    entry = told.entry
    message = entry.message
    if message is None:
        return
    marker = interruption(message.content)
    settle(told, marker)
    if isinstance(message.content, list):
        for block in message.content:
            if block.type == "tool_result":
                _result(told, block)
    if marker is not None:
        return
    said = prompt(entry, sidechain=told.place.lineage != "main")
    if said is not None:
        _said(told, said)


def _said(told: Told, said: Prompt) -> None:
    entry, note = told.entry, told.place.note
    if entry.is_compact_summary:
        compaction = note.boundary or entry.uuid
        note.boundary = None
        told.records.append(
            Compaction(
                **told.at(),
                summary=said.text,
                id=compaction,
            )
        )
        return
    if said.author == "human":
        start_turn(told)
    told.records.append(
        UserMessage(
            **told.at(),
            text=said.text,
            author=said.author,
            id=entry.uuid,
            images=said.images,
        )
    )
    task = finished_task(said.text)
    if task is not None:
        told.records.append(outcome_of(told, task.call_id, Verdict(task.status, "event", task.exit_code), task.text))


def start_turn(told: Told) -> None:
    """A human prompt begins a turn, unless it only adds to the one that has its id."""
    entry, note = told.entry, told.place.note
    # A fork gives every copied prompt the id of its own first turn.
    copied = is_inherited(note, entry, told.time_ms)
    turn = entry.uuid if copied else entry.prompt_id or entry.uuid
    permission = entry.permission_mode or note.permission
    if told.live or turn is None or turn == note.turn:
        return
    note.turn, note.turn_model, note.permission = turn, None, permission
    told.records.append(
        TurnStarted(
            **told.at(),
            approval_policy=permission,
            cwd=entry.cwd,
        )
    )


def _result(told: Told, block: Block) -> None:
    call_id, entry = block.tool_use_id, told.entry
    if call_id is None:
        return
    call = told.state.calls.pop(call_id, None)
    outcome = payload(entry.tool_use_result, Outcome)
    found = verdict(block, entry, call.tool if call else None, outcome)
    told.records.append(outcome_of(told, call_id, found, block.content_text()))
    if found.approval is not None:
        told.records.append(decision_of(told, call_id, found.approval))
    if found.undecided:
        told.state.undecided = [*told.state.undecided[-31:], Undecided(told.place.session, call_id)]
    if call is not None:
        _change(told, call_id, call, found)
        if is_plan_tool(call.tool) and found.status == "ok":
            tell_plan(told, plan_recorded(call.tool, entry.tool_use_result, told.place.note.tasks))
    if outcome is not None and outcome.agent_id:
        told.records.append(_spawned(told, call_id, outcome))


def _change(told: Told, call_id: str, call: OpenCall, found: Verdict) -> None:
    if call.tool not in EDITORS:
        return
    change = recorded(told.entry.tool_use_result)
    if change is None and call.request is not None:
        change = asked_for(call.request, call.tool)
    if change is None:
        return
    told.records.append(
        FileChange(
            **told.at(),
            call_id=call_id,
            path=change.path,
            change=change.kind,
            diff=change.diff,
            added=change.added,
            removed=change.removed,
            ok=found.status == "ok",
        )
    )


def _spawned(told: Told, call_id: str, outcome: Outcome) -> SessionStarted:
    child = Spawned(told.place.root, outcome.agent_id or "", call_id, outcome.agent_type, outcome.resolved_model)
    return child.started(told.offset, told.time_ms, told.place.session)
