"""Single requests of some sessions, as the ledger counts them: to be held against another telling of the same ones."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from codex_loop.store.engine import Database
from codex_loop.store.ledger import chunks, marks


class Counted(msgspec.Struct, frozen=True):
    """One row of the ledger. `input` leaves out the cache."""

    session_key: int
    time_ms: int | None
    model: str | None
    input: int
    output: int
    cache_creation: int
    cache_read: int
    quality: int
    """As `ledger.QUALITIES` counts."""
    request_id: str | None

    @property
    def total(self) -> int:
        return self.input + self.output + self.cache_creation + self.cache_read


_COLUMNS = (
    "u.session_key, u.time_ms, u.model, u.input, u.output, u.cache_write_5m + u.cache_write_1h, u.cached, u.quality,"
    " u.request_id"
)


def of_sessions(database: Database, keys: Sequence[int]) -> list[Counted]:
    """Every counted request of these sessions, in the order of time."""
    return [
        Counted(*row)
        for part in chunks(keys)
        for row in database.rows(
            f"SELECT {_COLUMNS} FROM usage_events u WHERE u.session_key IN ({marks(part)}) ORDER BY u.time_ms, u.key",
            part,
        )
    ]


def known(database: Database, request_ids: Sequence[str]) -> set[str]:
    """Which of these requests the ledger has, whichever session it counts them in."""
    return {
        name
        for part in chunks(request_ids)
        for (name,) in database.rows(
            f"SELECT DISTINCT request_id FROM usage_events WHERE request_id IN ({marks(part)})", part
        )
    }
