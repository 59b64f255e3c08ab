DROP INDEX tool_calls_session;
ALTER TABLE tool_calls RENAME TO tool_calls_before;
CREATE TABLE tool_calls (
    "key" INTEGER NOT NULL,
    session_key INTEGER NOT NULL,
    turn_key INTEGER,
    call_id TEXT NOT NULL,
    name TEXT,
    namespace TEXT,
    command TEXT,
    arguments TEXT,
    cwd TEXT,
    started_ms INTEGER,
    ended_ms INTEGER,
    rank INTEGER NOT NULL,
    status TEXT,
    exit_code INTEGER,
    exit_rank INTEGER,
    duration_ms INTEGER,
    duration_rank INTEGER,
    output_rank INTEGER,
    output TEXT,
    output_length INTEGER,
    basis TEXT,
    arguments_key INTEGER,
    error TEXT,
    output_key INTEGER,
    source_id INTEGER NOT NULL,
    line_offset INTEGER NOT NULL,
    PRIMARY KEY ("key")
)
 STRICT;
INSERT INTO tool_calls ("key", session_key, turn_key, call_id, name, namespace, command, arguments, cwd, started_ms, ended_ms, rank, status, exit_code, exit_rank, duration_ms, duration_rank, output_rank, output, output_length, basis, source_id, line_offset) SELECT "key", session_key, turn_key, call_id, name, namespace, command, arguments, cwd, started_ms, ended_ms, rank, status, exit_code, exit_rank, duration_ms, duration_rank, output_rank, output, output_length, basis, source_id, line_offset FROM tool_calls_before;
DROP TABLE tool_calls_before;
CREATE INDEX tool_calls_session ON tool_calls (session_key);
DROP INDEX file_changes_session;
ALTER TABLE file_changes RENAME TO file_changes_before;
CREATE TABLE file_changes (
    "key" INTEGER NOT NULL,
    session_key INTEGER NOT NULL,
    turn_key INTEGER,
    call_id TEXT,
    path TEXT NOT NULL,
    change TEXT NOT NULL,
    moved_to TEXT,
    added INTEGER,
    removed INTEGER,
    ok INTEGER,
    diff TEXT,
    time_ms INTEGER,
    added_key INTEGER,
    removed_key INTEGER,
    source_id INTEGER NOT NULL,
    line_offset INTEGER NOT NULL,
    PRIMARY KEY ("key")
)
 STRICT;
INSERT INTO file_changes ("key", session_key, turn_key, call_id, path, change, moved_to, added, removed, ok, diff, time_ms, source_id, line_offset) SELECT "key", session_key, turn_key, call_id, path, change, moved_to, added, removed, ok, diff, time_ms, source_id, line_offset FROM file_changes_before;
DROP TABLE file_changes_before;
CREATE INDEX file_changes_session ON file_changes (session_key);
CREATE TABLE detections (
    source_id INTEGER NOT NULL,
    mark INTEGER NOT NULL,
    rules INTEGER NOT NULL,
    words INTEGER NOT NULL,
    detected_ms INTEGER NOT NULL,
    PRIMARY KEY (source_id)
)
 STRICT;
CREATE TABLE signal_history (
    id INTEGER NOT NULL,
    signal_key INTEGER NOT NULL,
    version INTEGER NOT NULL,
    time_ms INTEGER NOT NULL,
    event TEXT NOT NULL,
    severity REAL,
    confidence REAL,
    PRIMARY KEY (id)
)
 STRICT;
CREATE INDEX signal_history_signal ON signal_history (signal_key);
CREATE TABLE signals (
    "key" INTEGER NOT NULL,
    subject TEXT NOT NULL,
    session_key INTEGER,
    turn_key INTEGER,
    call_key INTEGER,
    kind TEXT NOT NULL,
    category TEXT NOT NULL,
    detector TEXT NOT NULL,
    version INTEGER NOT NULL,
    severity REAL NOT NULL,
    confidence REAL NOT NULL,
    basis TEXT NOT NULL,
    time_ms INTEGER,
    detected_ms INTEGER NOT NULL,
    gone_ms INTEGER,
    title TEXT NOT NULL,
    body TEXT NOT NULL,
    evidence TEXT NOT NULL,
    parameters TEXT NOT NULL,
    absorbed_by TEXT,
    cost_ms INTEGER,
    cost_tokens INTEGER,
    PRIMARY KEY ("key")
)
 STRICT;
CREATE INDEX signals_category ON signals (category, time_ms);
CREATE INDEX signals_session ON signals (session_key);
