"""When several sources tell of the same session, the agent's own file speaks.

Streams and traces add what the file cannot show (decisions, exact results), and that merges by native ids. What has
no native id in both, such as messages and turns, would stand there twice, so it is dropped from the second telling,
in whatever order the two arrived. Their lines stay in the archive.
"""

from __future__ import annotations

from typing import NamedTuple

from codex_loop.store import overlaps
from codex_loop.store.engine import Database
from codex_loop.store.writer import ROW_TABLES

_WITHOUT_NATIVE_IDS = ("turns", "messages", "compactions", "events")


class Precedence(NamedTuple):
    second: str
    content: tuple[str, ...]
    drops: tuple[str, ...]


TABLE = (
    # Items of `codex exec --json` are numbered by the process: nothing of them can be joined.
    Precedence("codex-exec", ("codex-rollout", "trace-spine", "rollout-trace"), ROW_TABLES),
    Precedence("trace-spine", ("codex-rollout",), _WITHOUT_NATIVE_IDS),
    Precedence("rollout-trace", ("codex-rollout",), _WITHOUT_NATIVE_IDS),
    Precedence("claude-stream", ("claude-transcript",), _WITHOUT_NATIVE_IDS),
)


def settle(database: Database) -> int:
    """Silence second tellings; how many files that concerned. Idempotent."""
    count = 0
    for second, content, drops in TABLE:
        for source_id in overlaps.second_tellings(database, content, second):
            overlaps.hide(database, source_id, drops)
            count += 1
    return count
