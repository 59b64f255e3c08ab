"""On the undisputed tree the real native ccusage must print the generator's truth."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from benchmarks.corpus.plan import write_corpus
from benchmarks.peers import Ccusage
from tools.catalog import MissingToolError


@pytest.fixture
def ccusage(tmp_path: Path) -> Ccusage:
    try:
        return Ccusage.found(tmp_path / "empty-home")
    except MissingToolError as missing:
        if os.environ.get("CI"):
            pytest.fail(str(missing))
        pytest.skip(str(missing))


@pytest.mark.contract
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_ccusage_agrees_on_the_undisputed_tree(tmp_path: Path, ccusage: Ccusage, seed: int) -> None:
    truth: dict[str, Any] = write_corpus(tmp_path / "home", 12, seed, undisputed=True).as_json()["agents"]  # type: ignore[assignment]
    for agent, report, group in (
        ("codex", "daily", "daily"),
        ("claude", "session", "sessions"),
        ("claude", "daily", "daily"),
    ):
        printed = json.loads(ccusage.run([agent, report], tmp_path / "home"))
        tokens = truth[agent]["tokens"]
        assert printed["totals"]["inputTokens"] == tokens["input"]
        assert printed["totals"]["cacheReadTokens"] == tokens["cache_read"]
        assert printed["totals"]["cacheCreationTokens"] == tokens["cache_write"]
        assert printed["totals"]["outputTokens"] == tokens["output"]
        if report == "daily":
            days = {row["date"]: row["totalTokens"] for row in printed[group]}
            assert days == {day: spent["total"] for day, spent in truth[agent]["days"].items()}
