"""The features in `features/`, run as they are written."""

from __future__ import annotations

from pathlib import Path

from pytest_bdd import scenarios

from tests.tracker.steps import *  # noqa: F403  # steps are found by name in the module that runs the scenarios

FEATURES = Path(__file__).parents[2] / "features"

scenarios(str(FEATURES / "tracker_ccusage.feature"), str(FEATURES / "tracker_aliases.feature"))
