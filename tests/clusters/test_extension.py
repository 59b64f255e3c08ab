"""New vectors join what is there; only what fits nowhere makes new groups."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from codex_loop.clusters import extend, group
from tests.clusters.makings import blobs, same_groups


def test_new_vectors_join_the_groups_they_belong_to() -> None:
    vectors, truth = blobs(8, 40)
    old, new = vectors[:240], vectors[240:]
    labels = extend(old, truth[:240], new)
    fits = labels[240:] >= 0
    assert np.array_equal(labels[:240], truth[:240])
    assert np.array_equal(labels[240:][fits], truth[240:][fits])
    assert fits.mean() > 0.75


def test_a_new_problem_becomes_a_new_group_with_a_label_above_all_others() -> None:
    vectors, truth = blobs(9, 40)
    old, new = vectors[truth != 4], vectors[truth == 4]
    labels = group(old)
    extended = extend(old, labels, new)
    assert np.array_equal(extended[: len(old)], labels)
    assert set(extended[len(old) :].tolist()) == {labels.max() + 1}


def test_what_was_too_rare_yesterday_is_a_group_when_more_of_it_arrives() -> None:
    vectors, truth = blobs(6, 40)
    rare = vectors[truth == 5]
    old = np.concatenate((vectors[truth != 5], rare[:3]))
    labels = np.concatenate((truth[truth != 5], [-1, -1, -1]))
    extended = extend(old, labels, rare[3:])
    assert set(extended[len(old) - 3 :].tolist()) == {5}


def test_old_noise_alone_never_makes_a_group() -> None:
    vectors, truth = blobs(3, 40)
    labels = np.where(truth == 2, -1, truth)
    newcomer = vectors[truth == 0][:1]
    assert np.array_equal(extend(vectors, labels, newcomer)[:-1], labels)


def test_nothing_new_changes_nothing() -> None:
    vectors, truth = blobs(4, 20)
    labels = np.where(truth == 3, -1, truth)
    assert np.array_equal(extend(vectors, labels, vectors[:0]), labels)


def test_the_first_vectors_ever_are_grouped_as_such() -> None:
    vectors, truth = blobs(5, 30)
    nothing = np.zeros((0, vectors.shape[1]), dtype=np.float32)
    assert same_groups(extend(nothing, np.zeros(0, dtype=np.int64), vectors), truth)


def test_labels_need_not_be_without_gaps() -> None:
    vectors, truth = blobs(4, 30)
    labels = np.array([70, 11, 30, 2])[truth]
    extended = extend(vectors[:100], labels[:100], vectors[100:])
    fits = extended[100:] >= 0
    assert np.array_equal(extended[100:][fits], labels[100:][fits])


def test_a_new_vector_that_says_nothing_is_noise() -> None:
    vectors, truth = blobs(4, 30)
    assert extend(vectors, truth, np.zeros((2, 64), dtype=np.float32))[-2:].tolist() == [-1, -1]


@given(known=st.integers(0, 60), new=st.integers(0, 30), seed=st.integers(0, 50))
@settings(deadline=None, max_examples=40)
def test_old_labels_are_never_taken_back(known: int, new: int, seed: int) -> None:
    draw = np.random.default_rng(seed)
    vectors = draw.normal(size=(known + new, 4)).astype(np.float32)
    labels = draw.integers(-1, 4, known)
    extended = extend(vectors[:known], labels, vectors[known:])
    assert len(extended) == known + new
    old = extended[:known]
    assert np.array_equal(old[labels >= 0], labels[labels >= 0])
    assert (old[labels < 0] > labels.max(initial=-1)).tolist() == (old[labels < 0] >= 0).tolist()
