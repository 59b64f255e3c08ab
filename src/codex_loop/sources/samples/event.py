"""One look at one agent's limits: printed by the status programs, kept a line each by the sampler.

What is not known is null, never 0: a window without `used_percent` is one whose use the provider did not say.
"""

from __future__ import annotations

from typing import Literal

import msgspec

SCHEMA = "codex-loop/status-sample/1"

Via = Literal[
    "rollout", "app-server", "status-pane", "get-usage", "statusline", "usage-text", "stream", "transcript", "unknown"
]
Reason = Literal["timeout", "exec", "parse", "auth", "unavailable"]


class WindowSeen(msgspec.Struct, kw_only=True, frozen=True, omit_defaults=False):
    """One window of one limit as the provider stated it."""

    used_percent: float | None = None
    """0 to 100 (more where overage is on), always USED; programs that say what is left are turned round."""
    resets_at: str | None = None
    """ISO 8601 in UTC."""
    window_minutes: int | None = None
    limit_id: str | None = None
    slot: str | None = None
    """The provider's own name of the window."""
    reached: str | None = None


class Failure(msgspec.Struct, kw_only=True, frozen=True):
    """Why nothing is known, in one sentence."""

    reason: Reason
    detail: str


class StatusEvent(msgspec.Struct, kw_only=True, frozen=True):
    """A line of `usage-YYYYMMDD.jsonl`. The sampler sets `source_tool` and `seq_no` itself and believes no program."""

    schema: str = SCHEMA
    source_tool: str = ""
    """`codex` or `claude`."""
    seq_no: int | None = None
    timestamp: str = ""
    hostname: str = ""
    via: Via = "unknown"
    """Which source answered."""
    account: str | None = None
    """A keyed hash, where the source says whose limits these are."""
    plan: str | None = None
    credits: str | None = None
    windows: dict[str, WindowSeen] = {}
    """By the seed's names: codex `5h_limit`, `weekly_limit`; claude `session`, `weekly_all`, `weekly_opus`; any other
    window by its length (`<n>m`) or the provider's own name."""
    error: Failure | None = None
    tried: list[str] = []
    """The sources that were asked before the one that answered, each with its reason for giving nothing."""


class Reading(msgspec.Struct, kw_only=True, frozen=True):
    """What one source said, before it is known when and for whom it was asked."""

    windows: dict[str, WindowSeen] = {}
    plan: str | None = None
    credits: str | None = None
    account: str | None = None
    """The provider's own name of the account: for a keyed hash, never for a file or a screen."""
    observed_ms: int | None = None
    """When the provider said it; None: now."""


class NotSaid(Exception):
    """There is no limit in what was read; the message says why, in words that follow the source's name."""

    def __init__(self, reason: Reason, detail: str, *, final: bool = False) -> None:
        super().__init__(detail)
        self.reason, self.detail = reason, detail
        self.final = final
        """The program has spoken for its account: asking it in another way cannot give more."""
