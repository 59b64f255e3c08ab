"""The checked-in SQL is what the schema and the statements compile to; rows of capture fit it."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from codex_loop.capture import rows
from codex_loop.capture.counting.base import Into, unchanged
from codex_loop.capture.counting.codex import CodexCounter, RolloutCount
from codex_loop.capture.fold import Folder
from codex_loop.capture.fold_state import FoldState
from codex_loop.model import records as r
from codex_loop.model.keys import key
from codex_loop.store import compile as compiling
from codex_loop.store import schema, statements
from codex_loop.store.compiled import postgresql, sqlite
from codex_loop.store.engine import Database, open_for_writing

ENGINES: dict[str, ModuleType] = {"sqlite": sqlite, "postgresql": postgresql}
HERE = Path(compiling.__file__).parent / "compiled"


@pytest.mark.parametrize("engine", ENGINES)
def test_the_compiled_module_is_up_to_date(engine: str) -> None:
    text = (HERE / f"{engine}.py").read_text(encoding="utf-8")
    assert text == compiling.source_text(engine), "run python -m codex_loop.store.compile"


@pytest.mark.parametrize("engine", ENGINES)
def test_columns_are_those_of_the_schema(engine: str) -> None:
    columns = ENGINES[engine].COLUMNS
    assert columns == {table.name: statements.columns(table) for table in schema.metadata.sorted_tables}


@pytest.mark.parametrize("engine", ENGINES)
def test_an_upsert_takes_the_columns_in_their_order(engine: str) -> None:
    module = ENGINES[engine]
    for table in statements.MERGES:
        sql, order = module.STATEMENTS[f"upsert {table.name}"]
        assert order == module.COLUMNS[table.name]
        assert sql.count("?" if engine == "sqlite" else "%s") == len(order)


def test_both_engines_have_the_same_statements() -> None:
    assert list(sqlite.STATEMENTS) == list(postgresql.STATEMENTS)
    for name, (_, order) in sqlite.STATEMENTS.items():
        assert sorted(order) == sorted(postgresql.STATEMENTS[name][1]), name


def test_what_is_read_from_the_database_has_the_order_of_its_columns(place: str) -> None:
    with open_for_writing(place) as database:
        for name, columns in database.columns.items():
            assert _columns(database, name) == columns


def _columns(database: Database, table: str) -> tuple[str, ...]:
    cursor = database.connection.execute(f"SELECT * FROM {table} LIMIT 0")
    return tuple(column[0] for column in cursor.description)


def everything() -> list[r.AnyRecord]:
    """One record of each kind, with every optional value there."""
    at: Any = {"offset": 0, "time_ms": 1000, "session": "s", "turn": "t"}
    return [
        r.SessionStarted(**at, lineage="main", started_ms=900, cwd="/x", title="a title"),
        r.TurnStarted(**at, approval_policy="never", sandbox_policy="read-only", model="m", effort="high", cwd="/x"),
        r.UserMessage(**at, text="please", author="human", images=1),
        r.AgentMessage(**at, text="done", phase="final", model="m"),
        r.Reasoning(**at, text="hm"),
        r.Attachment(**at, name="file", text="content", size=7),
        r.ToolCall(**at, call_id="c", name="shell", arguments="{}", command="ls", cwd="/x"),
        r.ToolResult(**at, call_id="c", status="failed", exit_code=1, duration_ms=5, output="no", basis="payload"),
        r.ApprovalRequested(**at, call_id="c", request_id="q", reason="why", command="ls"),
        r.ApprovalDecided(**at, call_id="c", request_id="q", decision="approved", who="user", basis="event"),
        r.FileChange(**at, call_id="c", path="/x/a", change="add", added=1, removed=0, ok=True, diff="+a"),
        r.Compaction(**at, trigger="auto", pre_tokens=10, post_tokens=2, summary="short"),
        r.Interrupted(**at, during="tool", reason="escape", call_id="c"),
        r.Reverted(**at, scope="revert", turns=1),
        r.Problem(**at, scope="stream_error", message="lost", code="e", http_status=500, attempt=2),
        r.PlanUpdated(**at, steps=(("done", "one"),), explanation="because"),
        r.SessionEnded(**at, reason="exit", cost_usd=1.0, totals="{}"),
        r.TurnEnded(**at, status="completed", duration_ms=100, first_token_ms=10),
        r.Unknown(**at, type="new"),
    ]


def test_folded_rows_fit_their_tables(place: str) -> None:
    folder = Folder("codex", "host", 1, FoldState(), {0: 42})
    for record in everything():
        folder.add(record)
    made = folder.rows()
    assert {"sessions", "turns", "messages", "tool_calls", "approvals", "file_changes", "compactions", "events"} <= set(
        made
    )
    with open_for_writing(place) as database:
        for table, found in made.items():
            names = database.columns[table]
            assert {len(row) for row in found} == {len(names)}, table
            if table != "sessions":
                assert names[-2:] == ("source_id", "line_offset")
                assert {row[-2:] for row in found} == {(1, 0)}, table
            database.many(f"upsert {table}", found)
        (row,) = database.rows("SELECT name, status, exit_code, duration_ms, output, basis FROM tool_calls")
        assert row == ("shell", "failed", 1, 5, "no", "payload")
        (turn,) = database.rows("SELECT native_id, status, model, effort, approval_policy, prompt FROM turns")
        assert turn == ("t", "completed", "m", "high", "never", "please")


def test_ledger_rows_fit_their_tables(place: str) -> None:
    line = b'{"type":"event_msg","payload":{"type":"token_count","info":{"model":"m","total_token_usage":%b}}}\n'
    block = line % b'{"input_tokens":1,"output_tokens":2}'
    (usage,) = CodexCounter().count(RolloutCount(), Into("rollout-x.jsonl", "codex", 1), block, 3).usages
    limit = r.LimitObserved(offset=3, time_ms=1, session="s", limit_id="codex", slot="primary", used_percent=1.5)
    ended = r.SessionEnded(offset=3, time_ms=1, session="s", cost_usd=2.5, totals="{}")
    made = {
        "usage_events": usage,
        "limit_samples": rows.limit_row("codex", "host", limit, 1, unchanged),
        "agent_totals": rows.totals_row(1, ended, 1),
    }
    with open_for_writing(place) as database:
        for table, row in made.items():
            assert len(row) == len(database.columns[table]), table
            at = database.columns[table].index("source_id")
            assert row[at : at + 2] == (1, 3)
            database.many(f"upsert {table}", [row])
        assert database.rows("SELECT model, input, output FROM usage_events") == [("m", 1, 2)]
        assert database.rows("SELECT limit_id, slot, used_percent FROM limit_samples") == [("codex", "primary", 1.5)]
        assert database.rows("SELECT cost_usd, totals FROM agent_totals") == [(2.5, "{}")]


@pytest.mark.parametrize("account", [None, "acct-é"])
def test_a_limit_is_named_by_what_it_says(account: str | None) -> None:
    limit = r.LimitObserved(
        offset=3, time_ms=1_795_244_402_305, session="s", limit_id="codex", slot="primary", window_minutes=300,
        used_percent=12.5, account=account,
    )  # fmt: skip
    name = key("limit", "codex", "höst", "codex", "primary", 300, 1_795_244_402_305, "12.5", *filter(None, [account]))
    row = rows.limit_row("codex", "höst", limit, 1, unchanged)
    assert row[0] & (1 << 47) - 1 == name & (1 << 47) - 1
