"""The texts that grouping is measured with: labelled, the same for the same seed, other ones for another."""

from collections import Counter

import numpy as np
import pytest

from benchmarks.clusters import rand_index
from benchmarks.utterances import sets

GROUPS = {"desk": 77, "errands": 150, "titles": 20}


@pytest.mark.parametrize("name", sets.ALL)
def test_a_set_has_its_groups_and_hardly_a_text_twice(name: str) -> None:
    drawn = sets.ALL[name](3)
    assert set(drawn.truth) == set(range(GROUPS[name]))
    assert len(drawn.texts) == len(drawn.truth)
    assert len(set(drawn.texts)) > 0.95 * len(drawn.texts)
    assert min(Counter(drawn.truth).values()) >= 40


def test_a_seed_decides_every_text() -> None:
    assert sets.desk(5) == sets.desk(5)
    assert sets.desk(5) != sets.desk(6)


def test_the_index_counts_each_text_without_a_group_as_its_own() -> None:
    truth = np.array([0, 0, 0, 1, 1, 1])
    assert rand_index(truth, truth) == 1
    assert rand_index(truth, np.array([0, 0, -1, 1, 1, -1])) < 1
    assert rand_index(truth, np.full(6, -1)) == 0
