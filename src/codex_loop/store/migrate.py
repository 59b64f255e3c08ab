"""Upgrades an older store with Alembic. Imported only when a store is behind."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import StaticPool

from codex_loop.store.engine import Database

_SCRIPTS = Path(__file__).parent / "migrations"


def upgrade(database: Database) -> None:
    """Bring the store to the newest schema; each step and its record commit together."""
    engine = _engine_over(database)
    try:
        with engine.connect() as connection:
            command.upgrade(_config(connection), "head")
            connection.commit()
    finally:
        engine.dispose()


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def _engine_over(database: Database) -> Engine:
    """SQLAlchemy on a second connection to the same place: ours stays free of its transaction habits."""
    if database.engine == "postgresql":
        return create_engine("postgresql+psycopg://", creator=lambda: _second_postgres(database), poolclass=StaticPool)
    engine = create_engine(f"sqlite:///{database.place}", poolclass=StaticPool)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    return engine


def _second_postgres(database: Database) -> object:
    kind = type(database.connection)
    return kind.connect(database.connection.info.dsn, password=database.connection.info.password or None)


def _prepare_sqlite(connection: object, _record: object) -> None:
    # Table rewrites drop and recreate: with foreign keys enforced they would delete child rows.
    connection.isolation_level = None  # type: ignore[attr-defined]
    connection.execute("PRAGMA foreign_keys = OFF")  # type: ignore[attr-defined]
