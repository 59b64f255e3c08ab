"""One store at one place: made private, refused when it is somebody else's, and never half written."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from codex_loop.errors import Exit, SchemaTooNew, StoreDamaged, StoreError, StoreLocked, StoreMissing
from codex_loop.store import runs
from codex_loop.store.engine import Database, open_for_reading, open_for_writing
from codex_loop.store.revision import HEAD

ROW = ("codex-rollout", "new", "1", 1, 1, 1)


@pytest.fixture
def database(place: str) -> Iterator[Database]:
    with open_for_writing(place) as opened:
        yield opened


def test_a_fresh_place_becomes_a_store_of_the_newest_schema(database: Database) -> None:
    assert database.revision() == HEAD
    assert set(database.columns) <= database.tables()


def test_opening_again_changes_nothing(place: str) -> None:
    with open_for_writing(place) as database:
        runs.record(database, 1, 2, "ingest", "{}")
    with open_for_writing(place) as database:
        assert runs.last_started(database, "ingest") == 1
    with open_for_reading(place) as database:
        assert database.rows("SELECT command FROM runs") == [("ingest",)]


def test_a_transaction_is_everything_or_nothing(database: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        _write_and_fail(database, lambda: 1 // 0)
    assert database.rows("SELECT * FROM unknown_types") == []
    with pytest.raises(StoreError, match="refused"):
        _write_and_fail(database, lambda: database.execute("SELECT * FROM no_such_table"))
    assert database.rows("SELECT * FROM unknown_types") == []
    with database.transaction():
        database.many("upsert unknown_types", [ROW])
    assert database.rows("SELECT count(*) FROM unknown_types") == [(1,)]


def _write_and_fail(database: Database, fail: Callable[[], object]) -> None:
    with database.transaction():
        database.many("upsert unknown_types", [ROW])
        fail()


def test_a_second_writer_waits_and_is_told_so(place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CODEX_LOOP_BUSY_MS", "50")
    with open_for_writing(place) as first, open_for_writing(place) as second:
        with first.transaction():
            with pytest.raises(StoreLocked, match="nothing is lost") as raised, second.transaction():
                pass
            assert raised.value.exit_code == Exit.DEGRADED
            first.many("upsert unknown_types", [ROW])
        with second.transaction():
            second.many("upsert unknown_types", [ROW])
        assert first.rows("SELECT count FROM unknown_types") == [(2,)]


def test_signs_in_portable_sql_mean_themselves(database: Database) -> None:
    database.many("upsert unknown_types", [ROW])
    assert database.rows("SELECT type FROM unknown_types WHERE type LIKE 'n%' AND source = ?", ("codex-rollout",)) == [
        ("new",)
    ]


def test_a_store_of_a_later_version_is_not_touched(place: str) -> None:
    with open_for_writing(place) as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    for opening in (open_for_writing, open_for_reading):
        with pytest.raises(SchemaTooNew, match="9999") as raised:
            opening(place)
        assert raised.value.exit_code == Exit.MISSING
        assert "pip install --upgrade codex-loop" in str(raised.value)


def test_a_missing_store_is_missing(tmp_path: Path) -> None:
    with pytest.raises(StoreMissing, match="codex-loop ingest"):
        open_for_reading(str(tmp_path / "none.db"))
    assert not (tmp_path / "none.db").exists()


def test_a_file_that_is_no_database_is_left_as_it_is(tmp_path: Path) -> None:
    place = tmp_path / "notes.txt"
    place.write_text("my notes, in no way a database\n" * 100)
    before = place.read_bytes()
    for opening in (open_for_writing, open_for_reading):
        with pytest.raises(StoreDamaged, match="cannot be used as a database"):
            opening(str(place))
    assert place.read_bytes() == before


def test_a_database_of_another_program_is_left_as_it_is(tmp_path: Path) -> None:
    place = tmp_path / "theirs.db"
    connection = sqlite3.connect(place)
    connection.execute("CREATE TABLE songs (name)")
    connection.close()
    before = place.read_bytes()
    with pytest.raises(StoreDamaged, match="belongs to another program: it has a table songs"):
        open_for_writing(str(place))
    assert place.read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["theirs.db"]


def test_an_empty_file_becomes_a_store(tmp_path: Path) -> None:
    (tmp_path / "empty.db").touch()
    with open_for_writing(str(tmp_path / "empty.db")) as database:
        assert database.revision() == HEAD


@pytest.mark.skipif(sys.platform == "win32", reason="permissions are of another kind there")
def test_only_its_owner_can_read_a_store(tmp_path: Path) -> None:
    place = tmp_path / "new" / "store.db"
    with open_for_writing(str(place)) as database:
        database.many("upsert unknown_types", [ROW])
        files = list(place.parent.iterdir())
        assert len(files) == 3
        assert {path.stat().st_mode & 0o777 for path in files} == {0o600}


def test_an_odd_path_is_a_path(tmp_path: Path) -> None:
    place = tmp_path / "a b?c#d%20" / "ü;mode=memory.db"
    with open_for_writing(str(place)) as database:
        database.many("upsert unknown_types", [ROW])
    assert place.exists()
    with open_for_reading(str(place)) as database:
        assert database.rows("SELECT count(*) FROM unknown_types") == [(1,)]


def test_reading_never_writes(tmp_path: Path) -> None:
    place = str(tmp_path / "store.db")
    open_for_writing(place).close()
    with open_for_reading(place) as database, pytest.raises(StoreError):
        database.many("upsert unknown_types", [ROW])


OPENS = "import sys; from codex_loop.store.engine import open_for_writing; open_for_writing(sys.argv[1]).close()"


def test_many_processes_may_make_the_same_store_at_once(place: str) -> None:
    started = [
        subprocess.Popen([sys.executable, "-c", OPENS, place], stderr=subprocess.PIPE, text=True) for _ in range(6)
    ]
    told = [process.communicate(timeout=60)[1] for process in started]
    assert [process.returncode for process in started] == [0] * 6, told
    with open_for_reading(place) as database:
        assert database.revision() == HEAD
