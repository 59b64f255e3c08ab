"""One pasted text to one line of the logbook. Text that cannot be read is kept, too, with a tag that says so."""

from __future__ import annotations

from typing import Literal

import msgspec

from codex_loop.clock import MINUTE_MS, format_ms
from codex_loop.errors import UsageError
from codex_loop.store.engine import Database
from codex_loop.usage.tracker import anomalies, counts, crosscheck, heard, panes
from codex_loop.usage.tracker.journal import Logbook, append, live, mine
from codex_loop.usage.tracker.records import (
    BARS,
    LATE,
    MANUAL,
    NEGATIVE,
    Bars,
    Ccusage,
    GlmCount,
    Heard,
    Phase,
    Snapshot,
    noted,
)
from codex_loop.usage.tracker.summaries import OFFLINE, STALE, Scope, summarize
from codex_loop.usage.tracker.windows import SETTLING_MS, delta, pairs, too_soon_after_reset

Pane = Literal["codex", "claude"]


class Done(msgspec.Struct, frozen=True):
    """What was done, and what a person should know about it."""

    lines: tuple[str, ...]
    warnings: tuple[str, ...] = ()


def pane(
    book: Logbook,
    provider: Pane,
    window: str,
    phase: Phase,
    text: str,
    *,
    now_ms: int,
    notes: str | None = None,
    source: str = "ingest",
    settling_ms: int = SETTLING_MS,
) -> Done:
    """A status pane at one end of a window."""
    parsed = panes.READERS[provider](text)
    taken = Snapshot(
        window=window, provider=provider, phase=phase, notes=notes, raw_text=text, parsed=parsed, source=source
    )
    return _keep(book, taken, now_ms, settling_ms)


def override(book: Logbook, provider: Pane, window: str, phase: Phase, stated: Bars, *, now_ms: int) -> Done:
    """What a person says the bars showed. It counts more than any pane of that end."""
    if all(stated.percent(bar) is None for bar in BARS[provider]):
        raise UsageError(f"an override of {provider} states nothing; give at least one percentage")
    parsed = msgspec.structs.replace(stated, errors=(MANUAL,))
    taken = Snapshot(window=window, provider=provider, phase=phase, parsed=parsed, source="override")
    return _keep(book, taken, now_ms, SETTLING_MS)


def ccusage(
    book: Logbook,
    database: Database | None,
    window: str,
    scope: Scope,
    text: str,
    *,
    now_ms: int,
    notes: str | None = None,
    week_start: str = "monday",
    offline: bool = False,
) -> Done:
    """A report of ccusage about Codex."""
    read = summarize(scope, text, now_ms, week_start)
    says = crosscheck.weekly(book, database, now_ms) if scope in ("weekly", "daily") else None
    apart = crosscheck.divergence(read.summary, says) if says else None
    said = dict.fromkeys((*read.notes, *([OFFLINE] if offline else []), *([crosscheck.DIVERGENT] if apart else [])))
    record = Ccusage(
        window=window,
        scope=scope,
        captured_at=format_ms(now_ms),
        notes=noted(notes, book.agent_note, *said),
        raw_text=text,
        parsed=read.summary,
        limits=says or msgspec.UNSET,
    )
    append(book, "codex_ccusage", record)
    if apart:
        anomalies.note(book, window, "codex-ccusage", crosscheck.DIVERGENT, apart, now_ms)
    tokens = read.summary.total_tokens
    first = f"stored codex ccusage {scope} summary for {window} (tokens={'unknown' if tokens is None else tokens})"
    lines = (first, f"reset at {read.reset_at}") if read.reset_at else (first,)
    return Done(lines, _ccusage_warnings(read.summary.errors, said, apart))


