"""Does the account close? What was read, what became of it, what was not understood, and how big it all is.

For every file and lane: read = stored + duplicate + rejected, in lines; `in_flight` are the bytes behind the last
complete line, which the next look takes.
"""

from __future__ import annotations

import re
from pathlib import Path

import msgspec

from codex_loop.store.engine import Database
from codex_loop.store.revision import HEAD
from codex_loop.store.sessions import moment
from codex_loop.store.sources import HERE


class FileLane(msgspec.Struct, frozen=True, kw_only=True):
    """One lane's account of one file."""

    path: str
    source: str
    agent: str
    generation: int
    state: str
    """active, gone, unreadable, replaced"""
    lane: str
    read: int
    stored: int
    duplicate: int
    rejected: int
    in_flight: int | None
    """Bytes; None for a compressed file, whose size says nothing about its lines."""
    updated_at: str | None
    problems: tuple[str, ...]


class LaneSum(msgspec.Struct, frozen=True, kw_only=True):
    """A lane's account of all files."""

    lane: str
    files: int
    read: int
    stored: int
    duplicate: int
    rejected: int
    in_flight: int


class Rejected(msgspec.Struct, frozen=True):
    """Lines that were kept by hash, head and tail because they cannot be decoded."""

    reason: str
    lanes: str
    """Which lanes met them; a line that both reject counts once."""
    count: int
    last_at: str | None


class RejectedLine(msgspec.Struct, frozen=True, kw_only=True):
    """Where a line lies that cannot be decoded, and why."""

    path: str
    offset: int
    length: int
    reason: str
    lanes: str
    at: str | None


class UnknownType(msgspec.Struct, frozen=True):
    """A kind of record that no decoder knows yet; its lines are in the archive."""

    source: str
    type: str
    agent_version: str
    count: int


class Removed(msgspec.Struct, frozen=True):
    """How often a rule found a secret. Candidates stay in the store and are taken out of whatever leaves it."""

    rule: str
    tier: str
    count: int


class Happened(msgspec.Struct, frozen=True):
    """An event of the audit log."""

    event: str
    count: int
    last_at: str | None
    last_detail: str


class Store(msgspec.Struct, frozen=True, kw_only=True):
    """Where the store is and how big."""

    place: str
    engine: str
    engine_version: str
    schema: str | None
    schema_known: str
    bytes: int | None
    archive_bytes: int
    archive_lines_bytes: int
    """What the archived lines take when they are unpacked."""
    sessions: int
    files: int


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """The whole account."""

    store: Store
    lanes: tuple[LaneSum, ...]
    violations: tuple[str, ...]
    """Where an account does not close; there should never be one."""
    files: tuple[FileLane, ...]
    unread: tuple[str, ...]
    """Files that were found and of which no lane could read anything yet."""
    quarantine: tuple[Rejected, ...]
    rejected_lines: tuple[RejectedLine, ...]
    """The latest of them, with their places."""
    unknown_types: tuple[UnknownType, ...]
    redactions: tuple[Removed, ...]
    audit: tuple[Happened, ...]


def health(database: Database) -> Health:
    """Everything `doctor` says of a store, by reading it only."""
    files = _files(database)
    return Health(
        store=_store(database),
        lanes=tuple(_sum(lane, files) for lane in sorted({file.lane for file in files})),
        violations=tuple(f"{file.path} ({file.lane} lane): {problem}" for file in files for problem in file.problems),
        files=tuple(files),
        unread=tuple(_unread(database)),
        quarantine=tuple(_quarantine(database)),
        rejected_lines=tuple(_rejected_lines(database)),
        unknown_types=tuple(_unknown_types(database)),
        redactions=tuple(_redactions(database)),
        audit=tuple(_audit(database)),
    )


