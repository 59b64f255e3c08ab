"""Writes `compiled/sqlite.py` and `compiled/postgresql.py`: run `python -m codex_loop.store.compile` after a change.

Not imported by the product at run time.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import TextClause
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.schema import CreateIndex, CreateTable

from codex_loop.store import schema, statements

ENGINES = ("sqlite", "postgresql")

FULL_TEXT = {
    "sqlite": (
        "CREATE VIRTUAL TABLE documents_fts USING fts5(body, content='', tokenize='unicode61 remove_diacritics 2')",
    ),
    "postgresql": (
        "CREATE TABLE documents_fts (rowid BIGINT PRIMARY KEY, body TSVECTOR NOT NULL)",
        "CREATE INDEX documents_fts_body ON documents_fts USING gin (body)",
    ),
}


def dialect(engine: str) -> Dialect:
    return sqlite.dialect() if engine == "sqlite" else postgresql.dialect(paramstyle="format")  # type: ignore[no-untyped-call]


def ddl(engine: str) -> tuple[str, ...]:
    """The statements that make an empty database one of the newest schema."""
    made = []
    for table in schema.metadata.sorted_tables:
        made.append(str(CreateTable(table).compile(dialect=dialect(engine))).strip())
        indexes = sorted(table.indexes, key=lambda index: str(index.name))
        made.extend(str(CreateIndex(index).compile(dialect=dialect(engine))).strip() for index in indexes)
    return (*made, *FULL_TEXT[engine])


def compiled(engine: str) -> dict[str, tuple[str, tuple[str, ...]]]:
    """name -> (SQL with positional marks, the order of its parameters)."""
    made: dict[str, tuple[str, tuple[str, ...]]] = {}
    for name, statement in statements.build(engine).items():
        if isinstance(statement, TextClause):
            made[name] = (statement.text, ())
            continue
        result = statement.compile(dialect=dialect(engine))  # type: ignore[attr-defined]
        made[name] = (str(result).strip(), tuple(result.positiontup or ()))
    return made


def source_text(engine: str) -> str:
    """The whole module that is checked in for one engine."""
    parts = [f'"""Compiled from `schema.py` and `statements.py` for {engine}; do not edit."""\n\n']
    parts.append("# fmt: off\n# ruff: noqa\nSCHEMA: tuple[str, ...] = (\n")
    parts += [f"    {statement!r},\n" for statement in ddl(engine)]
    parts.append(")\n\nSTATEMENTS: dict[str, tuple[str, tuple[str, ...]]] = {\n")
    for name, (sql, order) in compiled(engine).items():
        parts.append(f"    {name!r}: (\n        {sql!r},\n        {order!r},\n    ),\n")
    parts.append("}\n\nCOLUMNS: dict[str, tuple[str, ...]] = {\n")
    parts += [f"    {table.name!r}: {statements.columns(table)!r},\n" for table in schema.metadata.sorted_tables]
    parts.append("}\n")
    return "".join(parts)


def main() -> None:
    folder = Path(__file__).parent / "compiled"
    for engine in ENGINES:
        (folder / f"{engine}.py").write_text(source_text(engine), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
