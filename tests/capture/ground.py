"""A home that tests write to, a store it is ingested into, and the store's whole content in a comparable form."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any

from codex_loop.capture.ingest import LANES, Order, Report, ingest
from codex_loop.sources.base import Homes, Source
from codex_loop.sources.claude.transcript import ClaudeTranscripts
from codex_loop.sources.codex.rollout import CodexRollouts
from codex_loop.store import archive
from codex_loop.store.engine import Database, open_for_writing

NOW_MS = 1_795_600_000_000
Content = dict[str, list[str]]

# What depends on when and in which pieces a file was looked at, or on the machine: no part of what was recorded.
INCIDENTAL = {
    "source_files": {"id", "dev", "ino"},
    "cursors": {"seen_mtime_ns", "tail_length", "tail_key", "head_length", "head_key", "state"},
    "audit_log": {"id"},
    "quarantine": {"key"},
    "agent_totals": {"line_offset"},  # the counter books a total at its block's beginning
    "sessions": {"model_ms"},  # only a rank: a message that is told again in a later look moves it by milliseconds
}
SKIPPED = {"archive_segments", "documents", "runs", "alembic_version"}
_FOUND = """
SELECT DISTINCT d.kind, coalesce(m.head, t.command) FROM documents d
LEFT JOIN messages m ON m.key = d.row_key LEFT JOIN tool_calls t ON t.key = d.row_key
WHERE m.key IS NOT NULL OR t.key IS NOT NULL
"""
WHICH_COPY = ("stored", "duplicate")
"""Of two files with the same line, whichever is read first has it stored and the other one duplicate."""


class Ground:
    def __init__(self, place: str, home: Path, key_file: Path) -> None:
        self.place, self.home, self.key_file = place, home, key_file
        self.sources: list[Source] = [CodexRollouts(), ClaudeTranscripts()]
        self.homes = Homes((home / "codex",), (home / "claude",))
        self.database: Database = open_for_writing(place)

    def close(self) -> None:
        self.database.close()

    def put(self, path: str, content: bytes) -> Path:
        """Write a file below the home, whatever was there."""
        place = self.home / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
        return place

    def append(self, path: str, content: bytes) -> None:
        with (self.home / path).open("ab") as file:
            file.write(content)

    def ingest(self, *, lanes: tuple[str, ...] = LANES, **changes: Any) -> Report:
        order = Order(self.homes, "host", str(self.key_file), lanes, now_ms=NOW_MS)
        report = ingest(self.database, self.sources, order._replace(**changes))
        for lane in report.lanes.values():
            assert lane.read == lane.stored + lane.duplicate + lane.rejected
        return report

    def rows(self, sql: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        return self.database.rows(sql, parameters)

    def value(self, sql: str, parameters: Sequence[object] = ()) -> Any:
        ((value,),) = self.rows(sql, parameters)
        return value

    def archived(self, path: str) -> list[tuple[int, bytes]]:
        """(offset, line) of everything the archive has of the newest generation of a file."""
        found = self.rows(
            "SELECT id FROM source_files WHERE path = ? ORDER BY generation DESC", (str(self.home / path),)
        )
        return list(archive.lines(self.database, found[0][0])) if found else []

    def content(self, *tables: str, without: Iterable[str] = ()) -> Content:
        """Every row of every table, or of these, in an order of their own; files are named by path and generation.

        `without`: tables or columns to leave out.
        """
        names = {
            source_id: f"{Path(path).relative_to(self.home)} {generation}"
            for source_id, path, generation in self.rows("SELECT id, path, generation FROM source_files")
        }
        found: Content = {}
        for table in tables or sorted(set(self.database.columns) - SKIPPED - set(without)):
            columns = [
                name
                for name in self.database.columns[table]
                if name not in INCIDENTAL.get(table, ()) and name not in without
            ]
            rows = self.rows(f"SELECT {', '.join(columns)} FROM {table}")
            found[table] = sorted(self._told(columns, row, names) for row in rows)
        if not tables:
            found["found by search"] = sorted(repr(row) for row in self.rows(_FOUND))
        if not tables and "archive" not in without:
            found["archive"] = sorted(
                f"{name} {offset} {line!r}"
                for source_id, name in names.items()
                for offset, line in archive.lines(self.database, source_id)
            )
        return found

    def _told(self, columns: Sequence[str], row: Sequence[Any], names: dict[int, str]) -> str:
        told = dict(zip(columns, row, strict=True))
        if "source_id" in told:
            told["source_id"] = names.get(told["source_id"])
        if "path" in told:
            told["path"] = str(told["path"]).removeprefix(str(self.home))
        return " ".join(f"{name}={value!r}" for name, value in told.items() if value is not None)


def same(one: Content, two: Content) -> None:
    """Equal table by table; says which table and which rows differ."""
    for table in one:
        lost = list((Counter(one[table]) - Counter(two[table])).elements())
        new = list((Counter(two[table]) - Counter(one[table])).elements())
        differ = lost or new
        assert not differ, f"{table}: {len(lost)} and {len(new)} rows differ" + "".join(
            f"\n- {row[:700]}\n+ {other[:700]}" for row, other in list(zip_longest(lost, new, fillvalue=""))[:4]
        )


def line(kind: str, payload: dict[str, Any], second: int = 0) -> bytes:
    """A line of a Codex rollout."""
    stamp = f"2026-11-18T11:06:{second:02d}.000Z"
    return json.dumps({"timestamp": stamp, "type": kind, "payload": payload}, separators=(",", ":")).encode()


def meta(native_id: str = "thread-1", second: int = 0, **more: Any) -> bytes:
    stamp = f"2026-11-18T11:06:{second:02d}.000Z"
    known = {"id": native_id, "timestamp": stamp, "cwd": "/home/ann/shop", "cli_version": "0.120.0"}
    return line("session_meta", known | more, second)


def context(turn: str, cwd: str, second: int = 1) -> bytes:
    return line("turn_context", {"turn_id": turn, "cwd": cwd, "model": "gpt-5.2"}, second)


def started(turn: str, second: int = 1) -> bytes:
    return line("event_msg", {"type": "task_started", "turn_id": turn}, second)


def said(kind: str, text: str, second: int = 2) -> bytes:
    return line("event_msg", {"type": kind, "message": text}, second)


def called(call_id: str, command: str, second: int = 3) -> bytes:
    arguments = json.dumps({"command": ["bash", "-lc", command]})
    payload = {"type": "function_call", "name": "shell", "arguments": arguments, "call_id": call_id}
    return line("response_item", payload, second)


def returned(call_id: str, output: str, exit_code: int = 0, second: int = 4) -> bytes:
    told = json.dumps({"output": output, "metadata": {"exit_code": exit_code, "duration_seconds": 0.1}})
    return line("response_item", {"type": "function_call_output", "call_id": call_id, "output": told}, second)


def lines(*each: bytes) -> bytes:
    return b"".join(one + b"\n" for one in each)
