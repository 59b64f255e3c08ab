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
    """The edits of these sessions that succeeded, in the order of time; paths as from the folder of the repository."""
    found: dict[int, list[Touched]] = defaultdict(list)
    roots = _roots(database)
    for part in chunks(keys):
        rows = database.rows(
            "SELECT f.session_key, f.key, f.path, f.source_id, f.line_offset, f.time_ms, s.git_url, s.cwd"
            f" FROM file_changes f JOIN sessions s ON s.key = f.session_key WHERE f.session_key IN ({marks(part)})"
            " AND f.time_ms IS NOT NULL AND coalesce(f.ok, 1) <> 0"
            " ORDER BY f.time_ms, f.source_id, f.line_offset, f.key",
            part,
        )
        for session_key, key, path, source_id, offset, time_ms, url, cwd in rows:
            inside = _slashed(path).removeprefix(f"{roots.get((url, cwd), _slashed(cwd or ''))}/")
            found[session_key].append(Touched(key, inside, source_id, offset, time_ms))
    return found


def _roots(database: Database) -> dict[tuple[str, str], str]:
    """The outermost folder in which sessions worked on a repository, by its address and each of their folders."""
    known = database.rows("SELECT DISTINCT git_url, cwd FROM sessions WHERE git_url IS NOT NULL AND cwd IS NOT NULL")
    folders: dict[str, list[str]] = defaultdict(list)
    for url, cwd in known:
        folders[url].append(_slashed(cwd))
    return {
        (url, cwd): min((each for each in folders[url] if f"{_slashed(cwd)}/".startswith(f"{each}/")), key=len)
        for url, cwd in known
    }


def _slashed(path: str) -> str:
    return path.replace("\\", "/").rstrip("/")
