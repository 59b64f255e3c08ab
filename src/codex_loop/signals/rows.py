"""A signal's row for what several sessions show together: there is no one session that a detector could look at."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from codex_loop.signals.detector import Detector, signal_key
from codex_loop.store.neighbours import Neighbour
from codex_loop.store.signals import SignalRow


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What is said of a session beside others."""

    title: str
    body: str
    proof: str
    """JSON: pointers to the records that prove it."""
    measured: Mapping[str, int | float | str] = {}
    anchor: str = ""
    """The native id of the first evidence; empty for what is said of a session as a whole."""
    time_ms: int | None = None
    call_key: int | None = None
    turn_key: int | None = None
    cost_ms: int | None = None
    cost_tokens: int | None = None
    confidence: float | None = None
    """None: the detector's own."""


def row(detector: Detector, each: Neighbour, now_ms: int, told: Told) -> SignalRow:
    """As it is stored."""
    return SignalRow(
        key=signal_key(f"{each.agent}:{each.native_id}", detector.id, told.anchor),
        subject="session",
        session_key=each.key,
        turn_key=told.turn_key,
        call_key=told.call_key,
        kind=detector.kind,
        category=detector.id,
        detector=detector.id,
        version=detector.version,
        severity=detector.severity,
        confidence=detector.confidence if told.confidence is None else told.confidence,
        basis="field",
        time_ms=each.ended_ms if told.time_ms is None else told.time_ms,
        detected_ms=now_ms,
        gone_ms=None,
        title=told.title,
        body=told.body,
        evidence=told.proof,
        parameters=msgspec.json.encode(told.measured, order="sorted").decode(),
        absorbed_by=None,
        cost_ms=told.cost_ms,
        cost_tokens=told.cost_tokens,
    )
