CREATE TABLE datasets (
    key BIGINT NOT NULL,
    name TEXT NOT NULL,
    digest TEXT NOT NULL,
    path TEXT NOT NULL,
    tasks TEXT NOT NULL,
    body TEXT NOT NULL,
    cluster_key BIGINT,
    created_ms BIGINT NOT NULL,
    PRIMARY KEY (key)
);
CREATE INDEX datasets_name ON datasets (name);
CREATE TABLE eval_runs (
    key BIGINT NOT NULL,
    name TEXT NOT NULL,
    dataset TEXT NOT NULL,
    dataset_digest TEXT NOT NULL,
    agent TEXT NOT NULL,
    agent_version TEXT,
    model TEXT,
    environment TEXT NOT NULL,
    harbor TEXT,
    attempts BIGINT NOT NULL,
    identity TEXT NOT NULL,
    state TEXT NOT NULL,
    started_ms BIGINT NOT NULL,
    ended_ms BIGINT,
    jobs_path TEXT,
    expected BIGINT NOT NULL,
    valid BIGINT NOT NULL,
    invalid BIGINT NOT NULL,
    reward DOUBLE PRECISION,
    input BIGINT,
    cached BIGINT,
    output BIGINT,
    cost_microusd BIGINT,
    duration_ms BIGINT,
    baseline_key BIGINT,
    verdict TEXT,
    body TEXT NOT NULL,
    PRIMARY KEY (key)
);
CREATE INDEX eval_runs_dataset ON eval_runs (dataset, started_ms);
CREATE TABLE task_checks (
    id BIGSERIAL NOT NULL,
    task_key BIGINT NOT NULL,
    time_ms BIGINT NOT NULL,
    name TEXT NOT NULL,
    outcome TEXT NOT NULL,
    detail TEXT NOT NULL,
    environment TEXT,
    PRIMARY KEY (id)
);
CREATE INDEX task_checks_task ON task_checks (task_key);
CREATE TABLE tasks (
    key BIGINT NOT NULL,
    digest TEXT NOT NULL,
    name TEXT NOT NULL,
    path TEXT NOT NULL,
    state TEXT NOT NULL,
    reason TEXT,
    kind TEXT NOT NULL,
    category TEXT,
    session_key BIGINT,
    signal_key BIGINT,
    cluster_key BIGINT,
    verifier TEXT NOT NULL,
    gold_key TEXT,
    body TEXT NOT NULL,
    created_ms BIGINT NOT NULL,
    checked_ms BIGINT,
    PRIMARY KEY (key)
);
CREATE INDEX tasks_cluster ON tasks (cluster_key);
CREATE INDEX tasks_session ON tasks (session_key);
CREATE TABLE tickets (
    key BIGINT NOT NULL,
    cluster_key BIGINT NOT NULL,
    title TEXT NOT NULL,
    priority TEXT NOT NULL,
    state TEXT NOT NULL,
    digest TEXT NOT NULL,
    path TEXT,
    link TEXT,
    body TEXT NOT NULL,
    created_ms BIGINT NOT NULL,
    updated_ms BIGINT NOT NULL,
    PRIMARY KEY (key)
);
CREATE TABLE trials (
    key BIGINT NOT NULL,
    run_key BIGINT NOT NULL,
    task TEXT NOT NULL,
    digest TEXT,
    attempt BIGINT NOT NULL,
    trial_id TEXT,
    reward DOUBLE PRECISION,
    valid BIGINT NOT NULL,
    cause TEXT,
    exception TEXT,
    message TEXT,
    input BIGINT,
    cached BIGINT,
    output BIGINT,
    cost_microusd BIGINT,
    setup_ms BIGINT,
    agent_ms BIGINT,
    verifier_ms BIGINT,
    started_ms BIGINT,
    ended_ms BIGINT,
    PRIMARY KEY (key)
);
CREATE INDEX trials_run ON trials (run_key);
CREATE INDEX trials_task ON trials (digest);
