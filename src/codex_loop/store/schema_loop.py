"""What is made of the recordings: notices, imports, the tracker's records, signals, clusters, categories."""

from __future__ import annotations

from sqlalchemy import Column, Index

from codex_loop.store.columns import BLOB, INT, REAL, TEXT, key, table, text, whole

notices = table(
    "notices",
    key(),
    text("agent", null=False),
    text("account"),
    text("limit_id", null=False),
    text("window_key", null=False),
    whole("cycle_ms", null=False),  # when the window that this is about ends
    text("threshold", null=False),
    whole("time_ms", null=False),
    text("channels", null=False),
    text("message", null=False),
    Index("notices_time", "time_ms"),
)

usage_imports = table(
    "usage_imports",
    key(),
    whole("imported_ms", null=False),
    text("tool", null=False),
    text("dialect", null=False),
    text("report", null=False),
    text("agent", null=False),
    text("first_period"),
    text("last_period"),
    text("flags", null=False),  # JSON list: suspect:v18, total-mismatch, ...
    text("body", null=False),  # JSON: the rows in our own words
)

tracker_records = table(
    "tracker_records",
    key(),
    text("place", null=False),  # which data folder of the tracker
    text("kind", null=False),  # snapshots | windows | codex_ccusage | churn | anomalies | ...
    text("window_id", null=False),
    text("provider"),
    text("phase"),
    text("scope"),
    whole("time_ms", null=False),
    text("errors", null=False),  # JSON list of tags
    text("body", null=False),  # JSON: the record as the tracker wrote it
    whole("deleted_ms"),
    Index("tracker_records_window", "place", "window_id"),
)

detections = table(
    "detections",
    Column("source_id", INT, primary_key=True, autoincrement=False),
    whole("mark", null=False),  # how the file and its session stood when detectors last looked
    whole("rules", null=False),  # the key of all rules and their versions
    whole("words", null=False),  # the key of what judged its words; 0: nobody did
    whole("detected_ms", null=False),
)

signals = table(
    "signals",
    key(),
    text("subject", null=False),  # session | repository
    whole("session_key"),
    whole("turn_key"),
    whole("call_key"),
    text("kind", null=False),  # friction | delight
    text("category", null=False),
    text("detector", null=False),
    whole("version", null=False),
    Column("severity", REAL, nullable=False),
    Column("confidence", REAL, nullable=False),
    text("basis", null=False),  # live | otel | field | text | model
    whole("time_ms"),
    whole("detected_ms", null=False),
    whole("gone_ms"),  # a later look, or a later version of the detector, does not see it any more
    text("title", null=False),
    text("body", null=False),  # the redacted evidence text: what is embedded
    text("evidence", null=False),  # JSON: pointers to the records that prove it
    text("parameters", null=False),  # JSON: what the rule was set to, and what it measured
    text("absorbed_by"),  # the detector whose signal already tells this
    whole("cost_ms"),  # from its first evidence until the agent went on; null: no clocks
    whole("cost_tokens"),  # spent in that time; null: none were counted
    Index("signals_session", "session_key"),
    Index("signals_category", "category", "time_ms"),
)

signal_history = table(
    "signal_history",
    Column("id", INT, primary_key=True, autoincrement=True),
    whole("signal_key", null=False),
    whole("version", null=False),
    whole("time_ms", null=False),
    text("event", null=False),  # seen | changed | gone | back
    Column("severity", REAL),
    Column("confidence", REAL),
    Index("signal_history_signal", "signal_key"),
)

vectors = table(
    "vectors",
    Column("text_key", INT, primary_key=True, autoincrement=False),
    Column("model", TEXT, primary_key=True),
    whole("dimension", null=False),
    Column("data", BLOB, nullable=False),  # float16, unit length
)

clusters = table(
    "clusters",
    key(),
    text("kind", null=False),
    text("name", null=False),
    text("state", null=False),  # active | dormant | dead
    text("model", null=False),
    text("method", null=False),
    Column("centroid", BLOB, nullable=False),
    Column("radius", REAL, nullable=False),
    whole("members", null=False),
    whole("sessions", null=False),
    Column("severity", REAL, nullable=False),
    Column("cohesion", REAL, nullable=False),
    Column("separation", REAL),
    Column("stability", REAL),
    text("terms", null=False),  # JSON
    whole("medoid_key"),
    whole("born_ms", null=False),
    whole("seen_ms", null=False),
    whole("runs", null=False),
    text("category"),
    Index("clusters_kind", "kind", "state"),
)

cluster_members = table(
    "cluster_members",
    Column("signal_key", INT, primary_key=True, autoincrement=False),
    whole("cluster_key", null=False),
    Column("similarity", REAL, nullable=False),
    whole("reassigned", null=False),
    whole("since_ms", null=False),
    Index("cluster_members_cluster", "cluster_key"),
)

cluster_lineage = table(
    "cluster_lineage",
    Column("id", INT, primary_key=True, autoincrement=True),
    whole("run_ms", null=False),
    text("event", null=False),  # born | kept | shifted | split | merged | dormant | dead
    whole("cluster_key", null=False),
    text("origins", null=False),  # JSON list of clusters
    Column("overlap", REAL),
    Index("cluster_lineage_cluster", "cluster_key"),
)

schema_proposals = table(
    "schema_proposals",
    key(),
    whole("cluster_key", null=False),
    text("kind", null=False),
    text("name", null=False),
    text("status", null=False),  # pending | accepted | rejected | superseded | withdrawn
    text("description", null=False),
    text("criteria", null=False),
    text("rule", null=False),  # JSON: what a machine decides by
    text("severity_rule", null=False),
    text("action", null=False),
    whole("samples", null=False),
    whole("sessions", null=False),
    whole("projects", null=False),
    Column("confidence", REAL, nullable=False),
    text("parts", null=False),  # JSON: what the confidence is made of
    text("evidence", null=False),  # JSON
    text("proposer", null=False),
    text("reviewer"),
    text("reason"),
    whole("created_ms", null=False),
    whole("reviewed_ms"),
    Index("schema_proposals_status", "status"),
)

categories = table(
    "categories",
    Column("name", TEXT, primary_key=True),
    whole("version", null=False),
    text("kind", null=False),
    text("state", null=False),  # active | retired
    text("description", null=False),
    text("criteria", null=False),
    text("rule", null=False),
    text("severity_rule", null=False),
    text("action", null=False),
    whole("proposal_key"),
    whole("cluster_key"),
    whole("created_ms", null=False),
    whole("updated_ms", null=False),
)

category_history = table(
    "category_history",
    Column("id", INT, primary_key=True, autoincrement=True),
    text("name", null=False),
    whole("version", null=False),
    whole("time_ms", null=False),
    text("event", null=False),  # approved | changed | imported | undone | retired
    text("reviewer"),
    text("reason"),
    text("body", null=False),  # JSON: the category as it was then, and how many signals it took
    Index("category_history_name", "name"),
)

signal_categories = table(
    "signal_categories",
    Column("signal_key", INT, primary_key=True, autoincrement=False),
    text("category", null=False),
    whole("version", null=False),
    Column("similarity", REAL),
    text("basis", null=False),  # rule | exemplar | review
    whole("since_ms", null=False),
    Index("signal_categories_category", "category"),
)
