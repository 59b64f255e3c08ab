"""After a change of the rules: everything that is stored goes through the redactor again.

Archive, quarantine and the names of sessions are rewritten, every row is made anew from the clean archive, and the
pages where the old text stood are overwritten. One transaction: afterwards either all of it is clean by the new
rules or nothing has changed.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from codex_loop.capture.rebuild import rebuild
from codex_loop.capture.secrets import redactor_for
from codex_loop.redaction import Redactor
from codex_loop.store import archive, cleansing
from codex_loop.store.engine import Database

Progress = Callable[[int, int], None]


class Reredacted(msgspec.Struct, kw_only=True):
    """What a second redaction found. `behind`: segments that were stored by other rules."""

    rules_version: str
    segments: int = 0
    behind: int = 0
    changed: int = 0
    rebuilt_files: int = 0


def survey(database: Database, key_file: str) -> Reredacted:
    """What a rerun would look at, without touching it."""
    version = redactor_for(key_file).rules_version
    segments, behind = cleansing.segments_behind(database, version)
    return Reredacted(rules_version=version, segments=segments, behind=behind)


def reredact(database: Database, key_file: str, now_ms: int, progress: Progress | None = None) -> Reredacted:
    """Bring everything stored to the present rules. Idempotent; durable and vacuumed when it returns."""
    redactor = redactor_for(key_file)
    report = survey(database, key_file)
    cleansing.overwrite_deleted(database)
    with database.transaction():
        for number, segment_id in enumerate(cleansing.ids_behind(database, redactor.rules_version), start=1):
            report.changed += _segment(database, segment_id, redactor)
            if progress is not None:
                progress(number, report.behind)
        cleansing.quarantine(database, lambda text: redactor.redact(text).text)
        cleansing.sessions(database, lambda text: redactor.redact(text).text)
        report.rebuilt_files = rebuild(database, key_file, now_ms).files
    cleansing.compact(database)
    return report


def _segment(database: Database, segment_id: int, redactor: Redactor) -> bool:
    import zstandard

    raw = cleansing.segment(database, segment_id)
    before = zstandard.ZstdDecompressor().decompress(raw)
    after = redactor.block(before + b"\n").data[:-1]
    changed = after != before
    data = zstandard.ZstdCompressor(level=3, write_checksum=True).compress(after) if changed else raw
    archive.rewrite(database, segment_id, redactor.rules_version, len(after), data)
    return changed
