"""Upserts merge: whatever order rows come in, and however often, the stored row is the same, on both engines."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Table

from codex_loop.store import schema
from codex_loop.store.engine import Database, open_for_writing
from codex_loop.store.statements import MERGES

ADDITIVE = {schema.unknown_types, schema.redactions}
"""Counters: the writer adds only what is new, so their upserts are not idempotent."""
TABLES = sorted(set(MERGES) - ADDITIVE, key=lambda table: table.name)


@pytest.fixture
def database(place: str) -> Iterator[Database]:
    with open_for_writing(place) as opened:
        yield opened


def merged_columns(table: Table) -> set[str]:
    return set(MERGES[table])


def rows(table: Table) -> st.SearchStrategy[tuple[dict[str, Any], ...]]:
    """Three rows of one key: they may differ in whatever is merged, the rest of a key's row is always the same."""
    merged = merged_columns(table)
    fixed = {column.name: _same(column.name, str(column.type)) for column in table.columns if column.name not in merged}
    drawn = {column.name: _drawn(table, column.name) for column in table.columns if column.name in merged}
    one = st.fixed_dictionaries(drawn).map(lambda varied: fixed | varied)
    return st.tuples(one, one, one).map(lambda three: tuple(_consistent(table, row) for row in three))


def _same(name: str, kind: str) -> Any:
    return 1 if "INT" in kind else 1.0 if "DOUBLE" in kind else name


def _drawn(table: Table, name: str) -> st.SearchStrategy[Any]:
    column = table.c[name]
    kind = str(column.type)
    values: st.SearchStrategy[Any] = st.integers(0, 3) if "INT" in kind else st.sampled_from(["a", "b", "B", "é"])
    if "DOUBLE" in kind:
        values = st.sampled_from([0.5, 1.5, 2.5])
    return values if not column.nullable else st.none() | values


def _consistent(table: Table, row: dict[str, Any]) -> dict[str, Any]:
    """What capture promises of every row: who owns it decides where it was read from, and rank goes with value."""
    if table in (schema.usage_events, schema.limit_samples):
        row |= {"source_id": row["session_key"] or 0, "line_offset": row["session_key"] or 0}
    for value, rank in (("model", "model_ms"), ("title", "title_ms"), ("exit_code", "exit_rank"),
                        ("duration_ms", "duration_rank"), ("output", "output_rank")):  # fmt: skip
        if rank in table.c and (row.get(value) is None or row.get(rank) is None):
            row[value] = row[rank] = None
    return row


def stored(database: Database, table: Table, each: tuple[dict[str, Any], ...]) -> tuple[Any, ...]:
    database.execute(f"DELETE FROM {table.name}")
    columns = database.columns[table.name]
    with database.transaction():
        for row in each:
            database.many(f"upsert {table.name}", [tuple(row[name] for name in columns)])
    (found,) = database.rows(f"SELECT {', '.join(columns)} FROM {table.name}")
    return found


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_the_order_and_number_of_rows_do_not_matter(database: Database, table: Table) -> None:
    if not MERGES[table]:
        pytest.skip("the first row stays: its rows are equal by their key")

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(three=rows(table))
    def holds(three: tuple[dict[str, Any], ...]) -> None:
        first = stored(database, table, three)
        for other in permutations(three):
            assert stored(database, table, other) == first
        assert stored(database, table, three + three[:2]) == first

    holds()


def test_counters_add_up(database: Database) -> None:
    rows = [("codex-rollout", "new", "1.0", 2, 10, 20), ("codex-rollout", "new", "1.0", 3, 5, 15)]
    database.many("upsert unknown_types", rows)
    found = database.rows("SELECT count, first_seen_ms, last_seen_ms FROM unknown_types")
    assert found == [(5, 5, 20)]
