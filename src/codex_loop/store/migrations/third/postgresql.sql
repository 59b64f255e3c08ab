DROP INDEX tool_calls_session;
ALTER TABLE tool_calls RENAME TO tool_calls_before;
CREATE TABLE tool_calls (
    key BIGINT NOT NULL,
    session_key BIGINT NOT NULL,
    turn_key BIGINT,
    call_id TEXT NOT NULL,
    name TEXT,
    namespace TEXT,
    command TEXT,
    arguments TEXT,
    cwd TEXT,
    started_ms BIGINT,
    ended_ms BIGINT,
    rank BIGINT NOT NULL,
    status TEXT,
    exit_code BIGINT,
    exit_rank BIGINT,
    duration_ms BIGINT,
    duration_rank BIGINT,
    output_rank BIGINT,
    output TEXT,
    output_length BIGINT,
    basis TEXT,
    arguments_key BIGINT,
    error TEXT,
    output_key BIGINT,
    source_id BIGINT NOT NULL,
    line_offset BIGINT NOT NULL,
    PRIMARY KEY (key)
);
INSERT INTO tool_calls ("key", session_key, turn_key, call_id, name, namespace, command, arguments, cwd, started_ms, ended_ms, rank, status, exit_code, exit_rank, duration_ms, duration_rank, output_rank, output, output_length, basis, source_id, line_offset) SELECT "key", session_key, turn_key, call_id, name, namespace, command, arguments, cwd, started_ms, ended_ms, rank, status, exit_code, exit_rank, duration_ms, duration_rank, output_rank, output, output_length, basis, source_id, line_offset FROM tool_calls_before;
DROP TABLE tool_calls_before;
CREATE INDEX tool_calls_session ON tool_calls (session_key);
DROP INDEX file_changes_session;
ALTER TABLE file_changes RENAME TO file_changes_before;
CREATE TABLE file_changes (
    key BIGINT NOT NULL,
    session_key BIGINT NOT NULL,
    turn_key BIGINT,
    call_id TEXT,
    path TEXT NOT NULL,
    change TEXT NOT NULL,
    moved_to TEXT,
    added BIGINT,
    removed BIGINT,
    ok BIGINT,
    diff TEXT,
    time_ms BIGINT,
    added_key BIGINT,
    removed_key BIGINT,
    source_id BIGINT NOT NULL,
    line_offset BIGINT NOT NULL,
    PRIMARY KEY (key)
);
INSERT INTO file_changes ("key", session_key, turn_key, call_id, path, change, moved_to, added, removed, ok, diff, time_ms, source_id, line_offset) SELECT "key", session_key, turn_key, call_id, path, change, moved_to, added, removed, ok, diff, time_ms, source_id, line_offset FROM file_changes_before;
DROP TABLE file_changes_before;
CREATE INDEX file_changes_session ON file_changes (session_key);
CREATE TABLE detections (
    source_id BIGINT NOT NULL,
    mark BIGINT NOT NULL,
    rules BIGINT NOT NULL,
    words BIGINT NOT NULL,
    detected_ms BIGINT NOT NULL,
    PRIMARY KEY (source_id)
);
CREATE TABLE signal_history (
    id BIGSERIAL NOT NULL,
    signal_key BIGINT NOT NULL,
    version BIGINT NOT NULL,
    time_ms BIGINT NOT NULL,
    event TEXT NOT NULL,
    severity DOUBLE PRECISION,
    confidence DOUBLE PRECISION,
    PRIMARY KEY (id)
);
CREATE INDEX signal_history_signal ON signal_history (signal_key);
CREATE TABLE signals (
    key BIGINT NOT NULL,
    subject TEXT NOT NULL,
    session_key BIGINT,
    turn_key BIGINT,
    call_key BIGINT,
    kind TEXT NOT NULL,
    category TEXT NOT NULL,
    detector TEXT NOT NULL,
    version BIGINT NOT NULL,
    severity DOUBLE PRECISION NOT NULL,
    confidence DOUBLE PRECISION NOT NULL,
    basis TEXT NOT NULL,
    time_ms BIGINT,
    detected_ms BIGINT NOT NULL,
    gone_ms BIGINT,
    title TEXT NOT NULL,
    body TEXT NOT NULL,
    evidence TEXT NOT NULL,
    parameters TEXT NOT NULL,
    absorbed_by TEXT,
    cost_ms BIGINT,
    cost_tokens BIGINT,
    PRIMARY KEY (key)
);
CREATE INDEX signals_category ON signals (category, time_ms);
CREATE INDEX signals_session ON signals (session_key);
