CREATE TABLE agent_totals (
    "key" INTEGER NOT NULL,
    time_ms INTEGER,
    cost_usd REAL,
    totals TEXT,
    source_id INTEGER NOT NULL,
    line_offset INTEGER NOT NULL,
    PRIMARY KEY ("key")
)
 STRICT;
CREATE TABLE approvals (
    "key" INTEGER NOT NULL,
    session_key INTEGER NOT NULL,
    turn_key INTEGER,
    call_id TEXT,
    request_id TEXT,
    requested_ms INTEGER,
    decided_ms INTEGER,
    rank INTEGER NOT NULL,
    decision TEXT,
    who TEXT,
    basis TEXT,
    reason TEXT,
    command TEXT,
    source_id INTEGER NOT NULL,
    line_offset INTEGER NOT NULL,
    PRIMARY KEY ("key")
)
 STRICT;
CREATE INDEX approvals_session ON approvals (session_key);
CREATE TABLE archive_segments (
    id INTEGER NOT NULL,
    source_id INTEGER NOT NULL,
    first_offset INTEGER NOT NULL,
    end_offset INTEGER NOT NULL,
    line_count INTEGER NOT NULL,
    raw_bytes INTEGER NOT NULL,
    decoder INTEGER NOT NULL,
    rules TEXT NOT NULL,
    offsets BLOB NOT NULL,
    data BLOB NOT NULL,
    PRIMARY KEY (id)
)
 STRICT;
CREATE INDEX archive_segments_source ON archive_segments (source_id, first_offset);
CREATE TABLE audit_log (
    id INTEGER NOT NULL,
    time_ms INTEGER NOT NULL,
    source_id INTEGER,
    event TEXT NOT NULL,
    detail TEXT NOT NULL,
    PRIMARY KEY (id)
)
 STRICT;
CREATE TABLE compactions (
    "key" INTEGER NOT NULL,
    session_key INTEGER NOT NULL,
    turn_key INTEGER,
    native_id TEXT,
    "trigger" TEXT NOT NULL,
    pre_tokens INTEGER,
    post_tokens INTEGER,
    summary TEXT,
    time_ms INTEGER,
    source_id INTEGER NOT NULL,
    line_offset INTEGER NOT NULL,
    PRIMARY KEY ("key")
)
 STRICT;
CREATE INDEX compactions_session ON compactions (session_key);
CREATE TABLE cursors (
    source_id INTEGER NOT NULL,
    lane TEXT NOT NULL,
    position INTEGER NOT NULL,
    read INTEGER NOT NULL,
    stored INTEGER NOT NULL,
    duplicate INTEGER NOT NULL,
    rejected INTEGER NOT NULL,
    seen_size INTEGER NOT NULL,
    seen_mtime_ns INTEGER NOT NULL,
    tail_length INTEGER NOT NULL,
    tail_key INTEGER NOT NULL,
    head_length INTEGER NOT NULL,
    head_key INTEGER NOT NULL,
    line_sum INTEGER NOT NULL,
    state BLOB NOT NULL,
    decoder INTEGER NOT NULL,
    rules TEXT NOT NULL,
    updated_ms INTEGER NOT NULL,
    PRIMARY KEY (source_id, lane)
)
 STRICT;
CREATE TABLE documents (
    id INTEGER NOT NULL,
    kind TEXT NOT NULL,
    row_key INTEGER NOT NULL,
    session_key INTEGER NOT NULL,
    time_ms INTEGER,
    PRIMARY KEY (id)
)
 STRICT;
CREATE TABLE events (
    "key" INTEGER NOT NULL,
    session_key INTEGER NOT NULL,
    turn_key INTEGER,
    kind TEXT NOT NULL,
    scope TEXT,
    code TEXT,
    message TEXT,
    detail TEXT,
    basis TEXT,
    time_ms INTEGER,
    source_id INTEGER NOT NULL,
    line_offset INTEGER NOT NULL,
    PRIMARY KEY ("key")
)
 STRICT;
CREATE INDEX events_session ON events (session_key);
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
    source_id INTEGER NOT NULL,
    line_offset INTEGER NOT NULL,
    PRIMARY KEY ("key")
)
 STRICT;
CREATE INDEX file_changes_session ON file_changes (session_key);
CREATE TABLE limit_samples (
    "key" INTEGER NOT NULL,
    agent TEXT NOT NULL,
    host TEXT NOT NULL,
    limit_id TEXT NOT NULL,
    slot TEXT,
    window_minutes INTEGER,
    time_ms INTEGER,
    used_percent REAL,
    resets_ms INTEGER,
    "plan" TEXT,
    reached TEXT,
    credits TEXT,
    session_key INTEGER,
    source_id INTEGER NOT NULL,
    line_offset INTEGER NOT NULL,
    PRIMARY KEY ("key")
)
 STRICT;
CREATE INDEX limit_samples_time ON limit_samples (agent, time_ms);
CREATE TABLE lines (
    "key" INTEGER NOT NULL,
    source_id INTEGER NOT NULL,
    line_offset INTEGER NOT NULL,
    PRIMARY KEY ("key")
)
 STRICT;
CREATE TABLE messages (
    "key" INTEGER NOT NULL,
    session_key INTEGER NOT NULL,
    turn_key INTEGER,
    role TEXT NOT NULL,
    author TEXT,
    phase TEXT,
    native_id TEXT,
    model TEXT,
    time_ms INTEGER,
    head TEXT NOT NULL,
    length INTEGER NOT NULL,
    images INTEGER,
    source_id INTEGER NOT NULL,
    line_offset INTEGER NOT NULL,
    PRIMARY KEY ("key")
)
 STRICT;
