"""What the agent reported: the `event` and `compaction_boundary` records of a trace_spine."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Literal

from codex_loop.model.records import (
    AgentMessage,
    AnyRecord,
    Compaction,
    Interrupted,
    PlanUpdated,
    Problem,
    Reasoning,
    Reverted,
    SessionEnded,
    SessionStarted,
    TurnEnded,
    Unknown,
    UserMessage,
)
from codex_loop.sources.codex.shapes import author
from codex_loop.sources.fields import Body, as_body, body, flag, items, number, tag, text
from codex_loop.sources.spine.calls import CALLS, nameless
from codex_loop.sources.spine.state import Place, SpineState
from codex_loop.sources.spine.submissions import interrupted, settings

Records = Iterator[AnyRecord]


def event(state: SpineState, place: Place, payload: Body) -> Records:
    message = body(payload, "msg")
    kind = text(message, "type") or "?"
    if kind in QUIET or kind.endswith("_delta"):
        return
    handler = CALLS.get(kind) or EVENTS.get(kind)
    # The fixtures' dialect nests the fields once more; the others are flat.
    fields = {**message, **body(message, "payload"), "type": kind}
    if handler is None or nameless(kind, fields):
        yield Unknown(**place.base(), type=f"event/{kind}")
    else:
        yield from handler(state, place, fields)


def boundary(state: SpineState, place: Place, payload: Body) -> Records:
    """A compaction as the spine records it; the event of the same compaction then only confirms it."""
    state.boundaries += 1
    manual = state.compact_asked > 0
    reason = (text(payload, "reason") or "").lower()
    if manual:
        state.compact_asked -= 1
    yield Compaction(
        **place.base(),
        trigger="manual" if manual or reason in ("manual", "user") else _automatic(state, place, reason),
        pre_tokens=number(payload, "pre_tokens"),
        post_tokens=number(payload, "post_tokens"),
        summary=text(payload, "summary_message", "post_summary"),
    )


def _automatic(state: SpineState, place: Place, reason: str) -> Literal["auto", "unknown"]:
    """In a turn that a prompt began nobody asked for the compaction."""
    return "auto" if "auto" in reason or "limit" in reason or place.turn in state.spoken else "unknown"


def _context_compacted(state: SpineState, place: Place, _of: Body) -> Records:
    if state.boundaries:
        state.boundaries -= 1
        return
    yield from boundary(state, place, {})
    state.boundaries -= 1


def _configured(_state: SpineState, place: Place, of: Body) -> Records:
    model, provider = text(of, "model"), text(of, "model_provider_id", "model_provider")
    parent = text(of, "forked_from_id")
    yield SessionStarted(**place.timeless(), model=model, provider=provider, cwd=text(of, "cwd"), forked_from=parent)


def _renamed(_state: SpineState, place: Place, of: Body) -> Records:
    yield SessionStarted(**place.timeless(), title=text(of, "thread_name", "name"))


def _task_started(state: SpineState, place: Place, of: Body) -> Records:
    state.running, state.aborted = text(of, "turn_id") or place.turn, False
    return iter(())


def _task_complete(state: SpineState, place: Place, of: Body) -> Records:
    state.running = None
    failed = bool(as_body(of.get("error")))
    took, first = number(of, "duration_ms"), number(of, "time_to_first_token_ms")
    yield TurnEnded(**place.base(), status="failed" if failed else "completed", duration_ms=took, first_token_ms=first)


def _aborted(state: SpineState, place: Place, of: Body) -> Records:
    told = state.confirm("interrupt")
    found: Interrupted | None = None
    if not told:
        found = interrupted(state, place, tag(of.get("reason")), "event", number(of, "duration_ms"))
    state.running, state.aborted = None, True
    state.waiting.clear()
    if found is not None:
        yield found


def _undo_completed(state: SpineState, place: Place, of: Body) -> Records:
    ok = flag(of, "success")
    if not state.confirm("undo"):
        yield Reverted(**place.timeless(), scope="undo", ok=ok)
    elif ok is False:
        yield Problem(**place.timeless(), scope="warning", code="undo_failed", message=text(of, "message") or "")


def _rolled_back(state: SpineState, place: Place, of: Body) -> Records:
    if not state.confirm("rollback"):
        yield Reverted(**place.timeless(), scope="rollback", turns=number(of, "num_turns"), ok=True)


def _said(_state: SpineState, place: Place, of: Body) -> Records:
    words = text(of, "message", "text") or ""
    yield AgentMessage(**place.base(), text=words, phase=text(of, "phase"))


def _heard(state: SpineState, place: Place, of: Body) -> Records:
    """A prompt, unless its submission already told it."""
    if place.turn is not None and place.turn in state.spoken:
        return
    words = text(of, "message", "text") or ""
    images = len(items(of, "images")) + len(items(of, "local_images"))
    yield UserMessage(**place.base(), text=words, author=author(words), images=images)


def _thought(_state: SpineState, place: Place, of: Body) -> Records:
    yield Reasoning(**place.base(), text=text(of, "text") or "")


def _plan(_state: SpineState, place: Place, of: Body) -> Records:
    steps = tuple((text(step, "status") or "", text(step, "step") or "") for step in map(as_body, items(of, "plan")))
    yield PlanUpdated(**place.base(), steps=steps, explanation=text(of, "explanation"))


def _error(_state: SpineState, place: Place, of: Body) -> Records:
    info = of.get("codex_error_info")
    code = tag(info)
    status = number(body(as_body(info), code or ""), "http_status_code")
    scope = "limit" if code in ("usage_limit_exceeded", "usageLimitExceeded") else "error"
    yield Problem(**place.base(), scope=scope, code=code, message=text(of, "message") or "", http_status=status)  # type: ignore[arg-type]


def _stream_error(_state: SpineState, place: Place, of: Body) -> Records:
    message = text(of, "message") or ""
    yield Problem(
        **place.base(),
        scope="stream_error",
        code=tag(of.get("codex_error_info")),
        message=message,
        attempt=attempt(message),
    )


def attempt(message: str) -> int | None:
    """The 2 of `Reconnecting... 2/5`."""
    for word in message.split():
        count, slash, of = word.partition("/")
        if slash and count.isdecimal() and of.isdecimal() and len(count) < 6:
            return int(count)
    return None


def _warning(_state: SpineState, place: Place, of: Body) -> Records:
    yield Problem(**place.base(), scope="warning", message=text(of, "message") or "")


def _shut_down(_state: SpineState, place: Place, _of: Body) -> Records:
    yield SessionEnded(**place.timeless(), reason="shutdown")


EVENTS: Mapping[str, Callable[[SpineState, Place, Body], Records]] = {
    "session_configured": _configured,
    "thread_name_updated": _renamed,
    "thread_settings_applied": settings,
    "task_started": _task_started,
    "turn_started": _task_started,
    "task_complete": _task_complete,
    "turn_complete": _task_complete,
    "turn_aborted": _aborted,
    "context_compacted": _context_compacted,
    "undo_completed": _undo_completed,
    "thread_rolled_back": _rolled_back,
    "agent_message": _said,
    "user_message": _heard,
    "agent_reasoning": _thought,
    "agent_reasoning_raw_content": _thought,
    "plan_update": _plan,
    "error": _error,
    "stream_error": _stream_error,
    "warning": _warning,
    "guardian_warning": _warning,
    "shutdown_complete": _shut_down,
}

TOLD_ANYWHERE = ("error", "stream_error", "warning", "plan_update")
"""Events that mean the same in every protocol log, without anything remembered."""

# Known, and told by other records or of no use to a session view. `token_count` is here because tokens are counted
# from the rollout of the same thread, by the accounting rules; the spine repeats it.
QUIET = frozenset(
    {
        "token_count",
        "agent_reasoning_section_break",
        "background_event",
        "deprecation_notice",
        "elicitation_request",
        "entered_review_mode",
        "exited_review_mode",
        "item_completed",
        "item_started",
        "list_custom_prompts_response",
        "list_skills_response",
        "mcp_list_tools_response",
        "get_history_entry_response",
        "list_remote_skills_response",
        "remote_skill_downloaded",
        "mcp_startup_complete",
        "mcp_startup_update",
        "request_user_input",
        "skills_update_available",
        "terminal_interaction",
        "turn_diff",
        "undo_started",
    }
)
