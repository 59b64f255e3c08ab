"""Every table, once, for both engines.

Keys are the 63-bit identities of `model.keys`, so a row has the same key on every host. Times are UTC milliseconds.
`source_id` and `line_offset` point back at the bytes a row was read from. Long text lives in the
archive; rows keep heads.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Double, Index, LargeBinary, MetaData, Table, Text
from sqlalchemy.dialects import sqlite
from sqlalchemy.types import TypeEngine

metadata = MetaData()

INT: TypeEngine[int] = BigInteger().with_variant(sqlite.INTEGER(), "sqlite")
REAL: TypeEngine[float] = Double().with_variant(sqlite.REAL(), "sqlite")
TEXT: TypeEngine[str] = Text()
BLOB: TypeEngine[bytes] = LargeBinary()


def _int(name: str, *, null: bool = True) -> Column[int]:
    return Column(name, INT, nullable=null)


def _text(name: str, *, null: bool = True) -> Column[str]:
    return Column(name, TEXT, nullable=null)


def _key() -> Column[int]:
    return Column("key", INT, primary_key=True, autoincrement=False)


def _origin() -> tuple[Column[int], Column[int]]:
    return _int("source_id", null=False), _int("line_offset", null=False)


def _table(name: str, *parts: Column[int] | Column[str] | Column[float] | Column[bytes] | Index) -> Table:
    return Table(name, metadata, *parts, sqlite_strict=True)


source_files = _table(
    "source_files",
    Column("id", INT, primary_key=True, autoincrement=True),
    _text("host", null=False),
    _text("source", null=False),
    _text("agent", null=False),
    _text("path", null=False),
    _text("unit", null=False),
    _int("dev", null=False),
    _int("ino", null=False),
    _int("generation", null=False),
    _text("state", null=False),  # active | second | gone | unreadable | replaced
    _text("agent_version"),
    _int("session_key"),
    _int("born_ms"),
    _int("first_seen_ms", null=False),
    _int("last_seen_ms", null=False),
    Index("source_files_identity", "host", "source", "dev", "ino", "generation", unique=True),
)

cursors = _table(
    "cursors",
    Column("source_id", INT, primary_key=True, autoincrement=False),
    Column("lane", TEXT, primary_key=True),
    _int("position", null=False),
    _int("read", null=False),
    _int("stored", null=False),
    _int("duplicate", null=False),
    _int("rejected", null=False),
    _int("seen_size", null=False),  # the file as it was when this lane was last up to date
    _int("seen_mtime_ns", null=False),
    _int("tail_length", null=False),
    _int("tail_key", null=False),
    _int("head_length", null=False),
    _int("head_key", null=False),
    _int("line_sum", null=False),
    Column("state", BLOB, nullable=False),
    _int("decoder", null=False),
    _text("rules", null=False),
    _int("updated_ms", null=False),
)

lines = _table("lines", _key(), *_origin())

sessions = _table(
    "sessions",
    _key(),
    _text("agent", null=False),
    _text("native_id", null=False),
    _text("lineage"),
    _text("parent_id"),
    _text("root_id"),
    _text("forked_from"),
    _int("forked_at"),
    _int("inherited_until"),
    _int("started_ms"),
    _int("ended_ms"),
    _int("facts_ms", null=False),
    _text("cwd"),
    _text("model"),
    _int("model_ms"),  # when the session was last seen to use it
    _text("provider"),
    _text("agent_version"),
    _text("originator"),
    _text("entrypoint"),
    _text("git_branch"),
    _text("git_commit"),
    _text("git_url"),
    _text("title"),
    _int("title_ms"),
    _text("nickname"),
    _text("role"),
    _text("tool_call"),
    _text("host"),
    Index("sessions_started", "started_ms"),
    Index("sessions_native", "native_id"),
    Index("sessions_forked_from", "forked_from"),
)

turns = _table(
    "turns",
    _key(),
    _int("session_key", null=False),
    _text("native_id"),
    _int("started_ms"),
    _int("ended_ms"),
    _text("status"),
    _int("duration_ms"),
    _int("first_token_ms"),
    _int("settings_rank", null=False),  # 0: still those of the turn before; else where in the file they were told
    _text("approval_policy"),
    _text("sandbox_policy"),
    _text("model"),
    _text("effort"),
    _text("cwd"),
    _text("prompt"),
    *_origin(),
    Index("turns_session", "session_key"),
)

messages = _table(
    "messages",
    _key(),
    _int("session_key", null=False),
    _int("turn_key"),
    _text("role", null=False),  # user | agent | reasoning | attachment
    _text("author"),
    _text("phase"),
    _text("native_id"),
    _text("model"),
    _int("time_ms"),
    _text("head", null=False),
    _int("length", null=False),
    _int("images"),
    *_origin(),
    Index("messages_session", "session_key"),
)

tool_calls = _table(
    "tool_calls",
    _key(),
    _int("session_key", null=False),
    _int("turn_key"),
    _text("call_id", null=False),
    _text("name"),
    _text("namespace"),
    _text("command"),
    _text("arguments"),
    _text("cwd"),
    _int("started_ms"),
    _int("ended_ms"),
    _int("rank", null=False),  # how far the evidence for the status is to be believed; below, that for each fact
    _text("status"),
    _int("exit_code"),
    _int("exit_rank"),
    _int("duration_ms"),
    _int("duration_rank"),
    _int("output_rank"),
    _text("output"),
    _int("output_length"),
    _text("basis"),
    _int("arguments_key"),  # the same for calls that ask for the same thing
    _text("error"),  # of a call that did not succeed: its first line of error, without numbers and folders
    _int("output_key"),
    *_origin(),
    Index("tool_calls_session", "session_key"),
)

approvals = _table(
    "approvals",
    _key(),
    _int("session_key", null=False),
    _int("turn_key"),
    _text("call_id"),
    _text("request_id"),
    _int("requested_ms"),
    _int("decided_ms"),
    _int("rank", null=False),
    _text("decision"),
    _text("who"),
    _text("basis"),
    _text("reason"),
    _text("command"),
    *_origin(),
    Index("approvals_session", "session_key"),
)

file_changes = _table(
    "file_changes",
    _key(),
    _int("session_key", null=False),
    _int("turn_key"),
    _text("call_id"),
    _text("path", null=False),
    _text("change", null=False),
    _text("moved_to"),
    _int("added"),
    _int("removed"),
    _int("ok"),
    _text("diff"),
    _int("time_ms"),
    _int("added_key"),  # the same for the same set of lines
    _int("removed_key"),
    *_origin(),
    Index("file_changes_session", "session_key"),
)

compactions = _table(
    "compactions",
    _key(),
    _int("session_key", null=False),
    _int("turn_key"),
    _text("native_id"),
    _text("trigger", null=False),
    _int("pre_tokens"),
    _int("post_tokens"),
    _text("summary"),
    _int("time_ms"),
    *_origin(),
    Index("compactions_session", "session_key"),
)

events = _table(
    "events",
    _key(),
    _int("session_key", null=False),
    _int("turn_key"),
    _text("kind", null=False),  # problem | interrupted | reverted | plan | ended
    _text("scope"),
    _text("code"),
    _text("message"),
    _text("detail"),  # JSON: what only this kind has
    _text("basis"),
    _int("time_ms"),
    *_origin(),
    Index("events_session", "session_key"),
)

usage_events = _table(
    "usage_events",
    _key(),
    _int("session_key", null=False),
    _int("owner_ms", null=False),
    _int("time_ms"),
    _text("model"),
    _int("input", null=False),
    _int("cached", null=False),
    _int("cache_write_5m", null=False),
    _int("cache_write_1h", null=False),
    _int("output", null=False),
    _int("reasoning"),
    _int("web_searches", null=False),
    _int("quality", null=False),  # 2 final, 1 partial, 0 estimated
    _int("weight", null=False),  # of two tellings of a request the heavier speaks: the main thread's, then the final
    _text("tier"),
    _text("hidden"),
    _text("request_id"),
    _text("response_id"),
    _text("via", null=False),
    *_origin(),
    Index("usage_events_session", "session_key"),
)

torn_files = _table("torn_files", Column("source_id", INT, primary_key=True, autoincrement=False))
"""Files with a call on a line that another file owns, and its result on one of their own: to be folded again."""

limit_samples = _table(
    "limit_samples",
    _key(),
    _text("agent", null=False),
    _text("host", null=False),
    _text("limit_id", null=False),
    _text("slot"),
    _int("window_minutes"),
    _int("time_ms"),
    Column("used_percent", REAL),
    _int("resets_ms"),
    _text("plan"),
    _text("reached"),
    _text("credits"),
    _int("session_key"),
    *_origin(),
    _text("account"),  # a keyed hash, where the telling says whose limit it is
    _text("via"),  # what told it: rollout | app-server | get-usage | statusline | ... ; null: the session's own file
    Index("limit_samples_time", "agent", "time_ms"),
)

notices = _table(
    "notices",
    _key(),
    _text("agent", null=False),
    _text("account"),
    _text("limit_id", null=False),
    _text("window_key", null=False),
    _int("cycle_ms", null=False),  # when the window that this is about ends
    _text("threshold", null=False),
    _int("time_ms", null=False),
    _text("channels", null=False),
    _text("message", null=False),
    Index("notices_time", "time_ms"),
)

usage_imports = _table(
    "usage_imports",
    _key(),
    _int("imported_ms", null=False),
    _text("tool", null=False),
    _text("dialect", null=False),
    _text("report", null=False),
    _text("agent", null=False),
    _text("first_period"),
    _text("last_period"),
    _text("flags", null=False),  # JSON list: suspect:v18, total-mismatch, ...
    _text("body", null=False),  # JSON: the rows in our own words
)

tracker_records = _table(
    "tracker_records",
    _key(),
    _text("place", null=False),  # which data folder of the tracker
    _text("kind", null=False),  # snapshots | windows | codex_ccusage | churn | anomalies | ...
    _text("window_id", null=False),
    _text("provider"),
    _text("phase"),
    _text("scope"),
    _int("time_ms", null=False),
    _text("errors", null=False),  # JSON list of tags
    _text("body", null=False),  # JSON: the record as the tracker wrote it
    _int("deleted_ms"),
    Index("tracker_records_window", "place", "window_id"),
)

agent_totals = _table(
    "agent_totals",
    _key(),
    _int("time_ms"),
    Column("cost_usd", REAL),
    _text("totals"),
    *_origin(),
)

unknown_types = _table(
    "unknown_types",
    Column("source", TEXT, primary_key=True),
    Column("type", TEXT, primary_key=True),
    Column("agent_version", TEXT, primary_key=True),
    _int("count", null=False),
    _int("first_seen_ms", null=False),
    _int("last_seen_ms", null=False),
)

redactions = _table(
    "redactions",
    Column("source_id", INT, primary_key=True, autoincrement=False),
    Column("rule", TEXT, primary_key=True),
    Column("tier", TEXT, primary_key=True),
    _int("count", null=False),
)

quarantine = _table(
    "quarantine",
    _key(),
    _text("lane", null=False),
    _int("length", null=False),
    _text("reason", null=False),
    _text("digest", null=False),
    _text("head", null=False),
    _text("tail", null=False),
    _int("seen_ms", null=False),
    *_origin(),
    Index("quarantine_source", "source_id"),
)

archive_segments = _table(
    "archive_segments",
    Column("id", INT, primary_key=True, autoincrement=True),
    _int("source_id", null=False),
    _int("first_offset", null=False),
    _int("end_offset", null=False),
    _int("line_count", null=False),
    _int("raw_bytes", null=False),
    _int("decoder", null=False),
    _text("rules", null=False),
    Column("offsets", BLOB, nullable=False),
    Column("data", BLOB, nullable=False),
    Index("archive_segments_source", "source_id", "first_offset"),
)

documents = _table(
    "documents",
    Column("id", INT, primary_key=True, autoincrement=True),
    _text("kind", null=False),
    _int("row_key", null=False),
    _int("session_key", null=False),
    _int("time_ms"),
)

audit_log = _table(
    "audit_log",
    Column("id", INT, primary_key=True, autoincrement=True),
    _int("time_ms", null=False),
    _int("source_id"),
    _text("event", null=False),
    _text("detail", null=False),
)

runs = _table(
    "runs",
    Column("id", INT, primary_key=True, autoincrement=True),
    _int("started_ms", null=False),
    _int("ended_ms", null=False),
    _text("command", null=False),
    _text("result", null=False),
)

detections = _table(
    "detections",
    Column("source_id", INT, primary_key=True, autoincrement=False),
    _int("mark", null=False),  # how the file and its session stood when detectors last looked
    _int("rules", null=False),  # the key of all detectors and their versions
    _int("detected_ms", null=False),
)

signals = _table(
    "signals",
    _key(),
    _text("subject", null=False),  # session | repository
    _int("session_key"),
    _int("turn_key"),
    _int("call_key"),
    _text("kind", null=False),  # friction | delight
    _text("category", null=False),
    _text("detector", null=False),
    _int("version", null=False),
    Column("severity", REAL, nullable=False),
    Column("confidence", REAL, nullable=False),
    _text("basis", null=False),  # live | otel | field | text | model
    _int("time_ms"),
    _int("detected_ms", null=False),
    _int("gone_ms"),  # a later look, or a later version of the detector, does not see it any more
    _text("title", null=False),
    _text("body", null=False),  # the redacted evidence text: what is embedded
    _text("evidence", null=False),  # JSON: pointers to the records that prove it
    _text("parameters", null=False),  # JSON: what the rule was set to, and what it measured
    _text("absorbed_by"),  # the detector whose signal already tells this
    _int("cost_ms"),  # from its first evidence until the agent went on; null: no clocks
    _int("cost_tokens"),  # spent in that time; null: none were counted
    Index("signals_session", "session_key"),
    Index("signals_category", "category", "time_ms"),
)

signal_history = _table(
    "signal_history",
    Column("id", INT, primary_key=True, autoincrement=True),
    _int("signal_key", null=False),
    _int("version", null=False),
    _int("time_ms", null=False),
    _text("event", null=False),  # seen | changed | gone | back
    Column("severity", REAL),
    Column("confidence", REAL),
    Index("signal_history_signal", "signal_key"),
)

vectors = _table(
    "vectors",
    Column("text_key", INT, primary_key=True, autoincrement=False),
    Column("model", TEXT, primary_key=True),
    _int("dimension", null=False),
    Column("data", BLOB, nullable=False),  # float16, unit length
)

clusters = _table(
    "clusters",
    _key(),
    _text("kind", null=False),
    _text("name", null=False),
    _text("state", null=False),  # active | dormant | dead
    _text("model", null=False),
    _text("method", null=False),
    Column("centroid", BLOB, nullable=False),
    Column("radius", REAL, nullable=False),
    _int("members", null=False),
    _int("sessions", null=False),
    Column("severity", REAL, nullable=False),
    Column("cohesion", REAL, nullable=False),
    Column("separation", REAL),
    Column("stability", REAL),
    _text("terms", null=False),  # JSON
    _int("medoid_key"),
    _int("born_ms", null=False),
    _int("seen_ms", null=False),
    _int("runs", null=False),
    _text("category"),
    Index("clusters_kind", "kind", "state"),
)

cluster_members = _table(
    "cluster_members",
    Column("signal_key", INT, primary_key=True, autoincrement=False),
    _int("cluster_key", null=False),
    Column("similarity", REAL, nullable=False),
    _int("reassigned", null=False),
    _int("since_ms", null=False),
    Index("cluster_members_cluster", "cluster_key"),
)

cluster_lineage = _table(
    "cluster_lineage",
    Column("id", INT, primary_key=True, autoincrement=True),
    _int("run_ms", null=False),
    _text("event", null=False),  # born | kept | shifted | split | merged | dormant | dead
    _int("cluster_key", null=False),
    _text("origins", null=False),  # JSON list of clusters
    Column("overlap", REAL),
    Index("cluster_lineage_cluster", "cluster_key"),
)

schema_proposals = _table(
    "schema_proposals",
    _key(),
    _int("cluster_key", null=False),
    _text("kind", null=False),
    _text("name", null=False),
    _text("status", null=False),  # pending | accepted | rejected | superseded | withdrawn
    _text("description", null=False),
    _text("criteria", null=False),
    _text("rule", null=False),  # JSON: what a machine decides by
    _text("severity_rule", null=False),
    _text("action", null=False),
    _int("samples", null=False),
    _int("sessions", null=False),
    _int("projects", null=False),
    Column("confidence", REAL, nullable=False),
    _text("parts", null=False),  # JSON: what the confidence is made of
    _text("evidence", null=False),  # JSON
    _text("proposer", null=False),
    _text("reviewer"),
    _text("reason"),
    _int("created_ms", null=False),
    _int("reviewed_ms"),
    Index("schema_proposals_status", "status"),
)

categories = _table(
    "categories",
    Column("name", TEXT, primary_key=True),
    _int("version", null=False),
    _text("kind", null=False),
    _text("state", null=False),  # active | retired
    _text("description", null=False),
    _text("criteria", null=False),
    _text("rule", null=False),
    _text("severity_rule", null=False),
    _text("action", null=False),
    _int("proposal_key"),
    _int("cluster_key"),
    _int("created_ms", null=False),
    _int("updated_ms", null=False),
)

category_history = _table(
    "category_history",
    Column("id", INT, primary_key=True, autoincrement=True),
    _text("name", null=False),
    _int("version", null=False),
    _int("time_ms", null=False),
    _text("event", null=False),  # approved | changed | imported | undone | retired
    _text("reviewer"),
    _text("reason"),
    _text("body", null=False),  # JSON: the category as it was then, and how many signals it took
    Index("category_history_name", "name"),
)

signal_categories = _table(
    "signal_categories",
    Column("signal_key", INT, primary_key=True, autoincrement=False),
    _text("category", null=False),
    _int("version", null=False),
    Column("similarity", REAL),
    _text("basis", null=False),  # rule | exemplar | review
    _int("since_ms", null=False),
    Index("signal_categories_category", "category"),
)

ROW_TABLES = (turns, messages, tool_calls, approvals, file_changes, compactions, events)
"""What the full lane writes and a fork's copied lines must not leave behind."""
