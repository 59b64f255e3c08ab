"""What a line of the tracker's files holds. Field names are those of the files it has always written.

Every field has a default: lines of older versions lack some. A value that is not known is null, never 0.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec
from msgspec import UNSET, UnsetType

from codex_loop import __version__

SCHEMA_VERSION = "1"
Phase = Literal["before", "after"]
Number = int | float
Known = Number | None | UnsetType
"""A field that only one provider has: absent with the others, null where its provider did not say."""
Told = str | None | UnsetType

INSUFFICIENT = "insufficient-data"
TRIMMED = "multi-pane-trimmed"
NOT_LOADED = "usage-not-loaded"
MANUAL = "manual-override"
NEGATIVE = "negative-delta"
LATE = "late-after"
RESET_BETWEEN = "reset-between"
AGENT_NOTE = "AGENT_ID="


class Stamped(msgspec.Struct, frozen=True, kw_only=True):
    """What every line carries."""

    window: str = ""
    notes: str | None = None
    schema_version: str | int | None = SCHEMA_VERSION
    tool_version: str | None = __version__


class Bars(msgspec.Struct, frozen=True, kw_only=True):
    """What a status pane says: percent used, and when that begins anew, in the pane's own words."""

    fiveh_pct: Known = UNSET
    fiveh_resets: Told = UNSET
    weekly_pct: Known = UNSET
    weekly_resets: Told = UNSET
    session_pct: Known = UNSET
    session_resets: Told = UNSET
    all_models_pct: Known = UNSET
    all_models_resets: Told = UNSET
    opus_pct: Known = UNSET
    errors: tuple[str, ...] = ()

    def percent(self, bar: str) -> Number | None:
        """Percent used of one bar (`fiveh`, `weekly`, `session`, `all_models`, `opus`); None when not said."""
        value = getattr(self, f"{bar}_pct")
        return None if value is UNSET else value

    def resets(self, bar: str) -> str | None:
        """When that bar begins anew, as the pane wrote it."""
        value = getattr(self, f"{bar}_resets", None)
        return None if value is UNSET else value


BARS = {"codex": ("fiveh", "weekly"), "claude": ("session", "all_models", "opus")}
"""The bars of each provider, the shortest window first."""


class Snapshot(Stamped, frozen=True, kw_only=True):
    """A provider's limits at one end of a window."""

    provider: str = ""
    phase: str = ""
    captured_at: str = ""
    raw_text: str = ""
    parsed: Bars = Bars()
    source: str = ""


class GlmCount(Stamped, frozen=True, kw_only=True):
    """Prompts of GLM: a cumulative count at the beginning of a window, the difference at its end."""

    provider: str = "glm"
    phase: str | None = None
    captured_at: str = ""
    raw_text: str = ""
    prompts: int | None = None
    """Cumulative, as counted."""
    delta: int | None = None
    """Prompts within the window; on the line of its end only."""
    errors: tuple[str, ...] = ()
    source: str = ""


class CcusageSession(msgspec.Struct, frozen=True, kw_only=True):
    session_id: str | None = None
    total_tokens: int | None = None
    cost_usd: float | None = None
    last_activity: str | None = None


class SessionSummary(msgspec.Struct, frozen=True, kw_only=True, tag_field="scope", tag="session"):
    session_count: int | None = None
    total_tokens: int | None = None
    cost_usd: float | None = None
    latest_session: CcusageSession | None = None
    sessions: tuple[CcusageSession, ...] = ()
    errors: tuple[str, ...] = ()


class CcusageDay(msgspec.Struct, frozen=True, kw_only=True):
    date: str | None = None
    total_tokens: int | None = None
    percent_used: Number | None = None
    cost_usd: float | None = None


class DailySummary(msgspec.Struct, frozen=True, kw_only=True, tag_field="scope", tag="daily"):
    generated_at: str | None = None
    reset_at: str | None = None
    days: tuple[CcusageDay, ...] = ()
    total_tokens: int | None = None
    cost_usd: float | None = None
    errors: tuple[str, ...] = ()


class CcusageWeek(msgspec.Struct, frozen=True, kw_only=True):
    start_date: str | None = None
    end_date: str | None = None
    percent_used: Number | None = None
    tokens_used: int | None = None
    tokens_remaining: int | None = None
    cost_usd: float | None = None


