"""Room for a rebuild: what the full lane made is cleared, what it must remember is set."""

from __future__ import annotations

from collections.abc import Collection

from codex_loop.store.engine import Database
from codex_loop.store.writer import ROW_TABLES

_FACTS = (
    "lineage", "parent_id", "root_id", "forked_from", "forked_at", "inherited_until", "cwd", "model", "provider",
    "agent_version", "originator", "entrypoint", "git_branch", "git_commit", "git_url", "title",
    "title_ms", "model_ms", "nickname", "role",
    "tool_call",
)  # fmt: skip


def clear(database: Database) -> None:
    """Forget every row of the full lane; archive, lines, ledger and cursors stay."""
    for table in ROW_TABLES:
        database.execute(f"DELETE FROM {table}")
    database.execute("DELETE FROM unknown_types")
    mended(database)
    nothing = ", ".join(f"{name} = NULL" for name in _FACTS)
    # Sessions that only the accounting lane has seen keep what it knows of them.
    database.execute(
        f"UPDATE sessions SET {nothing}, facts_ms = {(1 << 62) - 1} WHERE key IN"
        " (SELECT f.session_key FROM source_files f JOIN archive_segments a ON a.source_id = f.id)"
    )
    database.execute("UPDATE source_files SET state = 'active' WHERE state = 'second'")
    database.execute("DELETE FROM documents")
    if database.engine == "sqlite":
        database.execute("INSERT INTO documents_fts (documents_fts) VALUES ('delete-all')")
    else:
        database.execute("DELETE FROM documents_fts")


def owned(database: Database, only: Collection[int] | None = None) -> dict[int, dict[int, int]]:
    """For each file, or for these, the keys of the lines that are its own, by offset."""
    found: dict[int, dict[int, int]] = {}
    where = "" if only is None else f" WHERE source_id IN ({', '.join(map(str, only))})"
    for line_key, source_id, offset in database.stream(f"SELECT key, source_id, line_offset FROM lines{where}"):
        found.setdefault(source_id, {})[offset] = line_key
    return found


def torn(database: Database) -> frozenset[int]:
    """The files that are to be folded again."""
    return frozenset(source_id for (source_id,) in database.rows("SELECT source_id FROM torn_files"))


def mended(database: Database) -> None:
    """They were."""
    database.execute("DELETE FROM torn_files")


def remember(database: Database, source_id: int, state: bytes, decoder: int) -> None:
    """What the full lane goes on with in a file."""
    database.execute(
        "UPDATE cursors SET state = ?, decoder = ? WHERE source_id = ? AND lane = 'full'", (state, decoder, source_id)
    )
    database.execute("UPDATE archive_segments SET decoder = ? WHERE source_id = ?", (decoder, source_id))
