"""A grouping is judged by its vectors, and a collapsed one is recognised."""

import numpy as np
import pytest

from codex_loop.clusters.validity import Validity, collapsed, validity
from tests.clusters.makings import blobs


def test_the_true_groups_score_higher_than_mixed_or_joined_ones() -> None:
    vectors, truth = blobs(8, 30, spread=0.5)
    right = validity(vectors, truth).score
    assert right > validity(vectors, truth // 2).score
    assert right > validity(vectors, np.random.default_rng(1).permutation(truth)).score


def test_leaving_points_out_does_not_pay() -> None:
    vectors, truth = blobs(8, 30)
    half = np.where(np.arange(len(truth)) % 2 == 0, truth, -1)
    assert validity(vectors, half).score < validity(vectors, truth).score
    assert validity(vectors, half).coverage == 0.5


def test_a_group_of_one_is_no_structure() -> None:
    vectors, _ = blobs(1, 20)
    assert validity(vectors, np.arange(20)).silhouette == 0


def test_fewer_than_two_groups_have_no_silhouette() -> None:
    vectors, _ = blobs(1, 20)
    assert validity(vectors, np.zeros(20, dtype=np.int64)).silhouette is None
    assert validity(vectors, np.full(20, -1)).groups == 0


@pytest.mark.parametrize(
    ("groups", "coverage", "largest", "lost"),
    [(12, 0.9, 0.2, False), (2, 0.9, 0.5, True), (12, 0.9, 0.51, True), (12, 0.39, 0.1, True), (3, 0.4, 0.5, False)],
)
def test_next_to_no_groups_one_giant_or_mostly_noise_is_a_collapse(
    groups: int, coverage: float, largest: float, lost: bool
) -> None:
    assert collapsed(Validity(groups, coverage, largest, 0.5), 1000) is lost


def test_few_points_may_well_be_one_group() -> None:
    assert not collapsed(Validity(1, 1.0, 1.0, None), 20)
    assert collapsed(Validity(0, 0.0, 0.0, None), 20)
