"""Codex rollouts written for the ledger, and what the ledger holds after reading them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from itertools import count, permutations

import msgspec

from codex_loop.capture.counting.base import Counted
from codex_loop.capture.counting.codex import CodexCounter, RolloutCount
from tests.capture.counting.told import Told, codex, told

Json = Mapping[str, object]
Parts = tuple[int, int, int, int]
"""Input, cached, output, reasoning: the columns of the worked examples."""


def uuid(name: str) -> str:
    return f"00000000-0000-7000-8000-{name.encode().hex():0>12}"


class Rollout:
    """A rollout written line by line, with a clock that runs."""

    def __init__(self, name: str, *, start: int = 0, **meta: object) -> None:
        self.id = uuid(name)
        self.path = f"sessions/rollout-2026-11-21T07-02-18-{self.id}.jsonl"
        self.clock = count(start)
        self.lines: list[bytes] = []
        self.meta: Json = {"id": self.id, "timestamp": self.stamp(), "cwd": "/home/dev/proj", **meta}
        self.add("session_meta", self.meta)

    def stamp(self) -> str:
        second = next(self.clock)
        return f"2026-11-21T{7 + second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}.305Z"

    def add(self, kind: str, payload: Json, stamp: str | None = None) -> Rollout:
        line = {"timestamp": stamp or self.stamp(), "type": kind, "payload": payload}
        self.lines.append(json.dumps(line).encode() + b"\n")
        return self

    def model(self, name: str, **more: object) -> Rollout:
        return self.add("turn_context", {"model": name, **more})

    def counts(self, total: Parts | None, last: Parts | None, **more: object) -> Rollout:
        info = {"total_token_usage": vector(total), "last_token_usage": vector(last), "model_context_window": 258400}
        info = {name: value for name, value in info.items() if value is not None}
        return self.add("event_msg", {"type": "token_count", "info": info if total else None, **more})

    def record(self, response: str, usage: Parts, thread: Parts, **more: object) -> Rollout:
        payload = {"thread_id": self.id, "turn_id": "U1", "response_id": response, "usage": vector(usage)}
        return self.add("token_usage_record", {**payload, "thread_token_usage": vector(thread), **more})

    def copied(self, other: Rollout, lines: slice = slice(None), *, restamped: bool = True) -> Rollout:
        """The parent's lines, as an old fork copies them."""
        for line in other.lines[lines]:
            was = json.loads(line)
            self.add(was["type"], was["payload"], None if restamped else was["timestamp"])
        return self

    @property
    def data(self) -> bytes:
        return b"".join(self.lines)


def vector(parts: Parts | None, total: int | None = None) -> dict[str, int] | None:
    if parts is None:
        return None
    names = ("input_tokens", "cached_input_tokens", "output_tokens", "reasoning_output_tokens")
    return {**dict(zip(names, parts, strict=True)), "total_tokens": total or parts[0] + parts[2]}


def spent(total: int) -> Parts:
    """A vector of which only the sum matters."""
    return (total, 0, 0, 0)


def count_all(path: str, data: bytes, cuts: Iterable[int] = ()) -> Counted:
    """Count a file in blocks that end after the given lines, the state stored and read back in between."""
    lines = data.splitlines(keepends=True)
    ends = sorted({cut for cut in cuts if 0 < cut < len(lines)} | {len(lines)})
    counter, state, whole, offset, start = CodexCounter(), RolloutCount(), Counted(), 0, 0
    for end in ends:
        block = b"".join(lines[start:end])
        found = counter.count(state, codex(path), block, offset)
        whole.extend(found)
        state = msgspec.msgpack.decode(msgspec.msgpack.encode(state), type=RolloutCount)
        offset, start = offset + len(block), end
    return whole


def claims(*rollouts: Rollout) -> dict[int, Told]:
    """What the ledger holds after these files, in this order: the earliest session owns a row, then the smaller id."""
    owned: dict[int, Told] = {}
    for rollout in rollouts:
        for usage in usages(rollout):
            other = owned.get(usage.key)
            if other is None or (usage.owner_ms or 0, usage.session) < (other.owner_ms or 0, other.session):
                owned[usage.key] = usage
    return owned


def tokens(usage: Told) -> int:
    return int(usage.input + usage.cached + usage.cache_write_5m + usage.output)


def total(*rollouts: Rollout) -> int:
    return sum(map(tokens, claims(*rollouts).values()))


def by_session(*rollouts: Rollout) -> dict[str, int]:
    found: dict[str, int] = {}
    for usage in claims(*rollouts).values():
        found[usage.session] = found.get(usage.session, 0) + tokens(usage)
    return found


def same_in_every_order(*rollouts: Rollout) -> dict[str, int]:
    answers = [by_session(*order) for order in permutations(rollouts)]
    assert all(answer == answers[0] for answer in answers)
    return answers[0]


def usages(rollout: Rollout) -> list[Told]:
    return told(count_all(rollout.path, rollout.data), "codex")