def glm(
    book: Logbook, window: str, phase: Phase | None, text: str, *, now_ms: int, notes: str | None, source: str
) -> GlmCount:
    """A cumulative count of prompts; at the end of a window also what was used in it."""
    counted = counts.read(text)
    errors = list(counted.errors)
    used = None
    if phase == "after" and counted.prompts is not None:
        begun = [
            each.record.prompts
            for each in mine(book, live(book, "glm_counts", GlmCount))
            if each.record.window == window and each.record.phase == "before" and each.record.prompts is not None
        ]
        if begun:
            used = counted.prompts - begun[-1]
    if used is not None and used < 0:
        detail = f"{-used} prompts fewer at the end than at the beginning"
        anomalies.note(book, window, "glm", NEGATIVE, detail, now_ms, phase)
        used = None
        errors.append(NEGATIVE)
    record = GlmCount(
        window=window,
        phase=phase,
        captured_at=format_ms(now_ms),
        notes=noted(notes, book.agent_note),
        raw_text=text,
        prompts=counted.prompts,
        delta=used,
        errors=tuple(errors),
        source=source,
    )
    append(book, "glm_counts", record)
    return record


def other(
    book: Logbook,
    kind: Literal["claude_monitor", "proxy_telemetry"],
    window: str,
    text: str,
    *,
    now_ms: int,
    notes: str | None,
) -> Done:
    """What a monitor or a proxy says."""
    parsed = heard.monitor(text) if kind == "claude_monitor" else heard.telemetry(text)
    provider = kind.replace("_", "-")
    record = Heard(
        window=window,
        provider=provider,
        captured_at=format_ms(now_ms),
        notes=noted(notes, book.agent_note),
        raw_text=text,
        parsed=parsed,
    )
    append(book, kind, record)
    return Done((f"stored {provider} record for {window}",), _unread(provider, parsed["errors"]))


def _keep(book: Logbook, taken: Snapshot, now_ms: int, settling_ms: int) -> Done:
    window, provider, phase = taken.window, taken.provider, taken.phase
    before = _beginning(book, provider, window) if phase == "after" else None
    late = too_soon_after_reset(before, now_ms, settling_ms)
    snapshot = msgspec.structs.replace(
        taken,
        captured_at=format_ms(now_ms),
        notes=noted(taken.notes, book.agent_note, LATE if late else None),
    )
    append(book, "snapshots", snapshot)
    warnings = list(_unread(provider, snapshot.parsed.errors))
    if late:
        minutes = settling_ms // MINUTE_MS
        detail = f"the end was taken less than {minutes} minutes after a reset: the bars may still be the old ones"
        anomalies.note(book, window, provider, LATE, detail, now_ms, phase)
        warnings.append(f"{window}: {detail}")
    if phase == "after":
        warnings += _doubts(book, snapshot, before, now_ms)
    return Done((f"stored {provider} {phase} snapshot for {window}",), tuple(warnings))


def _beginning(book: Logbook, provider: str, window: str) -> Snapshot | None:
    own = [each.record for each in mine(book, live(book, "snapshots", Snapshot))]
    return next((each.before for each in pairs(own) if (each.window, each.provider) == (window, provider)), None)


def _doubts(book: Logbook, after: Snapshot, before: Snapshot | None, now_ms: int) -> list[str]:
    if before is None:
        return []
    (pair,) = pairs([before, after])
    errors = delta(pair).errors
    if NEGATIVE not in errors:
        return []
    detail = "a bar went down between beginning and end: it began anew, and what was used cannot be told"
    anomalies.note(book, after.window, after.provider, NEGATIVE, detail, now_ms, after.phase)
    return [f"{after.window}: {detail}"]


def _unread(provider: str, errors: tuple[str, ...] | list[str]) -> tuple[str, ...]:
    tags = [each for each in errors if each != MANUAL]
    return (f"{provider}: kept with {', '.join(tags)}; see `raw_text` of the record",) if tags else ()


def _ccusage_warnings(errors: tuple[str, ...], said: dict[str, None], apart: str | None) -> tuple[str, ...]:
    warnings = list(_unread("codex-ccusage", errors))
    if STALE in said:
        warnings.append("the report is stale: it was made a day ago, or its window has begun anew since")
    if OFFLINE in said:
        warnings.append("the report was made offline: its costs come from the prices that ccusage was built with")
    if apart:
        warnings.append(f"{apart}; both are kept")
    return tuple(warnings)
