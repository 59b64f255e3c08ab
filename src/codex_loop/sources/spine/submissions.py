"""What the user asked for: the `submission` records of a trace_spine."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from codex_loop.model.records import (
    AnyRecord,
    ApprovalDecided,
    Interrupted,
    Reverted,
    TurnStarted,
    Unknown,
    UserMessage,
)
from codex_loop.sources.codex.shapes import decision, spoken
from codex_loop.sources.fields import Body, as_body, body, items, number, tag, text
from codex_loop.sources.spine.state import Place, SpineState

Records = Iterator[AnyRecord]


def submission(state: SpineState, place: Place, payload: Body) -> Records:
    op = body(payload, "op")
    kind = text(op, "type") or "?"
    if kind in QUIET:
        return
    handler = OPS.get(kind)
    if handler is None:
        yield Unknown(**place.base(), type=f"submission/{kind}")
    else:
        yield from handler(state, place, op)


def settings(state: SpineState, place: Place, context: Body) -> Records:
    """Settings in force, only where they differ from those last told for the same turn."""
    effort = tag(context.get("effort")) or text(
        body(body(context, "collaboration_mode"), "settings"), "reasoning_effort"
    )
    found = (tag(context.get("approval_policy")), tag(context.get("sandbox_policy")), text(context, "model"), effort)
    cwd = text(context, "cwd")
    if found == (None, None, None, None) and cwd is None:
        return
    told = (place.turn, *found, cwd)
    if told == state.settings:
        return
    state.settings = told
    approval, sandbox, model, effort = found
    yield TurnStarted(
        **place.base(), approval_policy=approval, sandbox_policy=sandbox, model=model, effort=effort, cwd=cwd
    )


def _prompt(state: SpineState, place: Place, op: Body) -> Records:
    if place.turn is not None:
        state.remember_spoken(place.turn)
    state.running, state.aborted = place.turn, False
    words, images = spoken(items(op, "items"))
    yield UserMessage(**place.base(), text=words, author="human", images=images)
    yield from settings(state, place, op)


def _shell_command(_state: SpineState, place: Place, op: Body) -> Records:
    yield UserMessage(**place.base(), text=f"!{text(op, 'command') or ''}", author="command")


def _review(_state: SpineState, place: Place, op: Body) -> Records:
    request = body(op, "review_request")
    hint = text(request, "user_facing_hint") or tag(request.get("target")) or ""
    yield UserMessage(**place.base(), text=f"/review {hint}".strip(), author="command")


def _approval(state: SpineState, place: Place, op: Body) -> Records:
    call_id, op_id, answer = text(op, "call_id"), text(op, "id"), op.get("decision")
    request = state.answered(call_id, op_id)
    turn = state.running or place.turn
    if request is not None:
        call_id, turn = request.call_id, request.event or turn
    elif call_id is None and text(as_body(answer), "type") is not None:
        call_id = op_id  # the demonstrations' spelling names the call
    elif call_id is None:
        turn = op_id or turn  # the agent's own names the turn; the request stands in an earlier segment
    yield ApprovalDecided(
        **place._replace(turn=turn).base(),
        call_id=call_id,
        # Not the id it answers: two such decisions of one turn would be taken for one.
        request_id=place.turn,
        decision=decision(answer),
        who="user",
        basis="op",
    )


def _interrupt(state: SpineState, place: Place, _op: Body) -> Records:
    if state.running is None:  # nothing runs: the agent ignores the key, so do we
        return
    state.ask("interrupt")
    yield interrupted(state, place, reason="interrupted", basis="op")


def interrupted(
    state: SpineState, place: Place, reason: str | None, basis: str, took: int | None = None
) -> Interrupted:
    """What the interruption hit, as far as open requests and calls show it."""
    state.aborted = True
    call_id = state.waiting[-1].call_id if state.waiting else next(reversed(state.calls), None)
    during = "approval" if state.waiting else "tool" if state.calls else "unknown"
    turn = state.running or place.turn
    base = place._replace(turn=turn).base()
    return Interrupted(**base, reason=reason, during=during, call_id=call_id, duration_ms=took, basis=basis)  # type: ignore[arg-type]


def _undo(state: SpineState, place: Place, _op: Body) -> Records:
    state.ask("undo")
    yield Reverted(**place.timeless(), scope="undo")


def _rollback(state: SpineState, place: Place, op: Body) -> Records:
    state.ask("rollback")
    yield Reverted(**place.timeless(), scope="rollback", turns=number(op, "num_turns"))


def _compact(state: SpineState, _place: Place, _op: Body) -> Records:
    state.compact_asked += 1
    return iter(())


OPS: Mapping[str, Callable[[SpineState, Place, Body], Records]] = {
    "user_turn": _prompt,
    "user_input": _prompt,
    "run_user_shell_command": _shell_command,
    "review": _review,
    "exec_approval": _approval,
    "patch_approval": _approval,
    "interrupt": _interrupt,
    "undo": _undo,
    "thread_rollback": _rollback,
    "compact": _compact,
}

# Known, and nothing a session view needs: lookups, editor history, answers to forms.
QUIET = frozenset(
    {
        "override_turn_context",
        "resolve_elicitation",
        "user_input_answer",
        "request_user_input_response",
        "dynamic_tool_response",
        "add_to_history",
        "get_history_entry_request",
        "list_mcp_tools",
        "refresh_mcp_servers",
        "list_custom_prompts",
        "list_skills",
        "list_models",
        "shutdown",
    }
)
