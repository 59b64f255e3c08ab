CREATE TABLE categories (
    name TEXT NOT NULL,
    version INTEGER NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    description TEXT NOT NULL,
    criteria TEXT NOT NULL,
    rule TEXT NOT NULL,
    severity_rule TEXT NOT NULL,
    action TEXT NOT NULL,
    proposal_key INTEGER,
    cluster_key INTEGER,
    created_ms INTEGER NOT NULL,
    updated_ms INTEGER NOT NULL,
    PRIMARY KEY (name)
)
 STRICT;
CREATE TABLE category_history (
    id INTEGER NOT NULL,
    name TEXT NOT NULL,
    version INTEGER NOT NULL,
    time_ms INTEGER NOT NULL,
    event TEXT NOT NULL,
    reviewer TEXT,
    reason TEXT,
    body TEXT NOT NULL,
    PRIMARY KEY (id)
)
 STRICT;
CREATE INDEX category_history_name ON category_history (name);
CREATE TABLE cluster_lineage (
    id INTEGER NOT NULL,
    run_ms INTEGER NOT NULL,
    event TEXT NOT NULL,
    cluster_key INTEGER NOT NULL,
    origins TEXT NOT NULL,
    overlap REAL,
    PRIMARY KEY (id)
)
 STRICT;
CREATE INDEX cluster_lineage_cluster ON cluster_lineage (cluster_key);
CREATE TABLE cluster_members (
    signal_key INTEGER NOT NULL,
    cluster_key INTEGER NOT NULL,
    similarity REAL NOT NULL,
    reassigned INTEGER NOT NULL,
    since_ms INTEGER NOT NULL,
    PRIMARY KEY (signal_key)
)
 STRICT;
CREATE INDEX cluster_members_cluster ON cluster_members (cluster_key);
CREATE TABLE clusters (
    "key" INTEGER NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    state TEXT NOT NULL,
    model TEXT NOT NULL,
    method TEXT NOT NULL,
    centroid BLOB NOT NULL,
    radius REAL NOT NULL,
    members INTEGER NOT NULL,
    sessions INTEGER NOT NULL,
    severity REAL NOT NULL,
    cohesion REAL NOT NULL,
    separation REAL,
    stability REAL,
    terms TEXT NOT NULL,
    medoid_key INTEGER,
    born_ms INTEGER NOT NULL,
    seen_ms INTEGER NOT NULL,
    runs INTEGER NOT NULL,
    category TEXT,
    PRIMARY KEY ("key")
)
 STRICT;
CREATE INDEX clusters_kind ON clusters (kind, state);
CREATE TABLE schema_proposals (
    "key" INTEGER NOT NULL,
    cluster_key INTEGER NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    status TEXT NOT NULL,
    description TEXT NOT NULL,
    criteria TEXT NOT NULL,
    rule TEXT NOT NULL,
    severity_rule TEXT NOT NULL,
    action TEXT NOT NULL,
    samples INTEGER NOT NULL,
    sessions INTEGER NOT NULL,
    projects INTEGER NOT NULL,
    confidence REAL NOT NULL,
    parts TEXT NOT NULL,
    evidence TEXT NOT NULL,
    proposer TEXT NOT NULL,
    reviewer TEXT,
    reason TEXT,
    created_ms INTEGER NOT NULL,
    reviewed_ms INTEGER,
    PRIMARY KEY ("key")
)
 STRICT;
CREATE INDEX schema_proposals_status ON schema_proposals (status);
CREATE TABLE signal_categories (
    signal_key INTEGER NOT NULL,
    category TEXT NOT NULL,
    version INTEGER NOT NULL,
    similarity REAL,
    basis TEXT NOT NULL,
    since_ms INTEGER NOT NULL,
    PRIMARY KEY (signal_key)
)
 STRICT;
CREATE INDEX signal_categories_category ON signal_categories (category);
CREATE TABLE vectors (
    text_key INTEGER NOT NULL,
    model TEXT NOT NULL,
    dimension INTEGER NOT NULL,
    data BLOB NOT NULL,
    PRIMARY KEY (text_key, model)
)
 STRICT;
