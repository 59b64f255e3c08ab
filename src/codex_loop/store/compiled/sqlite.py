"""Compiled from `schema.py` and `statements.py` for sqlite; do not edit."""

# fmt: off
# ruff: noqa
SCHEMA: tuple[str, ...] = (
    'CREATE TABLE agent_totals (\n\t"key" INTEGER NOT NULL, \n\ttime_ms INTEGER, \n\tcost_usd REAL, \n\ttotals TEXT, \n\tsource_id INTEGER NOT NULL, \n\tline_offset INTEGER NOT NULL, \n\tPRIMARY KEY ("key")\n)\n STRICT',
    'CREATE TABLE approvals (\n\t"key" INTEGER NOT NULL, \n\tsession_key INTEGER NOT NULL, \n\tturn_key INTEGER, \n\tcall_id TEXT, \n\trequest_id TEXT, \n\trequested_ms INTEGER, \n\tdecided_ms INTEGER, \n\trank INTEGER NOT NULL, \n\tdecision TEXT, \n\twho TEXT, \n\tbasis TEXT, \n\treason TEXT, \n\tcommand TEXT, \n\tsource_id INTEGER NOT NULL, \n\tline_offset INTEGER NOT NULL, \n\tPRIMARY KEY ("key")\n)\n STRICT',
    'CREATE INDEX approvals_session ON approvals (session_key)',
    'CREATE TABLE archive_segments (\n\tid INTEGER NOT NULL, \n\tsource_id INTEGER NOT NULL, \n\tfirst_offset INTEGER NOT NULL, \n\tend_offset INTEGER NOT NULL, \n\tline_count INTEGER NOT NULL, \n\traw_bytes INTEGER NOT NULL, \n\tdecoder INTEGER NOT NULL, \n\trules TEXT NOT NULL, \n\toffsets BLOB NOT NULL, \n\tdata BLOB NOT NULL, \n\tPRIMARY KEY (id)\n)\n STRICT',
    'CREATE INDEX archive_segments_source ON archive_segments (source_id, first_offset)',
    'CREATE TABLE audit_log (\n\tid INTEGER NOT NULL, \n\ttime_ms INTEGER NOT NULL, \n\tsource_id INTEGER, \n\tevent TEXT NOT NULL, \n\tdetail TEXT NOT NULL, \n\tPRIMARY KEY (id)\n)\n STRICT',
    'CREATE TABLE compactions (\n\t"key" INTEGER NOT NULL, \n\tsession_key INTEGER NOT NULL, \n\tturn_key INTEGER, \n\tnative_id TEXT, \n\t"trigger" TEXT NOT NULL, \n\tpre_tokens INTEGER, \n\tpost_tokens INTEGER, \n\tsummary TEXT, \n\ttime_ms INTEGER, \n\tsource_id INTEGER NOT NULL, \n\tline_offset INTEGER NOT NULL, \n\tPRIMARY KEY ("key")\n)\n STRICT',
    'CREATE INDEX compactions_session ON compactions (session_key)',
    'CREATE TABLE cursors (\n\tsource_id INTEGER NOT NULL, \n\tlane TEXT NOT NULL, \n\tposition INTEGER NOT NULL, \n\tread INTEGER NOT NULL, \n\tstored INTEGER NOT NULL, \n\tduplicate INTEGER NOT NULL, \n\trejected INTEGER NOT NULL, \n\tseen_size INTEGER NOT NULL, \n\tseen_mtime_ns INTEGER NOT NULL, \n\ttail_length INTEGER NOT NULL, \n\ttail_key INTEGER NOT NULL, \n\thead_length INTEGER NOT NULL, \n\thead_key INTEGER NOT NULL, \n\tline_sum INTEGER NOT NULL, \n\tstate BLOB NOT NULL, \n\tdecoder INTEGER NOT NULL, \n\trules TEXT NOT NULL, \n\tupdated_ms INTEGER NOT NULL, \n\tPRIMARY KEY (source_id, lane)\n)\n STRICT',
    'CREATE TABLE documents (\n\tid INTEGER NOT NULL, \n\tkind TEXT NOT NULL, \n\trow_key INTEGER NOT NULL, \n\tsession_key INTEGER NOT NULL, \n\ttime_ms INTEGER, \n\tPRIMARY KEY (id)\n)\n STRICT',
    'CREATE TABLE events (\n\t"key" INTEGER NOT NULL, \n\tsession_key INTEGER NOT NULL, \n\tturn_key INTEGER, \n\tkind TEXT NOT NULL, \n\tscope TEXT, \n\tcode TEXT, \n\tmessage TEXT, \n\tdetail TEXT, \n\tbasis TEXT, \n\ttime_ms INTEGER, \n\tsource_id INTEGER NOT NULL, \n\tline_offset INTEGER NOT NULL, \n\tPRIMARY KEY ("key")\n)\n STRICT',
    'CREATE INDEX events_session ON events (session_key)',
    'CREATE TABLE file_changes (\n\t"key" INTEGER NOT NULL, \n\tsession_key INTEGER NOT NULL, \n\tturn_key INTEGER, \n\tcall_id TEXT, \n\tpath TEXT NOT NULL, \n\tchange TEXT NOT NULL, \n\tmoved_to TEXT, \n\tadded INTEGER, \n\tremoved INTEGER, \n\tok INTEGER, \n\tdiff TEXT, \n\ttime_ms INTEGER, \n\tsource_id INTEGER NOT NULL, \n\tline_offset INTEGER NOT NULL, \n\tPRIMARY KEY ("key")\n)\n STRICT',
    'CREATE INDEX file_changes_session ON file_changes (session_key)',
    'CREATE TABLE limit_samples (\n\t"key" INTEGER NOT NULL, \n\tagent TEXT NOT NULL, \n\thost TEXT NOT NULL, \n\tlimit_id TEXT NOT NULL, \n\tslot TEXT, \n\twindow_minutes INTEGER, \n\ttime_ms INTEGER, \n\tused_percent REAL, \n\tresets_ms INTEGER, \n\t"plan" TEXT, \n\treached TEXT, \n\tcredits TEXT, \n\tsession_key INTEGER, \n\tsource_id INTEGER NOT NULL, \n\tline_offset INTEGER NOT NULL, \n\tPRIMARY KEY ("key")\n)\n STRICT',
    'CREATE INDEX limit_samples_time ON limit_samples (agent, time_ms)',
    'CREATE TABLE lines (\n\t"key" INTEGER NOT NULL, \n\tsource_id INTEGER NOT NULL, \n\tline_offset INTEGER NOT NULL, \n\tPRIMARY KEY ("key")\n)\n STRICT',
    'CREATE TABLE messages (\n\t"key" INTEGER NOT NULL, \n\tsession_key INTEGER NOT NULL, \n\tturn_key INTEGER, \n\trole TEXT NOT NULL, \n\tauthor TEXT, \n\tphase TEXT, \n\tnative_id TEXT, \n\tmodel TEXT, \n\ttime_ms INTEGER, \n\thead TEXT NOT NULL, \n\tlength INTEGER NOT NULL, \n\timages INTEGER, \n\tsource_id INTEGER NOT NULL, \n\tline_offset INTEGER NOT NULL, \n\tPRIMARY KEY ("key")\n)\n STRICT',
    'CREATE INDEX messages_session ON messages (session_key)',
    'CREATE TABLE quarantine (\n\t"key" INTEGER NOT NULL, \n\tlane TEXT NOT NULL, \n\tlength INTEGER NOT NULL, \n\treason TEXT NOT NULL, \n\tdigest TEXT NOT NULL, \n\thead TEXT NOT NULL, \n\ttail TEXT NOT NULL, \n\tseen_ms INTEGER NOT NULL, \n\tsource_id INTEGER NOT NULL, \n\tline_offset INTEGER NOT NULL, \n\tPRIMARY KEY ("key")\n)\n STRICT',
    'CREATE INDEX quarantine_source ON quarantine (source_id)',
    'CREATE TABLE redactions (\n\tsource_id INTEGER NOT NULL, \n\trule TEXT NOT NULL, \n\ttier TEXT NOT NULL, \n\tcount INTEGER NOT NULL, \n\tPRIMARY KEY (source_id, rule, tier)\n)\n STRICT',
    'CREATE TABLE runs (\n\tid INTEGER NOT NULL, \n\tstarted_ms INTEGER NOT NULL, \n\tended_ms INTEGER NOT NULL, \n\tcommand TEXT NOT NULL, \n\tresult TEXT NOT NULL, \n\tPRIMARY KEY (id)\n)\n STRICT',
    'CREATE TABLE sessions (\n\t"key" INTEGER NOT NULL, \n\tagent TEXT NOT NULL, \n\tnative_id TEXT NOT NULL, \n\tlineage TEXT, \n\tparent_id TEXT, \n\troot_id TEXT, \n\tforked_from TEXT, \n\tforked_at INTEGER, \n\tinherited_until INTEGER, \n\tstarted_ms INTEGER, \n\tended_ms INTEGER, \n\tfacts_ms INTEGER NOT NULL, \n\tcwd TEXT, \n\tmodel TEXT, \n\tmodel_ms INTEGER, \n\tprovider TEXT, \n\tagent_version TEXT, \n\toriginator TEXT, \n\tentrypoint TEXT, \n\tgit_branch TEXT, \n\tgit_commit TEXT, \n\tgit_url TEXT, \n\ttitle TEXT, \n\ttitle_ms INTEGER, \n\tnickname TEXT, \n\trole TEXT, \n\ttool_call TEXT, \n\thost TEXT, \n\tPRIMARY KEY ("key")\n)\n STRICT',
    'CREATE INDEX sessions_forked_from ON sessions (forked_from)',
    'CREATE INDEX sessions_native ON sessions (native_id)',
    'CREATE INDEX sessions_started ON sessions (started_ms)',
    'CREATE TABLE source_files (\n\tid INTEGER NOT NULL, \n\thost TEXT NOT NULL, \n\tsource TEXT NOT NULL, \n\tagent TEXT NOT NULL, \n\tpath TEXT NOT NULL, \n\tunit TEXT NOT NULL, \n\tdev INTEGER NOT NULL, \n\tino INTEGER NOT NULL, \n\tgeneration INTEGER NOT NULL, \n\tstate TEXT NOT NULL, \n\tagent_version TEXT, \n\tsession_key INTEGER, \n\tborn_ms INTEGER, \n\tfirst_seen_ms INTEGER NOT NULL, \n\tlast_seen_ms INTEGER NOT NULL, \n\tPRIMARY KEY (id)\n)\n STRICT',
    'CREATE UNIQUE INDEX source_files_identity ON source_files (host, source, dev, ino, generation)',
    'CREATE TABLE tool_calls (\n\t"key" INTEGER NOT NULL, \n\tsession_key INTEGER NOT NULL, \n\tturn_key INTEGER, \n\tcall_id TEXT NOT NULL, \n\tname TEXT, \n\tnamespace TEXT, \n\tcommand TEXT, \n\targuments TEXT, \n\tcwd TEXT, \n\tstarted_ms INTEGER, \n\tended_ms INTEGER, \n\trank INTEGER NOT NULL, \n\tstatus TEXT, \n\texit_code INTEGER, \n\texit_rank INTEGER, \n\tduration_ms INTEGER, \n\tduration_rank INTEGER, \n\toutput_rank INTEGER, \n\toutput TEXT, \n\toutput_length INTEGER, \n\tbasis TEXT, \n\tsource_id INTEGER NOT NULL, \n\tline_offset INTEGER NOT NULL, \n\tPRIMARY KEY ("key")\n)\n STRICT',
    'CREATE INDEX tool_calls_session ON tool_calls (session_key)',
    'CREATE TABLE turns (\n\t"key" INTEGER NOT NULL, \n\tsession_key INTEGER NOT NULL, \n\tnative_id TEXT, \n\tstarted_ms INTEGER, \n\tended_ms INTEGER, \n\tstatus TEXT, \n\tduration_ms INTEGER, \n\tfirst_token_ms INTEGER, \n\tapproval_policy TEXT, \n\tsandbox_policy TEXT, \n\tmodel TEXT, \n\teffort TEXT, \n\tcwd TEXT, \n\tprompt TEXT, \n\tsource_id INTEGER NOT NULL, \n\tline_offset INTEGER NOT NULL, \n\tPRIMARY KEY ("key")\n)\n STRICT',
    'CREATE INDEX turns_session ON turns (session_key)',
    'CREATE TABLE unknown_types (\n\tsource TEXT NOT NULL, \n\ttype TEXT NOT NULL, \n\tagent_version TEXT NOT NULL, \n\tcount INTEGER NOT NULL, \n\tfirst_seen_ms INTEGER NOT NULL, \n\tlast_seen_ms INTEGER NOT NULL, \n\tPRIMARY KEY (source, type, agent_version)\n)\n STRICT',
    'CREATE TABLE usage_events (\n\t"key" INTEGER NOT NULL, \n\tsession_key INTEGER NOT NULL, \n\towner_ms INTEGER NOT NULL, \n\ttime_ms INTEGER, \n\tmodel TEXT, \n\tinput INTEGER NOT NULL, \n\tcached INTEGER NOT NULL, \n\tcache_write_5m INTEGER NOT NULL, \n\tcache_write_1h INTEGER NOT NULL, \n\toutput INTEGER NOT NULL, \n\treasoning INTEGER, \n\tweb_searches INTEGER NOT NULL, \n\tquality INTEGER NOT NULL, \n\ttier TEXT, \n\thidden TEXT, \n\trequest_id TEXT, \n\tresponse_id TEXT, \n\tvia TEXT NOT NULL, \n\tsource_id INTEGER NOT NULL, \n\tline_offset INTEGER NOT NULL, \n\tPRIMARY KEY ("key")\n)\n STRICT',
    'CREATE INDEX usage_events_session ON usage_events (session_key)',
    "CREATE VIRTUAL TABLE documents_fts USING fts5(body, content='', tokenize='unicode61 remove_diacritics 2')",
)

