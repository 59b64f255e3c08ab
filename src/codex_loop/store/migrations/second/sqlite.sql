ALTER TABLE limit_samples ADD COLUMN account TEXT;
ALTER TABLE limit_samples ADD COLUMN via TEXT;
CREATE TABLE notices (
    "key" INTEGER NOT NULL,
    agent TEXT NOT NULL,
    account TEXT,
    limit_id TEXT NOT NULL,
    window_key TEXT NOT NULL,
    cycle_ms INTEGER NOT NULL,
    threshold TEXT NOT NULL,
    time_ms INTEGER NOT NULL,
    channels TEXT NOT NULL,
    message TEXT NOT NULL,
    PRIMARY KEY ("key")
)
 STRICT;
CREATE INDEX notices_time ON notices (time_ms);
CREATE TABLE tracker_records (
    "key" INTEGER NOT NULL,
    place TEXT NOT NULL,
    kind TEXT NOT NULL,
    window_id TEXT NOT NULL,
    provider TEXT,
    phase TEXT,
    scope TEXT,
    time_ms INTEGER NOT NULL,
    errors TEXT NOT NULL,
    body TEXT NOT NULL,
    deleted_ms INTEGER,
    PRIMARY KEY ("key")
)
 STRICT;
CREATE INDEX tracker_records_window ON tracker_records (place, window_id);
CREATE TABLE usage_imports (
    "key" INTEGER NOT NULL,
    imported_ms INTEGER NOT NULL,
    tool TEXT NOT NULL,
    dialect TEXT NOT NULL,
    report TEXT NOT NULL,
    agent TEXT NOT NULL,
    first_period TEXT,
    last_period TEXT,
    flags TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY ("key")
)
 STRICT;
CREATE TABLE torn_files (
    source_id INTEGER NOT NULL,
    PRIMARY KEY (source_id)
)
 STRICT;
