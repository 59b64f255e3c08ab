"""Noise near a group joins it; strangers leave; nobody pulls a group towards himself."""

import numpy as np

from codex_loop.clusters.reassign import centroids, reassigned, without_strangers, without_vague
from tests.clusters.makings import blobs


def test_noise_that_fits_a_group_joins_it() -> None:
    vectors, truth = blobs(5, 40)
    labels = np.where(np.arange(200) % 4 == 0, -1, truth)
    assert np.array_equal(reassigned(vectors, labels), truth)


def test_noise_that_fits_nowhere_stays_noise() -> None:
    vectors, truth = blobs(5, 40)
    labels = np.where(truth == 4, -1, truth)
    assert np.array_equal(reassigned(vectors, labels), labels)


def test_labelled_points_keep_their_label() -> None:
    vectors, truth = blobs(5, 40)
    mixed = np.roll(truth, 1)
    assert np.array_equal(reassigned(vectors, mixed), mixed)


def test_without_any_group_all_stays_noise() -> None:
    vectors, _ = blobs(2, 10)
    assert reassigned(vectors, np.full(20, -1)).tolist() == [-1] * 20


def test_a_stranger_leaves_the_group() -> None:
    vectors, truth = blobs(3, 40)
    stranger = int(np.flatnonzero(truth == 1)[0])
    labels = truth.copy()
    labels[stranger] = 0
    expected = labels.copy()
    expected[stranger] = -1
    assert np.array_equal(without_strangers(vectors, labels), expected)


def test_members_of_a_group_of_equal_vectors_are_no_strangers() -> None:
    vectors = np.repeat(np.linalg.qr(np.random.default_rng(1).normal(size=(8, 8)))[0], 6, axis=0).astype(np.float32)
    labels = np.repeat(np.arange(8), 6)
    assert np.array_equal(without_strangers(vectors, labels), labels)


def test_members_no_more_alike_than_anybody_are_no_group() -> None:
    draw = np.random.default_rng(6)
    lone = draw.normal(size=(60, 64)).astype(np.float32)
    lone /= np.linalg.norm(lone, axis=1, keepdims=True)
    vectors, truth = blobs(2, 60)
    labels = np.concatenate((truth, np.full(60, 2)))
    assert np.array_equal(without_vague(np.concatenate((vectors, lone)), labels), np.where(labels == 2, -1, labels))


def test_centroids_are_unit_means_without_noise() -> None:
    vectors = np.array([[1, 0], [0, 1], [0, -1]], dtype=np.float32)
    assert np.allclose(centroids(vectors, np.array([0, 0, -1])), [[0.70710678, 0.70710678]])
