"""Every detector there is, one table."""

from __future__ import annotations

from codex_loop.signals import across, checks, context, denials, endings, failures, loops, prompts, reverts, semantic
from codex_loop.signals.detector import Detector

DETECTORS: tuple[Detector, ...] = (
    *failures.DETECTORS,
    *loops.DETECTORS,
    *checks.DETECTORS,
    *denials.DETECTORS,
    *reverts.DETECTORS,
    *context.DETECTORS,
    *prompts.DETECTORS,
    *endings.DETECTORS,
)
BY_ID = {detector.id: detector for detector in (*DETECTORS, *across.DETECTORS, *semantic.DESCRIBED)}
