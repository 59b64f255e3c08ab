"""Rollout traces: what released Codex writes below `CODEX_ROLLOUT_TRACE_ROOT`, one folder a session.

`trace-<trace>-<thread>/trace.jsonl` is a numbered log; the substance lies in payload files beside it. A trace tells
more than the rollout of its thread: exact times of every call and each failed request. Prompts are found in the request
that first carried them: the log announces the ids of accepted messages, and whatever the model did not write itself is
looked up in the next request. Tokens are not taken from here.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path, PurePath

import msgspec

from codex_loop.model.keys import chain, key
from codex_loop.model.records import (
    AgentMessage,
    AnyRecord,
    Compaction,
    Interrupted,
    Problem,
    Reasoning,
    SessionEnded,
    SessionStarted,
    TurnEnded,
    TurnStarted,
    Unknown,
    UserMessage,
)
from codex_loop.sources.base import Decoded, Found, Homes, Line, Reject
from codex_loop.sources.codex.shapes import author, folder, is_summary, spoken
from codex_loop.sources.fields import Body, as_body, body, items, number, tag, text
from codex_loop.sources.lines import BadLine, parse
from codex_loop.sources.spine.events import EVENTS as PROTOCOL
from codex_loop.sources.spine.events import QUIET as PROTOCOL_QUIET
from codex_loop.sources.spine.events import TOLD_ANYWHERE
from codex_loop.sources.spine.state import Place, SpineState
from codex_loop.sources.trace import calls as trace_calls
from codex_loop.sources.trace.payloads import Redact
from codex_loop.sources.trace.state import Step, TraceState

ROOT_VARIABLE = "CODEX_ROLLOUT_TRACE_ROOT"

_LINE: msgspec.json.Decoder[dict[str, object]] = msgspec.json.Decoder(dict[str, object])
_LOG = "trace.jsonl"

Records = Iterator[AnyRecord]


class RolloutTraces:
    """Rollout traces; see the module. Until `redact` is set, payload files are not read at all."""

    name = "rollout-trace"
    agent = "codex"
    version = 1
    state = TraceState

    def __init__(self, redact: Redact | None = None, environ: Mapping[str, str] = os.environ) -> None:
        self.redact = redact
        self._environ = environ

    def discover(self, homes: Homes) -> Iterator[Found]:
        """Logs below the folder the environment names, and below what the user points at."""
        root = self._environ.get(ROOT_VARIABLE)
        for place in (*homes.extra, *([Path(root)] if root else [])):
            yield from (Found(path, self.name) for path in _logs(place))

    def fingerprint(self, path: Path, head: bytes) -> bool:
        first = head.lstrip(b"\xef\xbb\xbf \r\n").split(b"\n", 1)[0]
        return b'"rollout_id"' in first and b'"wall_time_unix_ms"' in first and path.suffix == ".jsonl"

    def identify(self, state: TraceState, path: str, lines: Sequence[bytes]) -> list[int]:
        """By rollout, number and time: a resumed thread counts from 1 again, later."""
        return [self._identify(state, path, raw) for raw in lines]

    def _identify(self, state: TraceState, path: str, raw: bytes) -> int:
        with suppress(BadLine):
            fields = parse(_LINE, raw)
            rollout, seq = text(fields, "rollout_id"), number(fields, "seq")
            wall = number(fields, "wall_time_unix_ms")
            if rollout and wall is not None and seq is not None and seq > state.last_seq:
                state.last_seq = seq
                return key(self.name, rollout, seq, wall)
        state.past = chain(state.past or key(self.name, PurePath(path).parent.name), raw)
        return state.past

    def decode(self, state: TraceState, path: str, lines: Sequence[Line]) -> Decoded:
        out = Decoded()
        trace = Path(path).parent
        for line in lines:
            if not line.data.strip():
                continue
            try:
                fields = parse(_LINE, line.data)
            except BadLine as error:
                out.rejects.append(Reject(line.offset, str(error)))
                continue
            out.records.extend(_records(state, trace, self.redact, line.offset, fields))
        return out


def _logs(place: Path) -> list[Path]:
    if place.name == _LOG:
        return [place] if place.is_file() else []
    with suppress(OSError):
        return [path for path in (place / _LOG, *sorted(place.glob(f"*/{_LOG}"))) if path.is_file()]
    return []


def _records(state: TraceState, trace: Path, redact: Redact | None, offset: int, fields: Body) -> Records:
    of = body(fields, "payload")
    kind = text(of, "type") or "?"
    if kind in QUIET:
        return
    thread = text(of, "thread_id") or text(fields, "thread_id") or text(fields, "rollout_id") or trace.name
    turn = text(of, "codex_turn_id") or text(fields, "codex_turn_id")
    place = Place(offset, number(fields, "wall_time_unix_ms"), thread, turn)
    step = Step(state.thread(thread), place, of, trace, redact, text(fields, "rollout_id"))
    handler = EVENTS.get(kind)
    if handler is None:
        yield Unknown(**place.base(), type=kind)
    else:
        yield from handler(step)


def _thread_started(step: Step) -> Records:
    meta = step.payload("metadata_payload")
    source = meta.get("session_source")
    spawned = body(body(as_body(source), "subagent"), "thread_spawn")
    child = bool(spawned) or (step.root is not None and step.root != step.place.session)
    step.state.settings = (tag(meta.get("approval_policy")), kebab(text(meta, "sandbox_policy")), text(meta, "model"))
    yield SessionStarted(
        **step.place.timeless(),
        lineage="subagent" if child else "main",
        parent=text(spawned, "parent_thread_id"),
        root=step.root if child else None,
        cwd=folder(text(meta, "cwd")),
        model=text(meta, "model"),
        provider=text(meta, "provider_name"),
        entrypoint=tag(source),
        title=text(meta, "task_name"),
        nickname=text(meta, "nickname"),
        role=text(meta, "agent_role"),
    )


def kebab(name: str | None) -> str | None:
    """`DangerFullAccess` and `WorkspaceWrite { … }` as the rollout spells them: `danger-full-access`."""
    head = re.match(r"[A-Za-z]+", name or "")
    if head is None or "-" in (name or ""):
        return name
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", head[0]).lower()


def _turn_started(step: Step) -> Records:
    state, place = step.state, step.place
    state.begin_turn(place.turn or "", place.time_ms)
    approval, sandbox, model = state.settings
    yield TurnStarted(**place.base(), approval_policy=approval, sandbox_policy=sandbox, model=model)


def _turn_ended(step: Step) -> Records:
    state, place = step.state, step.place
    began = state.turn_began.pop(place.turn or "", None)
    took = None if began is None or place.time_ms is None else max(place.time_ms - began, 0)
    status = text(step.of, "status")
    state.compacting = state.compacting or (status == "completed" and state.asked == state.asked_before_turn)
    if status in ("completed", "failed"):
        yield TurnEnded(**place.base(), status=status, duration_ms=took)  # type: ignore[arg-type]
        return
    state.aborted = place.turn
    call_id = next(reversed(state.calls), None)
    during = "tool" if state.calls else "model" if state.asking else "unknown"
    yield Interrupted(
        **place.base(),
        reason=status,
        during=during,  # type: ignore[arg-type]
        call_id=call_id,
        duration_ms=took,
        basis="event",
    )


def _accepted(step: Step) -> Records:
    """A message entered the history; if the model did not write it, the next request shows whose it is."""
    item = text(step.of, "item_id") or ""
    if item.startswith("msg_") and item not in step.state.answers:
        step.state.expect(item)
    return iter(())


def _asked(step: Step) -> Records:
    state = step.state
    state.asking = True
    state.asked += 1
    if not state.pending:
        return
    pending = set(state.pending)
    state.pending.clear()
    for message in map(as_body, items(step.payload("request_payload"), "input")):
        if text(message, "type") == "message" and text(message, "role") == "user":
            yield from _sent(step, message, pending)


def _sent(step: Step, message: Body, pending: set[str]) -> Records:
    item = text(message, "id")
    words, images = spoken(message.get("content"))
    if is_summary(words):
        if item is not None and step.state.first_sight(item):
            yield from _compacted(step, item, words)
    elif item in pending:
        yield UserMessage(**step.place.base(), text=words, author=author(words), id=item, images=images)


def _compacted(step: Step, item: str, words: str) -> Records:
    """Nobody announces a compaction here: its summary shows up in the next request."""
    state = step.state
    asked_for, state.compacting = state.compacting, False
    if asked_for or state.asked > 1:  # else it may be older than this process, and a trace of that time tells it
        yield Compaction(**step.place.base(), id=item, summary=words, trigger="manual" if asked_for else "auto")


def _answered(step: Step) -> Records:
    step.state.asking = False
    for item in map(as_body, items(step.payload("response_payload"), "output_items")):
        kind, name = text(item, "type"), text(item, "id")
        if kind == "message":
            step.state.answer(name)
            words, _ = spoken(item.get("content"))
            yield AgentMessage(**step.place.base(), text=words, id=name, phase=text(item, "phase"))
        elif kind == "reasoning":
            words, _ = spoken(item.get("summary"))
            if words:
                yield Reasoning(**step.place.base(), text=words, id=name)


def _failed(step: Step) -> Records:
    step.state.asking = False
    yield Problem(**step.place.base(), scope="stream_error", message=text(step.of, "error") or "")


def _protocol(step: Step) -> Records:
    """Only what no other line of the trace tells."""
    kind = text(step.of, "event_type") or "?"
    if kind in TOLD_ANYWHERE:
        told = step.payload("event_payload")
        yield from PROTOCOL[kind](SpineState(), step.place._replace(turn=text(told, "turn_id")), told)
    elif kind not in PROTOCOL and kind not in PROTOCOL_QUIET:
        yield Unknown(**step.place.base(), type=f"protocol_event/{kind}")


def _thread_ended(step: Step) -> Records:
    yield SessionEnded(**step.place.timeless(), reason=text(step.of, "status"))


EVENTS: Mapping[str, Callable[[Step], Records]] = {
    "thread_started": _thread_started,
    "thread_ended": _thread_ended,
    "codex_turn_started": _turn_started,
    "codex_turn_ended": _turn_ended,
    "history_item_accepted": _accepted,
    "inference_started": _asked,
    "inference_completed": _answered,
    "inference_failed": _failed,
    "inference_cancelled": _failed,
    "protocol_event_observed": _protocol,
    **trace_calls.EVENTS,
}

QUIET = frozenset({"rollout_started", "rollout_ended", "recording_completed"})
