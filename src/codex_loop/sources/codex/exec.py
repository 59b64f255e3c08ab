"""`codex exec --json` streams that somebody saved to a file.

They hold neither prompts nor times, turn ids, or rate limits; item ids restart with every process; a killed run just
stops; and their usage is the running total of the thread, so no tokens are counted from here. What they tell, the
rollout of the same thread tells better: a stream is for the machine that kept nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from codex_loop.model.keys import chain, key
from codex_loop.model.records import (
    AgentMessage,
    AnyRecord,
    Compaction,
    FileChange,
    PlanUpdated,
    Problem,
    Reasoning,
    SessionStarted,
    ToolCall,
    ToolResult,
    TurnEnded,
    TurnStarted,
    Unknown,
)
from codex_loop.sources.base import Decoded, Found, Homes, Line, Reject
from codex_loop.sources.codex.shapes import command_line, patch_line, run_status
from codex_loop.sources.fields import Body, as_body, body, flag, items, number, text
from codex_loop.sources.lines import BadLine, parse
from codex_loop.sources.named import beginning, candidates
from codex_loop.sources.spine.events import attempt
from codex_loop.sources.spine.state import Place

_MOST_OPEN = 256
_COMPACTED = "Compact task completed"
"""Up to 0.63 the program says so in the model's name; in `exec` nobody can ask for a compaction."""
_LINE: msgspec.json.Decoder[dict[str, object]] = msgspec.json.Decoder(dict[str, object])

Records = Iterator[AnyRecord]


class ExecState(msgspec.Struct):
    """One stream between two looks."""

    past: int = 0
    """The raw lines so far, for `identify`."""
    read: int = 0
    """The decoded lines so far, from which ids are made."""
    thread: str | None = None
    turn: str | None = None
    open: dict[str, str] = msgspec.field(default_factory=dict)
    """Items that started: their id in this process, and the id we gave the call."""
    told: str = ""
    """The error last told: the end of the turn repeats it."""


class CodexExecs:
    """Saved `codex exec --json` streams; see the module."""

    name = "codex-exec"
    agent = "codex"
    version = 1
    state = ExecState

    def discover(self, homes: Homes) -> Iterator[Found]:
        """Only where the user points: a stream can have any name."""
        for place in homes.extra:
            for path in candidates(place):
                if self.fingerprint(path, beginning(path)):
                    yield Found(path, self.name)

    def fingerprint(self, path: Path, head: bytes) -> bool:  # noqa: ARG002  # the name may be anything
        """The first JSON line starts a thread; what a shell printed before it does not matter."""
        for line in head.lstrip(b"\xef\xbb\xbf").split(b"\n"):
            if line.lstrip().startswith(b"{"):
                return b'"thread.started"' in line
        return False

    def identify(self, state: ExecState, path: str, lines: Sequence[bytes]) -> list[int]:  # noqa: ARG002  # a copy has another
        """By everything before: nothing in a line tells it from an equal one of another run."""
        keys = []
        for raw in lines:
            state.past = chain(state.past or key(self.name), raw)
            keys.append(state.past)
        return keys

    def decode(self, state: ExecState, path: str, lines: Sequence[Line]) -> Decoded:
        out = Decoded()
        for line in lines:
            state.read = chain(state.read, line.data)
            if not line.data.strip():
                continue
            try:
                fields = parse(_LINE, line.data)
            except BadLine as error:
                out.rejects.append(Reject(line.offset, str(error)))
                continue
            out.records.extend(_records(state, path, line.offset, fields))
        return out


def _records(state: ExecState, path: str, offset: int, fields: Body) -> Records:
    kind = text(fields, "type") or "?"
    if kind == "thread.started":
        state.thread, state.turn = text(fields, "thread_id"), None
        state.open.clear()
    if state.thread is None:
        # A stream without its beginning belongs to no known thread; equal content is still the same one.
        state.thread = f"exec-{key('codex-exec', path):x}"
    place = Place(offset, None, state.thread, state.turn)
    if kind.startswith("item."):
        yield from _item(state, place, kind, body(fields, "item"))
        return
    handler = EVENTS.get(kind)
    if handler is None:
        yield Unknown(**place.base(), type=kind)
    else:
        yield from handler(state, place, fields)


def _thread_started(_state: ExecState, place: Place, _of: Body) -> Records:
    yield SessionStarted(**place.timeless(), entrypoint="exec")


def _turn_started(state: ExecState, place: Place, _of: Body) -> Records:
    """The stream names no turn and shows no prompt that could begin one, so the turn is named by its place."""
    state.turn = f"exec-{state.read:x}"
    yield TurnStarted(**place._replace(turn=state.turn).base())


def _turn_completed(_state: ExecState, place: Place, _of: Body) -> Records:
    yield TurnEnded(**place.base())


def _turn_failed(state: ExecState, place: Place, of: Body) -> Records:
    message = text(body(of, "error"), "message") or ""
    if message != state.told:
        yield _problem(place, message)
    state.told = ""
    yield TurnEnded(**place.base(), status="failed")


def _error(state: ExecState, place: Place, of: Body) -> Records:
    message = text(of, "message") or ""
    if message.startswith("Reconnecting"):
        yield Problem(**place.base(), scope="retry", message=message, attempt=attempt(message))
        return
    state.told = message
    yield _problem(place, message)


