CREATE TABLE agent_totals (
    key BIGINT NOT NULL,
    time_ms BIGINT,
    cost_usd DOUBLE PRECISION,
    totals TEXT,
    source_id BIGINT NOT NULL,
    line_offset BIGINT NOT NULL,
    PRIMARY KEY (key)
);
CREATE TABLE approvals (
    key BIGINT NOT NULL,
    session_key BIGINT NOT NULL,
    turn_key BIGINT,
    call_id TEXT,
    request_id TEXT,
    requested_ms BIGINT,
    decided_ms BIGINT,
    rank BIGINT NOT NULL,
    decision TEXT,
    who TEXT,
    basis TEXT,
    reason TEXT,
    command TEXT,
    source_id BIGINT NOT NULL,
    line_offset BIGINT NOT NULL,
    PRIMARY KEY (key)
);
CREATE INDEX approvals_session ON approvals (session_key);
CREATE TABLE archive_segments (
    id BIGSERIAL NOT NULL,
    source_id BIGINT NOT NULL,
    first_offset BIGINT NOT NULL,
    end_offset BIGINT NOT NULL,
    line_count BIGINT NOT NULL,
    raw_bytes BIGINT NOT NULL,
    decoder BIGINT NOT NULL,
    rules TEXT NOT NULL,
    offsets BYTEA NOT NULL,
    data BYTEA NOT NULL,
    PRIMARY KEY (id)
);
CREATE INDEX archive_segments_source ON archive_segments (source_id, first_offset);
CREATE TABLE audit_log (
    id BIGSERIAL NOT NULL,
    time_ms BIGINT NOT NULL,
    source_id BIGINT,
    event TEXT NOT NULL,
    detail TEXT NOT NULL,
    PRIMARY KEY (id)
);
CREATE TABLE compactions (
    key BIGINT NOT NULL,
    session_key BIGINT NOT NULL,
    turn_key BIGINT,
    native_id TEXT,
    trigger TEXT NOT NULL,
    pre_tokens BIGINT,
    post_tokens BIGINT,
    summary TEXT,
    time_ms BIGINT,
    source_id BIGINT NOT NULL,
    line_offset BIGINT NOT NULL,
    PRIMARY KEY (key)
);
CREATE INDEX compactions_session ON compactions (session_key);
CREATE TABLE cursors (
    source_id BIGINT NOT NULL,
    lane TEXT NOT NULL,
    position BIGINT NOT NULL,
    read BIGINT NOT NULL,
    stored BIGINT NOT NULL,
    duplicate BIGINT NOT NULL,
    rejected BIGINT NOT NULL,
    seen_size BIGINT NOT NULL,
    seen_mtime_ns BIGINT NOT NULL,
    tail_length BIGINT NOT NULL,
    tail_key BIGINT NOT NULL,
    head_length BIGINT NOT NULL,
    head_key BIGINT NOT NULL,
    line_sum BIGINT NOT NULL,
    state BYTEA NOT NULL,
    decoder BIGINT NOT NULL,
    rules TEXT NOT NULL,
    updated_ms BIGINT NOT NULL,
    PRIMARY KEY (source_id, lane)
);
CREATE TABLE documents (
    id BIGSERIAL NOT NULL,
    kind TEXT NOT NULL,
    row_key BIGINT NOT NULL,
    session_key BIGINT NOT NULL,
    time_ms BIGINT,
    PRIMARY KEY (id)
);
CREATE TABLE events (
    key BIGINT NOT NULL,
    session_key BIGINT NOT NULL,
    turn_key BIGINT,
    kind TEXT NOT NULL,
    scope TEXT,
    code TEXT,
    message TEXT,
    detail TEXT,
    basis TEXT,
    time_ms BIGINT,
    source_id BIGINT NOT NULL,
    line_offset BIGINT NOT NULL,
    PRIMARY KEY (key)
);
CREATE INDEX events_session ON events (session_key);
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
    source_id BIGINT NOT NULL,
    line_offset BIGINT NOT NULL,
    PRIMARY KEY (key)
);
CREATE INDEX file_changes_session ON file_changes (session_key);
CREATE TABLE limit_samples (
    key BIGINT NOT NULL,
    agent TEXT NOT NULL,
    host TEXT NOT NULL,
    limit_id TEXT NOT NULL,
    slot TEXT,
    window_minutes BIGINT,
    time_ms BIGINT,
    used_percent DOUBLE PRECISION,
    resets_ms BIGINT,
    plan TEXT,
    reached TEXT,
    credits TEXT,
    session_key BIGINT,
    source_id BIGINT NOT NULL,
    line_offset BIGINT NOT NULL,
    PRIMARY KEY (key)
);
CREATE INDEX limit_samples_time ON limit_samples (agent, time_ms);
CREATE TABLE lines (
    key BIGINT NOT NULL,
    source_id BIGINT NOT NULL,
    line_offset BIGINT NOT NULL,
    PRIMARY KEY (key)
);
CREATE TABLE messages (
    key BIGINT NOT NULL,
    session_key BIGINT NOT NULL,
    turn_key BIGINT,
    role TEXT NOT NULL,
    author TEXT,
    phase TEXT,
    native_id TEXT,
    model TEXT,
    time_ms BIGINT,
    head TEXT NOT NULL,
    length BIGINT NOT NULL,
    images BIGINT,
    source_id BIGINT NOT NULL,
    line_offset BIGINT NOT NULL,
    PRIMARY KEY (key)
);
CREATE INDEX messages_session ON messages (session_key);
CREATE TABLE quarantine (
    key BIGINT NOT NULL,
    lane TEXT NOT NULL,
    length BIGINT NOT NULL,
    reason TEXT NOT NULL,
    digest TEXT NOT NULL,
    head TEXT NOT NULL,
    tail TEXT NOT NULL,
    seen_ms BIGINT NOT NULL,
    source_id BIGINT NOT NULL,
    line_offset BIGINT NOT NULL,
    PRIMARY KEY (key)
);
CREATE INDEX quarantine_source ON quarantine (source_id);
CREATE TABLE redactions (
    source_id BIGINT NOT NULL,
    rule TEXT NOT NULL,
    tier TEXT NOT NULL,
    count BIGINT NOT NULL,
    PRIMARY KEY (source_id, rule, tier)
);
CREATE TABLE runs (
    id BIGSERIAL NOT NULL,
    started_ms BIGINT NOT NULL,
    ended_ms BIGINT NOT NULL,
    command TEXT NOT NULL,
    result TEXT NOT NULL,
    PRIMARY KEY (id)
);
CREATE TABLE sessions (
    key BIGINT NOT NULL,
    agent TEXT NOT NULL,
    native_id TEXT NOT NULL,
    lineage TEXT,
    parent_id TEXT,
    root_id TEXT,
    forked_from TEXT,
    forked_at BIGINT,
    inherited_until BIGINT,
    started_ms BIGINT,
    ended_ms BIGINT,
    facts_ms BIGINT NOT NULL,
    cwd TEXT,
    model TEXT,
    model_ms BIGINT,
    provider TEXT,
    agent_version TEXT,
    originator TEXT,
    entrypoint TEXT,
    git_branch TEXT,
    git_commit TEXT,
    git_url TEXT,
    title TEXT,
    title_ms BIGINT,
    nickname TEXT,
    role TEXT,
    tool_call TEXT,
    host TEXT,
    PRIMARY KEY (key)
);
CREATE INDEX sessions_forked_from ON sessions (forked_from);
CREATE INDEX sessions_native ON sessions (native_id);
CREATE INDEX sessions_started ON sessions (started_ms);
CREATE TABLE source_files (
    id BIGSERIAL NOT NULL,
    host TEXT NOT NULL,
    source TEXT NOT NULL,
    agent TEXT NOT NULL,
    path TEXT NOT NULL,
    unit TEXT NOT NULL,
    dev BIGINT NOT NULL,
    ino BIGINT NOT NULL,
    generation BIGINT NOT NULL,
    state TEXT NOT NULL,
    agent_version TEXT,
    session_key BIGINT,
    born_ms BIGINT,
    first_seen_ms BIGINT NOT NULL,
    last_seen_ms BIGINT NOT NULL,
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX source_files_identity ON source_files (host, source, dev, ino, generation);
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
    source_id BIGINT NOT NULL,
    line_offset BIGINT NOT NULL,
    PRIMARY KEY (key)
);
CREATE INDEX tool_calls_session ON tool_calls (session_key);
CREATE TABLE turns (
    key BIGINT NOT NULL,
    session_key BIGINT NOT NULL,
    native_id TEXT,
    started_ms BIGINT,
    ended_ms BIGINT,
    status TEXT,
    duration_ms BIGINT,
    first_token_ms BIGINT,
    settings_rank BIGINT NOT NULL,
    approval_policy TEXT,
    sandbox_policy TEXT,
    model TEXT,
    effort TEXT,
    cwd TEXT,
    prompt TEXT,
    source_id BIGINT NOT NULL,
    line_offset BIGINT NOT NULL,
    PRIMARY KEY (key)
);
CREATE INDEX turns_session ON turns (session_key);
CREATE TABLE unknown_types (
    source TEXT NOT NULL,
    type TEXT NOT NULL,
    agent_version TEXT NOT NULL,
    count BIGINT NOT NULL,
    first_seen_ms BIGINT NOT NULL,
    last_seen_ms BIGINT NOT NULL,
    PRIMARY KEY (source, type, agent_version)
);
CREATE TABLE usage_events (
    key BIGINT NOT NULL,
    session_key BIGINT NOT NULL,
    owner_ms BIGINT NOT NULL,
    time_ms BIGINT,
    model TEXT,
    input BIGINT NOT NULL,
    cached BIGINT NOT NULL,
    cache_write_5m BIGINT NOT NULL,
    cache_write_1h BIGINT NOT NULL,
    output BIGINT NOT NULL,
    reasoning BIGINT,
    web_searches BIGINT NOT NULL,
    quality BIGINT NOT NULL,
    weight BIGINT NOT NULL,
    tier TEXT,
    hidden TEXT,
    request_id TEXT,
    response_id TEXT,
    via TEXT NOT NULL,
    source_id BIGINT NOT NULL,
    line_offset BIGINT NOT NULL,
    PRIMARY KEY (key)
);
CREATE INDEX usage_events_session ON usage_events (session_key);
CREATE TABLE documents_fts (rowid BIGINT PRIMARY KEY, body TSVECTOR NOT NULL);
CREATE INDEX documents_fts_body ON documents_fts USING gin (body);
