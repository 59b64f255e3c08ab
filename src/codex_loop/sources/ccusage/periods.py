"""The name of a row, which says what it covers, and when a session was used."""

from __future__ import annotations

from codex_loop.sources.ccusage.dates import instant_ms, iso_day, iso_month
from codex_loop.sources.ccusage.values import At, Body, named, text

_FIELD = {"daily": "date", "weekly": "week", "monthly": "month", "session": "sessionId", "blocks": "id"}


def key(of: Body, at: At, *names: str) -> str:
    """The day, the first day of the week, the month or the id: ISO, whatever the dialect writes."""
    written = named(of, at, *(names or (_FIELD[at.kind],)))
    if at.kind in ("session", "blocks"):
        return written
    found = iso_month(written) if at.kind == "monthly" else iso_day(written)
    if found is None:
        unit = "month" if at.kind == "monthly" else "day"
        raise at.wrong(f"{written[:40]!r} is no {unit} we can read; let ccusage write English or ISO dates")
    return found


def activity(of: Body, at: At, *names: str) -> tuple[str | None, int | None]:
    """A time as written and as an instant."""
    written = text(of, at, *names)
    if written is None:
        return None, None
    found = instant_ms(written)
    if found is None:
        raise at.wrong(f"{names[0]} {written[:40]!r} is no time we can read")
    return written, found
