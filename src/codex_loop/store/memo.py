"""Answers of the ledger, kept in a file beside a SQLite store for as long as the ledger stays as it is.

Adding up a year of requests takes most of a second, and most reports are asked for again before anything new was read.
The ledger only changes together with a cursor; the mark of an answer is what all cursors of files with tokens, and the
lineage of all sessions, add up to. A file that is missing, broken or of another mark is no answer. PostgreSQL adds up
by itself.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

import msgspec

from codex_loop.store.engine import Database
from codex_loop.store.ledger import marks
from codex_loop.store.revision import HEAD

FORM = 1
MOST = 12
"""Answers kept; the one asked first goes first."""
WITHOUT_TOKENS = ("status-samples", "claude-statusline")
"""Sources that tell of limits alone. The sampler adds to them every five minutes; no sum of tokens changes by it."""

Answer = TypeVar("Answer")


class _Kept(msgspec.Struct):
    mark: str
    answers: dict[str, bytes]


class Memo:
    """What was answered before, on one connection."""

    def __init__(self, database: Database) -> None:
        self._file = Path(f"{database.place}.answers") if database.engine == "sqlite" else None
        # The mark is taken before the answer: what is written in between makes the answer newer than its mark says,
        # and the next look finds another mark.
        self._mark = "" if self._file is None else f"{FORM} {HEAD} {ledger_mark(database)}"

    def get(self, question: str, kind: type[Answer]) -> Answer | None:
        """The answer, if nothing has changed since it was given."""
        kept = self._kept()
        if kept is None or question not in kept.answers:
            return None
        with suppress(msgspec.DecodeError):
            return msgspec.msgpack.decode(kept.answers[question], type=kind)
        return None

    def put(self, question: str, answer: object) -> None:
        """Keep it; a folder that cannot be written costs the next report a moment, nothing else."""
        if self._file is None:
            return
        kept = self._kept() or _Kept(self._mark, {})
        kept.answers[question] = msgspec.msgpack.encode(answer)
        while len(kept.answers) > MOST:
            del kept.answers[next(iter(kept.answers))]
        draft = self._file.with_name(f"{self._file.name}.{os.getpid()}")
        try:
            draft.touch(mode=0o600)
            draft.write_bytes(msgspec.msgpack.encode(kept))
            draft.replace(self._file)
        except OSError:
            with suppress(OSError):
                draft.unlink()

    def _kept(self) -> _Kept | None:
        if self._file is None:
            return None
        with suppress(OSError, msgspec.DecodeError):
            kept = msgspec.msgpack.decode(self._file.read_bytes(), type=_Kept)
            if kept.mark == self._mark:
                return kept
        return None


def ledger_mark(database: Database) -> str:
    """Changes whenever sums of tokens may, and stays as it is when only limits were told."""
    cursors = database.one(
        "SELECT count(*), sum(c.position), sum(c.read), sum(c.seen_size), max(c.updated_ms), sum(c.decoder)"
        " FROM cursors c JOIN source_files f ON f.id = c.source_id"
        f" WHERE f.source NOT IN ({marks(WITHOUT_TOKENS)})",
        WITHOUT_TOKENS,
    )
    sessions = database.one("SELECT count(*), count(lineage), sum(length(lineage)), max(facts_ms) FROM sessions")
    return f"{cursors} {sessions}"
