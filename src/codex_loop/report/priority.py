"""How urgent a problem is: a table of rules over how often, how bad and how new it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from codex_loop.clock import DAY_MS
from codex_loop.model.text import counted

FEWEST = 10
"""With fewer signals nothing is called for yet."""
NEW_DAYS = 7
BATCH = 5
"""So many tickets a person takes at once."""


class Rule(NamedTuple):
    """What has to hold, and what it calls for."""

    priority: str
    action: str
    signals: int
    severity: float
    new_share: float


RULES: tuple[Rule, ...] = (
    Rule("P1", "ticket", FEWEST, 0.8, 0.0),
    Rule("P2", "ticket", 20, 0.6, 0.0),
    Rule("P2", "investigate", FEWEST, 0.0, 0.7),
    Rule("P3", "expand evaluation", 30, 0.4, 0.0),
    Rule("P4", "monitor", 50, 0.0, 0.0),
)
"""The first that holds decides. `new_share` is the share of signals in the last week, to be exceeded."""

WAIT = "wait"


class Priority(msgspec.Struct, frozen=True, kw_only=True):
    """How urgent a problem is, what that calls for, and why."""

    level: str
    """P1 to P4."""
    action: str
    """ticket, investigate, expand evaluation, monitor; wait: no rule asks for anything yet."""
    why: str


def priority(times: Sequence[int | None], severity: float, now_ms: int, first_ms: int | None) -> Priority:
    """By the times of the signals, their mean severity, and since when the store knows sessions at all.

    Newness is a matter of when things happened, not of when they were read: where no session is older than a week,
    nothing can be called new.
    """
    signals = len(times)
    begin_ms = now_ms - NEW_DAYS * DAY_MS
    new = sum(1 for each in times if each is not None and each >= begin_ms)
    share = new / signals if signals and first_ms is not None and first_ms < begin_ms else 0.0
    for rule in RULES:
        if signals >= rule.signals and severity >= rule.severity and (not rule.new_share or share > rule.new_share):
            return Priority(level=rule.priority, action=rule.action, why=_why(rule, signals, severity))
    return Priority(level="P4", action=WAIT, why=_waiting(signals, severity))


def _why(rule: Rule, signals: int, severity: float) -> str:
    if rule.new_share:
        # Not how many: a ticket would be another one every day.
        return f"most of its {signals} signals are from the last {NEW_DAYS} days"
    told = f"{signals} signals ({rule.signals} or more)"
    return f"{told}, severity {severity:.2f} ({rule.severity:g} or more)" if rule.severity else told


def _waiting(signals: int, severity: float) -> str:
    if signals < FEWEST:
        return f"{counted(signals, 'signal')}; from {FEWEST} on a problem calls for something"
    return f"{signals} signals of severity {severity:.2f}: too few, or too mild, for more"
