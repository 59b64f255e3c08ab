CREATE TABLE categories (
    name TEXT NOT NULL,
    version BIGINT NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    description TEXT NOT NULL,
    criteria TEXT NOT NULL,
    rule TEXT NOT NULL,
    severity_rule TEXT NOT NULL,
    action TEXT NOT NULL,
    proposal_key BIGINT,
    cluster_key BIGINT,
    created_ms BIGINT NOT NULL,
    updated_ms BIGINT NOT NULL,
    PRIMARY KEY (name)
);
CREATE TABLE category_history (
    id BIGSERIAL NOT NULL,
    name TEXT NOT NULL,
    version BIGINT NOT NULL,
    time_ms BIGINT NOT NULL,
    event TEXT NOT NULL,
    reviewer TEXT,
    reason TEXT,
    body TEXT NOT NULL,
    PRIMARY KEY (id)
);
CREATE INDEX category_history_name ON category_history (name);
CREATE TABLE cluster_lineage (
    id BIGSERIAL NOT NULL,
    run_ms BIGINT NOT NULL,
    event TEXT NOT NULL,
    cluster_key BIGINT NOT NULL,
    origins TEXT NOT NULL,
    overlap DOUBLE PRECISION,
    PRIMARY KEY (id)
);
CREATE INDEX cluster_lineage_cluster ON cluster_lineage (cluster_key);
CREATE TABLE cluster_members (
    signal_key BIGINT NOT NULL,
    cluster_key BIGINT NOT NULL,
    similarity DOUBLE PRECISION NOT NULL,
    reassigned BIGINT NOT NULL,
    since_ms BIGINT NOT NULL,
    PRIMARY KEY (signal_key)
);
CREATE INDEX cluster_members_cluster ON cluster_members (cluster_key);
CREATE TABLE clusters (
    key BIGINT NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    state TEXT NOT NULL,
    model TEXT NOT NULL,
    method TEXT NOT NULL,
    centroid BYTEA NOT NULL,
    radius DOUBLE PRECISION NOT NULL,
    members BIGINT NOT NULL,
    sessions BIGINT NOT NULL,
    severity DOUBLE PRECISION NOT NULL,
    cohesion DOUBLE PRECISION NOT NULL,
    separation DOUBLE PRECISION,
    stability DOUBLE PRECISION,
    terms TEXT NOT NULL,
    medoid_key BIGINT,
    born_ms BIGINT NOT NULL,
    seen_ms BIGINT NOT NULL,
    runs BIGINT NOT NULL,
    category TEXT,
    PRIMARY KEY (key)
);
CREATE INDEX clusters_kind ON clusters (kind, state);
CREATE TABLE schema_proposals (
    key BIGINT NOT NULL,
    cluster_key BIGINT NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    status TEXT NOT NULL,
    description TEXT NOT NULL,
    criteria TEXT NOT NULL,
    rule TEXT NOT NULL,
    severity_rule TEXT NOT NULL,
    action TEXT NOT NULL,
    samples BIGINT NOT NULL,
    sessions BIGINT NOT NULL,
    projects BIGINT NOT NULL,
    confidence DOUBLE PRECISION NOT NULL,
    parts TEXT NOT NULL,
    evidence TEXT NOT NULL,
    proposer TEXT NOT NULL,
    reviewer TEXT,
    reason TEXT,
    created_ms BIGINT NOT NULL,
    reviewed_ms BIGINT,
    PRIMARY KEY (key)
);
CREATE INDEX schema_proposals_status ON schema_proposals (status);
CREATE TABLE signal_categories (
    signal_key BIGINT NOT NULL,
    category TEXT NOT NULL,
    version BIGINT NOT NULL,
    similarity DOUBLE PRECISION,
    basis TEXT NOT NULL,
    since_ms BIGINT NOT NULL,
    PRIMARY KEY (signal_key)
);
CREATE INDEX signal_categories_category ON signal_categories (category);
CREATE TABLE vectors (
    text_key BIGINT NOT NULL,
    model TEXT NOT NULL,
    dimension BIGINT NOT NULL,
    data BYTEA NOT NULL,
    PRIMARY KEY (text_key, model)
);
