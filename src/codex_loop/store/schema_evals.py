"""What problems are turned into: tasks and how they were checked, datasets, runs of them, trials, tickets."""

from __future__ import annotations

from sqlalchemy import Column, Index

from codex_loop.store.columns import INT, REAL, key, table, text, whole

tasks = table(
    "tasks",
    key(),  # made of the digest
    text("digest", null=False),  # what Harbor computes over the task's files: the task's identity
    text("name", null=False),  # org/name
    text("path", null=False),  # where it was written last
    text("state", null=False),  # draft | validated | quarantined | unverified
    text("reason"),  # why it is not validated
    text("kind", null=False),  # friction | delight
    text("category"),
    whole("session_key"),
    whole("signal_key"),
    whole("cluster_key"),
    text("verifier", null=False),  # red_green_tests | new_tests | failing_command | forbidden_behaviour | missing | ...
    text("gold_key"),  # hash of the gold patch: two tasks with the same one are one
    text("body", null=False),  # JSON: provenance, tests, redactions, loss
    whole("created_ms", null=False),
    whole("checked_ms"),
    Index("tasks_cluster", "cluster_key"),
    Index("tasks_session", "session_key"),
)

task_checks = table(
    "task_checks",
    Column("id", INT, primary_key=True, autoincrement=True),
    whole("task_key", null=False),
    whole("time_ms", null=False),
    text("name", null=False),  # files | lint | leaks | secrets | specification | tests | nop | oracle | flaky | ...
    text("outcome", null=False),  # passed | failed | warned | skipped
    text("detail", null=False),  # JSON: what was seen
    text("environment"),  # where it ran, and by which Harbor
    Index("task_checks_task", "task_key"),
)

datasets = table(
    "datasets",
    key(),  # made of name and digest
    text("name", null=False),  # folder name and a running number: harbor_dataset_001
    text("digest", null=False),  # over the digests of its tasks
    text("path", null=False),
    text("tasks", null=False),  # JSON list of {name, digest}
    text("body", null=False),  # JSON: what was left out and why, what it was made from
    whole("cluster_key"),
    whole("created_ms", null=False),
    Index("datasets_name", "name"),
)

eval_runs = table(
    "eval_runs",
    key(),
    text("name", null=False),  # the job's name: what a person calls the run
    text("dataset", null=False),
    text("dataset_digest", null=False),
    text("agent", null=False),
    text("agent_version"),
    text("model"),
    text("environment", null=False),
    text("harbor"),  # its version; null: the run was imported and does not say
    whole("attempts", null=False),
    text("identity", null=False),  # JSON: every fact two runs must share, or may differ in, to be compared
    text("state", null=False),  # running | complete | interrupted | failed
    whole("started_ms", null=False),
    whole("ended_ms"),
    text("jobs_path"),
    whole("expected", null=False),  # trials that were ordered
    whole("valid", null=False),
    whole("invalid", null=False),
    Column("reward", REAL),  # mean over tasks of the mean over valid attempts; null: nothing was valid
    whole("input"),
    whole("cached"),
    whole("output"),
    whole("cost_microusd"),
    whole("duration_ms"),
    whole("baseline_key"),
    text("verdict"),  # regression | improvement | equivalent | inconclusive | insufficient_power | not_comparable
    text("body", null=False),  # JSON: the comparison, warnings, skipped tasks
    Index("eval_runs_dataset", "dataset", "started_ms"),
)

trials = table(
    "trials",
    key(),  # made of run, task and attempt
    whole("run_key", null=False),
    text("task", null=False),
    text("digest"),
    whole("attempt", null=False),
    text("trial_id"),
    Column("reward", REAL),
    whole("valid", null=False),
    text("cause"),  # why it is not valid, or what the agent ran out of
    text("exception"),
    text("message"),  # redacted
    whole("input"),
    whole("cached"),
    whole("output"),
    whole("cost_microusd"),
    whole("setup_ms"),
    whole("agent_ms"),
    whole("verifier_ms"),
    whole("started_ms"),
    whole("ended_ms"),
    Index("trials_run", "run_key"),
    Index("trials_task", "digest"),
)

tickets = table(
    "tickets",
    key(),  # made of the cluster: one problem, one ticket
    whole("cluster_key", null=False),
    text("title", null=False),
    text("priority", null=False),  # P1 | P2 | P3 | P4
    text("state", null=False),  # open | quiet | reopened | closed
    text("digest", null=False),  # of the text, so that an unchanged ticket is not written again
    text("path"),
    text("link"),  # where it was opened
    text("body", null=False),  # JSON: the ticket as it was told last
    whole("created_ms", null=False),
    whole("updated_ms", null=False),
)
