"""Codex rollouts of every generation: the files below `sessions/` and `archived_sessions/` of a Codex home.

In: lines.  Out: records.  Generations are told apart by what a line holds, never by the version it names. Read
`decode` for the way of one line, then `messages.py` (texts stand twice in the file), `tools.py` and
`outputs.py` (calls and how they ended), `items.py` and `events.py` (what newer versions add),
`legacy.py` (what came before), `identity.py` (how copies are recognised).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from codex_loop.model.records import AnyRecord, Attachment, Unknown
from codex_loop.sources.base import Decoded, Found, Homes, Line, Reject
from codex_loop.sources.bundles import files_in
from codex_loop.sources.codex import events as codex_events
from codex_loop.sources.codex import items as codex_items
from codex_loop.sources.codex import legacy as codex_legacy
from codex_loop.sources.codex import messages as codex_messages
from codex_loop.sources.codex import tools as codex_tools
from codex_loop.sources.codex.compaction import compacted
from codex_loop.sources.codex.envelope import Envelope, Payload, item, payload_of, read, whole
from codex_loop.sources.codex.files import rollouts, unit_of
from codex_loop.sources.codex.identity import line_keys, lineage
from codex_loop.sources.codex.sessions import fallback_id, session_meta, turn_context
from codex_loop.sources.codex.state import Base, RolloutState
from codex_loop.sources.fields import text, time_ms
from codex_loop.sources.lines import BadLine

__all__ = ["CodexRollouts", "RolloutState", "lineage"]

Records = Iterable[AnyRecord]

_ZSTD = b"\x28\xb5\x2f\xfd"
_META = re.compile(rb'"type"\s*:\s*"session_meta"')
_OLD = re.compile(rb'\A\s*\{\s*"(?:id"\s*:\s*"[^"]*"\s*,\s*"timestamp|timestamp"\s*:\s*"[^"]*"\s*,\s*"id)"\s*:')
_DOCUMENT = re.compile(rb'\A\s*\{\s*"session"\s*:\s*\{')

QUIET_LINES = frozenset({"world_state", "token_usage_record", "inter_agent_communication_metadata"})
"""Known lines without a record of their own; the accounting lane counts tokens."""
QUIET_RESPONSES = frozenset(
    {"ghost_snapshot", "additional_tools", "compaction", "compaction_summary", "context_compaction", "other"}
)

_QUIET = {"event_msg": codex_events.QUIET, "response_item": QUIET_RESPONSES}

_EVENT_TEXTS = {
    "user_message": codex_messages.user_event,
    "agent_message": codex_messages.answer_event,
    "agent_reasoning": codex_messages.thought_event,
    "agent_reasoning_raw_content": codex_messages.thought_event,
}


def _from_agent(state: RolloutState, at: Base, of: Payload) -> Records:
    """What another agent sent to this one."""
    del state
    said = "\n".join(codex_messages.spoken(of.content)[0])
    yield Attachment(**at, name="agent_message", text=said, size=len(said))


_RESPONSES: dict[str, codex_tools.Handler] = {
    "message": codex_messages.message,
    "reasoning": codex_messages.reasoning,
    "function_call": codex_tools.function_call,
    "function_call_output": codex_tools.tool_output,
    "custom_tool_call": codex_tools.custom_tool_call,
    "custom_tool_call_output": codex_tools.tool_output,
    "mcp_tool_call_output": codex_tools.tool_output,
    "tool_search_output": codex_tools.tool_output,
    "local_shell_call": codex_tools.local_shell_call,
    "web_search_call": codex_tools.hosted_call,
    "tool_search_call": codex_tools.hosted_call,
    "image_generation_call": codex_tools.hosted_call,
    "agent_message": _from_agent,
}


class CodexRollouts:
    name = "codex-rollout"
    agent = "codex"
    version = 1
    state = RolloutState

    def discover(self, homes: Homes) -> Iterator[Found]:
        for home in homes.codex:
            for path, unit in rollouts(home):
                yield Found(path, self.name, unit)
        for place in homes.extra:
            for path in files_in(place, self.name, lambda name: unit_of(name) is not None):
                yield Found(path, self.name, unit_of(path.name) or "lines")

    def fingerprint(self, path: Path, head: bytes) -> bool:
        if head.startswith(_ZSTD):
            return unit_of(path.name) == "zstd"
        first = head.split(b"\n", 1)[0][:4096]
        if b'"schema_version"' in first[:200]:  # a trace_spine segment begins with a session_meta, too
            return False
        if _OLD.match(first) or _DOCUMENT.match(head):
            return True
        return bool(_META.search(first)) and b'"payload"' in first

    def identify(self, state: RolloutState, path: str, lines: Sequence[bytes]) -> list[int]:
        return line_keys(state.identified, path, lines)

    def decode(self, state: RolloutState, path: str, lines: Sequence[Line]) -> Decoded:
        decoded = Decoded()
        if not state.session:
            state.session = fallback_id(path)
        for line in lines:
            try:
                decoded.records.extend(_line(state, path, line))
            except BadLine as error:
                if line.data.strip():
                    decoded.rejects.append(Reject(line.offset, str(error)))
        decoded.version = state.agent_version
        return decoded


def _line(state: RolloutState, path: str, line: Line) -> Records:
    envelope = read(line.data)
    payload = envelope.payload
    if payload is None:
        return _bare(state, path, line, envelope)
    kind = envelope.type
    if payload.type in _QUIET.get(kind, ()) or kind in QUIET_LINES:
        return ()
    at: Base = {
        "offset": line.offset,
        "time_ms": time_ms(envelope.timestamp),
        "session": state.session,
        "turn": state.turn,
    }
    if kind == "response_item":
        return _response(state, at, payload)
    if kind == "event_msg":
        return _event(state, at, payload, line.data)
    if kind == "turn_context":
        return turn_context(state, at, payload)
    return _other(state, at, path, kind, line.data)


def _response(state: RolloutState, at: Base, payload: Payload) -> Records:
    handler = _RESPONSES.get(payload.type)
    if handler is not None:
        return handler(state, at, payload)
    return (Unknown(**at, type=f"response_item/{payload.type or '(untyped)'}"),)


def _event(state: RolloutState, at: Base, payload: Payload, data: bytes) -> Records:
    kind = payload.type
    if isinstance(payload.turn_id, str):
        at["turn"] = payload.turn_id
    if kind == "item_completed":
        return codex_items.completed_item(state, at, payload.item)
    said = _EVENT_TEXTS.get(kind)
    if said is not None:
        return said(state, at, payload)
    handler = codex_events.KINDS.get(kind)
    if handler is not None:
        return handler(state, at, payload_of(data))
    return (Unknown(**at, type=f"event_msg/{kind or '(untyped)'}"),)


def _other(state: RolloutState, at: Base, path: str, kind: str, data: bytes) -> Records:
    if kind == "session_meta":
        return session_meta(state, at, path, payload_of(data))
    if kind == "compacted":
        return compacted(state, at, text(payload_of(data), "message"))
    if kind == "inter_agent_communication":
        said = text(payload_of(data), "message", "content", "text") or ""
        return (Attachment(**at, name="agent_message", text=said, size=len(said)),)
    return (Unknown(**at, type=kind or "(untyped)"),)


def _bare(state: RolloutState, path: str, line: Line, envelope: Envelope) -> Records:
    """A line without an envelope: the first generations, or something nobody knows."""
    of = whole(line.data)
    at = Base(offset=line.offset, time_ms=time_ms(envelope.timestamp), session=state.session, turn=state.turn)
    if codex_legacy.is_header(of):
        return codex_legacy.header(state, at, of)
    if "record_type" in of or envelope.type in QUIET_RESPONSES:
        return ()
    found = codex_legacy.document(state, at, path, of)
    if found is not None:
        return found
    if envelope.type in _RESPONSES:
        return _response(state, at, item(of))
    return (Unknown(**at, type=envelope.type or "(untyped)"),)
