"""What sessions committed with git, as their calls tell it, and which edits stood around it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from codex_loop.store.engine import Database
from codex_loop.store.ledger import chunks, marks


class GitCall(NamedTuple):
    """A call that may have made a commit, and succeeded."""

    session_key: int
    key: int
    turn_key: int | None
    call_id: str
    source_id: int
    offset: int
    time_ms: int
    command: str
    output: str


class Touched(NamedTuple):
    """An edit of a file."""

    key: int
    path: str
    source_id: int
    offset: int
    time_ms: int


def git_calls(database: Database) -> list[GitCall]:
    """Every successful call whose command line speaks of git and of committing or reverting, in the order of time."""
    rows = database.rows(
        "SELECT session_key, key, turn_key, call_id, source_id, line_offset, started_ms, command, coalesce(output, '')"
        " FROM tool_calls WHERE command LIKE '%git%' AND (command LIKE '%commit%' OR command LIKE '%revert%')"
        " AND status = 'ok' AND coalesce(exit_code, 0) = 0 AND started_ms IS NOT NULL"
        " ORDER BY started_ms, source_id, line_offset, key"
    )
    return [GitCall(*row) for row in rows]


def touched(database: Database, keys: Sequence[int]) -> dict[int, list[Touched]]:
    """The edits of these sessions that succeeded, in the order of time; paths as from the folder of the session."""
    found: dict[int, list[Touched]] = defaultdict(list)
    for part in chunks(keys):
        rows = database.rows(
            "SELECT f.session_key, f.key, f.path, f.source_id, f.line_offset, f.time_ms, s.cwd FROM file_changes f"
            f" JOIN sessions s ON s.key = f.session_key WHERE f.session_key IN ({marks(part)})"
            " AND f.time_ms IS NOT NULL AND coalesce(f.ok, 1) <> 0"
            " ORDER BY f.time_ms, f.source_id, f.line_offset, f.key",
            part,
        )
        for session_key, key, path, source_id, offset, time_ms, cwd in rows:
            plain = path.replace("\\", "/")
            inside = plain.removeprefix(f"{(cwd or '').replace(chr(92), '/').rstrip('/')}/")
            found[session_key].append(Touched(key, inside, source_id, offset, time_ms))
    return found
