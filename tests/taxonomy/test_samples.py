"""What the sample sessions taught is known again in a repository they did not come from, and nothing else is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray

from codex_loop.cli.app import run
from codex_loop.clusters import texts
from codex_loop.clusters.density import Vectors
from codex_loop.store import categories, clusters, problems, proposals
from codex_loop.store.engine import Database, open_for_writing
from codex_loop.store.problems import MemberFacts
from codex_loop.store.signals import SignalRow
from codex_loop.taxonomy import review
from codex_loop.taxonomy.classify import classify
from codex_loop.taxonomy.rule import Rule, rule_of, similarities
from tests.clusters.told import put, signal

SAMPLES = Path(__file__).parents[2] / "src" / "codex_loop" / "samples"
LATER_MS = 1_800_000_000_000
MISSED = "update: apply_patch verification failed: Failed to find expected lines in {}:"
OTHERS = (
    "apply_patch: apply_patch verification failed: invalid hunk at line #",
    "update: apply_patch verification failed: Failed to read file to update: No such file or directory",
    "Edit: <tool_use_error>File has been modified since read<tool_use_error>",
    "MultiEdit: <tool_use_error>String to replace not found in file.",
)


class Told(NamedTuple):
    facts: list[MemberFacts]
    vectors: Vectors


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """The sample sessions, looked at and clustered."""
    monkeypatch.setenv("CODEX_LOOP_DATA_DIR", str(tmp_path / "data"))
    place = str(tmp_path / "samples.db")
    homes = ("--codex-home", str(SAMPLES / "codex"), "--claude-home", str(SAMPLES / "claude"))
    for words in (("ingest", *homes, "--lookback-hours", "1000000", "--jobs", "1"), ("signals",), ("cluster",)):
        assert run([*words, "--db", place, "--json"]) == 0
    with open_for_writing(place) as opened:
        yield opened


def missed(database: Database) -> clusters.ClusterRow:
    """The cluster of patches whose lines were not there."""
    found = [row for row in clusters.all_of(database, "friction") if row.name.startswith("patch_failure")]
    (row,) = found
    return row


def told(database: Database, facts: list[MemberFacts]) -> Told:
    return Told(facts, texts.embedded(database, [each.body for each in facts]).matrix)


def test_each_repository_s_own_are_known_by_the_rule_of_the_others(database: Database) -> None:
    every = problems.members(database, [row.key for row in clusters.all_of(database, "friction")])
    own = every.pop(missed(database).key)
    strangers = told(database, [fact for facts in every.values() for fact in facts])
    places: dict[str | None, list[MemberFacts]] = defaultdict(list)
    for fact in own:
        places[fact.project].append(fact)
    assert len(places) == 4
    for place, here in places.items():
        elsewhere = told(database, [fact for fact in own if fact.project != place])
        found = [fact.detector for fact in elsewhere.facts]
        rule = rule_of("friction", found, texts.model_id(), elsewhere.vectors, (), strangers.vectors)
        assert _known(rule, told(database, here)).all()
        assert not _known(rule, strangers).any()


def _known(rule: Rule, who: Told) -> NDArray[np.bool_]:
    detectors = [fact.detector for fact in who.facts]
    return np.isfinite(similarities(rule, detectors, [0] * len(detectors), who.vectors))


def test_an_approved_category_names_new_files_and_no_other_failure(database: Database) -> None:
    (row,) = (each for each in proposals.every(database, "pending") if each.cluster_key == missed(database).key)
    review.approve(database, proposals.proposal_id(row.key), LATER_MS, name="lines_not_there")

    def failed(number: int, text: str) -> SignalRow:
        return signal(number, text, category="patch_failure", detector="patch_failure")

    files = ("index.html", "Dockerfile", "settings_for_everybody.ts", "lib.rs")
    same = [failed(900 + at, MISSED.format(name)) for at, name in enumerate(files)]
    other = [failed(950 + at, text) for at, text in enumerate(OTHERS)]
    put(database, [*same, *other])
    classify(database, LATER_MS + 1)
    called = categories.called(database, [each.key for each in (*same, *other)])
    assert [called[each.key].category if each.key in called else None for each in same] == ["lines_not_there"] * 4
    assert not {each.body for each in other if each.key in called}
