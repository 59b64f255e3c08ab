"""What was run when, and with what result."""

from __future__ import annotations

from codex_loop.store.engine import Database


def record(database: Database, started_ms: int, ended_ms: int, command: str, result: str) -> None:
    """Durable when it returns. `result` is the JSON that the command printed."""
    with database.transaction():
        database.named("insert runs", (started_ms, ended_ms, command, result))


def last_started(database: Database, command: str) -> int | None:
    """When the last finished run of this command began."""
    row = database.one("SELECT max(started_ms) FROM runs WHERE command = ?", (command,))
    return None if row is None or row[0] is None else int(row[0])
