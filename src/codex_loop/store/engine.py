"""One connection, two engines: the driver is used directly, with statements that were compiled beforehand.

SQLite: one file, WAL, one writer at a time (`BEGIN IMMEDIATE`). PostgreSQL: one writer at a time as well, by an
advisory lock, so that a batch is one decision on both engines and merges never deadlock.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, Literal, Self

from codex_loop.errors import (
    MissingTool,
    SchemaTooNew,
    StoreDamaged,
    StoreError,
    StoreFull,
    StoreLocked,
    StoreMissing,
    StoreReadOnly,
)
from codex_loop.store.revision import HEAD, KNOWN

if TYPE_CHECKING:
    from types import TracebackType

Row = tuple[Any, ...]
_WRITER_LOCK = 0x636F6465786C6F  # "codexlo": the one advisory lock of a store
_BUSY_MS = 30_000


def busy_ms() -> int:
    """How long to wait for another writer: CODEX_LOOP_BUSY_MS, else half a minute."""
    asked = os.environ.get("CODEX_LOOP_BUSY_MS", "")
    return int(asked) if asked.isdecimal() else _BUSY_MS


class Database:
    """A store's connection. Statements are named (see `statements.py`) or portable SQL with `?` marks."""

    engine: Literal["sqlite", "postgresql"]

    def __init__(self, place: str, connection: Any, compiled: ModuleType, errors: type[Exception]) -> None:
        self.place = place
        self.connection = connection
        self._statements: dict[str, tuple[str, tuple[str, ...]]] = compiled.STATEMENTS
        self.columns: dict[str, tuple[str, ...]] = compiled.COLUMNS
        self._schema: tuple[str, ...] = compiled.SCHEMA
        self._errors = errors
        self._depth = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self.connection.close()

    def rows(self, sql: str, parameters: Sequence[object] = ()) -> list[Row]:
        """All rows of a portable query."""
        with self.translated():
            return list(self.connection.execute(self.spelled(sql), tuple(parameters)).fetchall())

    def stream(self, sql: str, parameters: Sequence[object] = ()) -> Iterator[Row]:
        """The rows of a portable query one by one, for results too large to hold."""
        with self.translated():
            yield from self.connection.execute(self.spelled(sql), tuple(parameters))

    def one(self, sql: str, parameters: Sequence[object] = ()) -> Row | None:
        with self.translated():
            row: Row | None = self.connection.execute(self.spelled(sql), tuple(parameters)).fetchone()
            return row

    def execute(self, sql: str, parameters: Sequence[object] = ()) -> int:
        """Run a portable statement; the number of rows it changed."""
        with self.translated():
            return int(self.connection.execute(self.spelled(sql), tuple(parameters)).rowcount)

    def named(self, name: str, parameters: Sequence[object]) -> list[Row]:
        """Run a named statement once; its rows, if it returns any."""
        with self.translated():
            cursor = self.connection.execute(self._statements[name][0], tuple(parameters))
            return list(cursor.fetchall()) if cursor.description else []

    def many(self, name: str, rows: Sequence[Row]) -> int:
        """Run a named statement for each row; how many rows it changed."""
        if not rows:
            return 0
        with self.translated():
            cursor = self.connection.cursor()
            cursor.executemany(self._statements[name][0], rows)
            return int(cursor.rowcount)

    def order(self, name: str) -> tuple[str, ...]:
        """The order in which a named statement takes its parameters."""
        return self._statements[name][1]

    def indexes(self, tables: Sequence[str]) -> list[tuple[str, str]]:
        """(name, statement that makes it) of every index on these tables in the newest schema."""
        words = [(statement.split(), statement) for statement in self._schema if statement.startswith("CREATE INDEX ")]
        return [(parts[2], statement) for parts, statement in words if parts[4] in tables]

    def spelled(self, sql: str) -> str:
        raise NotImplementedError

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """A write transaction: everything or nothing, nobody else writes until it ends. An inner joins the outer."""
        if self._depth:
            yield
            return
        self._depth = 1
        try:
            with self._transaction():
                yield
        finally:
            self._depth = 0

    def _transaction(self) -> contextlib.AbstractContextManager[None]:
        raise NotImplementedError

    def tables(self) -> set[str]:
        raise NotImplementedError

    def made_indexes(self) -> set[str]:
        """The names of all indexes there are."""
        raise NotImplementedError

    def prepare(self) -> None:
        """What a store of ours is set to, and a database of somebody else must not be."""

    def translated(self) -> contextlib.AbstractContextManager[None]:
        """Driver errors become one sentence of ours."""
        raise NotImplementedError

    def create(self) -> None:
        """Make the newest schema in an empty database: one transaction."""
        with self.transaction():
            if "alembic_version" in self.tables():
                return
            for statement in self._schema:
                self.connection.execute(statement)
            self.connection.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)")
            self.execute("INSERT INTO alembic_version (version_num) VALUES (?)", (HEAD,))

    def revision(self) -> str | None:
        """The schema's revision; None for a database that is no store (yet)."""
        if "alembic_version" not in self.tables():
            return None
        row = self.one("SELECT version_num FROM alembic_version")
        return None if row is None else str(row[0])


