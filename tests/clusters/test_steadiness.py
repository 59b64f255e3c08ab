"""Clusters keep their shape until a new grouping is clearly better."""

from __future__ import annotations

import numpy as np
import pytest

from codex_loop.clusters.density import Labels, Vectors
from codex_loop.clusters.grouping import Grouping, grouped
from codex_loop.clusters.steadiness import steadied
from codex_loop.clusters.validity import validity


def crowds(sizes: list[int], seed: int = 1, *, dimensions: int = 24) -> tuple[Vectors, Labels]:
    """Points around so many directions, and the direction of each."""
    draw = np.random.default_rng(seed)
    labels = np.repeat(np.arange(len(sizes)), sizes)
    vectors = np.eye(dimensions)[labels] + draw.normal(0, 0.12, (len(labels), dimensions))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32), labels.astype(np.int64)


def told(vectors: Vectors, labels: Labels) -> Grouping:
    return Grouping(labels, "map", 5, validity(vectors, labels))


def test_an_equally_good_grouping_does_not_replace_the_one_there_was() -> None:
    vectors, labels = crowds([60, 60, 60, 60])
    other = labels.copy()
    other[:10] = -1  # a little less in its groups, by chance
    assert steadied(vectors, labels, told(vectors, other)).method == "kept"
    assert (steadied(vectors, labels, told(vectors, other)).labels == labels).all()


def test_a_clearly_better_grouping_replaces_it() -> None:
    vectors, labels = crowds([60, 60, 60, 60, 60, 60])
    merged = np.where(labels >= 3, 3, labels)  # three crowds in one cluster
    found = told(vectors, labels)
    assert steadied(vectors, merged, found) is found


def test_newcomers_join_and_a_crowd_of_newcomers_is_born() -> None:
    vectors, labels = crowds([60, 60, 60, 60, 30])
    before = np.where(labels == 4, -1, labels)
    before[::7] = -1
    after = steadied(vectors, before, grouped(vectors))
    assert after.labels.max() == 4
    for crowd in range(5):
        names = np.unique(after.labels[(labels == crowd) & (after.labels >= 0)])
        assert len(names) == 1
    kept = before >= 0
    assert [np.unique(after.labels[kept & (before == crowd)]).size for crowd in range(4)] == [1, 1, 1, 1]


@pytest.mark.parametrize("before", [np.full(120, -1), np.zeros(120, dtype=np.int64)])
def test_nothing_before_or_one_group_that_swallows_all_is_not_kept(before: Labels) -> None:
    vectors, labels = crowds([40, 40, 40])
    found = told(vectors, labels)
    assert steadied(vectors, before, found) is found
