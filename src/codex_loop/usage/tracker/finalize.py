"""A window is finished: what was made in it, beside what it took of each provider."""

from __future__ import annotations

import msgspec

from codex_loop.clock import format_ms
from codex_loop.errors import UsageError
from codex_loop.usage.tracker import anomalies
from codex_loop.usage.tracker.ingest import Done
from codex_loop.usage.tracker.journal import Logbook, append, live, mine
from codex_loop.usage.tracker.records import (
    NEGATIVE,
    RESET_BETWEEN,
    Change,
    Finalized,
    GlmCount,
    Snapshot,
    noted,
)
from codex_loop.usage.tracker.windows import Pair, delta, pairs

_DETAILS = {
    NEGATIVE: "a bar went down between beginning and end: it began anew, and what was used cannot be told",
    RESET_BETWEEN: "a bar began anew between beginning and end: what was used cannot be told",
}


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What a person says of the finished window."""

    features: dict[str, int | None]
    """By provider; None was not stated."""
    quality: float = 1.0
    outcome: str = "unknown"
    spec_id: str | None = None
    spec_version: str | None = None
    methodology: str | None = None
    commit_start: str | None = None
    commit_end: str | None = None
    notes: str | None = None


def finalize(book: Logbook, window: str, facts: Facts, now_ms: int) -> Done:
    """Keep the deltas of every provider in this window. Doing it again adds a line; the latest counts."""
    taken = [each.record for each in mine(book, live(book, "snapshots", Snapshot)) if each.record.window == window]
    counted = [each.record for each in mine(book, live(book, "glm_counts", GlmCount)) if each.record.window == window]
    if not taken and not counted:
        raise UsageError(f"no snapshots found for window {window}; `tracker preview` lists the windows")
    found = {pair.provider: pair for pair in pairs(taken)}
    _refuse_half(window, found, facts)
    changes = {provider: _change(pair, facts.features.get(provider)) for provider, pair in found.items()}
    if counted or facts.features.get("glm") is not None:
        changes["glm"] = _prompts(counted, facts.features.get("glm"))
    append(
        book,
        "windows",
        Finalized(
            window=window,
            notes=noted(facts.notes, book.agent_note),
            finalized_at=format_ms(now_ms),
            providers=changes,
            quality=facts.quality,
            outcome=facts.outcome,
            spec_id=facts.spec_id,
            spec_version=facts.spec_version,
            methodology=facts.methodology,
            commit_start=facts.commit_start,
            commit_end=facts.commit_end,
        ),
    )
    warnings = []
    for provider, change in changes.items():
        for tag in change.errors:
            detail = _DETAILS.get(tag, tag)
            anomalies.note(book, window, provider, tag, detail, now_ms, "after")
            warnings.append(f"{window} {provider}: {detail}")
    return Done((f"finalized {window} ({', '.join(sorted(changes))})",), tuple(warnings))


def _refuse_half(window: str, found: dict[str, Pair], facts: Facts) -> None:
    stated = {name for name, count in facts.features.items() if count is not None and name != "glm"}
    half = [
        name
        for name in sorted({*found, *stated})
        if (pair := found.get(name)) is None or pair.before is None or pair.after is None
    ]
    if half:
        names = ", ".join(half)
        raise UsageError(
            f"missing before/after snapshots for providers: {names}; `tracker window-audit --window {window}` shows"
            " what there is"
        )


def _change(pair: Pair, features: int | None) -> Change:
    moved = delta(pair)
    return Change(features=features, deltas=moved.points, errors=moved.errors)


def _prompts(counted: list[GlmCount], features: int | None) -> Change:
    ended = [each for each in counted if each.phase == "after"]
    latest = ended[-1] if ended else None
    errors = latest.errors if latest else ()
    return Change(features=features, deltas={"prompts": latest.delta if latest else None}, errors=errors)
