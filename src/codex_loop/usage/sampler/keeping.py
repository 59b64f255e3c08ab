"""Samples into the store, and what follows from them: notices that are due, and the page that widgets read."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from codex_loop.capture.ingest import Order, Report, ingest
from codex_loop.errors import SourceUnreadable
from codex_loop.settings import Settings
from codex_loop.sources import registry
from codex_loop.sources.base import Homes
from codex_loop.sources.inbox.statusline import NAME as STATUSLINE
from codex_loop.sources.samples.files import NAME
from codex_loop.store.engine import Database, open_for_writing
from codex_loop.usage import notices, status_file
from codex_loop.usage.limits import standings
from codex_loop.usage.notices import Sent


class Stored(NamedTuple):
    """What of the samples is new in the store, why some of them could not be read, and what a person was told."""

    lines: int
    unreadable: str | None
    told: tuple[Sent, ...]


def store_samples(settings: Settings, folder: Path, host: str, now_ms: int, *, page: bool = True) -> Stored:
    """Idempotent: what could not be stored now is stored by the next run, or by `ingest`. Raises StoreError.

    `page`: this store is the one that widgets show. Where the folder is this machine's own, too, what Claude Code told
    its statusline meanwhile is stored as well: it says the same without being asked.
    """
    own = page and folder == settings.samples_dir
    with open_for_writing(settings.db) as database:
        report = _read(database, settings, None if own else folder, host, now_ms)
        told = _tell(database, settings, now_ms, page=page)
    problem = next((f"cannot read {path}: {reason}" for path, reason in report.unreadable), None)
    return Stored(report.lanes["accounting"].stored, problem, told)


def take_samples(settings: Settings, folder: Path, host: str, now_ms: int) -> None:
    """Into the store, and nothing follows from it: whoever only looks sends no notices.

    Raises SourceUnreadable where a file could not be read; the others were.
    """
    with open_for_writing(settings.db) as database:
        report = _read(database, settings, folder, host, now_ms)
    for path, reason in report.unreadable:
        raise SourceUnreadable(path, reason=reason)


def _read(database: Database, settings: Settings, folder: Path | None, host: str, now_ms: int) -> Report:
    """The samples of this folder; without one those of this machine, and what its statusline was told."""
    names = (NAME, STATUSLINE) if folder is None else (NAME,)
    order = Order(
        homes=Homes(data=(settings.data_dir,)) if folder is None else Homes(extra=(folder,)),
        host=host,
        key_file=str(settings.key_file),
        lanes=("accounting",),
        sources=frozenset(names),
        now_ms=now_ms,
    )
    return ingest(database, [registry.by_name(name) for name in names], order)


def _tell(database: Database, settings: Settings, now_ms: int, *, page: bool) -> tuple[Sent, ...]:
    found = standings(database, now_ms)
    if page:
        status_file.put(settings.status_file, status_file.page(status_file.look(database, now_ms, found)))
    due = notices.due(database, found, now_ms, settings.notify_at)
    return tuple(notices.send(database, due, notices.channels(settings))) if due else ()
