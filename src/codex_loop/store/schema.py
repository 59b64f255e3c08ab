"""Every table, once, for both engines.

Keys are the 63-bit identities of `model.keys`, so a row has the same key on every host. Times are UTC milliseconds.
`source_id` and `line_offset` point back at the bytes a row was read from. Long text lives in the
archive; rows keep heads.
"""

from __future__ import annotations

from sqlalchemy import Column, Index

from codex_loop.store.columns import BLOB, INT, REAL, TEXT, key, metadata, origin, table, text, whole
from codex_loop.store.schema_evals import datasets, eval_runs, task_checks, tasks, tickets, trials
from codex_loop.store.schema_loop import (
    categories,
    category_history,
    cluster_lineage,
    cluster_members,
    clusters,
    detections,
    notices,
    schema_proposals,
    signal_categories,
    signal_history,
    signals,
    tracker_records,
    usage_imports,
    vectors,
)

__all__ = [
    "ROW_TABLES",
    "agent_totals",
    "approvals",
    "archive_segments",
    "audit_log",
    "categories",
    "category_history",
    "cluster_lineage",
    "cluster_members",
    "clusters",
    "compactions",
    "cursors",
    "datasets",
    "detections",
    "documents",
    "eval_runs",
    "events",
    "file_changes",
    "limit_samples",
    "lines",
    "messages",
    "metadata",
    "notices",
    "quarantine",
    "redactions",
    "runs",
    "schema_proposals",
    "sessions",
    "signal_categories",
    "signal_history",
    "signals",
    "source_files",
    "task_checks",
    "tasks",
    "tickets",
    "tool_calls",
    "torn_files",
    "tracker_records",
    "trials",
    "turns",
    "unknown_types",
    "usage_events",
    "usage_imports",
    "vectors",
]

source_files = table(
    "source_files",
    Column("id", INT, primary_key=True, autoincrement=True),
    text("host", null=False),
    text("source", null=False),
    text("agent", null=False),
    text("path", null=False),
    text("unit", null=False),
    whole("dev", null=False),
    whole("ino", null=False),
    whole("generation", null=False),
    text("state", null=False),  # active | second | gone | unreadable | replaced
    text("agent_version"),
    whole("session_key"),
    whole("born_ms"),
    whole("first_seen_ms", null=False),
    whole("last_seen_ms", null=False),
    Index("source_files_identity", "host", "source", "dev", "ino", "generation", unique=True),
)

cursors = table(
    "cursors",
    Column("source_id", INT, primary_key=True, autoincrement=False),
    Column("lane", TEXT, primary_key=True),
    whole("position", null=False),
    whole("read", null=False),
    whole("stored", null=False),
    whole("duplicate", null=False),
    whole("rejected", null=False),
    whole("seen_size", null=False),  # the file as it was when this lane was last up to date
    whole("seen_mtime_ns", null=False),
    whole("tail_length", null=False),
    whole("tail_key", null=False),
    whole("head_length", null=False),
    whole("head_key", null=False),
    whole("line_sum", null=False),
    Column("state", BLOB, nullable=False),
    whole("decoder", null=False),
    text("rules", null=False),
    whole("updated_ms", null=False),
)

lines = table("lines", key(), *origin())

sessions = table(
    "sessions",
    key(),
    text("agent", null=False),
    text("native_id", null=False),
    text("lineage"),
    text("parent_id"),
    text("root_id"),
    text("forked_from"),
    whole("forked_at"),
    whole("inherited_until"),
    whole("started_ms"),
    whole("ended_ms"),
    whole("facts_ms", null=False),
    text("cwd"),
    text("model"),
    whole("model_ms"),  # when the session was last seen to use it
    text("provider"),
    text("agent_version"),
    text("originator"),
    text("entrypoint"),
    text("git_branch"),
    text("git_commit"),
    text("git_url"),
    text("title"),
    whole("title_ms"),
    text("nickname"),
    text("role"),
    text("tool_call"),
    text("host"),
    Index("sessions_started", "started_ms"),
    Index("sessions_native", "native_id"),
    Index("sessions_forked_from", "forked_from"),
)

turns = table(
    "turns",
    key(),
    whole("session_key", null=False),
    text("native_id"),
    whole("started_ms"),
    whole("ended_ms"),
    text("status"),
    whole("duration_ms"),
    whole("first_token_ms"),
    whole("settings_rank", null=False),  # 0: still those of the turn before; else where in the file they were told
    text("approval_policy"),
    text("sandbox_policy"),
    text("model"),
    text("effort"),
    text("cwd"),
    text("prompt"),
    *origin(),
    Index("turns_session", "session_key"),
)

messages = table(
    "messages",
    key(),
    whole("session_key", null=False),
    whole("turn_key"),
    text("role", null=False),  # user | agent | reasoning | attachment
    text("author"),
    text("phase"),
    text("native_id"),
    text("model"),
    whole("time_ms"),
    text("head", null=False),
    whole("length", null=False),
    whole("images"),
    *origin(),
    Index("messages_session", "session_key"),
)

tool_calls = table(
    "tool_calls",
    key(),
    whole("session_key", null=False),
    whole("turn_key"),
    text("call_id", null=False),
    text("name"),
    text("namespace"),
    text("command"),
    text("arguments"),
    text("cwd"),
    whole("started_ms"),
    whole("ended_ms"),
    whole("rank", null=False),  # how far the evidence for the status is to be believed; below, that for each fact
    text("status"),
    whole("exit_code"),
    whole("exit_rank"),
    whole("duration_ms"),
    whole("duration_rank"),
    whole("output_rank"),
    text("output"),
    whole("output_length"),
    text("basis"),
    whole("arguments_key"),  # the same for calls that ask for the same thing
    text("error"),  # of a call that did not succeed: its first line of error, without numbers and folders
    whole("output_key"),
    *origin(),
    Index("tool_calls_session", "session_key"),
)