def _files(database: Database) -> list[FileLane]:
    # In one statement: a cursor that moves between two of them would look like a violation.
    rows = database.rows(
        "SELECT f.path, f.source, f.agent, f.unit, f.generation, f.state, c.lane, c.position, c.read, c.stored,"
        " c.duplicate, c.rejected, c.seen_size, c.updated_ms, coalesce(q.count, 0)"
        " FROM source_files f JOIN cursors c ON c.source_id = f.id"
        " LEFT JOIN (SELECT source_id, lane, count(*) AS count FROM quarantine GROUP BY source_id, lane) q"
        " ON q.source_id = c.source_id AND q.lane = c.lane"
        " ORDER BY f.path, f.generation, c.lane"
    )
    return [
        FileLane(
            path=path,
            source=source,
            agent=agent,
            generation=generation,
            state=state,
            lane=lane,
            read=read,
            stored=stored,
            duplicate=duplicate,
            rejected=rejected,
            in_flight=max(seen_size - position, 0) if unit == "lines" else None,
            updated_at=moment(updated_ms),
            problems=tuple(_problems(read, stored, duplicate, rejected, quarantined)),
        )
        for path, source, agent, unit, generation, state, lane, position, read, stored, duplicate, rejected, seen_size,
        updated_ms, quarantined in rows
    ]  # fmt: skip


def _unread(database: Database) -> list[str]:
    rows = database.rows(
        "SELECT path FROM source_files f WHERE f.state IN ('active', 'unreadable')"
        " AND NOT EXISTS (SELECT 1 FROM cursors c WHERE c.source_id = f.id) ORDER BY path"
    )
    return [path for (path,) in rows]


def _problems(read: int, stored: int, duplicate: int, rejected: int, quarantined: int) -> list[str]:
    problems = []
    if read != stored + duplicate + rejected:
        problems.append(f"read {read} is not stored {stored} + duplicate {duplicate} + rejected {rejected}")
    if min(read, stored, duplicate, rejected) < 0:
        problems.append("a count is below zero")
    if quarantined > rejected:
        problems.append(f"{quarantined} lines are in quarantine, only {rejected} were rejected")
    return problems


def _sum(lane: str, files: list[FileLane]) -> LaneSum:
    mine = [file for file in files if file.lane == lane]
    return LaneSum(
        lane=lane,
        files=len(mine),
        read=sum(file.read for file in mine),
        stored=sum(file.stored for file in mine),
        duplicate=sum(file.duplicate for file in mine),
        rejected=sum(file.rejected for file in mine),
        in_flight=sum(file.in_flight or 0 for file in mine if file.state in HERE),
    )


def _store(database: Database) -> Store:
    archive = database.one(
        "SELECT coalesce(sum(length(data) + length(offsets)), 0), coalesce(sum(raw_bytes), 0) FROM archive_segments"
    )
    counts = database.one("SELECT (SELECT count(*) FROM sessions), (SELECT count(*) FROM source_files)")
    assert archive is not None
    assert counts is not None
    return Store(
        place=database.place,
        engine=database.engine,
        engine_version=_version(database),
        schema=database.revision(),
        schema_known=HEAD,
        bytes=_bytes(database),
        archive_bytes=int(archive[0]),
        archive_lines_bytes=int(archive[1]),
        sessions=counts[0],
        files=counts[1],
    )


def _version(database: Database) -> str:
    sql = "SELECT sqlite_version()" if database.engine == "sqlite" else "SHOW server_version"
    row = database.one(sql)
    return "unknown" if row is None else str(row[0])


def _bytes(database: Database) -> int | None:
    if database.engine == "sqlite":
        files = [Path(database.place), Path(f"{database.place}-wal")]
        return sum(file.stat().st_size for file in files if file.exists())
    row = database.one(
        "SELECT sum(pg_total_relation_size(c.oid)) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE n.nspname = current_schema() AND c.relkind = 'r'"
    )
    return None if row is None or row[0] is None else int(row[0])


_EACH_ONCE = (
    "SELECT source_id, line_offset, min(reason) AS reason, min(lane) AS lane, max(lane) AS other,"
    " max(seen_ms) AS seen_ms, max(length) AS length FROM quarantine GROUP BY source_id, line_offset"
)
"""A line that both lanes reject counts once."""
_PLACE = re.compile(r":? (?:\(byte \d+\)|line \d+ column \d+ \(char \d+\))")
"""Where in its line a decoder gave up: different for each line, so that no two would be of one kind."""
_LATEST = 200


