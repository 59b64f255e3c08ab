"""An agent that writes badly: several sessions at once, torn at random bytes, some torn lines ended with a newline.

What it writes depends on the seed alone, so a test can say what must be in the store without looking at the files.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from random import Random
from typing import Any, NamedTuple
from uuid import UUID

FILES = 6
START_MS = 1_795_000_000_000


class Written(NamedTuple):
    """A line of a file, without its newline; `text` where it is a prompt or an answer."""

    data: bytes
    good: bool = True
    text: str | None = None
    tokens: int = 0


class Session(NamedTuple):
    path: str
    agent: str
    native_id: str
    lines: list[Written]


def sessions(seed: int, records: int) -> list[Session]:
    """Everything that will have been written, file by file."""
    rng = Random(seed)
    return [_session(rng, number, records) for number in range(FILES)]


def _session(rng: Random, number: int, records: int) -> Session:
    native_id = str(UUID(int=rng.getrandbits(128), version=4))
    agent = "codex" if number % 2 else "claude"
    make = _codex if agent == "codex" else _claude
    lines: list[Written] = []
    for line in make(rng, native_id, records):
        if rng.random() < 0.05:
            lines.append(Written(line.data[: rng.randrange(1, len(line.data))], good=False))
        lines.append(line)
    if agent == "codex":
        path = f"codex/sessions/2026/11/18/rollout-2026-11-18T11-06-40-{native_id}.jsonl"
    else:
        path = f"claude/projects/-home-ann/{native_id}.jsonl"
    return Session(path, agent, native_id, lines)


def _line(value: dict[str, Any], text: str | None = None, tokens: int = 0) -> Written:
    return Written(json.dumps(value, separators=(",", ":")).encode(), True, text, tokens)


def _stamp(number: int) -> str:
    seconds, millis = divmod(START_MS + number * 250, 1000)
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + f".{millis:03d}Z"


def _codex(rng: Random, native_id: str, records: int) -> list[Written]:
    meta = {"id": native_id, "timestamp": _stamp(0), "cwd": "/home/ann/shop", "cli_version": "0.120.0"}
    lines = [_line({"timestamp": _stamp(0), "type": "session_meta", "payload": meta})]
    total = 0
    for number in range(1, records):
        kind = ("user_message", "agent_message", "token_count")[number % 3]
        payload: dict[str, Any] = {"type": kind}
        text = tokens = None
        if kind == "token_count":
            tokens = rng.randrange(1, 500)
            total += tokens
            usage = {"input_tokens": total, "cached_input_tokens": 0, "output_tokens": 0, "total_tokens": total}
            payload["info"] = {"total_token_usage": usage}
        else:
            text = payload["message"] = f"{kind} {number} of {native_id} " + "lorem " * rng.randrange(40)
        lines.append(_line({"timestamp": _stamp(number), "type": "event_msg", "payload": payload}, text, tokens or 0))
    return lines


def _claude(rng: Random, native_id: str, records: int) -> list[Written]:
    lines = []
    for number in range(records):
        role = ("user", "assistant")[number % 2]
        text = f"{role} {number} of {native_id} " + "ipsum " * rng.randrange(40)
        message: dict[str, Any] = {"role": role, "content": text}
        tokens = 0
        if role == "assistant":
            tokens = rng.randrange(1, 500)
            usage = {"input_tokens": tokens, "output_tokens": 0}
            message = {"id": f"msg_{native_id}_{number}", "role": role, "model": "claude-opus-4-5", "usage": usage,
                       "content": [{"type": "text", "text": text}], "stop_reason": "end_turn"}  # fmt: skip
        entry = {"type": role, "sessionId": native_id, "timestamp": _stamp(number), "message": message,
                 "uuid": str(UUID(int=rng.getrandbits(128), version=4)), "version": "2.1.197"}  # fmt: skip
        lines.append(_line(entry, text, tokens))
    return lines


def write(home: Path, seed: int, records: int, pause_s: float) -> None:
    """Append to all files in random turns, a random number of bytes at a time."""
    rng = Random(seed + 1)
    pending: dict[Path, bytes] = {}
    for session in sessions(seed, records):
        path = home / session.path
        path.parent.mkdir(parents=True, exist_ok=True)
        pending[path] = b"".join(line.data + b"\n" for line in session.lines)
    while pending:
        path = rng.choice(list(pending))
        size = rng.choice((1, 7, 100, 1000, 20_000))
        part, rest = pending[path][:size], pending[path][size:]
        with path.open("ab") as file:
            file.write(part)
        if rest:
            pending[path] = rest
        else:
            del pending[path]
        time.sleep(pause_s * rng.random())


if __name__ == "__main__":
    write(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4]))
