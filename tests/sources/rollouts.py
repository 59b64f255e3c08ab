"""Codex rollouts for tests: lines by hand, and the golden sessions of the real programs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

import msgspec

from codex_loop.model.records import AnyRecord, ToolResult
from codex_loop.sources.base import Decoded, Line
from codex_loop.sources.codex.rollout import CodexRollouts, RolloutState
from codex_loop.sources.lines import split

GOLDEN = Path(__file__).parents[1] / "golden"
PLAYS = sorted(path.parent for path in GOLDEN.glob("codex-*/*/truth.json"))
THREAD = "01a1fcf9-5b00-7e31-9665-331719128712"
PATH = f"/home/dev/.codex/sessions/2026/11/21/rollout-2026-11-21T07-02-18-{THREAD}.jsonl"
STAMP = "2026-11-21T07:02:18.305Z"
BELIEVED = ("text", "event", "item")

Payload = Mapping[str, object]
R = TypeVar("R")


def line(kind: str, payload: object, stamp: str = STAMP, **more: object) -> bytes:
    return json.dumps({"timestamp": stamp, **more, "type": kind, "payload": payload}).encode()


def meta(ident: str = THREAD, **more: object) -> bytes:
    return line("session_meta", {"id": ident, "timestamp": STAMP, "cwd": "/home/dev/proj", **more})


def event(kind: str, /, **fields: object) -> bytes:
    return line("event_msg", {"type": kind, **fields})


def item(kind: str, /, **fields: object) -> bytes:
    return line("response_item", {"type": kind, **fields})


def completed(kind: str, /, **fields: object) -> bytes:
    return event("item_completed", thread_id=THREAD, turn_id="T1", item={"type": kind, **fields})


def user(text: str, **more: object) -> bytes:
    return item("message", role="user", content=[{"type": "input_text", "text": text}], **more)


def assistant(text: str, **more: object) -> bytes:
    return item("message", role="assistant", content=[{"type": "output_text", "text": text}], **more)


def call(name: str, arguments: object, call_id: str = "c1", **more: object) -> bytes:
    written = arguments if isinstance(arguments, str) else json.dumps(arguments)
    return item("function_call", name=name, arguments=written, call_id=call_id, **more)


def output(value: object, call_id: str = "c1") -> bytes:
    return item("function_call_output", call_id=call_id, output=value)


def decode(lines: Sequence[bytes], *, path: str = PATH, cuts: Iterable[int] = ()) -> Decoded:
    """Decode in pieces that end after the given lines, the state stored and read back in between."""
    source, state, whole = CodexRollouts(), RolloutState(), Decoded()
    placed: list[Line] = split(b"".join(one + b"\n" for one in lines), 0)
    ends = sorted({cut for cut in cuts if 0 < cut < len(placed)} | {len(placed)})
    start = 0
    for end in ends:
        found = source.decode(state, path, placed[start:end])
        whole.records.extend(found.records)
        whole.rejects.extend(found.rejects)
        whole.version, start = found.version, end
        state = msgspec.msgpack.decode(msgspec.msgpack.encode(state), type=RolloutState)
    return whole


def records(*lines: bytes, path: str = PATH) -> list[AnyRecord]:
    return decode(lines, path=path).records


def only(found: Iterable[AnyRecord], kind: type[R]) -> list[R]:
    return [record for record in found if isinstance(record, kind)]


def rollouts_of(play: Path) -> list[Path]:
    return sorted(play.glob("sessions/**/rollout-*.jsonl"))


def results(found: Iterable[AnyRecord]) -> dict[str, ToolResult]:
    """The most believable result of each call."""
    best: dict[str, ToolResult] = {}
    for result in only(found, ToolResult):
        other = best.get(result.call_id)
        if other is None or BELIEVED.index(result.basis) >= BELIEVED.index(other.basis):
            best[result.call_id] = result
    return best
