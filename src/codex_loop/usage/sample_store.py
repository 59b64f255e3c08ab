"""Samples into the store, and what follows from them: notices that are due, and the page that widgets read."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from codex_loop.capture.ingest import Order, ingest
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
    sources = [registry.by_name(name) for name in ((NAME, STATUSLINE) if own else (NAME,))]
    order = Order(
        homes=Homes(data=(settings.data_dir,)) if own else Homes(extra=(folder,)),
        host=host,
        key_file=str(settings.key_file),
        lanes=("accounting",),
        now_ms=now_ms,
    )
    with open_for_writing(settings.db) as database:
        report = ingest(database, sources, order)
        told = _tell(database, settings, now_ms, page=page)
    problem = next((f"cannot read {path}: {reason}" for path, reason in report.unreadable), None)
    return Stored(report.lanes["accounting"].stored, problem, told)


def _tell(database: Database, settings: Settings, now_ms: int, *, page: bool) -> tuple[Sent, ...]:
    found = standings(database, now_ms)
    if page:
        status_file.put(settings.status_file, status_file.page(status_file.look(database, now_ms, found)))
    due = notices.due(database, found, now_ms, settings.notify_at)
    return tuple(notices.send(database, due, notices.channels(settings))) if due else ()
