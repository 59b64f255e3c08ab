"""Stores made by hand, through the writer that capture uses: rows by name, one batch per file."""

from __future__ import annotations

from typing import Any

from codex_loop.model.keys import key, session_key
from codex_loop.store import sources, writer
from codex_loop.store.batch import Applied, Batch, Document
from codex_loop.store.engine import Database, open_for_writing

BORN_MS = 1_795_000_000_000  # 2026-11-18T11:06:40Z
MINUTE = 60_000


class Builder:
    """Adds files, sessions and rows to a store; `write` stores everything said so far."""

    def __init__(self, place: str) -> None:
        self.place = place
        self.database: Database = open_for_writing(place)
        self._files = 0
        self._batch: Batch | None = None
        self._lane = "full"

    def close(self) -> None:
        self.write()
        self.database.close()

    def file(self, agent: str = "codex", *, path: str | None = None, session: str | None = None, **facts: Any) -> int:
        """Begin a file; what is said next was read from it, in the full lane unless `lane` says otherwise."""
        self.write()
        self._files += 1
        source = "codex-rollout" if agent == "codex" else "claude-transcript"
        new = sources.NewFile(
            source=facts.pop("source", source),
            agent=agent,
            path=path or f"/home/ann/.{agent}/{self._files}.jsonl",
            unit="lines",
            dev=1,
            ino=self._files,
            generation=0,
        )
        ((source_id, *_),) = sources.register(self.database, "host", [new], BORN_MS)
        owner = None if session is None else session_key(agent, session)
        values: dict[str, Any] = {"lane": "full", "start": 0, "end": 1000, "read": 10, "seen_size": 1000} | facts
        self._batch = Batch(source_id=source_id, session_key=owner, **values)
        return source_id

    def row(self, table: str, **values: Any) -> int:
        """A row of the current file; columns that are not named are null. Returns its key."""
        batch = self._current()
        names = self.database.columns[table]
        values.setdefault("source_id", batch.source_id)
        values.setdefault("line_offset", sum(len(rows) for rows in batch.rows.values()))
        if "settings_rank" in names:
            values.setdefault("settings_rank", 0)
        if "key" in names:
            values.setdefault("key", key("row", table, batch.source_id, str(sorted(values.items()))))
        assert values.keys() - {"source_id", "line_offset"} <= set(names), (table, values.keys() - set(names))
        batch.rows.setdefault(table, []).append(tuple(values.get(name) for name in names))
        return int(values.get("key", 0))

    def session(self, native_id: str, *, agent: str = "codex", **facts: Any) -> int:
        times = {"facts_ms": BORN_MS}
        return self.row(
            "sessions",
            **(times | {"key": session_key(agent, native_id), "agent": agent, "native_id": native_id} | facts),
        )

    def usage(self, session: int, **tokens: Any) -> int:
        zeros = dict.fromkeys(("input", "cached", "cache_write_5m", "cache_write_1h", "output", "web_searches"), 0)
        return self.row(
            "usage_events",
            **(
                zeros
                | {"session_key": session, "owner_ms": BORN_MS, "quality": 2, "weight": 12, "via": "test"}
                | tokens
            ),
        )

    def message(self, session: int, text: str, *, role: str = "user", indexed: bool = True, **facts: Any) -> int:
        if role == "user":
            facts.setdefault("author", "human")
        row = self.row("messages", session_key=session, role=role, head=text[:100], length=len(text), **facts)
        if indexed:
            kind = "prompt" if role == "user" else "answer"
            self.document(kind, row, session, text, facts.get("time_ms"))
        return row

    def tool(self, session: int, call_id: str, *, indexed: bool = True, **facts: Any) -> int:
        row = self.row("tool_calls", session_key=session, call_id=call_id, **({"rank": 30} | facts))
        if indexed and facts.get("command"):
            self.document("command", row, session, facts["command"], facts.get("started_ms"))
        return row

    def document(self, kind: str, row: int, session: int, body: str, time_ms: int | None = None) -> None:
        self._current().documents.append(Document(kind, row, session, time_ms, body, 0))

    def write(self) -> Applied | None:
        """Store what was said of the current file."""
        batch, self._batch = self._batch, None
        return writer.apply(self.database, [batch], BORN_MS)[0] if batch else None

    def _current(self) -> Batch:
        if self._batch is None:
            self.file()
        assert self._batch is not None
        return self._batch
