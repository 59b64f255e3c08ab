"""The tracker's files: whole lines, appended under a lock and forced to disk; nothing is ever rewritten.

A line that is no record (torn, or of another program) is left where it is, counted, and read over.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Generic, TypeVar

import msgspec

from codex_loop.clock import format_ms
from codex_loop.errors import StoreError, UsageError
from codex_loop.usage.tracker.records import AGENT_NOTE, KINDS, Stamped, Tombstone, agent_of

DEFAULT_FOLDER = Path("data/week0/live")
_PRIVATE = 0o600  # a pasted pane may hold anything
_LOCK_RETRY_S = 0.05
_LOCK_PATIENCE_S = 30.0

Record = TypeVar("Record", bound=Stamped)
Held_co = TypeVar("Held_co", bound=Stamped, covariant=True)


class Logbook(msgspec.Struct, frozen=True):
    """Where lines are kept, and who writes them."""

    folder: Path
    state_dir: Path
    agent_id: str | None = None

    @property
    def agent_note(self) -> str | None:
        """What marks a line as this agent's."""
        return f"{AGENT_NOTE}{self.agent_id}" if self.agent_id else None


class Entry(msgspec.Struct, Generic[Held_co], frozen=True):
    """A line, and what tells it from every other line of its file."""

    kind: str
    digest: str
    nth: int
    record: Held_co
    text: str
    deleted_at: str | None = None


class Read(msgspec.Struct, frozen=True):
    """A file of the logbook."""

    entries: tuple[Entry[Stamped], ...]
    unreadable: int
    """Lines that are no records."""


def logbook(data_dir: Path | None, state_dir: Path | None, environ: dict[str, str] | os._Environ[str]) -> Logbook:
    """The logbook of this folder and agent: flags, then TRACKER_DATA_DIR, TRACKER_ALIAS_STATE_DIR and AGENT_ID."""
    folder = (data_dir or Path(environ.get("TRACKER_DATA_DIR") or DEFAULT_FOLDER)).expanduser()
    agent = environ.get("AGENT_ID") or None
    named = state_dir or (Path(text) if (text := environ.get("TRACKER_ALIAS_STATE_DIR")) else None)
    beside = folder / "state" / agent if agent else folder / "state"
    return Logbook(folder, named.expanduser() if named else beside, agent)


def append(book: Logbook, kind: str, record: Stamped) -> None:
    """Durable when it returns; readers see the line whole or not at all. UsageError where its window has no name."""
    named = record.window.strip() and record.window.isprintable()
    if not named and kind != "tombstones":  # an older line without a name can still be deleted
        raise UsageError(f"--window {record.window!r}: a window needs a name that can be read, like W0-01")
    append_line(book, book.folder / f"{kind}.jsonl", msgspec.json.encode(record))


def append_line(book: Logbook, place: Path, line: bytes, mode: int = _PRIVATE) -> None:
    """One whole line at the end of a file, on disk when this returns, under the lock of the logbook."""
    place.parent.mkdir(parents=True, exist_ok=True)
    with locked(book.folder / ".journal.lock"):
        handle = os.open(place, os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0), mode)
        try:
            # A writer that was killed left half a line: it stays, ours begins anew.
            data = (b"\n" if _is_torn(handle) else b"") + line + b"\n"
            if os.write(handle, data) != len(data):
                raise StoreError(str(place), reason="took only a part of the line; free some space and run it again")
            os.fsync(handle)
        finally:
            os.close(handle)


def read(book: Logbook, kind: str) -> Read:
    """Every line of a kind, in order, the deleted ones marked."""
    gone = {(each.kind, each.record, each.nth): each.deleted_at for each in _tombstones(book)}
    decoder = msgspec.json.Decoder(KINDS[kind], strict=False)
    seen: Counter[str] = Counter()
    entries: list[Entry[Stamped]] = []
    unreadable = 0
    for line in _lines(book, kind):
        digest = blake2b(line, digest_size=12).hexdigest()
        nth = seen[digest]
        seen[digest] += 1
        try:
            record = decoder.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError):
            unreadable += 1
            continue
        entries.append(Entry(kind, digest, nth, record, line.decode("utf-8", "replace"), gone.get((kind, digest, nth))))
    return Read(tuple(entries), unreadable)


def live(book: Logbook, kind: str, record_type: type[Record]) -> list[Entry[Record]]:
    """The lines of a kind that were not deleted, in order."""
    return [
        Entry(each.kind, each.digest, each.nth, each.record, each.text)
        for each in read(book, kind).entries
        if each.deleted_at is None and isinstance(each.record, record_type)
    ]


def records(book: Logbook, kind: str, record_type: type[Record]) -> list[Record]:
    """What the lines that were not deleted hold, in order."""
    return [each.record for each in live(book, kind, record_type)]


def mine(book: Logbook, entries: Sequence[Entry[Record]]) -> list[Entry[Record]]:
    """Those that this agent wrote; without an agent's name, those without one."""
    return [each for each in entries if agent_of(each.record.notes) == book.agent_id]


def delete(book: Logbook, entry: Entry[Stamped], now_ms: int) -> None:
    """Mark one line as deleted."""
    append(
        book,
        "tombstones",
        Tombstone(
            window=entry.record.window,
            notes=book.agent_note,
            kind=entry.kind,
            record=entry.digest,
            nth=entry.nth,
            provider=getattr(entry.record, "provider", None),
            phase=getattr(entry.record, "phase", None),
            deleted_at=format_ms(now_ms),
        ),
    )


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Nobody else holds this lock meanwhile; it ends with the process, whatever happens to it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _acquire(handle, path)
        yield
    finally:
        os.close(handle)  # which gives the lock back


def _acquire(handle: int, path: Path) -> None:
    deadline = time.monotonic() + _LOCK_PATIENCE_S
    while not _try_lock(handle):
        if time.monotonic() > deadline:
            raise StoreError(str(path), reason="is held by another process; nothing is lost, run the command again")
        time.sleep(_LOCK_RETRY_S)


def _try_lock(handle: int) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _tombstones(book: Logbook) -> Iterator[Tombstone]:
    for line in _lines(book, "tombstones"):
        with contextlib.suppress(msgspec.DecodeError, UnicodeDecodeError):
            yield msgspec.json.decode(line, type=Tombstone, strict=False)


def _lines(book: Logbook, kind: str) -> list[bytes]:
    try:
        data = (book.folder / f"{kind}.jsonl").read_bytes()
    except FileNotFoundError:
        return []
    return [line for line in data.split(b"\n") if line.strip()]


def _is_torn(handle: int) -> bool:
    size = os.fstat(handle).st_size
    if size == 0:
        return False
    os.lseek(handle, size - 1, os.SEEK_SET)
    return os.read(handle, 1) != b"\n"
