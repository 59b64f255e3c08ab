"""Fixtures for everybody: a place for a fresh store, on each engine."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import stamina
from hypothesis import settings

from codex_loop.remote.post import ATTEMPTS
from tools.catalog import MissingToolError
from tools.postgres import running_postgres

# How long an example takes says how busy the machine is.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """A real server, started once: the URL of a database of it. Without PostgreSQL: skipped, in CI failed."""
    server = running_postgres()
    try:
        url = server.__enter__()
    except MissingToolError as error:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(str(error))
    try:
        yield url
    finally:
        server.__exit__(None, None, None)


@pytest.fixture
def postgres_place(postgres_server: str) -> Iterator[str]:
    """A fresh, empty schema of a real PostgreSQL; a database of its own would cost ten times as long."""
    import psycopg

    name = f"test_{time.monotonic_ns()}"
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {name}")
    try:
        yield f"{postgres_server}?options=-csearch_path%3D{name}"
    finally:
        with psycopg.connect(postgres_server, autocommit=True) as connection:
            # A test that left a transaction open fails; it does not hang.
            connection.execute("SET lock_timeout = '10s'")
            connection.execute(f"DROP SCHEMA {name} CASCADE")


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A place where no store is yet: a file for SQLite, a URL for PostgreSQL. The test runs once on each."""
    if request.param == "sqlite":
        return str(tmp_path / "store" / "codex-loop.db")
    return str(request.getfixturevalue("postgres_place"))


@pytest.fixture(scope="session", autouse=True)
def no_waiting_for_providers() -> Iterator[None]:
    """What would be asked again in a while is asked again at once."""
    with stamina.set_testing(True, attempts=ATTEMPTS):
        yield