def _problem(place: Place, message: str) -> Problem:
    limit = "hit your usage limit" in message
    return Problem(**place.base(), scope="limit" if limit else "error", message=message)


EVENTS: Mapping[str, Callable[[ExecState, Place, Body], Records]] = {
    "thread.started": _thread_started,
    "turn.started": _turn_started,
    "turn.completed": _turn_completed,
    "turn.failed": _turn_failed,
    "error": _error,
}


def _item(state: ExecState, place: Place, kind: str, item: Body) -> Records:
    what, native = text(item, "type") or "?", text(item, "id") or "?"
    done = kind == "item.completed"
    call_id = state.open.get(native)
    known = call_id is not None
    if call_id is None:
        call_id = f"{native}@{state.read:x}"
        state.open[native] = call_id
        if len(state.open) > _MOST_OPEN:
            del state.open[next(iter(state.open))]
    if done:
        state.open.pop(native, None)
    handler = ITEMS.get(what)
    if handler is None:
        yield Unknown(**place.base(), type=f"item/{what}")
        return
    yield from handler(_Step(place, call_id, begins=not known, done=done), item)


class _Step(msgspec.Struct, frozen=True):
    """An item event: which call it is, whether we see it first, whether it is over."""

    place: Place
    call_id: str
    begins: bool
    done: bool

    def call(self, name: str, **known: str | None) -> Records:
        if self.begins:
            yield ToolCall(**self.place.base(), call_id=self.call_id, name=name, **known)  # type: ignore[arg-type]

    def result(self, item: Body, output: str = "") -> Records:
        if self.done:
            status = run_status(item, turn_aborted=False)
            code = number(item, "exit_code")
            yield ToolResult(
                **self.place.base(), call_id=self.call_id, status=status, exit_code=code, output=output, basis="item"
            )


def _message(step: _Step, item: Body) -> Records:
    if step.done and text(item, "text") == _COMPACTED:
        yield Compaction(**step.place.base(), trigger="auto")
    elif step.done:
        yield AgentMessage(**step.place.base(), text=text(item, "text") or "", id=step.call_id)


def _reasoning(step: _Step, item: Body) -> Records:
    if step.done:
        yield Reasoning(**step.place.base(), text=text(item, "text") or "", id=step.call_id)


def _command(step: _Step, item: Body) -> Records:
    yield from step.call("exec_command", command=command_line(item.get("command")))
    yield from step.result(item, text(item, "aggregated_output") or "")


def _file_change(step: _Step, item: Body) -> Records:
    files = [as_body(change) for change in items(item, "changes")]
    headline = patch_line((text(file, "kind") or "?", text(file, "path") or "?") for file in files)
    yield from step.call("apply_patch", command=headline)
    if not step.done:
        return
    ok = {"completed": True, "failed": False}.get(text(item, "status") or "")
    for file in files:
        kind = text(file, "kind")
        change = kind if kind in ("add", "update", "delete") else "unknown"
        yield FileChange(
            **step.place.base(),
            call_id=step.call_id,
            path=text(file, "path") or "?",
            change=change,  # type: ignore[arg-type]
            ok=ok,
        )
    yield from step.result(item)


def _mcp(step: _Step, item: Body) -> Records:
    server, tool = text(item, "server") or "?", text(item, "tool") or "?"
    given = item.get("arguments")
    arguments = "" if given is None else msgspec.json.encode(given).decode()
    yield from step.call(f"mcp__{server}__{tool}", arguments=arguments)
    problem = text(body(item, "error"), "message")
    parts = (text(as_body(part), "text") for part in items(body(item, "result"), "content"))
    yield from step.result(item, problem or "\n".join(part for part in parts if part))


def _web_search(step: _Step, item: Body) -> Records:
    yield from step.call("web_search", command=text(item, "query"))
    yield from step.result({"status": "completed"})


def _collaboration(step: _Step, item: Body) -> Records:
    tool = text(item, "tool") or "?"
    yield from step.call(tool, command=None)
    if step.done and tool == "spawn_agent":
        for child in items(item, "receiver_thread_ids"):
            if isinstance(child, str):
                began = step.place._replace(session=child).timeless()
                parent = text(item, "sender_thread_id") or step.place.session
                yield SessionStarted(**began, lineage="subagent", parent=parent, tool_call=step.call_id)
    yield from step.result(item)


def _todo(step: _Step, item: Body) -> Records:
    """The list as it stands; the event that closes it at the end of the turn repeats it."""
    if step.done and not step.begins:
        return
    steps = tuple(
        ("completed" if flag(todo, "completed") else "pending", text(todo, "text") or "")
        for todo in map(as_body, items(item, "items"))
    )
    yield PlanUpdated(**step.place.base(), steps=steps)


def _warned(step: _Step, item: Body) -> Records:
    if step.done:
        yield Problem(**step.place.base(), scope="warning", message=text(item, "message") or "")


ITEMS: Mapping[str, Callable[[_Step, Body], Records]] = {
    "agent_message": _message,
    "reasoning": _reasoning,
    "command_execution": _command,
    "file_change": _file_change,
    "mcp_tool_call": _mcp,
    "web_search": _web_search,
    "collab_tool_call": _collaboration,
    "todo_list": _todo,
    "error": _warned,
}
