"""Sessions that several kinds of files tell of: the agent's own record, and streams or traces of the same run."""

from __future__ import annotations

from collections.abc import Sequence

from codex_loop.store import writer
from codex_loop.store.engine import Database

_HOLDS = (*writer.ROW_TABLES, "usage_events", "source_files")


def second_tellings(database: Database, content: Sequence[str], second: str) -> list[int]:
    """Files of source `second` with rows in use, whose session one of the `content` sources tells of, too."""
    marks = ", ".join("?" for _ in content)
    rows = database.rows(
        "SELECT f.id FROM source_files f WHERE f.source = ? AND f.state <> 'second' AND EXISTS"
        f" (SELECT 1 FROM source_files c WHERE c.session_key = f.session_key AND c.source IN ({marks}))",
        (second, *content),
    )
    return [int(row[0]) for row in rows]


def hide(database: Database, source_id: int, tables: Sequence[str]) -> None:
    """Drop what this file says in these tables. The archive keeps its lines; new ones put the file in use again."""
    with database.transaction():
        writer.forget(database, source_id, lambda _offset: True, tables)
        _forget_empty(database, source_id)
        database.execute("UPDATE source_files SET state = 'second' WHERE id = ?", (source_id,))


def _forget_empty(database: Database, source_id: int) -> None:
    """Side conversations that only this file names, by the call that began them; the first has names for them."""
    holds = " AND ".join(f"NOT EXISTS (SELECT 1 FROM {table} r WHERE r.session_key = sessions.key)" for table in _HOLDS)
    database.execute(
        "DELETE FROM sessions WHERE lineage IN ('subagent', 'sidechain') AND root_id ="
        " (SELECT s.native_id FROM sessions s JOIN source_files f ON f.session_key = s.key WHERE f.id = ?)"
        f" AND native_id <> root_id AND {holds}",
        (source_id,),
    )
