CREATE TABLE datasets (
    "key" INTEGER NOT NULL,
    name TEXT NOT NULL,
    digest TEXT NOT NULL,
    path TEXT NOT NULL,
    tasks TEXT NOT NULL,
    body TEXT NOT NULL,
    cluster_key INTEGER,
    created_ms INTEGER NOT NULL,
    PRIMARY KEY ("key")
)
 STRICT;
CREATE INDEX datasets_name ON datasets (name);
CREATE TABLE eval_runs (
    "key" INTEGER NOT NULL,
    name TEXT NOT NULL,
    dataset TEXT NOT NULL,
    dataset_digest TEXT NOT NULL,
    agent TEXT NOT NULL,
    agent_version TEXT,
    model TEXT,
    environment TEXT NOT NULL,
    harbor TEXT,
    attempts INTEGER NOT NULL,
    identity TEXT NOT NULL,
    state TEXT NOT NULL,
    started_ms INTEGER NOT NULL,
    ended_ms INTEGER,
    jobs_path TEXT,
    expected INTEGER NOT NULL,
    valid INTEGER NOT NULL,
    invalid INTEGER NOT NULL,
    reward REAL,
    input INTEGER,
    cached INTEGER,
    output INTEGER,
    cost_microusd INTEGER,
    duration_ms INTEGER,
    baseline_key INTEGER,
    verdict TEXT,
    body TEXT NOT NULL,
    PRIMARY KEY ("key")
)
 STRICT;
CREATE INDEX eval_runs_dataset ON eval_runs (dataset, started_ms);
CREATE TABLE task_checks (
    id INTEGER NOT NULL,
    task_key INTEGER NOT NULL,
    time_ms INTEGER NOT NULL,
    name TEXT NOT NULL,
    outcome TEXT NOT NULL,
    detail TEXT NOT NULL,
    environment TEXT,
    PRIMARY KEY (id)
)
 STRICT;
CREATE INDEX task_checks_task ON task_checks (task_key);
CREATE TABLE tasks (
    "key" INTEGER NOT NULL,
    digest TEXT NOT NULL,
    name TEXT NOT NULL,
    path TEXT NOT NULL,
    state TEXT NOT NULL,
    reason TEXT,
    kind TEXT NOT NULL,
    category TEXT,
    session_key INTEGER,
    signal_key INTEGER,
    cluster_key INTEGER,
    verifier TEXT NOT NULL,
    gold_key TEXT,
    body TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    checked_ms INTEGER,
    PRIMARY KEY ("key")
)
 STRICT;
CREATE INDEX tasks_cluster ON tasks (cluster_key);
CREATE INDEX tasks_session ON tasks (session_key);
CREATE TABLE tickets (
    "key" INTEGER NOT NULL,
    cluster_key INTEGER NOT NULL,
    title TEXT NOT NULL,
    priority TEXT NOT NULL,
    state TEXT NOT NULL,
    digest TEXT NOT NULL,
    path TEXT,
    link TEXT,
    body TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    updated_ms INTEGER NOT NULL,
    PRIMARY KEY ("key")
)
 STRICT;
CREATE TABLE trials (
    "key" INTEGER NOT NULL,
    run_key INTEGER NOT NULL,
    task TEXT NOT NULL,
    digest TEXT,
    attempt INTEGER NOT NULL,
    trial_id TEXT,
    reward REAL,
    valid INTEGER NOT NULL,
    cause TEXT,
    exception TEXT,
    message TEXT,
    input INTEGER,
    cached INTEGER,
    output INTEGER,
    cost_microusd INTEGER,
    setup_ms INTEGER,
    agent_ms INTEGER,
    verifier_ms INTEGER,
    started_ms INTEGER,
    ended_ms INTEGER,
    PRIMARY KEY ("key")
)
 STRICT;
CREATE INDEX trials_run ON trials (run_key);
CREATE INDEX trials_task ON trials (digest);
