"""The statements of the hot paths, written once in SQLAlchemy Core.

They are compiled for both engines into `compiled/` by `python -m codex_loop.store.compile` and checked in, so that
`ingest` and `sessions` never import SQLAlchemy; a test proves the files equal to what this module compiles to.

Upserts merge instead of overwriting: every rule below is commutative and idempotent, so the store does not depend on
the order in which files, copies and processes bring their rows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlalchemy import Column, ColumnElement, Table, bindparam, case, func, literal_column, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.base import Executable

from codex_loop.store import schema

Merge = Callable[["Pair", str], ColumnElement[object]]


class Pair:
    """The row that is there, the row that comes, and how this engine spells least and greatest."""

    def __init__(self, table: Table, new: Mapping[str, ColumnElement[object]], engine: str) -> None:
        self.table, self.new = table, new
        self.least = func.min if engine == "sqlite" else func.least
        self.greatest = func.max if engine == "sqlite" else func.greatest

    def old(self, name: str) -> Column[object]:
        return self.table.c[name]


def known(pair: Pair, name: str) -> ColumnElement[object]:
    """Both sides agree or one is null; if they ever disagree the greater wins, whoever came first."""
    old, new = pair.old(name), pair.new[name]
    return pair.greatest(func.coalesce(old, new), func.coalesce(new, old))


def least(pair: Pair, name: str) -> ColumnElement[object]:
    old, new = pair.old(name), pair.new[name]
    return pair.least(func.coalesce(old, new), func.coalesce(new, old))


def total(pair: Pair, name: str) -> ColumnElement[object]:
    return pair.old(name) + pair.new[name]


def by_rank(rank: str, *, prefer: str) -> Merge:
    """The side with the greater (or least) rank speaks; equals agree or the greater value stays.

    An unknown rank comes last.
    """
    last: ColumnElement[int] = literal_column("-1" if prefer == "greatest" else str((1 << 63) - 1))

    def merge(pair: Pair, name: str) -> ColumnElement[object]:
        new, old = func.coalesce(pair.new[rank], last), func.coalesce(pair.old(rank), last)
        ahead, behind = (new > old, new < old) if prefer == "greatest" else (new < old, new > old)
        return case((ahead, pair.new[name]), (behind, pair.old(name)), else_=known(pair, name))

    return merge


def owner(pair: Pair, name: str) -> ColumnElement[object]:
    """Of several sessions that claim a row, the earliest owns it, then the smaller key."""
    old, new = pair.old(name), pair.new[name]
    earlier = (pair.new["owner_ms"] < pair.old("owner_ms")) | (
        (pair.new["owner_ms"] == pair.old("owner_ms")) & (pair.new["session_key"] < pair.old("session_key"))
    )
    return case((earlier, new), else_=old)


_AT_START = by_rank("facts_ms", prefer="least")
_EVIDENCE = by_rank("rank", prefer="greatest")
_HEAVIER = by_rank("weight", prefer="greatest")

MERGES: dict[Table, dict[str, Merge]] = {
    schema.sessions: {
        **dict.fromkeys(("lineage", "parent_id", "root_id", "forked_from", "forked_at", "tool_call"), known),
        **dict.fromkeys(("started_ms", "facts_ms"), least),
        **dict.fromkeys(("ended_ms", "model_ms", "title_ms"), known),
        **dict.fromkeys(
            ("cwd", "provider", "agent_version", "originator", "entrypoint", "git_branch", "git_commit", "git_url"),
            _AT_START,
        ),
        **dict.fromkeys(("nickname", "role", "host"), known),
        "model": by_rank("model_ms", prefer="greatest"),
        "title": by_rank("title_ms", prefer="greatest"),
    },
    schema.turns: {
        "native_id": known,
        "started_ms": least,
        **dict.fromkeys(("ended_ms", "status", "duration_ms", "first_token_ms", "prompt"), known),
        **dict.fromkeys(
            ("approval_policy", "sandbox_policy", "model", "effort", "cwd"), by_rank("settings_rank", prefer="greatest")
        ),
        "settings_rank": known,
    },
    schema.messages: {"turn_key": known, "head": known, "length": known},
    schema.tool_calls: {
        **dict.fromkeys(("turn_key", "name", "namespace", "command", "arguments", "cwd"), known),
        "started_ms": least,
        "ended_ms": known,
        **dict.fromkeys(("status", "basis"), _EVIDENCE),
        "exit_code": by_rank("exit_rank", prefer="greatest"),
        "duration_ms": by_rank("duration_rank", prefer="greatest"),
        **dict.fromkeys(("output", "output_length", "output_key", "error"), by_rank("output_rank", prefer="greatest")),
        "arguments_key": known,
        **dict.fromkeys(("rank", "exit_rank", "duration_rank", "output_rank"), known),
    },
    schema.approvals: {
        **dict.fromkeys(("turn_key", "request_id", "reason", "command"), known),
        **dict.fromkeys(("requested_ms", "decided_ms"), least),
        **dict.fromkeys(("decision", "who", "basis"), _EVIDENCE),
        "rank": known,
    },
    schema.file_changes: {
        **dict.fromkeys(("turn_key", "moved_to", "added", "removed", "ok", "diff", "added_key", "removed_key"), known)
    },
    schema.compactions: {**dict.fromkeys(("turn_key", "pre_tokens", "post_tokens", "summary"), known)},
    schema.events: {"turn_key": known},
    schema.usage_events: {
        **dict.fromkeys(("session_key", "source_id", "line_offset"), owner),
        "owner_ms": least,
        "time_ms": least,
        **dict.fromkeys(("input", "cached", "cache_write_5m", "cache_write_1h", "output"), _HEAVIER),
        **dict.fromkeys(("reasoning", "web_searches", "model", "tier", "request_id", "quality"), _HEAVIER),
        **dict.fromkeys(("hidden", "response_id", "weight"), known),
    },
    schema.limit_samples: {
        "session_key": least,
        **dict.fromkeys(("source_id", "line_offset"), by_rank("session_key", prefer="least")),
        **dict.fromkeys(("account", "via"), known),
    },
    schema.agent_totals: dict.fromkeys(("cost_usd", "totals", "time_ms"), by_rank("time_ms", prefer="greatest")),
    schema.unknown_types: {"count": total, "first_seen_ms": least, "last_seen_ms": known},
    schema.redactions: {"count": total},
    schema.quarantine: {},
    schema.lines: {},
    schema.torn_files: {},
    schema.notices: {},
    schema.usage_imports: {},
    schema.tracker_records: {"deleted_ms": known},
}


def columns(table: Table) -> tuple[str, ...]:
    """The order of values in a row of this table."""
    return tuple(column.name for column in table.columns)


def upsert(table: Table, engine: str) -> Executable:
    insert = (sqlite if engine == "sqlite" else postgresql).insert(table)
    insert = insert.values({name: bindparam(name) for name in columns(table)})
    merges = MERGES[table]
    keys = [column.name for column in table.primary_key]
    made: Executable
    if not merges:
        made = insert.on_conflict_do_nothing(index_elements=keys)
        return made
    pair = Pair(table, insert.excluded, engine)
    made = insert.on_conflict_do_update(
        index_elements=keys, set_={name: merge(pair, name) for name, merge in merges.items()}
    )
    return made


PUT = (
    schema.detections,
    schema.signals,
    schema.vectors,
    schema.clusters,
    schema.cluster_members,
    schema.schema_proposals,
    schema.categories,
    schema.signal_categories,
    schema.tasks,
    schema.datasets,
    schema.eval_runs,
    schema.trials,
    schema.tickets,
)
"""Rows that one place alone writes: the new one is the whole truth."""
NUMBERED = (
    schema.audit_log,
    schema.runs,
    schema.signal_history,
    schema.cluster_lineage,
    schema.category_history,
    schema.task_checks,
)


def _put(table: Table, engine: str) -> Executable:
    insert = (sqlite if engine == "sqlite" else postgresql).insert(table)
    insert = insert.values({name: bindparam(name) for name in columns(table)})
    keys = [column.name for column in table.primary_key]
    made: Executable = insert.on_conflict_do_update(
        index_elements=keys, set_={name: insert.excluded[name] for name in columns(table) if name not in keys}
    )
    return made


def build(engine: str) -> dict[str, Executable]:
    """Every named statement for one engine."""
    made: dict[str, Executable] = {f"upsert {table.name}": upsert(table, engine) for table in MERGES}
    for table in (schema.archive_segments, schema.source_files):
        names = [name for name in columns(table) if name != "id"]
        made[f"insert {table.name}"] = (
            table.insert().values({name: bindparam(name) for name in names}).returning(table.c.id)
        )
    for table in (schema.documents,):
        made[f"insert {table.name}"] = table.insert().values({name: bindparam(name) for name in columns(table)})
    for table in NUMBERED:
        names = [name for name in columns(table) if name != "id"]
        made[f"insert {table.name}"] = table.insert().values({name: bindparam(name) for name in names})
    for table in schema.ROW_TABLES:
        made[f"forget {table.name}"] = table.delete().where(table.c.key == bindparam("key"))
    cursors = schema.cursors
    made["cursor"] = select(cursors).where(
        cursors.c.source_id == bindparam("source_id"), cursors.c.lane == bindparam("lane")
    )
    insert = (sqlite if engine == "sqlite" else postgresql).insert(cursors)
    insert = insert.values({name: bindparam(name) for name in columns(cursors)})
    made["move cursor"] = insert.on_conflict_do_update(
        index_elements=["source_id", "lane"],
        set_={name: insert.excluded[name] for name in columns(cursors) if name not in ("source_id", "lane")},
    )
    for table in PUT:
        made[f"put {table.name}"] = _put(table, engine)
    made["line owner"] = select(schema.lines.c.source_id, schema.lines.c.line_offset).where(
        schema.lines.c.key == bindparam("key")
    )
    made["move line"] = (
        schema.lines.update()
        .where(schema.lines.c.key == bindparam("line_key"))
        .values(source_id=bindparam("new_source_id"), line_offset=bindparam("new_line_offset"))
    )
    body = "?" if engine == "sqlite" else "to_tsvector('simple', %s)"
    marks = "?" if engine == "sqlite" else "%s"
    made["index document"] = text(f"INSERT INTO documents_fts (rowid, body) VALUES ({marks}, {body})")
    made["last document"] = select(func.coalesce(func.max(schema.documents.c.id), literal_column("0")))
    return made
