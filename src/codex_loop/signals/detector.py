"""What a detector is: a function over one session, and what it is called, sure of, and worth.

A detector never opens anything, never remembers anything, and gives the same findings for the same session. What it
cannot know it does not claim: absent evidence is no evidence of absence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Literal, NamedTuple

import msgspec

from codex_loop.model.keys import key
from codex_loop.signals.session import Session, Step

Kind = Literal["friction", "delight"]
Basis = Literal["live", "otel", "field", "text", "model"]
"""What proves it: a live protocol, telemetry, a field of the agent's file, a text that suggests it, a model."""


class Finding(msgspec.Struct, kw_only=True, frozen=True):
    """One thing a detector saw."""

    anchor: str
    """The native id of the first evidence; empty for what is said of a session as a whole. Never an offset."""
    evidence: tuple[Step, ...]
    """What proves it, in order; the first one dates it."""
    title: str
    """One line for a person."""
    body: str = ""
    """The redacted evidence in words: what the user said, what was tried, how it failed. Never the category."""
    severity: float | None = None
    """None: the detector's own."""
    confidence: float | None = None
    basis: Basis = "field"
    measured: Mapping[str, float | int | str] = {}
    """What the rule measured, with the threshold it compared to."""


class Detector(NamedTuple):
    """One rule. Raise `version` when it changes what it finds."""

    id: str
    version: int
    kind: Kind
    severity: float
    confidence: float
    find: Callable[[Session], Iterable[Finding]]
    help: str
    """One sentence for the documentation and `signals explain`."""
    needs: frozenset[str] = frozenset()
    """What a file must be able to show: `approvals`, `decider`, `interruptions`, `compactions`, `reverts`, `plans`."""
    absorbs: frozenset[str] = frozenset()
    """Detectors whose findings on the same calls this one already tells."""
    category: str | None = None
    """None: the detector's own name."""


def signal_key(subject: str, detector: str, anchor: str) -> int:
    """The identity of a signal: independent of versions, hosts, offsets and times."""
    return key("signal", subject, detector, anchor)


def first_words(text: str, limit: int = 200) -> str:
    """The beginning of a text on one line."""
    return " ".join(text.split())[:limit]
