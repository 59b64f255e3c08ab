"""What there is to read: every agent's files, held against where each lane stands in them.

A file whose device, inode, size and time are those of the last look is not opened. A file that moved keeps its
cursor; so does one that Codex compressed. A file that is gone keeps its rows.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import msgspec

from codex_loop.capture.secrets import printable, told_path
from codex_loop.sources import registry
from codex_loop.sources.base import Found, Homes, Source
from codex_loop.sources.folders import FOLDER, why_closed
from codex_loop.sources.named import beginning
from codex_loop.store import sources as files
from codex_loop.store.engine import Database
from codex_loop.store.sources import KnownFile, NewFile


class Identity(NamedTuple):
    """What a file is, under whatever name."""

    source: str
    dev: int
    ino: int


class Seen(NamedTuple):
    """A file of an agent as it is now."""

    found: Found
    agent: str
    shown: str
    """The path as text that can be stored: names need not be valid UTF-8."""
    identity: Identity
    size: int
    mtime_ns: int


class Job(NamedTuple):
    """A file that a lane has to read from."""

    seen: Seen
    source_id: int
    remaining: int
    begun: bool
    """Whether the lane has read of it before."""


class Survey(msgspec.Struct):
    """One walk over the homes."""

    files: list[Seen] = msgspec.field(default_factory=list)
    unreadable: list[tuple[str, str]] = msgspec.field(default_factory=list)
    """(path, reason)"""


def survey(sources: Iterable[Source], homes: Homes) -> Survey:
    """Every file that some source claims. The same file reached by two paths counts once."""
    known = {source.name: source for source in sources}
    result, met = Survey(), set[Identity]()
    homes = homes._replace(extra=tuple(place for place in homes.extra if _is_open(result, place)))
    for source in known.values():
        try:
            for found in source.discover(homes):
                _see(result, met, source.agent, found)
        except OSError as error:  # the next source has files of its own
            result.unreadable.append((printable(str(error.filename or source.name)), error.strerror or str(error)))
    seen = {(identity.dev, identity.ino) for identity in met}
    for place in filter(os.path.isfile, homes.extra):
        if _place(os.fspath(place), os.stat(place)) not in seen:
            claimed = registry.claim(place, beginning(place), known.values())
            if claimed is None:
                result.unreadable.append((printable(os.fspath(place)), "it is of no format that is known here"))
            else:
                _see(result, met, known[claimed.source].agent, claimed)
    return result


def _is_open(result: Survey, place: Path) -> bool:
    """Whether what a user names can be looked into; one that is not there holds nothing."""
    try:
        if stat.S_ISDIR(os.stat(place).st_mode):
            os.scandir(place).close()
        else:
            os.close(os.open(place, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)))
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        result.unreadable.append((printable(os.fspath(place)), error.strerror or str(error)))
        return False
    return True


def _see(result: Survey, met: set[Identity], agent: str, found: Found) -> None:
    path = os.fspath(found.path)
    if found.unit == FOLDER:
        reason = why_closed(found.path)
        if reason is not None:
            result.unreadable.append((printable(path), reason))
        return
    try:
        status = os.stat(path)
    except OSError as error:
        result.unreadable.append((printable(path), error.strerror or str(error)))
        return
    identity = Identity(found.source, *_place(path, status))
    if identity not in met:
        met.add(identity)
        result.files.append(Seen(found, agent, printable(path), identity, status.st_size, status.st_mtime_ns))


def _place(path: str, status: os.stat_result) -> tuple[int, int]:
    return _signed(status.st_dev), _signed(status.st_ino or hash_of(path))


def hash_of(path: str) -> int:
    """Stands in for the inode on file systems that have none."""
    from codex_loop.model.keys import key

    return key("path", path)


def _signed(number: int) -> int:
    # Inodes are unsigned 64-bit, both engines' integers are signed.
    return number - (1 << 64) if number >= 1 << 63 else number


class Planner:
    """Turns a survey into jobs for a lane, and keeps the list of known files true on the way."""

    def __init__(self, database: Database, host: str, found: Survey, now_ms: int, key_file: str) -> None:
        self.database, self.host, self.found, self.now_ms = database, host, found, now_ms
        self._key_file = key_file
        self.touched: set[int] = set()
        """Files of which the full lane stored new lines in this run."""
        self._known = {Identity(file.source, file.dev, file.ino): file for file in files.known(database, host)}
        """The newest generation of each file; older ones come first in the list and are overwritten."""

    @property
    def is_new(self) -> bool:
        """Whether the store has never seen a file of this host."""
        return not self._known

    def jobs(self, lane: str, accepts: frozenset[str] | None, oldest_ns: int | None) -> list[Job]:
        """Files with something new for this lane. `oldest_ns`: those not written since then are left for later."""
        wanted: list[tuple[Seen, KnownFile | None]] = []
        fresh: list[NewFile] = []
        for seen in self.found.files:
            if accepts is not None and seen.found.source not in accepts:
                continue
            file = self._known.get(seen.identity)
            mark = None if file is None else file.lane(lane)
            if mark is not None and (mark.seen_size, mark.seen_mtime_ns) == (seen.size, seen.mtime_ns):
                continue
            if oldest_ns is not None and seen.mtime_ns < oldest_ns:
                continue
            if file is None or (mark is not None and seen.found.unit == "document"):
                fresh.append(self._new(seen, 0 if file is None else file.generation + 1))
                file = None
            wanted.append((seen, file))
        registered = iter(self._register(fresh))
        return [_job(seen, file or next(registered), lane) for seen, file in wanted]

    def _register(self, fresh: list[NewFile]) -> list[KnownFile]:
        if not fresh:
            return []
        made = files.register(self.database, self.host, fresh, self.now_ms)
        for file in made:
            self._known[Identity(file.source, file.dev, file.ino)] = file
        return made

    def follow(self, surveyed: frozenset[str]) -> None:
        """Files that were renamed or compressed keep their identity; files that are gone are marked so.

        Of sources that were not surveyed nothing is said: their files may have been renamed.
        """
        if not self._known:
            return
        present = {seen.identity: seen for seen in self.found.files}
        paths = {(seen.found.source, seen.shown): seen for seen in self.found.files if seen.found.unit == "zstd"}
        moves: list[tuple[int, Seen]] = []
        gone: list[int] = []
        back: list[int] = []
        for identity, file in self._known.items():
            seen = present.get(identity)
            if seen is not None:
                if seen.shown != file.path and self.stored_name(seen.shown) != file.path:
                    moves.append((file.id, seen))
                elif file.state == "gone":
                    back.append(file.id)
                continue
            twin = paths.get((file.source, file.path + ".zst"))
            if twin is not None and twin.identity not in self._known and file.unit == "lines":
                moves.append((file.id, twin))
            elif file.source in surveyed and file.state in files.HERE and _is_gone(file.path):
                gone.append(file.id)
        if moves or gone or back:
            with self.database.transaction():
                for source_id, seen in moves:
                    _, dev, ino = seen.identity
                    files.moved(self.database, source_id, self.stored_name(seen.shown), seen.found.unit, dev, ino)
                files.mark(self.database, gone, "gone")
                files.mark(self.database, back, "active")
                for source_id in gone:
                    files.audit(self.database, self.now_ms, source_id, "gone", "the file is no longer there")
            known = files.known(self.database, self.host)
            self._known = {Identity(file.source, file.dev, file.ino): file for file in known}

    def stored_name(self, path: str) -> str:
        """A path as it may be stored: a secret in a name is one, too."""
        return told_path(self._key_file, path)

    def _new(self, seen: Seen, generation: int) -> NewFile:
        source, dev, ino = seen.identity
        return NewFile(source, seen.agent, self.stored_name(seen.shown), seen.found.unit, dev, ino, generation)

    def regenerate(self, job: Job, reason: str) -> Job:
        """The file was truncated or rewritten: read it again from the start as a new generation."""
        seen = job.seen
        before = self._known[seen.identity]
        (file,) = self._register([self._new(seen, before.generation + 1)])
        with self.database.transaction():
            files.audit(self.database, self.now_ms, job.source_id, "rewritten", reason)
        return Job(seen, file.id, seen.size, begun=False)


def _job(seen: Seen, file: KnownFile, lane: str) -> Job:
    mark = file.lane(lane)
    return Job(seen, file.id, max(0, seen.size - (mark.position if mark else 0)), begun=mark is not None)


def _is_gone(path: str) -> bool:
    """Certain only when the system says so: a folder that cannot be entered hides its files, it does not lose them."""
    if "[REDACTED:" in path:  # its real name is not known any more
        return False
    try:
        os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return False