STATEMENTS: dict[str, tuple[str, tuple[str, ...]]] = {
    'upsert sessions': (
        'INSERT INTO sessions ("key", agent, native_id, lineage, parent_id, root_id, forked_from, forked_at, inherited_until, started_ms, ended_ms, facts_ms, cwd, model, model_ms, provider, agent_version, originator, entrypoint, git_branch, git_commit, git_url, title, title_ms, nickname, role, tool_call, host) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT ("key") DO UPDATE SET lineage = max(coalesce(sessions.lineage, excluded.lineage), coalesce(excluded.lineage, sessions.lineage)), parent_id = max(coalesce(sessions.parent_id, excluded.parent_id), coalesce(excluded.parent_id, sessions.parent_id)), root_id = max(coalesce(sessions.root_id, excluded.root_id), coalesce(excluded.root_id, sessions.root_id)), forked_from = max(coalesce(sessions.forked_from, excluded.forked_from), coalesce(excluded.forked_from, sessions.forked_from)), forked_at = max(coalesce(sessions.forked_at, excluded.forked_at), coalesce(excluded.forked_at, sessions.forked_at)), started_ms = min(coalesce(sessions.started_ms, excluded.started_ms), coalesce(excluded.started_ms, sessions.started_ms)), ended_ms = max(coalesce(sessions.ended_ms, excluded.ended_ms), coalesce(excluded.ended_ms, sessions.ended_ms)), facts_ms = min(coalesce(sessions.facts_ms, excluded.facts_ms), coalesce(excluded.facts_ms, sessions.facts_ms)), cwd = CASE WHEN (excluded.facts_ms < sessions.facts_ms) THEN excluded.cwd WHEN (excluded.facts_ms > sessions.facts_ms) THEN sessions.cwd ELSE max(coalesce(sessions.cwd, excluded.cwd), coalesce(excluded.cwd, sessions.cwd)) END, model = CASE WHEN (excluded.model_ms > sessions.model_ms) THEN excluded.model WHEN (excluded.model_ms < sessions.model_ms) THEN sessions.model ELSE max(coalesce(sessions.model, excluded.model), coalesce(excluded.model, sessions.model)) END, model_ms = max(coalesce(sessions.model_ms, excluded.model_ms), coalesce(excluded.model_ms, sessions.model_ms)), provider = CASE WHEN (excluded.facts_ms < sessions.facts_ms) THEN excluded.provider WHEN (excluded.facts_ms > sessions.facts_ms) THEN sessions.provider ELSE max(coalesce(sessions.provider, excluded.provider), coalesce(excluded.provider, sessions.provider)) END, agent_version = CASE WHEN (excluded.facts_ms < sessions.facts_ms) THEN excluded.agent_version WHEN (excluded.facts_ms > sessions.facts_ms) THEN sessions.agent_version ELSE max(coalesce(sessions.agent_version, excluded.agent_version), coalesce(excluded.agent_version, sessions.agent_version)) END, originator = CASE WHEN (excluded.facts_ms < sessions.facts_ms) THEN excluded.originator WHEN (excluded.facts_ms > sessions.facts_ms) THEN sessions.originator ELSE max(coalesce(sessions.originator, excluded.originator), coalesce(excluded.originator, sessions.originator)) END, entrypoint = CASE WHEN (excluded.facts_ms < sessions.facts_ms) THEN excluded.entrypoint WHEN (excluded.facts_ms > sessions.facts_ms) THEN sessions.entrypoint ELSE max(coalesce(sessions.entrypoint, excluded.entrypoint), coalesce(excluded.entrypoint, sessions.entrypoint)) END, git_branch = CASE WHEN (excluded.facts_ms < sessions.facts_ms) THEN excluded.git_branch WHEN (excluded.facts_ms > sessions.facts_ms) THEN sessions.git_branch ELSE max(coalesce(sessions.git_branch, excluded.git_branch), coalesce(excluded.git_branch, sessions.git_branch)) END, git_commit = CASE WHEN (excluded.facts_ms < sessions.facts_ms) THEN excluded.git_commit WHEN (excluded.facts_ms > sessions.facts_ms) THEN sessions.git_commit ELSE max(coalesce(sessions.git_commit, excluded.git_commit), coalesce(excluded.git_commit, sessions.git_commit)) END, git_url = CASE WHEN (excluded.facts_ms < sessions.facts_ms) THEN excluded.git_url WHEN (excluded.facts_ms > sessions.facts_ms) THEN sessions.git_url ELSE max(coalesce(sessions.git_url, excluded.git_url), coalesce(excluded.git_url, sessions.git_url)) END, title = CASE WHEN (excluded.title_ms > sessions.title_ms) THEN excluded.title WHEN (excluded.title_ms < sessions.title_ms) THEN sessions.title ELSE max(coalesce(sessions.title, excluded.title), coalesce(excluded.title, sessions.title)) END, title_ms = max(coalesce(sessions.title_ms, excluded.title_ms), coalesce(excluded.title_ms, sessions.title_ms)), nickname = max(coalesce(sessions.nickname, excluded.nickname), coalesce(excluded.nickname, sessions.nickname)), role = max(coalesce(sessions.role, excluded.role), coalesce(excluded.role, sessions.role)), tool_call = max(coalesce(sessions.tool_call, excluded.tool_call), coalesce(excluded.tool_call, sessions.tool_call)), host = max(coalesce(sessions.host, excluded.host), coalesce(excluded.host, sessions.host))',
        ('key', 'agent', 'native_id', 'lineage', 'parent_id', 'root_id', 'forked_from', 'forked_at', 'inherited_until', 'started_ms', 'ended_ms', 'facts_ms', 'cwd', 'model', 'model_ms', 'provider', 'agent_version', 'originator', 'entrypoint', 'git_branch', 'git_commit', 'git_url', 'title', 'title_ms', 'nickname', 'role', 'tool_call', 'host'),
    ),
    'upsert turns': (
        'INSERT INTO turns ("key", session_key, native_id, started_ms, ended_ms, status, duration_ms, first_token_ms, approval_policy, sandbox_policy, model, effort, cwd, prompt, source_id, line_offset) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT ("key") DO UPDATE SET native_id = max(coalesce(turns.native_id, excluded.native_id), coalesce(excluded.native_id, turns.native_id)), started_ms = min(coalesce(turns.started_ms, excluded.started_ms), coalesce(excluded.started_ms, turns.started_ms)), ended_ms = max(coalesce(turns.ended_ms, excluded.ended_ms), coalesce(excluded.ended_ms, turns.ended_ms)), status = max(coalesce(turns.status, excluded.status), coalesce(excluded.status, turns.status)), duration_ms = max(coalesce(turns.duration_ms, excluded.duration_ms), coalesce(excluded.duration_ms, turns.duration_ms)), first_token_ms = max(coalesce(turns.first_token_ms, excluded.first_token_ms), coalesce(excluded.first_token_ms, turns.first_token_ms)), approval_policy = max(coalesce(turns.approval_policy, excluded.approval_policy), coalesce(excluded.approval_policy, turns.approval_policy)), sandbox_policy = max(coalesce(turns.sandbox_policy, excluded.sandbox_policy), coalesce(excluded.sandbox_policy, turns.sandbox_policy)), model = max(coalesce(turns.model, excluded.model), coalesce(excluded.model, turns.model)), effort = max(coalesce(turns.effort, excluded.effort), coalesce(excluded.effort, turns.effort)), cwd = max(coalesce(turns.cwd, excluded.cwd), coalesce(excluded.cwd, turns.cwd)), prompt = max(coalesce(turns.prompt, excluded.prompt), coalesce(excluded.prompt, turns.prompt))',
        ('key', 'session_key', 'native_id', 'started_ms', 'ended_ms', 'status', 'duration_ms', 'first_token_ms', 'approval_policy', 'sandbox_policy', 'model', 'effort', 'cwd', 'prompt', 'source_id', 'line_offset'),
    ),
    'upsert messages': (
        'INSERT INTO messages ("key", session_key, turn_key, role, author, phase, native_id, model, time_ms, head, length, images, source_id, line_offset) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT ("key") DO UPDATE SET turn_key = max(coalesce(messages.turn_key, excluded.turn_key), coalesce(excluded.turn_key, messages.turn_key)), head = max(coalesce(messages.head, excluded.head), coalesce(excluded.head, messages.head)), length = max(coalesce(messages.length, excluded.length), coalesce(excluded.length, messages.length))',
        ('key', 'session_key', 'turn_key', 'role', 'author', 'phase', 'native_id', 'model', 'time_ms', 'head', 'length', 'images', 'source_id', 'line_offset'),
    ),
    'upsert tool_calls': (
        'INSERT INTO tool_calls ("key", session_key, turn_key, call_id, name, namespace, command, arguments, cwd, started_ms, ended_ms, rank, status, exit_code, exit_rank, duration_ms, duration_rank, output_rank, output, output_length, basis, source_id, line_offset) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT ("key") DO UPDATE SET turn_key = max(coalesce(tool_calls.turn_key, excluded.turn_key), coalesce(excluded.turn_key, tool_calls.turn_key)), name = max(coalesce(tool_calls.name, excluded.name), coalesce(excluded.name, tool_calls.name)), namespace = max(coalesce(tool_calls.namespace, excluded.namespace), coalesce(excluded.namespace, tool_calls.namespace)), command = max(coalesce(tool_calls.command, excluded.command), coalesce(excluded.command, tool_calls.command)), arguments = max(coalesce(tool_calls.arguments, excluded.arguments), coalesce(excluded.arguments, tool_calls.arguments)), cwd = max(coalesce(tool_calls.cwd, excluded.cwd), coalesce(excluded.cwd, tool_calls.cwd)), started_ms = min(coalesce(tool_calls.started_ms, excluded.started_ms), coalesce(excluded.started_ms, tool_calls.started_ms)), ended_ms = max(coalesce(tool_calls.ended_ms, excluded.ended_ms), coalesce(excluded.ended_ms, tool_calls.ended_ms)), rank = max(coalesce(tool_calls.rank, excluded.rank), coalesce(excluded.rank, tool_calls.rank)), status = CASE WHEN (excluded.rank > tool_calls.rank) THEN excluded.status WHEN (excluded.rank < tool_calls.rank) THEN tool_calls.status ELSE max(coalesce(tool_calls.status, excluded.status), coalesce(excluded.status, tool_calls.status)) END, exit_code = CASE WHEN (excluded.exit_rank > tool_calls.exit_rank) THEN excluded.exit_code WHEN (excluded.exit_rank < tool_calls.exit_rank) THEN tool_calls.exit_code ELSE max(coalesce(tool_calls.exit_code, excluded.exit_code), coalesce(excluded.exit_code, tool_calls.exit_code)) END, exit_rank = max(coalesce(tool_calls.exit_rank, excluded.exit_rank), coalesce(excluded.exit_rank, tool_calls.exit_rank)), duration_ms = CASE WHEN (excluded.duration_rank > tool_calls.duration_rank) THEN excluded.duration_ms WHEN (excluded.duration_rank < tool_calls.duration_rank) THEN tool_calls.duration_ms ELSE max(coalesce(tool_calls.duration_ms, excluded.duration_ms), coalesce(excluded.duration_ms, tool_calls.duration_ms)) END, duration_rank = max(coalesce(tool_calls.duration_rank, excluded.duration_rank), coalesce(excluded.duration_rank, tool_calls.duration_rank)), output_rank = max(coalesce(tool_calls.output_rank, excluded.output_rank), coalesce(excluded.output_rank, tool_calls.output_rank)), output = CASE WHEN (excluded.output_rank > tool_calls.output_rank) THEN excluded.output WHEN (excluded.output_rank < tool_calls.output_rank) THEN tool_calls.output ELSE max(coalesce(tool_calls.output, excluded.output), coalesce(excluded.output, tool_calls.output)) END, output_length = CASE WHEN (excluded.output_rank > tool_calls.output_rank) THEN excluded.output_length WHEN (excluded.output_rank < tool_calls.output_rank) THEN tool_calls.output_length ELSE max(coalesce(tool_calls.output_length, excluded.output_length), coalesce(excluded.output_length, tool_calls.output_length)) END, basis = CASE WHEN (excluded.rank > tool_calls.rank) THEN excluded.basis WHEN (excluded.rank < tool_calls.rank) THEN tool_calls.basis ELSE max(coalesce(tool_calls.basis, excluded.basis), coalesce(excluded.basis, tool_calls.basis)) END',
        ('key', 'session_key', 'turn_key', 'call_id', 'name', 'namespace', 'command', 'arguments', 'cwd', 'started_ms', 'ended_ms', 'rank', 'status', 'exit_code', 'exit_rank', 'duration_ms', 'duration_rank', 'output_rank', 'output', 'output_length', 'basis', 'source_id', 'line_offset'),
    ),
    'upsert approvals': (
        'INSERT INTO approvals ("key", session_key, turn_key, call_id, request_id, requested_ms, decided_ms, rank, decision, who, basis, reason, command, source_id, line_offset) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT ("key") DO UPDATE SET turn_key = max(coalesce(approvals.turn_key, excluded.turn_key), coalesce(excluded.turn_key, approvals.turn_key)), request_id = max(coalesce(approvals.request_id, excluded.request_id), coalesce(excluded.request_id, approvals.request_id)), requested_ms = min(coalesce(approvals.requested_ms, excluded.requested_ms), coalesce(excluded.requested_ms, approvals.requested_ms)), decided_ms = min(coalesce(approvals.decided_ms, excluded.decided_ms), coalesce(excluded.decided_ms, approvals.decided_ms)), rank = max(coalesce(approvals.rank, excluded.rank), coalesce(excluded.rank, approvals.rank)), decision = CASE WHEN (excluded.rank > approvals.rank) THEN excluded.decision WHEN (excluded.rank < approvals.rank) THEN approvals.decision ELSE max(coalesce(approvals.decision, excluded.decision), coalesce(excluded.decision, approvals.decision)) END, who = CASE WHEN (excluded.rank > approvals.rank) THEN excluded.who WHEN (excluded.rank < approvals.rank) THEN approvals.who ELSE max(coalesce(approvals.who, excluded.who), coalesce(excluded.who, approvals.who)) END, basis = CASE WHEN (excluded.rank > approvals.rank) THEN excluded.basis WHEN (excluded.rank < approvals.rank) THEN approvals.basis ELSE max(coalesce(approvals.basis, excluded.basis), coalesce(excluded.basis, approvals.basis)) END, reason = max(coalesce(approvals.reason, excluded.reason), coalesce(excluded.reason, approvals.reason)), command = max(coalesce(approvals.command, excluded.command), coalesce(excluded.command, approvals.command))',
        ('key', 'session_key', 'turn_key', 'call_id', 'request_id', 'requested_ms', 'decided_ms', 'rank', 'decision', 'who', 'basis', 'reason', 'command', 'source_id', 'line_offset'),
    ),
    'upsert file_changes': (
        'INSERT INTO file_changes ("key", session_key, turn_key, call_id, path, change, moved_to, added, removed, ok, diff, time_ms, source_id, line_offset) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT ("key") DO UPDATE SET turn_key = max(coalesce(file_changes.turn_key, excluded.turn_key), coalesce(excluded.turn_key, file_changes.turn_key)), moved_to = max(coalesce(file_changes.moved_to, excluded.moved_to), coalesce(excluded.moved_to, file_changes.moved_to)), added = max(coalesce(file_changes.added, excluded.added), coalesce(excluded.added, file_changes.added)), removed = max(coalesce(file_changes.removed, excluded.removed), coalesce(excluded.removed, file_changes.removed)), ok = max(coalesce(file_changes.ok, excluded.ok), coalesce(excluded.ok, file_changes.ok)), diff = max(coalesce(file_changes.diff, excluded.diff), coalesce(excluded.diff, file_changes.diff))',
        ('key', 'session_key', 'turn_key', 'call_id', 'path', 'change', 'moved_to', 'added', 'removed', 'ok', 'diff', 'time_ms', 'source_id', 'line_offset'),
    ),
    'upsert compactions': (
        'INSERT INTO compactions ("key", session_key, turn_key, native_id, "trigger", pre_tokens, post_tokens, summary, time_ms, source_id, line_offset) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT ("key") DO UPDATE SET turn_key = max(coalesce(compactions.turn_key, excluded.turn_key), coalesce(excluded.turn_key, compactions.turn_key)), pre_tokens = max(coalesce(compactions.pre_tokens, excluded.pre_tokens), coalesce(excluded.pre_tokens, compactions.pre_tokens)), post_tokens = max(coalesce(compactions.post_tokens, excluded.post_tokens), coalesce(excluded.post_tokens, compactions.post_tokens)), summary = max(coalesce(compactions.summary, excluded.summary), coalesce(excluded.summary, compactions.summary))',
        ('key', 'session_key', 'turn_key', 'native_id', 'trigger', 'pre_tokens', 'post_tokens', 'summary', 'time_ms', 'source_id', 'line_offset'),
    ),
    'upsert events': (
        'INSERT INTO events ("key", session_key, turn_key, kind, scope, code, message, detail, basis, time_ms, source_id, line_offset) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT ("key") DO UPDATE SET turn_key = max(coalesce(events.turn_key, excluded.turn_key), coalesce(excluded.turn_key, events.turn_key))',
        ('key', 'session_key', 'turn_key', 'kind', 'scope', 'code', 'message', 'detail', 'basis', 'time_ms', 'source_id', 'line_offset'),
    ),
    'upsert usage_events': (
        'INSERT INTO usage_events ("key", session_key, owner_ms, time_ms, model, input, cached, cache_write_5m, cache_write_1h, output, reasoning, web_searches, quality, tier, hidden, request_id, response_id, via, source_id, line_offset) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT ("key") DO UPDATE SET session_key = CASE WHEN (excluded.owner_ms < usage_events.owner_ms OR excluded.owner_ms = usage_events.owner_ms AND excluded.session_key < usage_events.session_key) THEN excluded.session_key ELSE usage_events.session_key END, owner_ms = min(coalesce(usage_events.owner_ms, excluded.owner_ms), coalesce(excluded.owner_ms, usage_events.owner_ms)), time_ms = min(coalesce(usage_events.time_ms, excluded.time_ms), coalesce(excluded.time_ms, usage_events.time_ms)), model = max(coalesce(usage_events.model, excluded.model), coalesce(excluded.model, usage_events.model)), input = CASE WHEN (excluded.quality > usage_events.quality) THEN excluded.input WHEN (excluded.quality < usage_events.quality) THEN usage_events.input ELSE max(coalesce(usage_events.input, excluded.input), coalesce(excluded.input, usage_events.input)) END, cached = CASE WHEN (excluded.quality > usage_events.quality) THEN excluded.cached WHEN (excluded.quality < usage_events.quality) THEN usage_events.cached ELSE max(coalesce(usage_events.cached, excluded.cached), coalesce(excluded.cached, usage_events.cached)) END, cache_write_5m = CASE WHEN (excluded.quality > usage_events.quality) THEN excluded.cache_write_5m WHEN (excluded.quality < usage_events.quality) THEN usage_events.cache_write_5m ELSE max(coalesce(usage_events.cache_write_5m, excluded.cache_write_5m), coalesce(excluded.cache_write_5m, usage_events.cache_write_5m)) END, cache_write_1h = CASE WHEN (excluded.quality > usage_events.quality) THEN excluded.cache_write_1h WHEN (excluded.quality < usage_events.quality) THEN usage_events.cache_write_1h ELSE max(coalesce(usage_events.cache_write_1h, excluded.cache_write_1h), coalesce(excluded.cache_write_1h, usage_events.cache_write_1h)) END, output = CASE WHEN (excluded.quality > usage_events.quality) THEN excluded.output WHEN (excluded.quality < usage_events.quality) THEN usage_events.output ELSE max(coalesce(usage_events.output, excluded.output), coalesce(excluded.output, usage_events.output)) END, reasoning = max(coalesce(usage_events.reasoning, excluded.reasoning), coalesce(excluded.reasoning, usage_events.reasoning)), web_searches = CASE WHEN (excluded.quality > usage_events.quality) THEN excluded.web_searches WHEN (excluded.quality < usage_events.quality) THEN usage_events.web_searches ELSE max(coalesce(usage_events.web_searches, excluded.web_searches), coalesce(excluded.web_searches, usage_events.web_searches)) END, quality = max(coalesce(usage_events.quality, excluded.quality), coalesce(excluded.quality, usage_events.quality)), tier = max(coalesce(usage_events.tier, excluded.tier), coalesce(excluded.tier, usage_events.tier)), hidden = max(coalesce(usage_events.hidden, excluded.hidden), coalesce(excluded.hidden, usage_events.hidden)), request_id = max(coalesce(usage_events.request_id, excluded.request_id), coalesce(excluded.request_id, usage_events.request_id)), response_id = max(coalesce(usage_events.response_id, excluded.response_id), coalesce(excluded.response_id, usage_events.response_id)), source_id = CASE WHEN (excluded.owner_ms < usage_events.owner_ms OR excluded.owner_ms = usage_events.owner_ms AND excluded.session_key < usage_events.session_key) THEN excluded.source_id ELSE usage_events.source_id END, line_offset = CASE WHEN (excluded.owner_ms < usage_events.owner_ms OR excluded.owner_ms = usage_events.owner_ms AND excluded.session_key < usage_events.session_key) THEN excluded.line_offset ELSE usage_events.line_offset END',
        ('key', 'session_key', 'owner_ms', 'time_ms', 'model', 'input', 'cached', 'cache_write_5m', 'cache_write_1h', 'output', 'reasoning', 'web_searches', 'quality', 'tier', 'hidden', 'request_id', 'response_id', 'via', 'source_id', 'line_offset'),
    ),
    'upsert limit_samples': (
        'INSERT INTO limit_samples ("key", agent, host, limit_id, slot, window_minutes, time_ms, used_percent, resets_ms, "plan", reached, credits, session_key, source_id, line_offset) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT ("key") DO NOTHING',
        ('key', 'agent', 'host', 'limit_id', 'slot', 'window_minutes', 'time_ms', 'used_percent', 'resets_ms', 'plan', 'reached', 'credits', 'session_key', 'source_id', 'line_offset'),
    ),
    'upsert agent_totals': (
        'INSERT INTO agent_totals ("key", time_ms, cost_usd, totals, source_id, line_offset) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT ("key") DO UPDATE SET time_ms = CASE WHEN (excluded.time_ms > agent_totals.time_ms) THEN excluded.time_ms WHEN (excluded.time_ms < agent_totals.time_ms) THEN agent_totals.time_ms ELSE max(coalesce(agent_totals.time_ms, excluded.time_ms), coalesce(excluded.time_ms, agent_totals.time_ms)) END, cost_usd = CASE WHEN (excluded.time_ms > agent_totals.time_ms) THEN excluded.cost_usd WHEN (excluded.time_ms < agent_totals.time_ms) THEN agent_totals.cost_usd ELSE max(coalesce(agent_totals.cost_usd, excluded.cost_usd), coalesce(excluded.cost_usd, agent_totals.cost_usd)) END, totals = CASE WHEN (excluded.time_ms > agent_totals.time_ms) THEN excluded.totals WHEN (excluded.time_ms < agent_totals.time_ms) THEN agent_totals.totals ELSE max(coalesce(agent_totals.totals, excluded.totals), coalesce(excluded.totals, agent_totals.totals)) END',
        ('key', 'time_ms', 'cost_usd', 'totals', 'source_id', 'line_offset'),
    ),
    'upsert unknown_types': (
        'INSERT INTO unknown_types (source, type, agent_version, count, first_seen_ms, last_seen_ms) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (source, type, agent_version) DO UPDATE SET count = (unknown_types.count + excluded.count), first_seen_ms = min(coalesce(unknown_types.first_seen_ms, excluded.first_seen_ms), coalesce(excluded.first_seen_ms, unknown_types.first_seen_ms)), last_seen_ms = max(coalesce(unknown_types.last_seen_ms, excluded.last_seen_ms), coalesce(excluded.last_seen_ms, unknown_types.last_seen_ms))',
        ('source', 'type', 'agent_version', 'count', 'first_seen_ms', 'last_seen_ms'),
    ),
    'upsert redactions': (
        'INSERT INTO redactions (source_id, rule, tier, count) VALUES (?, ?, ?, ?) ON CONFLICT (source_id, rule, tier) DO UPDATE SET count = (redactions.count + excluded.count)',
        ('source_id', 'rule', 'tier', 'count'),
    ),
    'upsert quarantine': (
        'INSERT INTO quarantine ("key", lane, length, reason, digest, head, tail, seen_ms, source_id, line_offset) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT ("key") DO NOTHING',
        ('key', 'lane', 'length', 'reason', 'digest', 'head', 'tail', 'seen_ms', 'source_id', 'line_offset'),
    ),
    'upsert lines': (
        'INSERT INTO lines ("key", source_id, line_offset) VALUES (?, ?, ?) ON CONFLICT ("key") DO NOTHING',
        ('key', 'source_id', 'line_offset'),
    ),
    'insert archive_segments': (
        'INSERT INTO archive_segments (source_id, first_offset, end_offset, line_count, raw_bytes, decoder, rules, offsets, data) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id',
        ('source_id', 'first_offset', 'end_offset', 'line_count', 'raw_bytes', 'decoder', 'rules', 'offsets', 'data'),
    ),
    'insert source_files': (
        'INSERT INTO source_files (host, source, agent, path, unit, dev, ino, generation, state, agent_version, session_key, born_ms, first_seen_ms, last_seen_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id',
        ('host', 'source', 'agent', 'path', 'unit', 'dev', 'ino', 'generation', 'state', 'agent_version', 'session_key', 'born_ms', 'first_seen_ms', 'last_seen_ms'),
    ),
    'insert documents': (
        'INSERT INTO documents (id, kind, row_key, session_key, time_ms) VALUES (?, ?, ?, ?, ?)',
        ('id', 'kind', 'row_key', 'session_key', 'time_ms'),
    ),
    'insert audit_log': (
        'INSERT INTO audit_log (time_ms, source_id, event, detail) VALUES (?, ?, ?, ?)',
        ('time_ms', 'source_id', 'event', 'detail'),
    ),
    'insert runs': (
        'INSERT INTO runs (started_ms, ended_ms, command, result) VALUES (?, ?, ?, ?)',
        ('started_ms', 'ended_ms', 'command', 'result'),
    ),
    'forget turns': (
        'DELETE FROM turns WHERE turns."key" = ?',
        ('key',),
    ),
    'forget messages': (
        'DELETE FROM messages WHERE messages."key" = ?',
        ('key',),
    ),
    'forget tool_calls': (
        'DELETE FROM tool_calls WHERE tool_calls."key" = ?',
        ('key',),
    ),
    'forget approvals': (
        'DELETE FROM approvals WHERE approvals."key" = ?',
        ('key',),
    ),
    'forget file_changes': (
        'DELETE FROM file_changes WHERE file_changes."key" = ?',
        ('key',),
    ),
    'forget compactions': (
        'DELETE FROM compactions WHERE compactions."key" = ?',
        ('key',),
    ),
    'forget events': (
        'DELETE FROM events WHERE events."key" = ?',
        ('key',),
    ),
    'cursor': (
        'SELECT cursors.source_id, cursors.lane, cursors.position, cursors.read, cursors.stored, cursors.duplicate, cursors.rejected, cursors.seen_size, cursors.seen_mtime_ns, cursors.tail_length, cursors.tail_key, cursors.head_length, cursors.head_key, cursors.line_sum, cursors.state, cursors.decoder, cursors.rules, cursors.updated_ms \nFROM cursors \nWHERE cursors.source_id = ? AND cursors.lane = ?',
        ('source_id', 'lane'),
    ),
    'move cursor': (
        'INSERT INTO cursors (source_id, lane, position, read, stored, duplicate, rejected, seen_size, seen_mtime_ns, tail_length, tail_key, head_length, head_key, line_sum, state, decoder, rules, updated_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (source_id, lane) DO UPDATE SET position = excluded.position, read = excluded.read, stored = excluded.stored, duplicate = excluded.duplicate, rejected = excluded.rejected, seen_size = excluded.seen_size, seen_mtime_ns = excluded.seen_mtime_ns, tail_length = excluded.tail_length, tail_key = excluded.tail_key, head_length = excluded.head_length, head_key = excluded.head_key, line_sum = excluded.line_sum, state = excluded.state, decoder = excluded.decoder, rules = excluded.rules, updated_ms = excluded.updated_ms',
        ('source_id', 'lane', 'position', 'read', 'stored', 'duplicate', 'rejected', 'seen_size', 'seen_mtime_ns', 'tail_length', 'tail_key', 'head_length', 'head_key', 'line_sum', 'state', 'decoder', 'rules', 'updated_ms'),
    ),
    'line owner': (
        'SELECT lines.source_id, lines.line_offset \nFROM lines \nWHERE lines."key" = ?',
        ('key',),
    ),
    'move line': (
        'UPDATE lines SET source_id=?, line_offset=? WHERE lines."key" = ?',
        ('new_source_id', 'new_line_offset', 'line_key'),
    ),
    'index document': (
        'INSERT INTO documents_fts (rowid, body) VALUES (?, ?)',
        (),
    ),
    'last document': (
        'SELECT coalesce(max(documents.id), 0) AS coalesce_1 \nFROM documents',
        (),
    ),
}

