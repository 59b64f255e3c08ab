"""What a walk is to read, from the settings: which homes, how far back, on whose machine."""

from __future__ import annotations

import os
import socket

from codex_loop.capture.ingest import LANES, Order
from codex_loop.clock import HOUR_MS
from codex_loop.settings import Settings
from codex_loop.sources.base import Homes
from codex_loop.store import runs
from codex_loop.store.engine import Database


def host_name() -> str:
    """This machine, as the store calls it."""
    return os.environ.get("CODEX_LOOP_HOST") or socket.gethostname() or "localhost"


def order(
    database: Database,
    settings: Settings,
    homes: Homes,
    now_ms: int,
    *,
    asked: bool,
    sources: tuple[str, ...] = (),
    lanes: tuple[str, ...] = LANES,
) -> Order:
    """`asked`: somebody said how far back to look; else the first run takes everything."""
    return Order(
        homes=homes,
        host=host_name(),
        key_file=str(settings.key_file),
        lanes=lanes,
        sources=frozenset(sources) or None,
        oldest_ns=_oldest_ns(database, settings, now_ms, asked=asked),
        jobs=settings.jobs,
        now_ms=now_ms,
    )


def _oldest_ns(database: Database, settings: Settings, now_ms: int, *, asked: bool) -> int | None:
    """The first run takes everything unless asked otherwise; later ones leave out nothing written since the last."""
    last = runs.last_started(database, "ingest")
    if settings.looks_back_forever or (last is None and not asked):
        return None
    oldest_ms = now_ms - int(settings.lookback_hours * HOUR_MS)
    return (oldest_ms if last is None else min(oldest_ms, last)) * 1_000_000
