"""A ccusage report in our own words: the same for every dialect, and what is wrong with one that cannot be read."""

from __future__ import annotations

from typing import Literal

import msgspec

Dialect = Literal["codex-v18", "codex-v20", "claude-v20", "unified-v20", "blocks", "tracker"]
Kind = Literal["session", "daily", "weekly", "monthly", "blocks"]

SUSPECT_V18 = "suspect:v18"
"""Version 18 counts repeated counters and copied forks again; its numbers are too high wherever there are any."""
TOTAL_MISMATCH = "total-mismatch"
"""A row's total is not the sum of its parts."""
SUM_MISMATCH = "sum-mismatch"
"""The totals are not the sum of the rows."""
CACHE_EXCEEDS_INPUT = "cache-exceeds-input"
"""Version 18 claims more cached than input tokens; the cached ones were cut to the input."""
UNPRICED = "unpriced"
"""A model has no price there, so that its tokens cost 0: the costs are too low."""
FALLBACK_MODEL = "fallback-model"
"""The model of some tokens was not known there and was taken for another."""
ESTIMATED_BLOCKS = "estimated:blocks"
"""Blocks are ccusage's own estimate, not the windows of a provider."""


class Tokens(msgspec.Struct, frozen=True, kw_only=True):
    """Tokens by kind: `input` leaves out the cache, `output` contains `reasoning`; None is what was not told."""

    input: int | None = None
    cache_read: int | None = None
    cache_write: int | None = None
    output: int | None = None
    reasoning: int | None = None
    total: int | None = None
    """As stated, also where it contradicts its parts (then the report is flagged)."""


class ModelUse(msgspec.Struct, frozen=True, kw_only=True):
    """What one model used; `fallback`: ccusage guessed the model, `unpriced`: it had no price for it."""

    name: str
    tokens: Tokens
    cost_usd: float | None = None
    fallback: bool = False
    unpriced: bool = False


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One day, week, month, session or block."""

    key: str
    """`2026-05-01`, the first day of a week, `2026-05`, a session's id as ccusage has it, a block's id."""
    tokens: Tokens
    agent: str | None = None
    """None: not told. `all` is no agent: see `parts`."""
    cost_usd: float | None = None
    """As stated; never -0.0."""
    models: tuple[ModelUse, ...] = ()
    model_names: tuple[str, ...] = ()
    parts: tuple[Row, ...] = ()
    """The same row for each agent, where the unified report splits it."""
    agents: tuple[str, ...] = ()
    """Whose tokens these are, where it is told."""
    project: str | None = None
    first_activity: str | None = None
    last_activity: str | None = None
    """As written."""
    last_ms: int | None = None
    """`last_activity` as an instant: compare these, never the texts."""
    start: str | None = None
    end: str | None = None
    """Of a block, or of the tracker's week."""
    percent_used: float | None = None
    """Only the tracker's own shape has it; no ccusage ever printed one."""
    tokens_remaining: int | None = None
    gap: bool = False
    """A block in which nothing happened."""
    active: bool = False


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """One report, whole and valid. `rows` is never empty and in the order of the file."""

    dialect: Dialect
    kind: Kind
    rows: tuple[Row, ...]
    totals: Tokens | None = None
    """As stated; None where the report has none."""
    cost_usd: float | None = None
    """The stated total."""
    reset_at: str | None = None
    generated_at: str | None = None
    unpriced_models: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    only: str | None = None
    """The agent to whose share a report of all agents was cut."""
    week_starts: str | None = None
    """The weekday on which every week of it begins, `monday` or another."""


class Rejected(ValueError):
    """The text is no report; `tag` is one word for records, the message a sentence for people.

    Tags: invalid-json, unknown-report, several-reports; invalid-sessions, no-sessions, invalid-days, no-days,
    invalid-week, no-weeks, invalid-months, no-months, invalid-blocks, no-blocks.
    """

    def __init__(self, tag: str, reason: str) -> None:
        super().__init__(reason)
        self.tag, self.reason = tag, reason
