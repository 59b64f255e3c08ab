"""Every recording of real agents in one store, and sessions that tests write themselves."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from codex_loop.capture import orders
from codex_loop.capture.ingest import ingest
from codex_loop.model.records import Usage
from codex_loop.settings import load
from codex_loop.sources import registry
from codex_loop.sources.base import Homes
from codex_loop.store import places, sessions
from codex_loop.store.engine import Database, open_for_writing
from codex_loop.tasks.bundle.recording import Recording, from_store

GOLDEN = Path(__file__).parents[2] / "golden"
NOW_MS = 1_795_600_000_000


def golden_store(place: Path) -> Database:
    """A store with all recordings of all versions."""
    folders = sorted(path.parent for path in GOLDEN.glob("*/*/truth.json"))
    codex = tuple(path for path in folders if path.parent.name.startswith("codex"))
    claude = tuple(path for path in folders if path.parent.name.startswith("claude"))
    return filled(place, Homes(codex=codex, claude=claude))


def filled(place: Path, homes: Homes, db: str | None = None) -> Database:
    """A store with what lies in these homes, below a folder or at a place of its own."""
    settings = load({"db": db or str(place / "store.db"), "data_dir": place / "data", "jobs": 1}, environ={})
    database = open_for_writing(settings.db)
    ingest(database, registry.all_sources(), orders.order(database, settings, homes, NOW_MS, asked=False))
    return database


def every(database: Database) -> list[sessions.Session]:
    found = sessions.listed(database, sessions.Wanted(), with_subagents=True).sessions
    return sorted(found, key=lambda session: session.id)


def recording(database: Database, native_id: str) -> Recording:
    return from_store(database, places.find(database, native_id))


def free(usage: Usage) -> float | None:
    """A price for tests: a dollar for a million tokens, whatever they are."""
    return (usage.input + usage.cached + usage.output) / 1e6


def unchanged(data: bytes) -> bytes:
    return data


class Rollout:
    """A Codex rollout that a test writes line by line."""

    THREAD = "01a1fd77-0000-7000-8000-00000000000a"

    def __init__(self, home: Path, thread: str = THREAD, **meta: Any) -> None:
        self.home, self.thread = home, thread
        self._lines: list[bytes] = []
        known = {"id": thread, "timestamp": self._stamp(), "cwd": "/home/dev/proj", "cli_version": "0.120.0"}
        self.line("session_meta", **{**known, "model_provider": "openai", **meta})

    def _stamp(self) -> str:
        return f"2026-11-21T09:{len(self._lines) // 60:02}:{len(self._lines) % 60:02}.000Z"

    def line(self, outer: str, /, **payload: Any) -> Rollout:
        self._lines.append(json.dumps({"timestamp": self._stamp(), "type": outer, "payload": payload}).encode())
        return self

    def event(self, kind: str, /, **payload: Any) -> Rollout:
        return self.line("event_msg", type=kind, **payload)

    def item(self, kind: str, /, **payload: Any) -> Rollout:
        return self.line("response_item", type=kind, **payload)

    def prompt(self, text: str, *images: str) -> Rollout:
        parts: list[dict[str, str]] = [{"type": "input_text", "text": text}]
        parts += [{"type": "input_image", "image_url": image} for image in images]
        return self.item("message", role="user", content=parts)

    def answer(self, text: str) -> Rollout:
        return self.item("message", role="assistant", content=[{"type": "output_text", "text": text}])

    def call(self, call_id: str, name: str, arguments: str) -> Rollout:
        return self.item("function_call", name=name, arguments=arguments, call_id=call_id)

    def output(self, call_id: str, output: Any) -> Rollout:
        return self.item("function_call_output", call_id=call_id, output=output)

    def context(self, model: str, **more: Any) -> Rollout:
        return self.line("turn_context", model=model, cwd="/home/dev/proj", **more)

    def tokens(self, taken: int, cached: int, output: int, total: int) -> Rollout:
        last = {"input_tokens": taken, "cached_input_tokens": cached, "output_tokens": output,
                "reasoning_output_tokens": 0, "total_tokens": taken + output}  # fmt: skip
        whole = {**last, "input_tokens": total - output, "total_tokens": total}
        return self.event("token_count", info={"total_token_usage": whole, "last_token_usage": last})

    def encoded(self) -> list[bytes]:
        return list(self._lines)

    def write(self) -> Path:
        path = self.home / "sessions" / "2026" / "11" / "21" / f"rollout-2026-11-21T09-00-00-{self.thread}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"".join(line + b"\n" for line in self._lines))
        return path

    def recorded(self, place: Path) -> Recording:
        """The session after it was read into a store."""
        self.write()
        with filled(place, Homes(codex=(self.home,))) as database:
            return recording(database, self.thread)


def lines_of(path: Path) -> Iterator[dict[str, Any]]:
    for line in path.read_bytes().splitlines():
        if line.strip():
            yield json.loads(line)
