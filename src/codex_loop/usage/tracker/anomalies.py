"""What makes a window's numbers doubtful, one line each and only once."""

from __future__ import annotations

from codex_loop.clock import format_ms
from codex_loop.usage.tracker.journal import Logbook, append, delete, live, mine
from codex_loop.usage.tracker.records import Anomaly, noted


def note(
    book: Logbook, window: str, provider: str | None, tag: str, detail: str, now_ms: int, phase: str | None = None
) -> bool:
    """Keep it, unless it is known; whether it was new."""
    if any(_place(each.record) == (window, provider, tag) for each in mine(book, live(book, "anomalies", Anomaly))):
        return False
    record = Anomaly(
        window=window,
        notes=noted(book.agent_note),
        provider=provider,
        phase=phase,
        recorded_at=format_ms(now_ms),
        tag=tag,
        detail=detail,
    )
    append(book, "anomalies", record)
    return True


def withdraw(book: Logbook, window: str, provider: str, phase: str, now_ms: int) -> None:
    """Forget what was noted of an end that was deleted."""
    for entry in mine(book, live(book, "anomalies", Anomaly)):
        record = entry.record
        if (record.window, record.provider, record.phase) == (window, provider, phase):
            delete(book, entry, now_ms)


def _place(record: Anomaly) -> tuple[str, str | None, str]:
    return record.window, record.provider, record.tag
