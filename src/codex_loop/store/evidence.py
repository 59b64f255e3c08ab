"""What detectors look at: the rows of some sessions at once, table by table, and which files have changed since."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from codex_loop.clock import MINUTE_MS
from codex_loop.model.keys import key
from codex_loop.store.engine import Database, Row
from codex_loop.store.ledger import chunks, marks

Rows = dict[int, list[Row]]
"""Rows by the session they belong to."""

_COLUMNS = {
    "turns": "session_key, key, native_id, started_ms, ended_ms, status, duration_ms, approval_policy, sandbox_policy,"
    " model, effort, source_id, line_offset",
    "messages": "session_key, key, turn_key, time_ms, source_id, line_offset, role, author, head, length, phase, model,"
    " native_id",
    "tool_calls": "session_key, key, turn_key, started_ms, source_id, line_offset, call_id, name, command, arguments,"
    " cwd, ended_ms, status, exit_code, duration_ms, output, output_length, basis, arguments_key, error, output_key",
    "file_changes": "session_key, key, turn_key, time_ms, source_id, line_offset, call_id, path, change, moved_to,"
    " added, removed, ok, added_key, removed_key",
    "approvals": "session_key, key, turn_key, coalesce(requested_ms, decided_ms), source_id, line_offset, call_id,"
    " decided_ms, decision, who, basis, command",
    "compactions": "session_key, key, turn_key, time_ms, source_id, line_offset, trigger, pre_tokens, post_tokens",
    "events": "session_key, key, turn_key, time_ms, source_id, line_offset, kind, scope, code, message, detail",
}
TABLES = tuple(_COLUMNS)
_SESSION = (
    "key, agent, native_id, lineage, parent_id, forked_from, started_ms, ended_ms, cwd, git_url, model, agent_version"
)


class Changed(NamedTuple):
    """A file whose sessions are to be looked at again."""

    source_id: int
    mark: int
    session_key: int
    words: int
    """What judged its words as they are now; 0: nobody did."""


IDLE_MS = 30 * MINUTE_MS
"""A session in which nothing happened for so long has ended, as far as anybody can tell."""


def settled(ended_ms: int | None, now_ms: int) -> bool:
    return ended_ms is None or now_ms - ended_ms > IDLE_MS


def changed(database: Database, rules: int, words: int | None, now_ms: int) -> list[Changed]:
    """Files that grew, were decoded anew, gave lines away or came to rest since detectors looked, and new ones.

    Without `words` it does not matter who judged them.
    """
    rows = database.rows(
        "SELECT f.id, f.session_key, c.position, c.decoder, c.updated_ms, s.inherited_until, s.ended_ms,"
        " d.mark, d.rules, d.words FROM source_files f JOIN cursors c ON c.source_id = f.id AND c.lane = 'full'"
        " JOIN sessions s ON s.key = f.session_key LEFT JOIN detections d ON d.source_id = f.id"
        " WHERE f.state <> 'replaced' ORDER BY f.id"
    )
    found = []
    for source_id, session_key, position, decoder, updated_ms, inherited, ended_ms, seen, seen_rules, judged in rows:
        rest = int(settled(ended_ms, now_ms))
        mark = key("mark", position, decoder, updated_ms, -1 if inherited is None else inherited, rest)
        if (mark, rules) != (seen, seen_rules) or (words is not None and words != judged):
            found.append(Changed(source_id, mark, session_key, judged if mark == seen else 0))
    return found


def sessions(database: Database, keys: Sequence[int]) -> list[Row]:
    """The named sessions and those that live inside their files: subagents and side conversations."""
    found: dict[int, Row] = {}
    for part in chunks(keys):
        named = f"SELECT {_SESSION} FROM sessions WHERE key IN ({marks(part)})"
        inside = (
            f"SELECT {_SESSION.replace('key,', 'c.key,', 1).replace(', ', ', c.')} FROM sessions c JOIN sessions p"
            f" ON c.agent = p.agent AND c.native_id > p.native_id || '/' AND c.native_id < p.native_id || '0'"
            f" WHERE p.key IN ({marks(part)})"
        )
        for row in (*database.rows(named, part), *database.rows(inside, part)):
            found[row[0]] = row
    return list(found.values())


def rows(database: Database, table: str, keys: Sequence[int]) -> Rows:
    """Rows of one table, by session, without the session's key."""
    found: Rows = defaultdict(list)
    for part in chunks(keys):
        sql = f"SELECT {_COLUMNS[table]} FROM {table} WHERE session_key IN ({marks(part)})"
        for session_key, *row in database.rows(sql, part):
            found[session_key].append(tuple(row))
    return found


def tokens(database: Database, keys: Sequence[int]) -> dict[int, list[tuple[int | None, int]]]:
    """When each session spent how many tokens, in order of time."""
    found: dict[int, list[tuple[int | None, int]]] = defaultdict(list)
    for part in chunks(keys):
        sql = (
            "SELECT session_key, time_ms, input + cached + cache_write_5m + cache_write_1h + output FROM usage_events"
            f" WHERE session_key IN ({marks(part)}) ORDER BY session_key, time_ms"
        )
        for session_key, time_ms, total in database.rows(sql, part):
            found[session_key].append((time_ms, int(total)))
    return found


def looked_at(database: Database, files: Iterable[Changed], rules: int, words: int | None, now_ms: int) -> None:
    """Remember that detectors have seen these files as they are; without `words`, who judged them stays."""
    rows = [(file.source_id, file.mark, rules, file.words if words is None else words, now_ms) for file in files]
    database.many("put detections", rows)


def plain(value: Any) -> bool | None:
    """A stored yes or no."""
    return None if value is None else bool(value)
