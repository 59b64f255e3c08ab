"""What there is to read: every agent's files, held against where each lane stands in them.

A file whose device, inode, size and time are those of the last look is not opened. A file that moved keeps its
cursor; so does one that Codex compressed. A file that is gone keeps its rows.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from codex_loop.model.text import clean
from codex_loop.sources.base import Found, Homes, Source
from codex_loop.store import sources as files
from codex_loop.store.engine import Database
from codex_loop.store.sources import KnownFile, NewFile


class Seen(NamedTuple):
    """A file of an agent as it is now."""

    found: Found
    agent: str
    shown: str
    """The path as text that can be stored: names need not be valid UTF-8."""
    dev: int
    ino: int
    size: int
    mtime_ns: int

    @property
    def identity(self) -> tuple[str, int, int]:
        return (self.found.source, self.dev, self.ino)


class Job(NamedTuple):
    """A file that a lane has to read from."""

    seen: Seen
    source_id: int
    remaining: int


class Survey(msgspec.Struct):
    """One walk over the homes."""

    files: list[Seen] = msgspec.field(default_factory=list)
    unreadable: list[tuple[str, str]] = msgspec.field(default_factory=list)
    """(path, reason)"""


def survey(sources: Iterable[Source], homes: Homes) -> Survey:
    """Every file that some source claims. The same file reached by two paths counts once."""
    result = Survey()
    met: set[tuple[str, int, int]] = set()
    for source in sources:
        for found in source.discover(homes):
            path = os.fspath(found.path)
            try:
                status = os.stat(path)
            except OSError as error:
                result.unreadable.append((printable(path), error.strerror or str(error)))
                continue
            ino = status.st_ino or hash_of(path)
            seen = Seen(found, source.agent, printable(path), _signed(status.st_dev), _signed(ino), status.st_size,
                        status.st_mtime_ns)  # fmt: skip
            if seen.identity not in met:
                met.add(seen.identity)
                result.files.append(seen)
    return result


def printable(path: str) -> str:
    return clean(os.fsencode(path).decode("utf-8", "backslashreplace"))


def hash_of(path: str) -> int:
    """Stands in for the inode on file systems that have none."""
    from codex_loop.model.keys import key

    return key("path", path)


def _signed(number: int) -> int:
    # Inodes are unsigned 64-bit, both engines' integers are signed.
    return number - (1 << 64) if number >= 1 << 63 else number


class Planner:
    """Turns a survey into jobs for a lane, and keeps the list of known files true on the way."""

    def __init__(self, database: Database, host: str, found: Survey, now_ms: int) -> None:
        self.database, self.host, self.found, self.now_ms = database, host, found, now_ms
        self.touched: set[int] = set()
        """Files of which the full lane stored new lines in this run."""

    def jobs(self, lane: str, accepts: frozenset[str] | None, oldest_ns: int | None) -> list[Job]:
        """Files with something new for this lane. `oldest_ns`: those not written since then are left for later."""
        known = {(file.source, file.dev, file.ino): file for file in files.known(self.database, self.host)}
        wanted: list[tuple[Seen, KnownFile | None, int]] = []
        for seen in self.found.files:
            if accepts is not None and seen.found.source not in accepts:
                continue
            file = known.get(seen.identity)
            mark = None if file is None else file.lane(lane)
            if mark is not None and (mark.seen_size, mark.seen_mtime_ns) == (seen.size, seen.mtime_ns):
                continue
            if oldest_ns is not None and seen.mtime_ns < oldest_ns:
                continue
            generation = 0 if file is None else file.generation
            if mark is not None and seen.found.unit == "document":
                file, generation = None, generation + 1
            wanted.append((seen, file, generation))
        return self._registered(wanted, lane)

    def _registered(self, wanted: list[tuple[Seen, KnownFile | None, int]], lane: str) -> list[Job]:
        fresh = [
            NewFile(seen.found.source, seen.agent, seen.shown, seen.found.unit, seen.dev, seen.ino, generation)
            for seen, file, generation in wanted
            if file is None
        ]
        ids = iter(files.register(self.database, self.host, fresh, self.now_ms) if fresh else ())
        jobs = []
        for seen, file, _ in wanted:
            if file is None:
                jobs.append(Job(seen, next(ids), seen.size))
                continue
            mark = file.lane(lane)
            jobs.append(Job(seen, file.id, max(0, seen.size - (mark.position if mark else 0))))
        return jobs

    def follow(self) -> None:
        """Files that were renamed or compressed keep their identity; files that are gone are marked so."""
        known = files.known(self.database, self.host)
        present = {seen.identity: seen for seen in self.found.files}
        paths = {(seen.found.source, seen.shown): seen for seen in self.found.files}
        latest = {(file.source, file.dev, file.ino): file for file in known}
        moves: list[tuple[int, Seen]] = []
        gone: list[int] = []
        back: list[int] = []
        for identity, file in latest.items():
            seen = present.get(identity)
            if seen is not None:
                if seen.shown != file.path:
                    moves.append((file.id, seen))
                elif file.state == "gone":
                    back.append(file.id)
                continue
            twin = paths.get((file.source, file.path + ".zst"))
            if twin is not None and twin.identity not in latest and file.unit == "lines":
                moves.append((file.id, twin))
            elif file.state == "active" and _is_gone(file.path):
                gone.append(file.id)
        if moves or gone or back:
            with self.database.transaction():
                for source_id, seen in moves:
                    files.moved(self.database, source_id, seen.shown, seen.found.unit, seen.dev, seen.ino)
                files.mark(self.database, gone, "gone")
                files.mark(self.database, back, "active")
                for source_id in gone:
                    files.audit(self.database, self.now_ms, source_id, "gone", "the file is no longer there")

    def regenerate(self, job: Job, reason: str) -> Job:
        """The file was truncated or rewritten: read it again from the start as a new generation."""
        seen = job.seen
        known = [file for file in files.known(self.database, self.host) if file_is(file, seen)]
        generation = 1 + max((file.generation for file in known), default=0)
        new = NewFile(seen.found.source, seen.agent, seen.shown, seen.found.unit, seen.dev, seen.ino, generation)
        (source_id,) = files.register(self.database, self.host, [new], self.now_ms)
        with self.database.transaction():
            files.audit(self.database, self.now_ms, job.source_id, "rewritten", reason)
        return Job(seen, source_id, seen.size)


def _is_gone(path: str) -> bool:
    """Certain only when the system says so: a folder that cannot be entered hides its files, it does not lose them."""
    try:
        os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return False


def file_is(file: KnownFile, seen: Seen) -> bool:
    return (file.source, file.dev, file.ino) == seen.identity
