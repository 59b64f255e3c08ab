"""Every detector there is, one table."""

from __future__ import annotations

from codex_loop.signals import failures
from codex_loop.signals.detector import Detector

DETECTORS: tuple[Detector, ...] = (*failures.DETECTORS,)