COLUMNS: dict[str, tuple[str, ...]] = {
    'agent_totals': ('key', 'time_ms', 'cost_usd', 'totals', 'source_id', 'line_offset'),
    'approvals': ('key', 'session_key', 'turn_key', 'call_id', 'request_id', 'requested_ms', 'decided_ms', 'rank', 'decision', 'who', 'basis', 'reason', 'command', 'source_id', 'line_offset'),
    'archive_segments': ('id', 'source_id', 'first_offset', 'end_offset', 'line_count', 'raw_bytes', 'decoder', 'rules', 'offsets', 'data'),
    'audit_log': ('id', 'time_ms', 'source_id', 'event', 'detail'),
    'compactions': ('key', 'session_key', 'turn_key', 'native_id', 'trigger', 'pre_tokens', 'post_tokens', 'summary', 'time_ms', 'source_id', 'line_offset'),
    'cursors': ('source_id', 'lane', 'position', 'read', 'stored', 'duplicate', 'rejected', 'seen_size', 'seen_mtime_ns', 'tail_length', 'tail_key', 'head_length', 'head_key', 'line_sum', 'state', 'decoder', 'rules', 'updated_ms'),
    'documents': ('id', 'kind', 'row_key', 'session_key', 'time_ms'),
    'events': ('key', 'session_key', 'turn_key', 'kind', 'scope', 'code', 'message', 'detail', 'basis', 'time_ms', 'source_id', 'line_offset'),
    'file_changes': ('key', 'session_key', 'turn_key', 'call_id', 'path', 'change', 'moved_to', 'added', 'removed', 'ok', 'diff', 'time_ms', 'source_id', 'line_offset'),
    'limit_samples': ('key', 'agent', 'host', 'limit_id', 'slot', 'window_minutes', 'time_ms', 'used_percent', 'resets_ms', 'plan', 'reached', 'credits', 'session_key', 'source_id', 'line_offset'),
    'lines': ('key', 'source_id', 'line_offset'),
    'messages': ('key', 'session_key', 'turn_key', 'role', 'author', 'phase', 'native_id', 'model', 'time_ms', 'head', 'length', 'images', 'source_id', 'line_offset'),
    'quarantine': ('key', 'lane', 'length', 'reason', 'digest', 'head', 'tail', 'seen_ms', 'source_id', 'line_offset'),
    'redactions': ('source_id', 'rule', 'tier', 'count'),
    'runs': ('id', 'started_ms', 'ended_ms', 'command', 'result'),
    'sessions': ('key', 'agent', 'native_id', 'lineage', 'parent_id', 'root_id', 'forked_from', 'forked_at', 'inherited_until', 'started_ms', 'ended_ms', 'facts_ms', 'cwd', 'model', 'model_ms', 'provider', 'agent_version', 'originator', 'entrypoint', 'git_branch', 'git_commit', 'git_url', 'title', 'title_ms', 'nickname', 'role', 'tool_call', 'host'),
    'source_files': ('id', 'host', 'source', 'agent', 'path', 'unit', 'dev', 'ino', 'generation', 'state', 'agent_version', 'session_key', 'born_ms', 'first_seen_ms', 'last_seen_ms'),
    'tool_calls': ('key', 'session_key', 'turn_key', 'call_id', 'name', 'namespace', 'command', 'arguments', 'cwd', 'started_ms', 'ended_ms', 'rank', 'status', 'exit_code', 'exit_rank', 'duration_ms', 'duration_rank', 'output_rank', 'output', 'output_length', 'basis', 'source_id', 'line_offset'),
    'turns': ('key', 'session_key', 'native_id', 'started_ms', 'ended_ms', 'status', 'duration_ms', 'first_token_ms', 'approval_policy', 'sandbox_policy', 'model', 'effort', 'cwd', 'prompt', 'source_id', 'line_offset'),
    'unknown_types': ('source', 'type', 'agent_version', 'count', 'first_seen_ms', 'last_seen_ms'),
    'usage_events': ('key', 'session_key', 'owner_ms', 'time_ms', 'model', 'input', 'cached', 'cache_write_5m', 'cache_write_1h', 'output', 'reasoning', 'web_searches', 'quality', 'tier', 'hidden', 'request_id', 'response_id', 'via', 'source_id', 'line_offset'),
}