def _quarantine(database: Database) -> list[Rejected]:
    rows = database.rows(
        f"SELECT reason, lane, other, count(*), max(seen_ms) FROM ({_EACH_ONCE}) rejected GROUP BY reason, lane, other"
    )
    kinds: dict[tuple[str, str], tuple[int, int]] = {}
    for reason, lane, other, count, seen_ms in rows:
        kind = (_PLACE.sub("", reason), _lanes(lane, other))
        before, last = kinds.get(kind, (0, 0))
        kinds[kind] = (before + int(count), max(last, seen_ms))
    found = [Rejected(*kind, count, moment(last)) for kind, (count, last) in kinds.items()]
    return sorted(found, key=lambda each: (-each.count, each.reason, each.lanes))


def _rejected_lines(database: Database) -> list[RejectedLine]:
    rows = database.rows(
        f"SELECT f.path, q.line_offset, q.length, q.reason, q.lane, q.other, q.seen_ms FROM ({_EACH_ONCE}) q"
        " JOIN source_files f ON f.id = q.source_id ORDER BY q.seen_ms DESC, f.path, q.line_offset LIMIT ?",
        (_LATEST,),
    )
    return [
        RejectedLine(
            path=path, offset=offset, length=length, reason=reason, lanes=_lanes(lane, other), at=moment(seen_ms)
        )
        for path, offset, length, reason, lane, other, seen_ms in rows
    ]


def _lanes(lane: str, other: str) -> str:
    return lane if lane == other else f"{lane}, {other}"


def versions(database: Database) -> dict[tuple[str, str | None], int]:
    """How many sessions there are of each agent and version."""
    rows = database.rows("SELECT agent, agent_version, count(*) FROM sessions GROUP BY agent, agent_version")
    return {(agent, version): int(count) for agent, version, count in rows}


def unknown_count(database: Database) -> int:
    """How many record types nobody knows yet, told apart by version."""
    row = database.one("SELECT count(*) FROM unknown_types")
    return int(row[0]) if row else 0


def _unknown_types(database: Database) -> list[UnknownType]:
    rows = database.rows(
        "SELECT source, type, agent_version, count FROM unknown_types ORDER BY count DESC, source, type, agent_version"
    )
    return [UnknownType(*row) for row in rows]


def _redactions(database: Database) -> list[Removed]:
    rows = database.rows(
        "SELECT rule, tier, sum(count) FROM redactions GROUP BY rule, tier ORDER BY tier DESC, 3 DESC, rule"
    )
    return [Removed(rule, tier, int(count)) for rule, tier, count in rows]


def _audit(database: Database) -> list[Happened]:
    rows = database.rows(
        "SELECT a.event, n.count, a.time_ms, a.detail FROM audit_log a"
        " JOIN (SELECT event, max(id) AS last, count(*) AS count FROM audit_log GROUP BY event) n ON n.last = a.id"
        " ORDER BY a.event"
    )
    return [Happened(event, count, moment(time_ms), detail) for event, count, time_ms, detail in rows]


class Brief(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody should know of without asking; cheap on a store of any size."""

    not_closing: int
    """Accounts of a file and lane that do not close."""
    rejected: int
    gone: int
    """Files that the agents deleted; what they held is kept here."""
    unreadable: int
    unknown_types: int


def brief(database: Database) -> Brief:
    """The numbers of `health` that say whether to look at it."""
    row = database.one(
        "SELECT (SELECT count(*) FROM cursors WHERE read <> stored + duplicate + rejected),"
        " (SELECT count(*) FROM (SELECT DISTINCT source_id, line_offset FROM quarantine) rejected),"
        " (SELECT count(*) FROM source_files WHERE state = 'gone'),"
        " (SELECT count(*) FROM source_files WHERE state = 'unreadable'),"
        " (SELECT count(*) FROM unknown_types)"
    )
    assert row is not None
    return Brief(not_closing=row[0], rejected=row[1], gone=row[2], unreadable=row[3], unknown_types=row[4])
