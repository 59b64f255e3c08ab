"""What the short commands do: a window begins (os), ends (oe), ends and the next begins (ox), an end is undone (od).

The state file says where a provider stands; it is drawn from the lines of the logbook after every change, so losing it
loses nothing.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

import msgspec

from codex_loop.clock import format_ms
from codex_loop.errors import UsageError
from codex_loop.usage.tracker import anomalies, ingest
from codex_loop.usage.tracker.ingest import Done
from codex_loop.usage.tracker.journal import Entry, Logbook, delete, live, locked, mine
from codex_loop.usage.tracker.records import GlmCount, Phase, Snapshot, noted
from codex_loop.usage.tracker.windows import SETTLING_MS, following, upcoming

Provider = Literal["codex", "claude", "glm"]
End = Snapshot | GlmCount


class State(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where a provider stands, for prompts and scripts to read."""

    current_window: str | None
    last_phase: str | None
    updated_at: str | None
    baseline_prompts: int | None = None


class Pasted(msgspec.Struct, frozen=True):
    """What came in, and what is said about it."""

    text: str
    notes: str | None = None
    source: str = "alias"
    settling_ms: int = SETTLING_MS


def start(book: Logbook, provider: Provider, pasted: Pasted, now_ms: int, window: str | None = None) -> Done:
    """The beginning of a window: of the one that waits for its end (then anew), else of the next."""
    with locked(book.state_dir / ".alias.lock"):
        done = _begin(book, provider, window or _next(book, provider), pasted, now_ms)
        remember(book, provider, now_ms)
        return done


def end(book: Logbook, provider: Provider, pasted: Pasted, now_ms: int, window: str | None = None) -> Done:
    """The end of the window that waits for it."""
    with locked(book.state_dir / ".alias.lock"):
        done = _finish(book, provider, _waiting(book, provider, window), pasted, now_ms)
        remember(book, provider, now_ms)
        return done


def cross(book: Logbook, provider: Provider, pasted: Pasted, now_ms: int, window: str | None = None) -> Done:
    """One text as the end of this window and the beginning of the next."""
    with locked(book.state_dir / ".alias.lock"):
        waiting = _waiting(book, provider, window)
        ended = _finish(book, provider, waiting, pasted, now_ms)
        upcoming_window = following(waiting, _names(book, provider))
        begun = _begin(book, provider, upcoming_window, pasted, now_ms)
        remember(book, provider, now_ms)
    seeded = f"seeded before snapshot for {upcoming_window}"
    return Done((*ended.lines, seeded), tuple(dict.fromkeys((*ended.warnings, *begun.warnings))))


def undo(
    book: Logbook,
    provider: Provider,
    now_ms: int,
    *,
    index: int = 1,
    phase: Phase | None = None,
    window: str | None = None,
) -> Done:
    """Delete one end: the latest, or the index-th latest, of this phase and window where they are given."""
    with locked(book.state_dir / ".alias.lock"):
        found = [
            each
            for each in reversed(_ends(book, provider))
            if phase in (None, each.record.phase) and window in (None, each.record.window)
        ]
        if not found:
            raise UsageError(f"no matching snapshots of {provider}; `tracker preview` lists them")
        if not 1 <= index <= len(found):
            raise UsageError(f"cannot delete index {index}: there are {len(found)}, 1 is the latest")
        entry = found[index - 1]
        delete(book, entry, now_ms)
        gone = entry.record
        anomalies.withdraw(book, gone.window, provider, gone.phase or "", now_ms)
        remember(book, provider, now_ms)
    return Done((f"removed {provider} {gone.phase} snapshot for {gone.window}",))


def remember(book: Logbook, provider: Provider, now_ms: int) -> State:
    """Write the state file anew from what the logbook holds."""
    ends = [each.record for each in _ends(book, provider)]
    latest = ends[-1] if ends else None
    begun = latest.prompts if isinstance(latest, GlmCount) and latest.phase == "before" else None
    state = State(
        current_window=latest.window if latest else None,
        last_phase=latest.phase if latest else None,
        updated_at=format_ms(now_ms),
        baseline_prompts=begun,
    )
    _write_whole(book.state_dir / f"{provider}.json", msgspec.json.encode(state) + b"\n")
    return state


def _begin(book: Logbook, provider: Provider, window: str, pasted: Pasted, now_ms: int) -> Done:
    if provider == "glm":
        kept = _count(book, window, "before", pasted, now_ms)
        line = f"stored glm baseline for {window} (prompts={_shown(kept.prompts)}, state=awaiting-end)"
        return Done((line,), _uncounted(kept))
    done = _pane(book, provider, window, "before", pasted, now_ms)
    return Done((f"{done.lines[0]} (state=awaiting-end)",), done.warnings)


def _finish(book: Logbook, provider: Provider, window: str, pasted: Pasted, now_ms: int) -> Done:
    if provider == "glm":
        kept = _count(book, window, "after", pasted, now_ms)
        return Done((f"stored glm delta for {window} (prompts={_shown(kept.delta)})",), _uncounted(kept))
    done = _pane(book, provider, window, "after", pasted, now_ms)
    return Done((f"{done.lines[0]} (state=idle)",), done.warnings)


def _pane(book: Logbook, provider: ingest.Pane, window: str, phase: Phase, pasted: Pasted, now_ms: int) -> Done:
    return ingest.pane(
        book,
        provider,
        window,
        phase,
        pasted.text,
        now_ms=now_ms,
        notes=pasted.notes,
        source=pasted.source,
        settling_ms=pasted.settling_ms,
    )


def _count(book: Logbook, window: str, phase: Phase, pasted: Pasted, now_ms: int) -> GlmCount:
    return ingest.glm(book, window, phase, pasted.text, now_ms=now_ms, notes=noted(pasted.notes), source=pasted.source)


def _next(book: Logbook, provider: Provider) -> str:
    ends = _ends(book, provider)
    return upcoming(ends[-1].record if ends else None, _names(book, provider))


def _waiting(book: Logbook, provider: Provider, window: str | None) -> str:
    """The window that has a beginning and waits for its end."""
    ends = [each.record for each in _ends(book, provider) if window in (None, each.record.window)]
    waits = ends[-1] if ends and ends[-1].phase == "before" else None
    if waits is None:
        of = f" in {window}" if window else ""
        raise UsageError(f"no BEFORE snapshot of {provider}{of}; begin a window with `tracker alias start {provider}`")
    return waits.window


def _ends(book: Logbook, provider: Provider) -> list[Entry[End]]:
    if provider == "glm":
        counted = mine(book, live(book, "glm_counts", GlmCount))
        return [each for each in counted if each.record.phase]
    taken = mine(book, live(book, "snapshots", Snapshot))
    return [each for each in taken if each.record.provider == provider]


def _names(book: Logbook, provider: Provider) -> set[str]:
    return {each.record.window for each in _ends(book, provider)}


def _uncounted(kept: GlmCount) -> tuple[str, ...]:
    return (f"glm: kept with {', '.join(kept.errors)}; see `raw_text` of the record",) if kept.errors else ()


def _shown(count: int | None) -> str:
    return "unknown" if count is None else str(count)


def _write_whole(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    beside.write_bytes(data)
    beside.replace(path)
