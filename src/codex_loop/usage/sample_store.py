"""Samples into the store: the accounting lane over the sampler's own files, and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from codex_loop.capture.ingest import Order, ingest
from codex_loop.settings import Settings
from codex_loop.sources import registry
from codex_loop.sources.base import Homes
from codex_loop.sources.samples.files import NAME
from codex_loop.store.engine import open_for_writing


class Stored(NamedTuple):
    """What of the samples is new in the store, and why some of them could not be read."""

    lines: int
    unreadable: str | None


def store_samples(settings: Settings, folder: Path, host: str, now_ms: int) -> Stored:
    """Idempotent: what could not be stored now is stored by the next run, or by `ingest`. Raises StoreError."""
    order = Order(
        homes=Homes(extra=(folder,)),
        host=host,
        key_file=str(settings.key_file),
        lanes=("accounting",),
        sources=frozenset({NAME}),
        now_ms=now_ms,
    )
    with open_for_writing(settings.db) as database:
        report = ingest(database, [registry.by_name(NAME)], order)
    problem = next((f"cannot read {path}: {reason}" for path, reason in report.unreadable), None)
    return Stored(report.lanes["accounting"].stored, problem)
