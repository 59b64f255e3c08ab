"""An older store is upgraded where it lies: everything kept, each step whole or not at all, on both engines.

The frozen first schema must become the newest; for the way there, these tests bring a later schema of their own.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from codex_loop.errors import SchemaTooNew
from codex_loop.store import engine, migrate, revision
from codex_loop.store.engine import Database, open_for_reading, open_for_writing

FROZEN = Path(migrate.__file__).parent / "migrations"
HEAD = revision.HEAD
FIRST = f'revision = "{HEAD}"\ndown_revision = None\n\n\ndef upgrade() -> None:\n    pass\n'
NEXT = "9999"
SECOND = f"""
import sqlalchemy
from alembic import op

revision = "{NEXT}"
down_revision = "{HEAD}"


def upgrade() -> None:
    with op.batch_alter_table("runs") as table:
        table.add_column(sqlalchemy.Column("machine", sqlalchemy.Text(), nullable=True))
    op.execute("UPDATE runs SET machine = 'unknown'")
"""
BROKEN = SECOND + '    op.execute("UPDATE no_such_table SET x = 1")\n'


@pytest.fixture
def old_store(place: str) -> str:
    """A store of today's schema with a row in it."""
    with open_for_writing(place) as database:
        assert database.revision() == HEAD
        database.named("insert runs", (1, 2, "ingest", "{}"))
    return place


def later_version(monkeypatch: pytest.MonkeyPatch, folder: Path, second: str) -> None:
    """From now on this is a version of the product that knows a second schema."""
    scripts = folder / "migrations"
    (scripts / "versions").mkdir(parents=True)
    shutil.copy(Path(migrate.__file__).parent / "migrations" / "env.py", scripts)
    (scripts / "versions" / f"{HEAD}_first.py").write_text(FIRST)
    (scripts / "versions" / f"{NEXT}_second.py").write_text(second)
    monkeypatch.setattr(migrate, "_SCRIPTS", scripts)
    monkeypatch.setattr(engine, "KNOWN", (*revision.KNOWN, NEXT))
    monkeypatch.setattr(engine, "HEAD", NEXT)


def runs(database: Database) -> list[tuple[object, ...]]:
    return database.rows("SELECT command, machine FROM runs")


@pytest.mark.parametrize("opening", [open_for_writing, open_for_reading])
def test_an_older_store_is_upgraded_when_it_is_opened(
    old_store: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, opening: Callable[[str], Database]
) -> None:
    later_version(monkeypatch, tmp_path, SECOND)
    with opening(old_store) as database:
        assert database.revision() == NEXT
        assert runs(database) == [("ingest", "unknown")]
    with open_for_reading(old_store) as database:
        assert runs(database) == [("ingest", "unknown")]


def test_a_step_that_fails_leaves_the_store_as_it_was(
    old_store: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with monkeypatch.context() as patch:
        later_version(patch, tmp_path, BROKEN)
        with pytest.raises(Exception, match="no_such_table"):
            open_for_writing(old_store)
    with open_for_writing(old_store) as database:
        assert database.revision() == HEAD
        assert database.rows("SELECT command FROM runs") == [("ingest",)]
        assert "machine" not in {column[0] for column in database.connection.execute("SELECT * FROM runs").description}


def test_the_older_version_refuses_the_upgraded_store(
    old_store: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with monkeypatch.context() as patch:
        later_version(patch, tmp_path, SECOND)
        open_for_writing(old_store).close()
    with pytest.raises(SchemaTooNew, match=NEXT):
        open_for_writing(old_store)


def test_every_known_schema_but_the_first_has_its_migration() -> None:
    written = {path.name[:4] for path in (Path(migrate.__file__).parent / "migrations" / "versions").glob("*.py")}
    assert set(revision.KNOWN[1:]) <= written
    assert revision.KNOWN[-1] == revision.HEAD
    assert list(revision.KNOWN) == sorted(revision.KNOWN)


def store_of_the_first_schema(place: str) -> None:
    """What the first released version left behind."""
    is_url = place.startswith("postgresql")
    script = (FROZEN / "first" / f"{'postgresql' if is_url else 'sqlite'}.sql").read_text(encoding="utf-8")
    script += "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL);\n"
    script += "INSERT INTO alembic_version VALUES ('0001');\n"
    script += "INSERT INTO runs (started_ms, ended_ms, command, result) VALUES (1, 2, 'ingest', '{}');\n"
    if is_url:
        with psycopg.connect(place, autocommit=True) as connection:
            connection.execute(script.encode())
        return
    Path(place).parent.mkdir(parents=True)
    with closing(sqlite3.connect(place)) as connection:
        connection.executescript(script)


def test_a_store_of_the_first_version_becomes_one_of_today(place: str) -> None:
    store_of_the_first_schema(place)
    with open_for_writing(place) as database:
        assert database.revision() == HEAD
        assert database.rows("SELECT command FROM runs") == [("ingest",)]
        for name, columns in database.columns.items():
            found = database.connection.execute(f"SELECT * FROM {name} LIMIT 0").description
            assert tuple(column[0] for column in found) == columns
