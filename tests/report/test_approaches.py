"""Every kind of friction has something to try, and a name that nobody knows falls back on its detectors."""

from __future__ import annotations

import pytest

from codex_loop.report.approaches import approach
from codex_loop.signals.catalogue import BY_ID

FRICTION = sorted(each.category or each.id for each in BY_ID.values() if each.kind == "friction")


@pytest.mark.parametrize("category", FRICTION)
def test_every_detector_s_friction_stands_in_the_table(category: str) -> None:
    assert approach("friction", [category]) != approach("friction", ["nobody knows this"])


def test_a_learned_category_takes_what_its_detectors_suggest() -> None:
    assert approach("friction", ["peer_conflict", "retry_loop"]) == approach("friction", ["retry_loop"])


def test_what_went_well_is_to_be_kept_and_not_mended() -> None:
    assert "baseline" in " ".join(approach("delight", ["first_attempt_success"]).tries)
