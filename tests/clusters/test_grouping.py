"""Groups are found without their number, whatever the data."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.utterances import sets
from codex_loop.clusters import group
from codex_loop.clusters.density import Labels, Vectors
from codex_loop.clusters.grouping import FEWEST, grouped, numbered, smallest_group
from codex_loop.clusters.identity import After, Before, matched
from codex_loop.clusters.steadiness import steadied
from codex_loop.embedding import embed
from codex_loop.errors import Degraded
from tests.clusters.makings import blobs, same_groups

SIZES = [(3, 5), (4, 12), (12, 40), (30, 60)]


@pytest.mark.parametrize(("groups", "each"), SIZES)
def test_well_separated_groups_are_found_as_they_are(groups: int, each: int) -> None:
    vectors, truth = blobs(groups, each)
    assert same_groups(group(vectors), truth)


@pytest.mark.parametrize(("groups", "each"), SIZES)
def test_the_order_of_the_rows_changes_nothing(groups: int, each: int) -> None:
    vectors, _ = blobs(groups, each, spread=0.6)
    order = np.random.default_rng(3).permutation(len(vectors))
    assert same_groups(group(vectors)[order], group(vectors[order]))


def test_the_same_vectors_give_the_same_labels_again() -> None:
    vectors, _ = blobs(20, 30, spread=0.8)
    assert np.array_equal(group(vectors), group(vectors))


def test_a_tenth_more_texts_leave_most_groups_who_they_are() -> None:
    old, kept = 0, 0
    for seed in (1, 2, 4):
        vectors = embed(sets.desk(seed).texts[:1650])
        labels = group(vectors[:1500])
        after = steadied(vectors, np.concatenate([labels, np.full(150, -1)]), grouped(vectors)).labels
        were = [Before(label, *one_of(vectors, labels, label)) for label in range(labels.max() + 1)]
        are = [After(*one_of(vectors, after, label)) for label in range(after.max() + 1)]
        events = matched(were, are)
        old += len(were)
        kept += sum(event.id is not None and (event.overlap or 0) >= 0.5 for event in events)
    assert old >= 60
    assert kept >= 0.85 * old


def one_of(vectors: Vectors, labels: Labels, label: int) -> tuple[frozenset[int], Vectors]:
    rows = np.flatnonzero(labels == label)
    return frozenset(rows.tolist()), vectors[rows].mean(axis=0)


def test_labels_are_numbered_by_size() -> None:
    assert numbered(np.array([7, -1, 3, 3, 9, 9, 9])).tolist() == [2, -1, 1, 1, 0, 0, 0]


def test_one_group_among_scattered_points_does_not_swallow_them() -> None:
    draw = np.random.default_rng(5)
    crowd, _ = blobs(1, 120)
    lone = draw.normal(size=(120, 64)).astype(np.float32)
    labels = group(np.concatenate((crowd, lone / np.linalg.norm(lone, axis=1, keepdims=True))))
    crowd_label = np.bincount(labels[:120] + 1).argmax() - 1
    assert crowd_label >= 0
    assert (labels[:120] == crowd_label).mean() > 0.9
    assert (labels[120:] == crowd_label).mean() < 0.1


def test_a_chain_of_groups_does_not_collapse_into_one() -> None:
    # Each group lies next to the one before: plain density would join them all.
    draw = np.random.default_rng(7)
    angle = np.repeat(np.linspace(0, np.pi, 12), 50) + draw.normal(scale=0.01, size=600)
    plane = np.stack((np.cos(angle), np.sin(angle)), axis=1)
    vectors = np.concatenate((plane, 0.05 * draw.normal(size=(600, 30))), axis=1).astype(np.float32)
    found = grouped(vectors)
    assert found.validity.groups >= 3
    assert found.validity.largest <= 0.5


@pytest.mark.parametrize("count", range(FEWEST))
def test_fewer_than_five_vectors_are_not_grouped(count: int) -> None:
    labels = group(np.ones((count, 8), dtype=np.float32))
    assert labels.tolist() == [-1] * count


def test_one_text_said_often_enough_is_a_group() -> None:
    draw = np.random.default_rng(2)
    lone = draw.normal(size=(10, 32))
    vectors = np.concatenate((np.repeat(lone[:1], 8, axis=0), lone[1:])).astype(np.float32)
    labels = group(vectors)
    assert len(set(labels[:8].tolist())) == 1
    assert labels[0] >= 0


def test_only_equal_vectors_are_one_group() -> None:
    assert group(np.tile(np.eye(1, 16, dtype=np.float32), (40, 1))).tolist() == [0] * 40


def test_zero_rows_say_nothing_and_are_noise() -> None:
    vectors, truth = blobs(6, 30)
    vectors[::9] = 0
    labels = group(vectors)
    assert set(labels[::9].tolist()) == {-1}
    told = np.arange(len(vectors)) % 9 != 0
    assert same_groups(labels[told], truth[told])


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_corrupted_vector_is_named(bad: float) -> None:
    vectors, _ = blobs(3, 5)
    vectors[4, 2] = bad
    with pytest.raises(Degraded, match=r"vector 4 of 15 .* embed its text again"):
        group(vectors)


def test_something_that_is_no_table_of_vectors_is_refused() -> None:
    with pytest.raises(Degraded, match="one row for each text"):
        group(np.ones(5, dtype=np.float32))


@given(
    points=st.integers(0, 140),
    distinct=st.integers(1, 140),
    width=st.integers(1, 6),
    seed=st.integers(0, 99),
)
@settings(deadline=None, max_examples=40)
def test_any_vectors_get_labels_without_gaps(points: int, distinct: int, width: int, seed: int) -> None:
    draw = np.random.default_rng(seed)
    vectors = draw.normal(size=(distinct, width))[draw.integers(0, distinct, points)].astype(np.float32)
    labels = group(vectors.reshape(points, width))
    assert labels.shape == (points,)
    assert set(labels.tolist()) <= {-1, *range(int(labels.max(initial=-1)) + 1)}
    assert len(set(labels.tolist()) - {-1}) == labels.max(initial=-1) + 1


def test_more_points_ask_for_larger_groups() -> None:
    sizes = [smallest_group(points) for points in (5, 99, 100, 1_000, 10_000, 20_000)]
    assert sizes == [3, 3, 5, 8, 25, 35]


def test_beyond_the_sample_every_vector_still_gets_its_group(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("codex_loop.clusters.grouping.SAMPLE", 400)
    vectors, truth = blobs(10, 150)
    assert same_groups(group(vectors), truth)
