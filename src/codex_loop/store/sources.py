"""The files that were ever seen, and where each lane stands in them."""

from __future__ import annotations

from typing import NamedTuple

from codex_loop.store.engine import Database

HERE = ("active", "unreadable")
"""States of a file that is where it was, as far as anybody knows."""


class LaneMark(NamedTuple):
    """The file as it was when a lane was last up to date."""

    position: int
    seen_size: int
    seen_mtime_ns: int


class KnownFile(NamedTuple):
    """One generation of one file."""

    id: int
    source: str
    agent: str
    path: str
    unit: str
    dev: int
    ino: int
    generation: int
    state: str
    accounting: LaneMark | None
    full: LaneMark | None

    def lane(self, name: str) -> LaneMark | None:
        return self.accounting if name == "accounting" else self.full


class NewFile(NamedTuple):
    """A file, or a new generation of one, about to be read for the first time."""

    source: str
    agent: str
    path: str
    unit: str
    dev: int
    ino: int
    generation: int


_KNOWN = """
SELECT f.id, f.source, f.agent, f.path, f.unit, f.dev, f.ino, f.generation, f.state,
       a.position, a.seen_size, a.seen_mtime_ns, b.position, b.seen_size, b.seen_mtime_ns
FROM source_files f
LEFT JOIN cursors a ON a.source_id = f.id AND a.lane = 'accounting'
LEFT JOIN cursors b ON b.source_id = f.id AND b.lane = 'full'
WHERE f.host = ? ORDER BY f.generation
"""


def known(database: Database, host: str) -> list[KnownFile]:
    """Every generation of every file of this host, older generations first."""
    return [
        KnownFile._make((*row[:9], _lane_mark(*row[9:12]), _lane_mark(*row[12:15])))
        for row in database.rows(_KNOWN, (host,))
    ]


def _lane_mark(position: int | None, seen_size: int, seen_mtime_ns: int) -> LaneMark | None:
    return None if position is None else LaneMark(position, seen_size, seen_mtime_ns)


def register(database: Database, host: str, new: list[NewFile], now_ms: int) -> list[KnownFile]:
    """Give new files their ids; one that another process registered meanwhile keeps the id it got there."""
    with database.transaction():
        return [KnownFile(_register(database, host, file, now_ms), *file, "active", None, None) for file in new]


def _register(database: Database, host: str, file: NewFile, now_ms: int) -> int:
    identity = (host, file.source, file.dev, file.ino, file.generation)
    row = database.one(
        "SELECT id FROM source_files WHERE host = ? AND source = ? AND dev = ? AND ino = ? AND generation = ?", identity
    )
    if row is not None:
        return int(row[0])
    if file.generation:
        database.execute(
            "UPDATE source_files SET state = 'replaced'"
            " WHERE host = ? AND source = ? AND dev = ? AND ino = ? AND generation < ?",
            identity,
        )
    values = (host, *file, "active", None, None, None, now_ms, now_ms)
    return int(database.named("insert source_files", values)[0][0])


def moved(database: Database, source_id: int, path: str, unit: str, dev: int, ino: int) -> None:
    """The same logical file has a new place: renamed into the archive folder, or compressed."""
    database.execute(
        "UPDATE source_files SET path = ?, unit = ?, dev = ?, ino = ?, state = 'active' WHERE id = ?",
        (path, unit, dev, ino, source_id),
    )


def mark(database: Database, ids: list[int], state: str) -> None:
    for source_id in ids:
        database.execute("UPDATE source_files SET state = ? WHERE id = ?", (state, source_id))


def rejected(database: Database, source_id: int) -> int:
    """Lines of a file that the full lane could not decode: they are in the quarantine, not in the archive."""
    row = database.one("SELECT rejected FROM cursors WHERE source_id = ? AND lane = 'full'", (source_id,))
    return int(row[0]) if row else 0


def audit(database: Database, time_ms: int, source_id: int | None, event: str, detail: str) -> None:
    database.named("insert audit_log", (time_ms, source_id, event, detail))
