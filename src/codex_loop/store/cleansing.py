"""Rewriting stored text in place, and leaving no trace of what stood there."""

from __future__ import annotations

from collections.abc import Callable

from codex_loop.store.engine import Database

Redact = Callable[[str], str]

_SESSION_TEXTS = (
    "cwd", "model", "provider", "originator", "entrypoint", "git_branch", "git_url", "title", "nickname", "role",
)  # fmt: skip


def segments_behind(database: Database, rules: str) -> tuple[int, int]:
    """(all segments, those stored by other rules)."""
    row = database.one("SELECT count(*), coalesce(sum(CASE WHEN rules <> ? THEN 1 ELSE 0 END), 0)"
                       " FROM archive_segments", (rules,))  # fmt: skip
    return (int(row[0]), int(row[1])) if row else (0, 0)


def ids_behind(database: Database, rules: str) -> list[int]:
    return [
        int(row[0]) for row in database.rows("SELECT id FROM archive_segments WHERE rules <> ? ORDER BY id", (rules,))
    ]


def segment(database: Database, segment_id: int) -> bytes:
    row = database.one("SELECT data FROM archive_segments WHERE id = ?", (segment_id,))
    return b"" if row is None else bytes(row[0])


def quarantine(database: Database, redact: Redact) -> None:
    for key, begin, end in database.rows("SELECT key, head, tail FROM quarantine"):
        clean = (redact(begin), redact(end))
        if clean != (begin, end):
            database.execute("UPDATE quarantine SET head = ?, tail = ? WHERE key = ?", (*clean, key))


def sessions(database: Database, redact: Redact) -> None:
    for name in _SESSION_TEXTS:
        for (text,) in database.rows(f"SELECT DISTINCT {name} FROM sessions WHERE {name} IS NOT NULL"):
            clean = redact(text)
            if clean != text:
                database.execute(f"UPDATE sessions SET {name} = ? WHERE {name} = ?", (clean, text))


def overwrite_deleted(database: Database) -> None:
    if database.engine == "sqlite":
        database.execute("PRAGMA secure_delete = ON")


def compact(database: Database) -> None:
    """Free pages, and the log that still holds the old ones, are given up."""
    if database.engine == "sqlite":
        database.execute("VACUUM")
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    else:
        database.execute("VACUUM FULL")