class WeeklySummary(msgspec.Struct, frozen=True, kw_only=True, tag_field="scope", tag="weekly"):
    generated_at: str | None = None
    reset_at: str | None = None
    weekly: CcusageWeek | None = None
    total_tokens: int | None = None
    errors: tuple[str, ...] = ()


class CcusageMonth(msgspec.Struct, frozen=True, kw_only=True):
    month: str | None = None
    total_tokens: int | None = None
    cost_usd: float | None = None


class MonthlySummary(msgspec.Struct, frozen=True, kw_only=True, tag_field="scope", tag="monthly"):
    generated_at: str | None = None
    months: tuple[CcusageMonth, ...] = ()
    total_tokens: int | None = None
    cost_usd: float | None = None
    errors: tuple[str, ...] = ()


Summary = SessionSummary | DailySummary | WeeklySummary | MonthlySummary


class ProviderSays(msgspec.Struct, frozen=True, kw_only=True):
    """The weekly window as the provider itself last stated it: ccusage knows no percentages."""

    percent_used: float | None = None
    percent_remaining: float | None = None
    resets_at: str | None = None
    observed_at: str | None = None
    source: str | None = None
    """Which telling: `snapshot`, or `limit-samples` and how they were seen."""
    missing: str | None = None
    """Why there is no percentage."""


class Ccusage(Stamped, frozen=True, kw_only=True):
    """One report of ccusage about Codex."""

    provider: str = "codex-ccusage"
    scope: str = "session"
    captured_at: str = ""
    raw_text: str = ""
    parsed: Summary = SessionSummary()
    source: str = "ingest"
    limits: ProviderSays | UnsetType = UNSET


class Heard(Stamped, frozen=True, kw_only=True):
    """What another program said, kept as it is, with the few numbers that could be read from it."""

    provider: str = ""
    captured_at: str = ""
    raw_text: str = ""
    parsed: dict[str, Any] = {}
    source: str = "ingest"


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """A provider in one finished window."""

    features: int | None = None
    deltas: dict[str, Number | None] = {}
    """Percent points by bar; for GLM prompts. Null where it cannot be told."""
    errors: tuple[str, ...] = ()


class Finalized(Stamped, frozen=True, kw_only=True):
    """A finished window: what was made in it, and what that took of each provider."""

    finalized_at: str = ""
    providers: dict[str, Change] = {}
    quality: float | None = None
    outcome: str | None = None
    spec_id: str | None = None
    spec_version: str | None = None
    methodology: str | None = None
    commit_start: str | None = None
    commit_end: str | None = None


class Churned(Stamped, frozen=True, kw_only=True):
    """Lines added and deleted between two commits."""

    provider: str | None = None
    recorded_at: str = ""
    methodology: str | None = None
    commit_start: str | None = None
    commit_end: str | None = None
    paths: tuple[str, ...] = ()
    files: int = 0
    insertions: int = 0
    deletions: int = 0
    binary_files: int = 0
    features: int | None = None
    month: str | None = None
    month_tokens: int | None = None
    """What ccusage's monthly report said of that month, when it was recorded."""
    errors: tuple[str, ...] = ()


class Anomaly(Stamped, frozen=True, kw_only=True):
    """Something that makes a number of a window doubtful."""

    provider: str | None = None
    phase: str | None = None
    recorded_at: str = ""
    tag: str = ""
    detail: str = ""


class Tombstone(Stamped, frozen=True, kw_only=True):
    """The deletion of one line of another file."""

    kind: str = ""
    record: str = ""
    """The digest of the deleted line."""
    nth: int = 0
    """Which of equal lines, from 0."""
    provider: str | None = None
    phase: str | None = None
    deleted_at: str = ""


KINDS: dict[str, type[Stamped]] = {
    "snapshots": Snapshot,
    "windows": Finalized,
    "glm_counts": GlmCount,
    "codex_ccusage": Ccusage,
    "claude_monitor": Heard,
    "churn": Churned,
    "anomalies": Anomaly,
    "proxy_telemetry": Heard,
    "tombstones": Tombstone,
}
"""The files of a data folder, `<name>.jsonl` each, and what their lines hold."""


def agent_of(notes: str | None) -> str | None:
    """The agent that wrote a line, by its notes."""
    parts = (part.strip() for part in (notes or "").split(";"))
    return next((part.removeprefix(AGENT_NOTE) for part in parts if part.startswith(AGENT_NOTE)), None)


def noted(*notes: str | None) -> str | None:
    """Several notes as one; None without any."""
    parts = [part for part in notes if part]
    return "; ".join(parts) if parts else None
