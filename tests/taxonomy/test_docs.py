"""docs/loop.md says what the loop does."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

from codex_loop.cli.app import COMMANDS, find
from codex_loop.cli.schema import Status
from codex_loop.clock import DAY_MS
from codex_loop.clusters import chroma, clustering, identity
from codex_loop.store.vectors import EVIDENCE
from codex_loop.taxonomy import proposals, review
from codex_loop.taxonomy.confidence import MANY, MANY_SESSIONS, WEIGHTS

PAGE = (Path(__file__).parents[2] / "docs" / "loop.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("line", re.findall(r"^codex-loop .*", PAGE, re.MULTILINE))
def test_every_command_on_the_page_exists(line: str) -> None:
    words = line.partition("#")[0].split()[1:]
    assert find(words, COMMANDS) is not None


def test_every_part_of_the_confidence_stands_there_with_its_weight() -> None:
    rows = dict(re.findall(r"^\| (\w+) \| (0\.\d+) \|", PAGE, re.MULTILINE))
    assert {name: float(weight) for name, weight in rows.items()} == WEIGHTS
    assert (MANY, MANY_SESSIONS) == (10, 3)


@pytest.mark.parametrize("status", sorted(set(get_args(Status)) - {"all", "superseded"}))
def test_every_status_of_a_proposal_is_explained(status: str) -> None:
    assert re.search(rf"^\| [`\w, ]*`{status}`", PAGE, re.MULTILINE)


@pytest.mark.parametrize("event", ["born", "kept", "shifted", "split", "merged", "dormant", "dead"])
def test_every_event_of_a_cluster_is_explained(event: str) -> None:
    assert re.search(rf"^\| [`\w, ]*`{event}`", PAGE, re.MULTILINE)


@pytest.mark.parametrize("name", [chroma.SIGNALS, chroma.SESSIONS, chroma.CENTROIDS])
def test_every_collection_stands_there(name: str) -> None:
    assert f"| `{name}` |" in PAGE


def test_the_numbers_on_the_page_are_those_of_the_code() -> None:
    assert (clustering.FEWEST, clustering.GROWTH, clustering.DEAD_AFTER_MS) == (5, 0.1, 30 * DAY_MS)
    assert (identity.KEPT, identity.SHIFTED) == (0.5, 0.2)
    assert (proposals.LEAST_MEMBERS, proposals.LEAST_SESSIONS, proposals.EXPLAINED) == (5, 2, 0.8)
    assert (review.SESSIONS, review.DAYS, review.CLAIMED) == (3, 2, 0.5)
    assert EVIDENCE == 5