class SQLite(Database):
    engine = "sqlite"

    def spelled(self, sql: str) -> str:
        return sql

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        with self.translated():
            self.connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            with self.translated():
                self.connection.execute("COMMIT")
        except BaseException:
            if self.connection.in_transaction:
                self.connection.execute("ROLLBACK")
            raise

    def tables(self) -> set[str]:
        return {name for (name,) in self.rows("SELECT name FROM sqlite_master WHERE type = 'table'")}

    def made_indexes(self) -> set[str]:
        return {name for (name,) in self.rows("SELECT name FROM sqlite_master WHERE type = 'index'")}

    def prepare(self) -> None:
        with self.translated():
            self.connection.execute("PRAGMA journal_mode = WAL")
            self.connection.execute("PRAGMA synchronous = NORMAL")
            self.connection.execute("PRAGMA wal_autocheckpoint = 8000")

    @contextlib.contextmanager
    def translated(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise sqlite_error(self.place, error) from error


def sqlite_error(place: str, error: sqlite3.Error) -> StoreError:
    code = getattr(error, "sqlite_errorcode", None)
    base = None if code is None else code & 0xFF
    if base in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return StoreLocked(place)
    if base == sqlite3.SQLITE_FULL:
        return StoreFull(place)
    if base in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
        return StoreReadOnly(place)
    if base in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
        return StoreDamaged(place, detail=str(error))
    if base == sqlite3.SQLITE_IOERR:
        return StoreFull(place) if "full" in str(error) else StoreError(place, reason=f"cannot be accessed: {error}")
    return StoreError(place, reason=f"refused: {error}")


class PostgreSQL(Database):
    engine = "postgresql"

    def spelled(self, sql: str) -> str:
        return sql.replace("%", "%%").replace("?", "%s")

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        with self.translated():
            self.connection.execute("BEGIN")
        try:
            with self.translated():
                self.connection.execute("SELECT pg_advisory_xact_lock(%s)", (_WRITER_LOCK,))
            yield
            with self.translated():
                self.connection.execute("COMMIT")
        except BaseException:
            if not self.connection.closed:
                self.connection.execute("ROLLBACK")
            raise

    def tables(self) -> set[str]:
        return {name for (name,) in self.rows("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")}

    def made_indexes(self) -> set[str]:
        return {name for (name,) in self.rows("SELECT indexname FROM pg_indexes WHERE schemaname = current_schema()")}

    @contextlib.contextmanager
    def translated(self) -> Iterator[None]:
        try:
            yield
        except self._errors as error:
            raise postgres_error(self.place, error) from error


def postgres_error(place: str, error: Exception) -> StoreError:
    state = getattr(error, "sqlstate", None) or ""
    if state.startswith("53100"):
        return StoreFull(place)
    if state.startswith("55"):
        return StoreLocked(place)
    if state.startswith(("25006", "42501", "28")):
        return StoreReadOnly(place)
    return StoreError(place, reason=f"refused: {str(error).strip().splitlines()[0] if str(error) else error!r}")


def is_url(place: str) -> bool:
    return place.startswith(("postgresql://", "postgres://"))


def shown(place: str) -> str:
    """The place without a password, for messages."""
    if not is_url(place) or "@" not in place:
        return place
    scheme, rest = place.split("://", 1)
    return f"{scheme}://{rest.rsplit('@', 1)[1]}"


def open_for_writing(place: str) -> Database:
    """The store at `place`, made if absent, upgraded if older. Refuses a newer one."""
    database = _postgres(place) if is_url(place) else _sqlite(Path(place).expanduser())
    try:
        revision = database.revision()
        if revision is None:
            _refuse_foreign(database)
        database.prepare()
        if revision is None:
            database.create()
            revision = database.revision()
        if revision != HEAD:
            _upgrade(database, revision)
    except BaseException:
        database.close()
        raise
    return database


def open_for_reading(place: str) -> Database:
    """The existing store at `place`, read-only. An older schema is upgraded first, where that is possible."""
    if is_url(place):
        return open_for_writing(place)
    path = Path(place).expanduser()
    if not path.exists():
        raise StoreMissing(str(path))
    database = _sqlite(path, read_only=True)
    try:
        revision = database.revision()
    except BaseException:
        database.close()
        raise
    if revision == HEAD:
        return database
    database.close()
    if revision is None:
        raise StoreMissing(str(path))
    return open_for_writing(place)


def open_existing(place: str) -> Database:
    """The existing store at `place`, for writing; never makes one."""
    if not is_url(place) and not Path(place).expanduser().exists():
        raise StoreMissing(place)
    return open_for_writing(place)


def _refuse_foreign(database: Database) -> None:
    strangers = database.tables() - {"sqlite_sequence"}
    if strangers and "alembic_version" not in strangers:  # else another process has just made our store there
        raise StoreDamaged(database.place, detail=f"it belongs to another program: it has a table {min(strangers)}")


def _upgrade(database: Database, revision: str | None) -> None:
    if revision not in KNOWN:
        raise SchemaTooNew(database.place, found=str(revision), known=HEAD)
    # Alembic and SQLAlchemy cost half a second to import: only a store that is behind pays it.
    migrate = importlib.import_module("codex_loop.store.migrate")
    migrate.upgrade(database)


def _sqlite(path: Path, *, read_only: bool = False) -> SQLite:
    place = str(path)
    if path.is_dir():
        raise StoreError(place, reason="is a folder; name a file with --db")
    compiled = importlib.import_module("codex_loop.store.compiled.sqlite")
    try:
        if not read_only:
            _make_private(path)
        uri = f"{path.absolute().as_uri()}?mode={'ro' if read_only else 'rw'}"
        connection = sqlite3.connect(uri, uri=True, isolation_level=None, timeout=busy_ms() / 1000)
    except PermissionError as error:
        raise StoreReadOnly(place) from error
    except OSError as error:
        raise StoreError(place, reason=f"cannot be opened: {error.strerror or error}") from error
    except sqlite3.Error as error:
        raise sqlite_error(place, error) from error
    database = SQLite(place, connection, compiled, sqlite3.Error)
    try:
        with database.translated():
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute("PRAGMA cache_size = -24000")
            connection.execute("PRAGMA temp_store = MEMORY")
    except BaseException:
        connection.close()
        raise
    return database


def _make_private(path: Path) -> None:
    """An absent store is created readable by its owner only."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileExistsError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))


def _postgres(place: str) -> PostgreSQL:
    try:
        psycopg = importlib.import_module("psycopg")
    except ImportError as error:
        raise MissingTool("psycopg", hint="install it with `pip install 'codex-loop[postgres]'`") from error
    compiled = importlib.import_module("codex_loop.store.compiled.postgresql")
    try:
        connection = psycopg.connect(place, autocommit=True)
    except psycopg.Error as error:
        raise StoreError(shown(place), reason=f"does not answer: {str(error).strip().splitlines()[0]}") from error
    connection.execute(f"SET lock_timeout = {busy_ms()}")
    return PostgreSQL(shown(place), connection, compiled, psycopg.Error)
