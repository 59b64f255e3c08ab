"""The page about signals names every one of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from codex_loop.signals import across
from codex_loop.signals.catalogue import DETECTORS

PAGE = (Path(__file__).parent.parent.parent / "docs" / "signals.md").read_text(encoding="utf-8")
RULES = (*DETECTORS, *across.DETECTORS)


@pytest.mark.parametrize("signal", [detector.id for detector in RULES])
def test_a_signal_is_explained_under_its_kind(signal: str) -> None:
    friction, delight = PAGE.partition("\n## Friction\n")[2].partition("\n## Delight\n")[::2]
    kind = next(detector.kind for detector in RULES if detector.id == signal)
    assert f"`{signal}`" in (friction if kind == "friction" else delight)
