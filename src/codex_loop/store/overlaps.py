"""Sessions that several kinds of files tell of: the agent's own record, and streams or traces of the same run."""

from __future__ import annotations

from collections.abc import Sequence

from codex_loop.store import writer
from codex_loop.store.engine import Database


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
        database.execute("UPDATE source_files SET state = 'second' WHERE id = ?", (source_id,))
