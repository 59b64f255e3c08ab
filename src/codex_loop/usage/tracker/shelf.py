"""The logbook's lines brought into the store, where the dashboard reads them. Doing it again adds nothing."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from codex_loop.clock import parse_ms
from codex_loop.model.keys import key
from codex_loop.store import tracker
from codex_loop.store.engine import Database
from codex_loop.store.tracker import Kept
from codex_loop.usage.tracker.journal import Entry, Logbook, read
from codex_loop.usage.tracker.records import KINDS, Stamped

_TIMES = ("captured_at", "finalized_at", "recorded_at")


def place_of(book: Logbook, host: str) -> str:
    """The name of this data folder in the store, which several machines may share."""
    return f"{host}:{book.folder.absolute().as_posix()}"


def bring(book: Logbook, database: Database, host: str, now_ms: int) -> int:
    """Store what the store does not have; how many lines that were. Secrets are taken out of what is stored."""
    place = place_of(book, host)
    entries = {_key(place, entry): entry for entry in _entries(book)}
    there = tracker.known(database, entries.keys())
    new = [
        _kept(number, place, entry, now_ms)
        for number, entry in entries.items()
        if number not in there or (entry.deleted_at is not None and there[number] is None)
    ]
    tracker.add(database, new)
    return len(new)


def _entries(book: Logbook) -> Iterator[Entry[Stamped]]:
    for kind in KINDS:
        if kind != "tombstones":
            yield from read(book, kind).entries


def _key(place: str, entry: Entry[Stamped]) -> int:
    return key("tracker", place, entry.kind, entry.digest, entry.nth)


def _kept(number: int, place: str, entry: Entry[Stamped], now_ms: int) -> Kept:
    from codex_loop.redaction import default_redactor

    record = entry.record
    times = [text for name in _TIMES if (text := getattr(record, name, None))]
    parsed = getattr(record, "parsed", None)
    errors = parsed.get("errors", []) if isinstance(parsed, dict) else getattr(parsed or record, "errors", ())
    scope = getattr(record, "scope", None)
    return Kept(
        key=number,
        place=place,
        kind=entry.kind,
        window_id=record.window,
        provider=getattr(record, "provider", None),
        phase=getattr(record, "phase", None),
        scope=scope,
        time_ms=next((at for text in times if (at := parse_ms(text)) is not None), now_ms),
        errors=msgspec.json.encode(list(errors)).decode(),
        body=default_redactor().line(entry.text.encode()).line.decode(),
        deleted_ms=None if entry.deleted_at is None else parse_ms(entry.deleted_at) or now_ms,
    )