CREATE INDEX messages_session ON messages (session_key);
CREATE TABLE quarantine (
    "key" INTEGER NOT NULL,
    lane TEXT NOT NULL,
    length INTEGER NOT NULL,
    reason TEXT NOT NULL,
    digest TEXT NOT NULL,
    head TEXT NOT NULL,
    tail TEXT NOT NULL,
    seen_ms INTEGER NOT NULL,
    source_id INTEGER NOT NULL,
    line_offset INTEGER NOT NULL,
    PRIMARY KEY ("key")
)
 STRICT;
CREATE INDEX quarantine_source ON quarantine (source_id);
CREATE TABLE redactions (
    source_id INTEGER NOT NULL,
    rule TEXT NOT NULL,
    tier TEXT NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (source_id, rule, tier)
)
 STRICT;
CREATE TABLE runs (
    id INTEGER NOT NULL,
    started_ms INTEGER NOT NULL,
    ended_ms INTEGER NOT NULL,
    command TEXT NOT NULL,
    result TEXT NOT NULL,
    PRIMARY KEY (id)
)
 STRICT;
CREATE TABLE sessions (
    "key" INTEGER NOT NULL,
    agent TEXT NOT NULL,
    native_id TEXT NOT NULL,
    lineage TEXT,
    parent_id TEXT,
    root_id TEXT,
    forked_from TEXT,
    forked_at INTEGER,
    inherited_until INTEGER,
    started_ms INTEGER,
    ended_ms INTEGER,
    facts_ms INTEGER NOT NULL,
    cwd TEXT,
    model TEXT,
    model_ms INTEGER,
    provider TEXT,
    agent_version TEXT,
    originator TEXT,
    entrypoint TEXT,
    git_branch TEXT,
    git_commit TEXT,
    git_url TEXT,
    title TEXT,
    title_ms INTEGER,
    nickname TEXT,
    role TEXT,
    tool_call TEXT,
    host TEXT,
    PRIMARY KEY ("key")
)
 STRICT;
CREATE INDEX sessions_forked_from ON sessions (forked_from);
CREATE INDEX sessions_native ON sessions (native_id);
CREATE INDEX sessions_started ON sessions (started_ms);
CREATE TABLE source_files (
    id INTEGER NOT NULL,
    host TEXT NOT NULL,
    source TEXT NOT NULL,
    agent TEXT NOT NULL,
    path TEXT NOT NULL,
    unit TEXT NOT NULL,
    dev INTEGER NOT NULL,
    ino INTEGER NOT NULL,
    generation INTEGER NOT NULL,
    state TEXT NOT NULL,
    agent_version TEXT,
    session_key INTEGER,
    born_ms INTEGER,
    first_seen_ms INTEGER NOT NULL,
    last_seen_ms INTEGER NOT NULL,
    PRIMARY KEY (id)
)
 STRICT;
CREATE UNIQUE INDEX source_files_identity ON source_files (host, source, dev, ino, generation);
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
    source_id INTEGER NOT NULL,
    line_offset INTEGER NOT NULL,
    PRIMARY KEY ("key")
)
 STRICT;
CREATE INDEX tool_calls_session ON tool_calls (session_key);
CREATE TABLE turns (
    "key" INTEGER NOT NULL,
    session_key INTEGER NOT NULL,
    native_id TEXT,
    started_ms INTEGER,
    ended_ms INTEGER,
    status TEXT,
    duration_ms INTEGER,
    first_token_ms INTEGER,
    settings_rank INTEGER NOT NULL,
    approval_policy TEXT,
    sandbox_policy TEXT,
    model TEXT,
    effort TEXT,
    cwd TEXT,
    prompt TEXT,
    source_id INTEGER NOT NULL,
    line_offset INTEGER NOT NULL,
    PRIMARY KEY ("key")
)
 STRICT;
CREATE INDEX turns_session ON turns (session_key);
CREATE TABLE unknown_types (
    source TEXT NOT NULL,
    type TEXT NOT NULL,
    agent_version TEXT NOT NULL,
    count INTEGER NOT NULL,
    first_seen_ms INTEGER NOT NULL,
    last_seen_ms INTEGER NOT NULL,
    PRIMARY KEY (source, type, agent_version)
)
 STRICT;
CREATE TABLE usage_events (
    "key" INTEGER NOT NULL,
    session_key INTEGER NOT NULL,
    owner_ms INTEGER NOT NULL,
    time_ms INTEGER,
    model TEXT,
    input INTEGER NOT NULL,
    cached INTEGER NOT NULL,
    cache_write_5m INTEGER NOT NULL,
    cache_write_1h INTEGER NOT NULL,
    output INTEGER NOT NULL,
    reasoning INTEGER,
    web_searches INTEGER NOT NULL,
    quality INTEGER NOT NULL,
    weight INTEGER NOT NULL,
    tier TEXT,
    hidden TEXT,
    request_id TEXT,
    response_id TEXT,
    via TEXT NOT NULL,
    source_id INTEGER NOT NULL,
    line_offset INTEGER NOT NULL,
    PRIMARY KEY ("key")
)
 STRICT;
CREATE INDEX usage_events_session ON usage_events (session_key);
CREATE VIRTUAL TABLE documents_fts USING fts5(body, content='', tokenize='unicode61 remove_diacritics 2');