approvals = table(
    "approvals",
    key(),
    whole("session_key", null=False),
    whole("turn_key"),
    text("call_id"),
    text("request_id"),
    whole("requested_ms"),
    whole("decided_ms"),
    whole("rank", null=False),
    text("decision"),
    text("who"),
    text("basis"),
    text("reason"),
    text("command"),
    *origin(),
    Index("approvals_session", "session_key"),
)

file_changes = table(
    "file_changes",
    key(),
    whole("session_key", null=False),
    whole("turn_key"),
    text("call_id"),
    text("path", null=False),
    text("change", null=False),
    text("moved_to"),
    whole("added"),
    whole("removed"),
    whole("ok"),
    text("diff"),
    whole("time_ms"),
    whole("added_key"),  # the same for the same set of lines
    whole("removed_key"),
    *origin(),
    Index("file_changes_session", "session_key"),
)

compactions = table(
    "compactions",
    key(),
    whole("session_key", null=False),
    whole("turn_key"),
    text("native_id"),
    text("trigger", null=False),
    whole("pre_tokens"),
    whole("post_tokens"),
    text("summary"),
    whole("time_ms"),
    *origin(),
    Index("compactions_session", "session_key"),
)

events = table(
    "events",
    key(),
    whole("session_key", null=False),
    whole("turn_key"),
    text("kind", null=False),  # problem | interrupted | reverted | plan | ended
    text("scope"),
    text("code"),
    text("message"),
    text("detail"),  # JSON: what only this kind has
    text("basis"),
    whole("time_ms"),
    *origin(),
    Index("events_session", "session_key"),
)

usage_events = table(
    "usage_events",
    key(),
    whole("session_key", null=False),
    whole("owner_ms", null=False),
    whole("time_ms"),
    text("model"),
    whole("input", null=False),
    whole("cached", null=False),
    whole("cache_write_5m", null=False),
    whole("cache_write_1h", null=False),
    whole("output", null=False),
    whole("reasoning"),
    whole("web_searches", null=False),
    whole("quality", null=False),  # 2 final, 1 partial, 0 estimated
    whole("weight", null=False),  # of two tellings of a request the heavier speaks: the main thread's, then the final
    text("tier"),
    text("hidden"),
    text("request_id"),
    text("response_id"),
    text("via", null=False),
    *origin(),
    Index("usage_events_session", "session_key"),
)

torn_files = table("torn_files", Column("source_id", INT, primary_key=True, autoincrement=False))
"""Files with a call on a line that another file owns, and its result on one of their own: to be folded again."""

limit_samples = table(
    "limit_samples",
    key(),
    text("agent", null=False),
    text("host", null=False),
    text("limit_id", null=False),
    text("slot"),
    whole("window_minutes"),
    whole("time_ms"),
    Column("used_percent", REAL),
    whole("resets_ms"),
    text("plan"),
    text("reached"),
    text("credits"),
    whole("session_key"),
    *origin(),
    text("account"),  # a keyed hash, where the telling says whose limit it is
    text("via"),  # what told it: rollout | app-server | get-usage | statusline | ... ; null: the session's own file
    Index("limit_samples_time", "agent", "time_ms"),
)

agent_totals = table(
    "agent_totals",
    key(),
    whole("time_ms"),
    Column("cost_usd", REAL),
    text("totals"),
    *origin(),
)

unknown_types = table(
    "unknown_types",
    Column("source", TEXT, primary_key=True),
    Column("type", TEXT, primary_key=True),
    Column("agent_version", TEXT, primary_key=True),
    whole("count", null=False),
    whole("first_seen_ms", null=False),
    whole("last_seen_ms", null=False),
)

redactions = table(
    "redactions",
    Column("source_id", INT, primary_key=True, autoincrement=False),
    Column("rule", TEXT, primary_key=True),
    Column("tier", TEXT, primary_key=True),
    whole("count", null=False),
)

quarantine = table(
    "quarantine",
    key(),
    text("lane", null=False),
    whole("length", null=False),
    text("reason", null=False),
    text("digest", null=False),
    text("head", null=False),
    text("tail", null=False),
    whole("seen_ms", null=False),
    *origin(),
    Index("quarantine_source", "source_id"),
)

archive_segments = table(
    "archive_segments",
    Column("id", INT, primary_key=True, autoincrement=True),
    whole("source_id", null=False),
    whole("first_offset", null=False),
    whole("end_offset", null=False),
    whole("line_count", null=False),
    whole("raw_bytes", null=False),
    whole("decoder", null=False),
    text("rules", null=False),
    Column("offsets", BLOB, nullable=False),
    Column("data", BLOB, nullable=False),
    Index("archive_segments_source", "source_id", "first_offset"),
)

documents = table(
    "documents",
    Column("id", INT, primary_key=True, autoincrement=True),
    text("kind", null=False),
    whole("row_key", null=False),
    whole("session_key", null=False),
    whole("time_ms"),
)

audit_log = table(
    "audit_log",
    Column("id", INT, primary_key=True, autoincrement=True),
    whole("time_ms", null=False),
    whole("source_id"),
    text("event", null=False),
    text("detail", null=False),
)

runs = table(
    "runs",
    Column("id", INT, primary_key=True, autoincrement=True),
    whole("started_ms", null=False),
    whole("ended_ms", null=False),
    text("command", null=False),
    text("result", null=False),
)

ROW_TABLES = (turns, messages, tool_calls, approvals, file_changes, compactions, events)
"""What the full lane writes and a fork's copied lines must not leave behind."""
